#include "sim/cores.h"

#include <algorithm>

#include "base/check.h"

namespace npusched {

Cores::Cores(const Machine& machine, const LinkCosts& link, std::vector<DispatchRow>& rows)
    : link_(link), rows_(rows), cores_(machine.core_count()), agenda_(machine.core_count()) {}

void Cores::Publish(RowId row, Picoseconds duration, bool gated) {
  DispatchRow& r = rows_[row];
  r.receive = r.start = r.end = kNever;
  Core& core = cores_[r.core];
  NPU_CHECK(core.next == kNoRow);
  const Picoseconds bell = gated ? kNever : 0;
  if (core.executing != kNoRow) {
    core.next = row;
    core.next_duration = duration;
    core.next_bell = bell;
    return;
  }
  core.executing = row;
  core.duration = duration;
  core.bell = bell;
  r.receive = r.dispatch + link_.write_visible;
  SetStart(r.core);
}

void Cores::SetStart(CoreId id) {
  const Core& core = cores_[id];
  if (core.bell == kNever) return agenda_.Set(id, kNever);
  DispatchRow& row = rows_[core.executing];
  row.start = std::max(row.receive + link_.setup, core.bell);
  agenda_.Set(id, row.start);
}

void Cores::Ring(RowId row, Picoseconds now) {
  const CoreId id = rows_[row].core;
  Core& core = cores_[id];
  if (core.executing == row) {
    core.bell = now + link_.write_visible;
    SetStart(id);
  } else if (core.next == row) {
    core.next_bell = now + link_.write_visible;
  }
}

CoreId Cores::Step() {
  const CoreId id = agenda_.Next();
  const Picoseconds now = agenda_.NextTime();
  const Core& core = cores_[id];
  DispatchRow& row = rows_[core.executing];
  if (row.end == kNever) {  // it starts
    row.end = now + core.duration;
    agenda_.Set(id, row.end);
  } else {
    Finish(id, now);
  }
  return id;
}

void Cores::Finish(CoreId id, Picoseconds now) {
  Core& core = cores_[id];
  rows_[core.executing].end = now;
  core.executing = core.next;
  core.duration = core.next_duration;
  core.bell = core.next_bell;
  core.next = kNoRow;
  if (core.executing == kNoRow) return agenda_.Set(id, kNever);
  // The core looks at its register again only after the kernel before.
  DispatchRow& row = rows_[core.executing];
  row.receive = std::max(row.dispatch + link_.write_visible, now + link_.switch_pending - link_.setup);
  SetStart(id);
}

}  // namespace npusched
