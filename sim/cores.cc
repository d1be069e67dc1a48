#include "sim/cores.h"

#include <algorithm>

#include "base/check.h"

namespace npusched {

Cores::Cores(const Machine& machine, const LinkCosts& link, std::vector<DispatchRow>& rows)
    : link_(link), rows_(rows), cores_(machine.core_count()), agenda_(machine.core_count()) {}

void Cores::Publish(RowId row, Picoseconds duration) {
  DispatchRow& r = rows_[row];
  r.receive = r.start = r.end = kNever;
  Core& core = cores_[r.core];
  NPU_CHECK(core.next == kNoRow);
  if (core.executing != kNoRow) {
    core.next = row;
    core.next_duration = duration;
    return;
  }
  core.executing = row;
  core.duration = duration;
  r.receive = r.dispatch + link_.write_visible;
  r.start = r.receive + link_.setup;
  agenda_.Set(r.core, r.start);
}

CoreId Cores::Step() {
  const CoreId id = agenda_.Next();
  const Picoseconds now = agenda_.NextTime();
  Core& core = cores_[id];
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
  core.next = kNoRow;
  if (core.executing == kNoRow) {
    agenda_.Set(id, kNever);
    return;
  }
  // The core looks at its register again only after the kernel before.
  DispatchRow& row = rows_[core.executing];
  row.receive = std::max(row.dispatch + link_.write_visible, now + link_.switch_pending - link_.setup);
  row.start = row.receive + link_.setup;
  agenda_.Set(id, row.start);
}

}  // namespace npusched
