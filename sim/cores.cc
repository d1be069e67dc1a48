#include "sim/cores.h"

#include <algorithm>

#include "base/check.h"

namespace npusched {

Cores::Cores(const Machine& machine, const LinkCosts& link, std::vector<DispatchRow>& rows, KernelTraffic* traffic)
    : link_(link), rows_(rows), cores_(machine.core_count()), traffic_(traffic), agenda_(machine.core_count()) {
  if (traffic != nullptr) memory_.emplace(machine);
}

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
  r.receive = std::max(r.dispatch + link_.write_visible, core.looks);
  SetStart(r.core);
}

void Cores::SetStart(CoreId id) {
  const Core& core = cores_[id];
  if (core.bell == kNever) return agenda_.Set(id, kNever);
  DispatchRow& row = rows_[core.executing];
  const Picoseconds cold = core.warm ? 0 : ColdStart(link_, id);
  row.start = std::max(row.receive + link_.setup + cold, core.bell);
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
  if (!cores_[id].running) {
    StartKernel(id, now);
  } else if (!memory_) {
    Finish(id, now);
  } else {
    const bool over = memory_->Step(id, now);
    FollowMemory();
    if (over) Finish(id, now);
  }
  return id;
}

void Cores::StartKernel(CoreId id, Picoseconds now) {
  Core& core = cores_[id];
  core.running = core.warm = true;
  DispatchRow& row = rows_[core.executing];
  if (!memory_) {
    row.end = now + core.duration;
    return agenda_.Set(id, row.end);
  }
  const Traffic traffic = traffic_->Start(row.task, row.slot, row.block);
  core.duration = traffic.alone;
  memory_->Start(id, traffic, now);
  FollowMemory();
}

void Cores::FollowMemory() {
  for (const CoreId id : memory_->changed()) agenda_.Set(id, memory_->NextTime(id));
}

void Cores::Finish(CoreId id, Picoseconds now) {
  Core& core = cores_[id];
  DispatchRow& done = rows_[core.executing];
  done.end = now;
  if (memory_) done.contention = now - done.start - core.duration;
  core.executing = core.next;
  core.duration = core.next_duration;
  core.bell = core.next_bell;
  core.next = kNoRow;
  core.running = false;
  // The core looks at its register again only a while after the end, whether something waits there or comes then.
  core.looks = now + link_.switch_pending - link_.setup;
  if (core.executing == kNoRow) return agenda_.Set(id, kNever);
  DispatchRow& row = rows_[core.executing];
  row.receive = std::max(row.dispatch + link_.write_visible, core.looks);
  SetStart(id);
}

}  // namespace npusched
