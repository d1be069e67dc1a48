// The oracle's cores: who has room for what, and when a row starts and ends.
#include <algorithm>

#include "tests/oracle/world.h"

namespace npusched::oracle {

CoreId World::CoreOf(std::uint32_t cluster, int slot) const {
  return slot == kSlotAic ? cluster : input_.machine.clusters + 2 * cluster + (slot == kSlotAiv0 ? 0 : 1);
}

bool World::Fits(CoreId core, Room room) const {
  const CoreView& view = cores_[core];
  const bool idle = view.running == kNoRow;
  const bool open = !idle && view.acknowledged && view.pending == kNoRow;
  return (idle && room != Room::kPending) || (open && room != Room::kIdle);
}

// A MIX block goes where all its cores have room: on idle ones in the idle phase; in the pending phase where at least
// one is busy. Uniform admission refuses idle beside busy ones.
bool World::ClusterFits(std::uint32_t cluster, std::uint8_t slots, Room room) const {
  bool all_idle = true;
  bool all_busy = true;
  for (int slot = 0; slot < kSlots; ++slot) {
    if ((slots >> slot & 1) == 0) continue;
    if (!Fits(CoreOf(cluster, slot), Room::kEither)) return false;
    (Fits(CoreOf(cluster, slot), Room::kIdle) ? all_busy : all_idle) = false;
  }
  if (input_.runtime.policies.mix_admission == MixAdmission::kUniform && !all_idle && !all_busy) return false;
  return room == Room::kEither || (room == Room::kIdle) == all_idle;
}

// Blocks of `t` that this thread could place now.
std::uint32_t World::Places(const Thread& me, TaskId t, Room room) const {
  const Task& task = input_.program.tasks[t];
  std::uint32_t places = 0;
  for (const std::uint32_t c : me.clusters) {
    if (task.core == CoreShape::kMix) {
      places += ClusterFits(c, task.slots, room) ? 1 : 0;
    } else if (task.core == CoreShape::kAic) {
      places += Fits(CoreOf(c, kSlotAic), room) ? 1 : 0;
    } else {
      places += Fits(CoreOf(c, kSlotAiv0), room) ? 1 : 0;
      places += Fits(CoreOf(c, kSlotAiv1), room) ? 1 : 0;
    }
  }
  return places;
}

// A MIX block finds a cluster idle only when all three cores are.
std::size_t World::IdleCores(const Thread& of, CoreShape shape) const {
  std::size_t idle = 0;
  for (const std::uint32_t c : of.clusters) {
    const bool aic = cores_[CoreOf(c, kSlotAic)].running == kNoRow;
    const bool aiv0 = cores_[CoreOf(c, kSlotAiv0)].running == kNoRow;
    const bool aiv1 = cores_[CoreOf(c, kSlotAiv1)].running == kNoRow;
    if (shape == CoreShape::kMix) idle += aic && aiv0 && aiv1 ? 1 : 0;
    if (shape == CoreShape::kAic) idle += aic ? 1 : 0;
    if (shape == CoreShape::kAiv) idle += (aiv0 ? 1 : 0) + (aiv1 ? 1 : 0);
  }
  return idle;
}

// Of `ready` tasks, those that this thread may put into pending slots.
std::size_t World::MayPark(const Thread& me, CoreShape shape, std::size_t ready) const {
  const Policies& policies = input_.runtime.policies;
  if (shape == CoreShape::kMix && !policies.mix_pending) return 0;
  std::size_t idle = 0;
  for (const Thread& thread : threads_) idle += IdleCores(thread, shape);
  const std::size_t surplus = ready - std::min(ready, idle);
  std::size_t room_to_floor = policies.pending_floor;
  for (const std::uint32_t c : me.clusters) {
    bool any = false;
    for (int slot = 0; slot < kSlots; ++slot) {
      if (cores_[CoreOf(c, slot)].pending == kNoRow) continue;
      const bool counts = shape == CoreShape::kMix ? !any : (shape == CoreShape::kAic) == (slot == kSlotAic);
      if (counts && room_to_floor > 0) --room_to_floor;
      any = true;
    }
  }
  switch (policies.pending_slots) {
    case PendingSlots::kUnused:
      return 0;
    case PendingSlots::kPeerIdle:
      return idle > IdleCores(me, shape) ? 0 : ready;
    case PendingSlots::kSurplus:
      return surplus;
    case PendingSlots::kSurplusFloor:
      return std::min(ready, std::max(surplus, room_to_floor));
  }
  return 0;
}

// Among places in polling order: the lowest that fits, the next one around, or the one used longest ago.
std::uint32_t World::Choose(const std::vector<bool>& fits, std::uint32_t& next, std::vector<std::uint64_t>& last_use) {
  const auto size = static_cast<std::uint32_t>(fits.size());
  std::uint32_t chosen = size;
  switch (input_.runtime.policies.core_choice) {
    case CoreChoice::kLowest:
      for (std::uint32_t i = size; i-- > 0;) chosen = fits[i] ? i : chosen;
      break;
    case CoreChoice::kRoundRobin:
      for (std::uint32_t i = 0; i < size && chosen == size; ++i)
        chosen = fits[(next + i) % size] ? (next + i) % size : size;
      break;
    case CoreChoice::kLeastRecentlyUsed:
      for (std::uint32_t i = 0; i < size; ++i) {
        if (fits[i] && (chosen == size || last_use[i] < last_use[chosen])) chosen = i;
      }
  }
  next = (chosen + 1) % size;
  last_use[chosen] = ++uses_;
  return chosen;
}

void World::PlaceBlock(Thread& me, TaskId t, std::uint32_t block, Room room, bool gated) {
  const Task& task = input_.program.tasks[t];
  std::vector<bool> fits;
  std::vector<std::uint64_t> last_use;
  if (task.core == CoreShape::kMix) {
    for (const std::uint32_t c : me.clusters) {
      fits.push_back(ClusterFits(c, task.slots, room));
      last_use.push_back(cluster_last_use_[c]);
    }
    const std::uint32_t cluster = me.clusters[Choose(fits, me.next_cluster, last_use)];
    cluster_last_use_[cluster] = uses_;
    int used = 0;
    int idle = 0;
    for (int slot = 0; slot < kSlots; ++slot) {
      if ((task.slots >> slot & 1) == 0) continue;
      ++used;
      idle += cores_[CoreOf(cluster, slot)].running == kNoRow ? 1 : 0;
    }
    const bool splits = idle > 0 && idle < used;
    const bool held = splits && !gated && input_.runtime.policies.mix_admission == MixAdmission::kGatedSplit;
    if (held) nodes_[t].held.insert(block);
    for (int slot = 0; slot < kSlots; ++slot) {
      if ((task.slots >> slot & 1) != 0) PlaceRow(me, t, block, CoreOf(cluster, slot), slot, gated, held);
    }
    return;
  }
  std::vector<CoreId> cores;
  for (const std::uint32_t c : me.clusters) {
    if (task.core == CoreShape::kAic) cores.push_back(CoreOf(c, kSlotAic));
    if (task.core == CoreShape::kAiv) cores.insert(cores.end(), {CoreOf(c, kSlotAiv0), CoreOf(c, kSlotAiv1)});
  }
  for (const CoreId core : cores) {
    fits.push_back(Fits(core, room));
    last_use.push_back(last_use_[core]);
  }
  const CoreId core = cores[Choose(fits, task.core == CoreShape::kAic ? me.next_aic : me.next_aiv, last_use)];
  last_use_[core] = uses_;
  int slot = 0;
  while ((task.slots >> slot & 1) == 0) ++slot;
  PlaceRow(me, t, block, core, slot, gated, false);
}

void World::PlaceRow(Thread& me, TaskId t, std::uint32_t block, CoreId core, int slot, bool gated, bool held) {
  const int row = static_cast<int>(run_.trace.rows.size());
  CoreView& view = cores_[core];
  DispatchRow& r = run_.trace.rows.emplace_back();
  r.task = t;
  r.core = core;
  r.block = block;
  r.sequence = static_cast<std::uint32_t>(view.written.size()) + 1;
  r.slot = static_cast<std::uint8_t>(slot);
  r.thread = static_cast<std::uint8_t>(me.number);
  r.pending = view.running != kNoRow;
  r.gated = gated;
  r.held = held;
  r.dispatch = kNever;  // until it is written
  if (r.pending) {
    view.pending = row;
  } else {
    view.running = row;
    view.acknowledged = false;
  }
  view.written.push_back(row);
  gates_.push_back({.bell = gated || held ? kNever : 0, .gated = gated || held});
  if (gated) nodes_[t].staged.push_back(row);
  me.batch.push_back(row);
}

// A core sees a write `write_visible` after it, and looks at its register again `switch_pending - setup` after the
// end of a kernel. It needs `setup` before each.
void World::ResolveTimes(CoreId core) {
  const LinkCosts& link = input_.runtime.link;
  Picoseconds looks = 0;  // when it looks at its register
  for (const int row : cores_[core].written) {
    DispatchRow& r = run_.trace.rows[row];
    r.receive = r.start = r.end = kNever;
    if (looks == kNever || r.dispatch == kNever) continue;
    r.receive = std::max(r.dispatch + link.write_visible, looks);
    looks = kNever;
    if (gates_[row].bell == kNever) continue;
    const Picoseconds cold = row == cores_[core].written.front() ? ColdStart(link, core) : 0;
    r.start = std::max(r.receive + link.setup + cold, gates_[row].bell);
    r.end = r.start + Duration(r.task, r.slot, r.block);
    looks = r.end + link.switch_pending - link.setup;
  }
}

// What a poll finds finished, in the order in which it completes them.
std::vector<int> World::ReadRegister(CoreId core) {
  CoreView& view = cores_[core];
  const auto visible = [&](Picoseconds t) { return t != kNever && t + input_.runtime.link.finish_visible <= now_; };
  const DispatchRow& running = run_.trace.rows[view.running];
  std::vector<int> finished;
  if (view.pending != kNoRow && !gates_[view.pending].gated) {
    const DispatchRow& pending = run_.trace.rows[view.pending];
    if (visible(pending.end)) {  // the register holds the latest state only
      finished = {view.pending, view.running};
      view.running = view.pending = kNoRow;
    } else if (visible(pending.receive)) {
      finished = {view.running};
      view.running = view.pending;
      view.pending = kNoRow;
      view.acknowledged = true;
    }
  } else if (visible(running.end)) {
    finished = {view.running};
    view.running = view.pending;
    view.pending = kNoRow;
    view.acknowledged = false;
    if (view.running != kNoRow) MovedUp(view.running);
  } else if (visible(running.receive)) {
    view.acknowledged = true;
  }
  for (const int row : finished) run_.trace.rows[row].finish = now_;
  return finished;
}

}  // namespace npusched::oracle
