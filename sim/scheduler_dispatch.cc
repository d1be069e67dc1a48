// The dispatch pass of a scheduler thread: MIX on idle clusters, AIC and AIV on idle cores, then pending slots.
#include <algorithm>
#include <array>
#include <bit>

#include "sim/scheduler_thread.h"

namespace npusched {
namespace {

constexpr std::uint32_t kMixIdle = 0;
constexpr std::uint32_t kMixPending = 3;
constexpr std::uint32_t kPhases = 6;

}  // namespace

void SchedulerThread::Dispatch(Picoseconds now) {
  while (true) {
    while (phase_ < kPhases) {
      RunPhase(phase_++);
      if (!batch_.empty()) return Publish(now);
    }
    if (!placed_in_pass_) return EndIteration(now);
    phase_ = 0;
    placed_in_pass_ = false;
  }
}

void SchedulerThread::RunPhase(std::uint32_t phase) {
  const SlotPhase slot_phase = phase < kMixPending ? SlotPhase::kIdle : SlotPhase::kPending;
  if (slot_phase == SlotPhase::kPending && !state_.input.runtime.pending_slots) return;
  if (phase == kMixIdle || phase == kMixPending) {
    if (slot_phase == SlotPhase::kIdle || !PeerIdle(CoreShape::kMix)) DispatchMix(slot_phase);
    if (slot_phase == SlotPhase::kIdle) mix_left_ = mix_left_ || !state_.Queue(CoreShape::kMix).empty();
    return;
  }
  if (mix_left_) return;  // AIC and AIV wait for the next iteration, even if a pending slot takes that MIX work
  // Thread 1 takes AIV first, the others AIC.
  const bool first = phase == kMixIdle + 1 || phase == kMixPending + 1;
  const CoreShape shape = first == (thread_ == 1) ? CoreShape::kAiv : CoreShape::kAic;
  if (slot_phase == SlotPhase::kIdle || !PeerIdle(shape)) DispatchSingle(shape, slot_phase);
}

bool SchedulerThread::PeerIdle(CoreShape shape) const {
  for (std::uint32_t peer = 0; peer < state_.slots.size(); ++peer) {
    if (peer != thread_ && state_.slots[peer].CountIdle(shape) > 0) return true;
  }
  return false;
}

// Pops at most one entry for each free core. An SPMD task claims what is free; its rest goes to the tail at once,
// then what could not be placed of the batch: entries behind overtake them.
void SchedulerThread::DispatchSingle(CoreShape shape, SlotPhase phase) {
  ReadyQueue& queue = state_.Queue(shape);
  if (queue.empty()) return;
  std::uint32_t free = slots_.CountFree(shape, phase);
  std::uint32_t local = 0;
  unplaced_.clear();
  for (std::uint32_t pops = std::min<std::uint32_t>(free, static_cast<std::uint32_t>(queue.size())); pops > 0; --pops) {
    const TaskId id = queue.Pop();
    if (free == 0) {
      unplaced_.push_back(id);
      continue;
    }
    const Task& task = state_.input.program.tasks[id];
    TaskState& progress = state_.tasks[id];
    const std::uint32_t claim = std::min(task.block_num - progress.next_block, free);
    const std::uint32_t first_block = progress.next_block;
    progress.next_block += claim;
    free -= claim;
    if (progress.next_block < task.block_num) Requeue(id);
    for (std::uint32_t b = 0; b < claim; ++b) {
      local = slots_.FindFree(shape, phase, local);
      Place(id, first_block + b, local++, std::countr_zero(task.slots));
    }
  }
  for (const TaskId id : unplaced_) Requeue(id);
}

// Pops as many entries as the thread has clusters, busy or not.
void SchedulerThread::DispatchMix(SlotPhase phase) {
  ReadyQueue& queue = state_.Queue(CoreShape::kMix);
  unplaced_.clear();
  for (std::size_t pops = std::min<std::size_t>(slots_.cluster_count(), queue.size()); pops > 0; --pops) {
    const TaskId id = queue.Pop();
    if (ClaimMix(id, phase) == 0) {
      unplaced_.push_back(id);
    } else if (state_.tasks[id].next_block < state_.input.program.tasks[id].block_num) {
      Requeue(id);
    }
  }
  for (const TaskId id : unplaced_) queue.Push(id);
}

std::uint32_t SchedulerThread::ClaimMix(TaskId id, SlotPhase phase) {
  const Task& task = state_.input.program.tasks[id];
  TaskState& progress = state_.tasks[id];
  std::uint32_t claimed = 0;
  std::uint32_t cluster = 0;
  while (progress.next_block < task.block_num) {
    cluster = slots_.FindCluster(task.slots, phase, cluster);
    if (cluster == slots_.cluster_count()) break;
    for (int slot = 0; slot < kSlots; ++slot) {
      if ((task.slots >> slot & 1) != 0) Place(id, progress.next_block, kSlots * cluster + slot, slot);
    }
    ++progress.next_block;
    ++cluster;
    ++claimed;
  }
  return claimed;
}

void SchedulerThread::Requeue(TaskId task) {
  state_.Queue(state_.input.program.tasks[task].core).Push(task);
  ++state_.changes;
}

void SchedulerThread::Place(TaskId task, std::uint32_t block, std::uint32_t local, int slot) {
  CoreSlots::Slot& place = slots_[local];
  const auto row = static_cast<RowId>(state_.trace.rows.size());
  const bool pending = place.running != kNoRow;
  if (pending) {
    place.pending = row;
  } else {
    place = {.running = row, .pending = kNoRow, .started = false};
  }
  DispatchRow& r = state_.trace.rows.emplace_back();
  r.task = task;
  r.core = slots_.GlobalId(local);
  r.block = block;
  r.sequence = ++sequence_[local];
  r.slot = static_cast<std::uint8_t>(slot);
  r.thread = static_cast<std::uint8_t>(thread_);
  r.pending = pending;
  batch_.push_back(row);
  ++state_.changes;
}

// All placements of the batch are prepared, then written one after the other.
void SchedulerThread::Publish(Picoseconds now) {
  const auto count = static_cast<Picoseconds>(batch_.size());
  Picoseconds written = now + count * cost_.dispatch_block;
  for (const RowId row : batch_) {
    written += cost_.publish_block;
    DispatchRow& r = state_.trace.rows[row];
    r.dispatch = written;
    state_.cores.Publish(row, state_.DurationOf(r.task, r.slot));
  }
  state_.trace.phases.push_back({now, written, static_cast<std::uint32_t>(iteration_),
                                 static_cast<std::uint32_t>(batch_.size()), PhaseKind::kDispatch,
                                 static_cast<std::uint8_t>(thread_)});
  batch_.clear();
  placed_in_pass_ = true;
  moved_ = true;
  Spend(written - now, Stage::kDispatch, now);
}

}  // namespace npusched
