#include <algorithm>
#include <bit>

#include "sim/policies/pending_slots.h"
#include "sim/policies/shape_order.h"
#include "sim/simgrid_engine/actors.h"

namespace npusched::simgrid_engine {

std::array<CoreShape, 3> Scheduler::ShapeOrder() const {
  const CoreShape first = FirstShape(runtime_.policies.shape_order, number_);
  return {CoreShape::kMix, first, first == CoreShape::kAic ? CoreShape::kAiv : CoreShape::kAic};
}

// Passes of nine phases (three shapes: together, on idle cores, in pending slots) until one places nothing.
void Scheduler::Dispatch() {
  constexpr int kPhases = 9;
  bool mix_left = false;
  for (bool placed = true; placed && !dropped_;) {
    placed = false;
    for (int phase = 0; phase < kPhases && !dropped_; ++phase) {
      RunPhase(phase, mix_left);
      if (batch_.empty()) continue;
      placed = true;
      Publish(static_cast<Picoseconds>(batch_.size()) * costs_.dispatch_block, PhaseKind::kDispatch);
    }
  }
}

void Scheduler::RunPhase(int phase, bool& mix_left) {
  const CoreShape shape = ShapeOrder()[static_cast<std::size_t>(phase % 3)];
  if (phase == 0 && runtime_.policies.local_excess == LocalExcess::kShared) ShareOwn();
  if (phase == 6) GiveBackOwn();
  const ReadyQueue& mix = board_.ready[static_cast<std::size_t>(CoreShape::kMix)];
  if (phase < 3) return PlaceTogether(shape);
  const Room room = phase < 6 ? Room::kIdle : Room::kPending;
  if (shape != CoreShape::kMix && mix_left && runtime_.policies.mix_first) return;
  std::size_t tasks = board_.ready[static_cast<std::size_t>(shape)].size();
  if (shape != CoreShape::kMix) tasks += own_[static_cast<std::size_t>(shape)].size();
  if (room == Room::kPending) tasks = Parkable(shape, tasks);
  if (tasks == 0) return;
  shape == CoreShape::kMix ? PlaceMix(room, tasks) : PlaceSingles(shape, room, tasks);
  if (shape == CoreShape::kMix && room == Room::kIdle && !mix.empty()) mix_left = true;
}

void Scheduler::PlaceTogether(CoreShape shape) {
  ReadyQueue& queue = board_.together[static_cast<std::size_t>(shape)];
  while (!queue.empty()) {
    const TaskId task = queue.Pop();
    if (CountRoom(task, Room::kIdle) < board_.input.program.tasks[task].block_num) {
      if (!RequestDrain(task, /*early=*/false)) queue.Push(task);
      return;
    }
    Claim(task, Room::kIdle, /*gated=*/false);
  }
}

void Scheduler::PlaceSingles(CoreShape shape, Room room, std::size_t most) {
  ReadyQueue& queue = board_.ready[static_cast<std::size_t>(shape)];
  std::vector<TaskId>& own = own_[static_cast<std::size_t>(shape)];
  const auto& cores = shape == CoreShape::kAic ? aics_ : aivs_;
  const auto free = std::ranges::count_if(cores, [&](CoreId core) { return HasRoom(core, room); });
  std::vector<TaskId> unplaced;
  for (auto pops = std::min(static_cast<std::size_t>(free), most); pops > 0; --pops) {
    TaskId task = kNoTask;
    if (own.empty()) {
      task = queue.Pop();
    } else {
      task = own.back();
      own.pop_back();
    }
    if (Claim(task, room, /*gated=*/false) == 0) unplaced.push_back(task);
  }
  for (const TaskId task : unplaced) queue.Push(task);
  if (!unplaced.empty()) ++board_.changes;
}

void Scheduler::PlaceMix(Room room, std::size_t most) {
  ReadyQueue& queue = board_.ready[static_cast<std::size_t>(CoreShape::kMix)];
  std::vector<TaskId> unplaced;
  for (std::size_t pops = std::min(clusters_.size(), most); pops > 0; --pops) {
    const TaskId task = queue.Pop();
    if (Claim(task, room, /*gated=*/false) == 0) unplaced.push_back(task);
  }
  for (const TaskId task : unplaced) queue.Push(task);
}

std::uint32_t Scheduler::Claim(TaskId task, Room room, bool gated) {
  const Task& t = board_.input.program.tasks[task];
  TaskCard& card = board_.tasks[task];
  const std::uint32_t first = card.placed;
  const std::uint32_t count = std::min(t.block_num - first, CountRoom(task, room));
  if (count == 0) return 0;
  card.placed += count;
  if (!gated && card.placed == t.block_num) launching_.push_back(task);
  if (!gated && card.placed < t.block_num && !board_.Together(task)) {
    board_.QueueOf(task).Push(task);
    ++board_.changes;
  }
  for (std::uint32_t block = first; block < first + count; ++block) {
    if (t.core == CoreShape::kMix) {
      const auto fits = [&](std::uint32_t k) { return ClusterHasRoom(clusters_[k], t.slots, room); };
      const std::uint32_t cluster = clusters_[cluster_choice_.Pick(fits)];
      const bool holds = !gated && room == Room::kPending && Holds(cluster, t.slots);
      if (holds) board_.tasks[task].held.push_back(block);
      for (int slot = 0; slot < kSlots; ++slot) {
        if ((t.slots >> slot & 1) == 0) continue;
        Place(task, block, board_.CoreAt(cluster, slot), slot, gated, holds);
      }
    } else {
      const auto& cores = t.core == CoreShape::kAic ? aics_ : aivs_;
      PlaceChoice& choice = t.core == CoreShape::kAic ? aic_choice_ : aiv_choice_;
      const CoreId core = cores[choice.Pick([&](std::uint32_t k) { return HasRoom(cores[k], room); })];
      Place(task, block, core, std::countr_zero(t.slots), gated, /*held=*/false);
    }
  }
  return count;
}

void Scheduler::Place(TaskId task, std::uint32_t block, CoreId core, int slot, bool gated, bool held) {
  const auto row = static_cast<Row>(board_.trace.rows.size());
  CoreView& view = board_.views[core];
  Register& reg = board_.registers[core];
  DispatchRow& r = board_.trace.rows.emplace_back();
  r = {.task = task, .core = core, .block = block, .sequence = ++reg.rows, .slot = static_cast<std::uint8_t>(slot)};
  r.thread = static_cast<std::uint8_t>(number_);
  r.pending = view.running != kNone;
  r.gated = gated;
  r.held = held;
  r.receive = r.start = r.end = kNever;
  board_.bells.push_back(gated || held ? kNever : 0);
  if (r.pending) {
    view.pending = row;
  } else {
    view = {.running = row};
  }
  if (gated) board_.tasks[task].staged.push_back(row);
  batch_.push_back(row);
  ++board_.changes;
}

// The batch is prepared, then written row by row; or each row prepared and written before the next.
void Scheduler::Publish(Picoseconds prepare, PhaseKind kind) {
  const Picoseconds from = now();
  const bool each = runtime_.policies.publication == Publication::kEach && kind == PhaseKind::kDispatch;
  Picoseconds written = from + (each ? 0 : prepare);
  for (const Row row : batch_) {
    written += costs_.publish_block + (each ? costs_.dispatch_block : 0);
    DispatchRow& r = board_.trace.rows[row];
    r.dispatch = written;
    board_.registers[r.core].written.push_back(row);
    turns_.Call(board_.AgentOfCore(r.core), from);
  }
  const std::size_t count = batch_.size();
  batch_.clear();
  moved_ = true;
  Pay(written - from);
  if (count > 0) Record(kind, from, count);
  const std::vector<TaskId> launching = std::move(launching_);
  launching_.clear();
  for (const TaskId task : launching) {
    board_.tasks[task].written = true;
    if (board_.tasks[task].held.empty()) board_.Launched(task);
  }
}

void Scheduler::GiveBackOwn() {
  for (std::vector<TaskId>& own : own_) {
    for (const TaskId task : own) board_.QueueOf(task).Push(task);
    board_.changes += own.size();
    own.clear();
  }
}

void Scheduler::ShareOwn() {
  for (const CoreShape shape : {CoreShape::kAic, CoreShape::kAiv}) {
    std::vector<TaskId>& own = own_[static_cast<std::size_t>(shape)];
    const std::size_t cores = shape == CoreShape::kAic ? aics_.size() : aivs_.size();
    const bool wanted =
        std::ranges::any_of(all_, [&](const Scheduler* other) { return other != this && other->CountIdle(shape) > 0; });
    if (own.size() <= cores || !wanted) continue;
    for (std::size_t i = cores; i < own.size(); ++i) board_.QueueOf(own[i]).Push(own[i]);
    board_.changes += own.size() - cores;
    own.resize(cores);
  }
}

// -- early dispatch

Room Scheduler::EarlyRoom(TaskId task) const {
  return UsesPendingSlots(runtime_.policies, board_.input.program.tasks[task].core) ? Room::kEither : Room::kIdle;
}

void Scheduler::StageCandidates() {
  if (!board_.NothingReady()) return;
  Picoseconds prepare = 0;
  for (const CoreShape shape : ShapeOrder()) {
    ReadyQueue& queue = board_.candidates[static_cast<std::size_t>(shape)];
    for (std::size_t left = queue.size(); left > 0 && !dropped_; --left) {
      const TaskId task = queue.Pop();
      if (board_.tasks[task].producers_left == 0) continue;  // ready meanwhile
      if (Stage(task)) {
        prepare += costs_.stage_early;
      } else if (board_.drain.task != task) {
        queue.Push(task);
      }
    }
  }
  if (!batch_.empty()) Publish(prepare, PhaseKind::kEarlyDispatch);
}

bool Scheduler::Stage(TaskId task) {
  if (board_.Together(task)) {
    if (CountRoom(task, EarlyRoom(task)) >= board_.input.program.tasks[task].block_num) {
      return Claim(task, EarlyRoom(task), /*gated=*/true) > 0;
    }
    if (all_.size() > 1) RequestDrain(task, /*early=*/true);
    return false;
  }
  std::uint32_t staged = Claim(task, Room::kIdle, /*gated=*/true);
  if (EarlyRoom(task) != Room::kIdle) staged += Claim(task, Room::kPending, /*gated=*/true);
  return staged > 0;
}

// One drain at a time: false when another thread was first.
bool Scheduler::RequestDrain(TaskId task, bool early) {
  dropped_ = true;
  if (board_.drain.task != kNoTask) return false;
  board_.drain = {.task = task, .early = early};
  ++board_.changes;
  return true;
}

// -- room

bool Scheduler::HasRoom(CoreId core, Room room) const {
  const CoreView& view = board_.views[core];
  if (view.running == kNone) return room != Room::kPending;
  return room != Room::kIdle && view.acknowledged && view.pending == kNone;
}

bool Scheduler::ClusterHasRoom(std::uint32_t cluster, std::uint8_t slots, Room room) const {
  int used = 0;
  int busy = 0;
  for (int slot = 0; slot < kSlots; ++slot) {
    if ((slots >> slot & 1) == 0) continue;
    const CoreId core = board_.CoreAt(cluster, slot);
    if (!HasRoom(core, Room::kEither)) return false;
    ++used;
    busy += board_.views[core].running != kNone ? 1 : 0;
  }
  if (runtime_.policies.mix_admission == MixAdmission::kUniform && busy != 0 && busy != used) return false;
  return room == Room::kEither || (busy > 0) == (room == Room::kPending);
}

// A block that finds idle cores beside busy ones keeps them until all are free.
bool Scheduler::Holds(std::uint32_t cluster, std::uint8_t slots) const {
  if (runtime_.policies.mix_admission != MixAdmission::kGatedSplit) return false;
  return !ClusterHasRoom(cluster, slots, Room::kIdle) && std::ranges::any_of(std::array{0, 1, 2}, [&](int slot) {
    return (slots >> slot & 1) != 0 && board_.views[board_.CoreAt(cluster, slot)].running == kNone;
  });
}

std::uint32_t Scheduler::CountRoom(TaskId task, Room room) const {
  const Task& t = board_.input.program.tasks[task];
  if (t.core == CoreShape::kMix) {
    const auto fits = [&](std::uint32_t c) { return ClusterHasRoom(c, t.slots, room); };
    return static_cast<std::uint32_t>(std::ranges::count_if(clusters_, fits));
  }
  const auto fits = [&](CoreId core) { return HasRoom(core, room); };
  return static_cast<std::uint32_t>(std::ranges::count_if(t.core == CoreShape::kAic ? aics_ : aivs_, fits));
}

std::size_t Scheduler::CountIdle(CoreShape shape) const {
  const auto idle = [&](CoreId core) { return board_.views[core].running == kNone; };
  if (shape != CoreShape::kMix) {
    return static_cast<std::size_t>(std::ranges::count_if(shape == CoreShape::kAic ? aics_ : aivs_, idle));
  }
  return static_cast<std::size_t>(std::ranges::count_if(clusters_, [&](std::uint32_t c) {
    return idle(board_.CoreAt(c, kSlotAic)) && idle(board_.CoreAt(c, kSlotAiv0)) && idle(board_.CoreAt(c, kSlotAiv1));
  }));
}

std::size_t Scheduler::Parkable(CoreShape shape, std::size_t ready) const {
  if (ready == 0 || !UsesPendingSlots(runtime_.policies, shape)) return 0;
  ParkingView view{.ready = ready, .idle_own = CountIdle(shape)};
  const auto parked = [&](CoreId core) { return board_.views[core].pending != kNone; };
  for (const std::uint32_t c : clusters_) {
    const std::size_t aivs =
        (parked(board_.CoreAt(c, kSlotAiv0)) ? 1 : 0) + (parked(board_.CoreAt(c, kSlotAiv1)) ? 1 : 0);
    const std::size_t aic = parked(board_.CoreAt(c, kSlotAic)) ? 1 : 0;
    view.parked += shape == CoreShape::kAic ? aic : shape == CoreShape::kAiv ? aivs : aic + aivs > 0 ? 1 : 0;
  }
  for (const Scheduler* thread : all_) view.idle_others += thread == this ? 0 : thread->CountIdle(shape);
  return std::min(ready, MayPark(runtime_.policies, view));
}

}  // namespace npusched::simgrid_engine
