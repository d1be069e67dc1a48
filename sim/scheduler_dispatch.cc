// The dispatch pass of a scheduler thread: sync_start tasks, MIX on idle clusters, AIC and AIV on idle cores, then
// pending slots.
#include <algorithm>
#include <bit>

#include "sim/policies/pending_slots.h"
#include "sim/policies/shape_order.h"
#include "sim/scheduler_thread.h"

namespace npusched {
namespace {

// The phases of a pass, in order.
enum Phase : std::uint32_t {
  kSyncMix,
  kSyncFirst,
  kSyncSecond,
  kMixIdle,
  kFirstIdle,
  kSecondIdle,
  kMixPending,
  kFirstPending,
  kSecondPending,
  kPhases
};

}  // namespace

void SchedulerThread::Dispatch(Picoseconds now) {
  TellLaunched();
  while (!drain_requested_) {
    while (phase_ < kPhases && !drain_requested_) {
      RunPhase(phase_++);
      if (!batch_.empty()) {
        const Picoseconds prepare = static_cast<Picoseconds>(batch_.size()) * cost_.dispatch_block;
        placed_in_pass_ = true;
        return Publish(prepare, PhaseKind::kDispatch, Stage::kDispatch, now);
      }
    }
    if (!placed_in_pass_) break;
    phase_ = 0;
    placed_in_pass_ = false;
  }
  FlushLocal();
  drain_requested_ ? CloseLoop(now) : StageEarly(now);
}

// In the order in which the completions found them: of a fan-out the newest consumer first.
void SchedulerThread::FlushLocal() {
  for (std::vector<TaskId>& own : local_.tasks) {
    for (const TaskId task : own) Requeue(task);
    own.clear();
  }
}

// What this thread's cores cannot hold goes to the queue at once when another thread has a core idle: the last found.
void SchedulerThread::ShareExcess() {
  for (const CoreShape shape : {CoreShape::kAic, CoreShape::kAiv}) {
    std::vector<TaskId>& own = local_.tasks[static_cast<std::size_t>(shape)];
    const std::size_t holds = std::size_t{slots_.cluster_count()} * (shape == CoreShape::kAic ? 1 : 2);
    if (own.size() <= holds || !PeerIdle(shape)) continue;
    for (std::size_t i = holds; i < own.size(); ++i) Requeue(own[i]);
    own.resize(holds);
  }
}

void SchedulerThread::RunPhase(std::uint32_t phase) {
  const CoreShape first = FirstShape(runtime_.policies.shape_order, thread_);
  const CoreShape second = first == CoreShape::kAic ? CoreShape::kAiv : CoreShape::kAic;
  // AIC and AIV wait for the next iteration when MIX work is left, even if a pending slot takes it afterwards.
  const bool held_back = mix_left_ && runtime_.policies.mix_first;
  switch (phase) {
    case kSyncMix:
      if (runtime_.policies.local_excess == LocalExcess::kShared) ShareExcess();
      return DispatchSync(CoreShape::kMix);
    case kSyncFirst:
      return DispatchSync(first);
    case kSyncSecond:
      return DispatchSync(second);
    case kMixIdle:
      DispatchMix(SlotPhase::kIdle, state_.Queue(CoreShape::kMix).size());
      mix_left_ = mix_left_ || !state_.Queue(CoreShape::kMix).empty();
      return;
    case kMixPending:
      FlushLocal();
      return DispatchMix(SlotPhase::kPending, Parkable(CoreShape::kMix));
    case kFirstIdle:
    case kSecondIdle:
      if (!held_back) DispatchSingle(phase == kFirstIdle ? first : second, SlotPhase::kIdle, slots_.size());
      return;
    default: {
      const CoreShape shape = phase == kFirstPending ? first : second;
      if (!held_back) DispatchSingle(shape, SlotPhase::kPending, Parkable(shape));
    }
  }
}

bool SchedulerThread::PeerIdle(CoreShape shape) const {
  for (std::uint32_t peer = 0; peer < state_.slots.size(); ++peer) {
    if (peer != thread_ && state_.slots[peer].CountIdle(shape) > 0) return true;
  }
  return false;
}

// Own buffers were flushed to the queues before.
std::size_t SchedulerThread::Parkable(CoreShape shape) const {
  const Policies& policies = runtime_.policies;
  if (!UsesPendingSlots(policies, shape)) return 0;
  ParkingView view{.ready = state_.Queue(shape).size()};
  if (view.ready == 0) return 0;  // nobody asks
  for (std::uint32_t peer = 0; peer < state_.slots.size(); ++peer) {
    if (peer != thread_) view.idle_others += state_.slots[peer].CountIdle(shape);
    if (view.idle_others > 0 && policies.pending_slots == PendingSlots::kPeerIdle) break;  // one is enough
  }
  if (policies.pending_slots == PendingSlots::kPeerIdle) return MayPark(policies, view);
  view.parked = slots_.CountParked(shape);
  view.idle_own = slots_.CountIdle(shape);
  return MayPark(policies, view);
}

std::uint32_t SchedulerThread::Fitting(TaskId task, SlotPhase phase) const {
  const Task& t = state_.input.program.tasks[task];
  return t.core == CoreShape::kMix ? slots_.CountClusters(t.slots, phase) : slots_.CountFree(t.core, phase);
}

// All blocks at once, on idle cores of this thread; else the whole die is drained for the task.
void SchedulerThread::DispatchSync(CoreShape shape) {
  ReadyQueue& queue = state_.sync_ready[static_cast<std::size_t>(shape)];
  while (!queue.empty()) {
    const TaskId id = queue.Pop();
    const std::uint32_t blocks = state_.input.program.tasks[id].block_num;
    if (Fitting(id, SlotPhase::kIdle) < blocks) {
      if (!RequestDrain(id, /*early=*/false)) queue.Push(id);
      return;
    }
    Claim(id, SlotPhase::kIdle, blocks, /*gated=*/false);
  }
}

// Pops at most one entry for each free core. An SPMD task claims what is free; its rest goes to the tail at once,
// then what could not be placed of the batch: entries behind overtake them.
void SchedulerThread::DispatchSingle(CoreShape shape, SlotPhase phase, std::size_t most) {
  ReadyQueue& queue = state_.Queue(shape);
  std::vector<TaskId>& own = local_.tasks[static_cast<std::size_t>(shape)];  // comes first
  if (most == 0 || (queue.empty() && own.empty())) return;
  std::uint32_t free = slots_.CountFree(shape, phase);
  unplaced_.clear();
  for (std::size_t pops = std::min({std::size_t{free}, queue.size() + own.size(), most}); pops > 0; --pops) {
    const TaskId id = own.empty() ? queue.Pop() : own.back();
    if (!own.empty()) own.pop_back();
    if (free == 0) {
      unplaced_.push_back(id);
      continue;
    }
    free -= Claim(id, phase, free, /*gated=*/false);
  }
  for (const TaskId id : unplaced_) Requeue(id);
}

// Pops as many entries as the thread has clusters, busy or not.
void SchedulerThread::DispatchMix(SlotPhase phase, std::size_t most) {
  ReadyQueue& queue = state_.Queue(CoreShape::kMix);
  unplaced_.clear();
  for (std::size_t pops = std::min({std::size_t{slots_.cluster_count()}, queue.size(), most}); pops > 0; --pops) {
    const TaskId id = queue.Pop();
    if (Claim(id, phase, slots_.cluster_count(), /*gated=*/false) == 0) unplaced_.push_back(id);
  }
  for (const TaskId id : unplaced_) queue.Push(id);
}

std::uint32_t SchedulerThread::Claim(TaskId id, SlotPhase phase, std::uint32_t most, bool gated) {
  const Task& task = state_.input.program.tasks[id];
  TaskState& progress = state_.tasks[id];
  const std::uint32_t count = std::min({task.block_num - progress.next_block, Fitting(id, phase), most});
  if (count == 0) return 0;
  const std::uint32_t first_block = progress.next_block;
  progress.next_block += count;
  if (progress.next_block == task.block_num) {
    if (!gated) launched_.push_back(id);
  } else if (!gated && !state_.IsSync(id)) {
    Requeue(id);
  }
  for (std::uint32_t block = first_block; block < first_block + count; ++block) {
    if (task.core == CoreShape::kMix) {
      PlaceMix(id, block, phase, gated);
    } else {
      const Gate gate = gated ? Gate::kStaged : Gate::kNone;
      Place(id, block, slots_.PickFree(task.core, phase), std::countr_zero(task.slots), gate);
    }
  }
  return count;
}

void SchedulerThread::PlaceMix(TaskId id, std::uint32_t block, SlotPhase phase, bool gated) {
  const std::uint8_t mask = state_.input.program.tasks[id].slots;
  const std::uint32_t cluster = slots_.PickCluster(mask, phase);
  Gate gate = gated ? Gate::kStaged : Gate::kNone;
  if (!gated && runtime_.policies.mix_admission == MixAdmission::kGatedSplit && slots_.Splits(cluster, mask)) {
    gate = Gate::kHeld;
    ++state_.tasks[id].held_blocks;
  }
  for (int slot = 0; slot < kSlots; ++slot) {
    if ((mask >> slot & 1) != 0) Place(id, block, kSlots * cluster + slot, slot, gate);
  }
}

void SchedulerThread::Requeue(TaskId task) {
  state_.Queue(task).Push(task);
  ++state_.changes;
}

void SchedulerThread::Place(TaskId task, std::uint32_t block, std::uint32_t local, int slot, Gate gate) {
  CoreSlots::Slot& place = slots_[local];
  const auto row = static_cast<RowId>(state_.trace.rows.size());
  const bool pending = place.running != kNoRow;
  if (pending) {
    place.pending = row;
    place.pending_gated = gate != Gate::kNone;
  } else {
    place = {.running = row, .running_gated = gate != Gate::kNone};
  }
  DispatchRow& r = state_.trace.rows.emplace_back();
  r.task = task;
  r.core = slots_.GlobalId(local);
  r.block = block;
  r.sequence = ++sequence_[local];
  r.slot = static_cast<std::uint8_t>(slot);
  r.thread = static_cast<std::uint8_t>(thread_);
  r.pending = pending;
  r.gated = gate == Gate::kStaged;
  r.held = gate == Gate::kHeld;
  if (r.gated) {
    TaskState& progress = state_.tasks[task];
    if (progress.staged_rows++ == 0) progress.staged_first = row;
    if (pending && state_.IsSync(task)) ++progress.staged_pending;
  }
  batch_.push_back(row);
  ++state_.changes;
}

void SchedulerThread::TellLaunched() {
  for (const TaskId task : launched_) {
    state_.tasks[task].published = true;
    if (state_.tasks[task].held_blocks == 0) state_.MarkLaunched(task);
  }
  launched_.clear();
}

// All placements of the batch are prepared, then written one after the other.
void SchedulerThread::Publish(Picoseconds prepare, PhaseKind kind, Stage stage, Picoseconds now) {
  const bool each = runtime_.policies.publication == Publication::kEach && kind == PhaseKind::kDispatch;
  Picoseconds written = now + (each ? 0 : prepare);
  for (const RowId row : batch_) {
    written += cost_.publish_block + (each ? cost_.dispatch_block : 0);
    DispatchRow& r = state_.trace.rows[row];
    r.dispatch = written;
    state_.cores.Publish(row, state_.DurationOf(r.task, r.slot, r.block), r.gated || r.held);
  }
  if (!batch_.empty()) Record(kind, now, written, batch_.size());
  batch_.clear();
  moved_ = true;
  Spend(written - now, stage, now);
}

}  // namespace npusched
