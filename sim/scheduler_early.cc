// Work placed before its turn: consumers staged behind a doorbell, and drains for sync_start tasks.
#include <algorithm>

#include "sim/policies/pending_slots.h"
#include "sim/policies/shape_order.h"
#include "sim/scheduler_thread.h"

namespace npusched {
namespace {

// Where all blocks of a sync_start task may be staged.
SlotPhase EarlyPhase(const Policies& policies, CoreShape shape) {
  return UsesPendingSlots(policies, shape) ? SlotPhase::kEither : SlotPhase::kIdle;
}

}  // namespace

// Candidates are staged only when no ready work waits.
void SchedulerThread::StageEarly(Picoseconds now) {
  const bool any = std::ranges::any_of(state_.early, [](const ReadyQueue& queue) { return !queue.empty(); });
  if (!any || !state_.ReadyQueuesEmpty()) return CloseLoop(now);
  const CoreShape first = FirstShape(runtime_.policies.shape_order, thread_);
  const CoreShape second = first == CoreShape::kAic ? CoreShape::kAiv : CoreShape::kAic;
  Picoseconds prepare = 0;
  for (const CoreShape shape : {CoreShape::kMix, first, second}) {
    ReadyQueue& queue = state_.early[static_cast<std::size_t>(shape)];
    for (std::size_t left = queue.size(); left > 0 && !drain_requested_; --left) {
      const TaskId task = queue.Pop();
      if (state_.tasks[task].outstanding == 0) continue;  // it became ready meanwhile
      if (StageCandidate(task)) {
        prepare += cost_.stage_early;
      } else if (state_.drain.task != task) {
        queue.Push(task);
      }
    }
  }
  if (batch_.empty()) return CloseLoop(now);
  Publish(prepare, PhaseKind::kEarlyDispatch, Stage::kEarlyDone, now);
}

bool SchedulerThread::StageCandidate(TaskId id) {
  const Task& task = state_.input.program.tasks[id];
  if (state_.IsSync(id)) {
    const SlotPhase phase = EarlyPhase(runtime_.policies, task.core);
    if (Fitting(id, phase) < task.block_num) {
      if (state_.slots.size() > 1) RequestDrain(id, /*early=*/true);
      return false;
    }
    return Claim(id, phase, task.block_num, /*gated=*/true) > 0;
  }
  std::uint32_t staged = Claim(id, SlotPhase::kIdle, task.block_num, /*gated=*/true);
  if (UsesPendingSlots(runtime_.policies, task.core)) {
    staged += Claim(id, SlotPhase::kPending, task.block_num, /*gated=*/true);
  }
  return staged > 0;
}

// One drain at a time: where another thread was first, its drain comes before anything else of this thread, too.
bool SchedulerThread::RequestDrain(TaskId task, bool early) {
  drain_requested_ = true;
  if (state_.drain.task != kNoTask) return false;
  state_.drain = {.task = task, .early = early};
  ++state_.changes;
  return true;
}

void SchedulerThread::JoinDrain() {
  ++state_.drain.arrived;
  stage_ = Stage::kMeeting;
  next_time_ = kNever;
}

void SchedulerThread::OnMeeting(Picoseconds now, bool short_of_cores) {
  if (short_of_cores) {
    if (cost_.poll_core > 0) return BeginIteration(now);
    drain_requested_ = true;  // the queues were not looked at: the next iteration is no idle one
    return PayLoop(now);      // time must pass while the threads meet again and again
  }
  const TaskId id = state_.drain.task;
  const Task& task = state_.input.program.tasks[id];
  const bool gated = state_.drain.early;
  Claim(id, gated ? EarlyPhase(runtime_.policies, task.core) : SlotPhase::kIdle, task.block_num, gated);
  Publish(cost_.drain, PhaseKind::kDrain, Stage::kEndDrain, now);
}

void MeetForDrain(RunState& state, std::span<SchedulerThread* const> threads, Picoseconds now) {
  const Task& task = state.input.program.tasks[state.drain.task];
  const SlotPhase phase = state.drain.early ? EarlyPhase(state.input.runtime.policies, task.core) : SlotPhase::kIdle;
  std::uint32_t fitting = 0;
  for (const CoreSlots& slots : state.slots) {
    fitting +=
        task.core == CoreShape::kMix ? slots.CountClusters(task.slots, phase) : slots.CountFree(task.core, phase);
  }
  // An early one whose producers completed on the way here is in its ready queue, and starts from there.
  const bool ready = state.drain.early && state.tasks[state.drain.task].outstanding == 0;
  const bool short_of_cores = ready || fitting < task.block_num;
  for (SchedulerThread* thread : threads) thread->OnMeeting(now, short_of_cores);
  state.drain.arrived = 0;
  // An early one is not worth waiting for: it takes its turn when it is ready.
  if (!short_of_cores || state.drain.early) state.drain = {};
}

}  // namespace npusched
