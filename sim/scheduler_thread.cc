#include "sim/scheduler_thread.h"

#include <algorithm>

namespace npusched {

SchedulerThread::SchedulerThread(RunState& state, std::uint32_t thread)
    : state_(state),
      cost_(state.input.runtime.scheduler),
      thread_(thread),
      slots_(state.slots[thread]),
      sequence_(slots_.size()) {}

void SchedulerThread::Step() {
  const Picoseconds now = next_time_;
  switch (stage_) {
    case Stage::kPoll:
      return Poll(now);
    case Stage::kTask:
      return CompleteTask(now);
    case Stage::kConsumer:
      return TellConsumer(now);
    case Stage::kQueues:
      return CheckQueues(now);
    case Stage::kDispatch:
      return Dispatch(now);
    case Stage::kAsleep:
      return Wake(now, /*strictly_after=*/false);
  }
}

// -- polling and completing

void SchedulerThread::BeginIteration(Picoseconds now) {
  ++iteration_;
  moved_ = false;
  polled_ = 0;
  completing_phase_ = {
      now, now, static_cast<std::uint32_t>(iteration_), 0, PhaseKind::kComplete, static_cast<std::uint8_t>(thread_)};
  NextPoll(now);
}

void SchedulerThread::NextPoll(Picoseconds now) {
  while (polled_ < slots_.size() && slots_.Idle(polled_)) ++polled_;
  if (polled_ < slots_.size()) {
    stage_ = Stage::kPoll;
    next_time_ = now + cost_.poll_core;
    return;
  }
  if (completing_phase_.tasks > 0) {
    completing_phase_.end = now;
    state_.trace.phases.push_back(completing_phase_);
  }
  stage_ = Stage::kQueues;
  next_time_ = now + cost_.iteration;
}

void SchedulerThread::Poll(Picoseconds now) {
  CoreSlots::Slot& slot = slots_[polled_];
  const Cores& cores = state_.cores;
  if (slot.pending != kNoRow) {
    // The register tells only the latest state: while the pending row has not been seen, neither has the end before it.
    if (cores.SeenFinished(slot.pending) <= now) {
      Finished(slot.running, now);
      Finished(slot.pending, now);
      slot = {};
    } else if (cores.SeenStarted(slot.pending) <= now) {
      Finished(slot.running, now);
      slot = {.running = slot.pending, .pending = kNoRow, .started = true};
    }
  } else if (cores.SeenFinished(slot.running) <= now) {
    Finished(slot.running, now);
    slot = {};
  } else if (cores.SeenStarted(slot.running) <= now) {
    slot.started = true;
  }
  NextCompletion(now);
}

void SchedulerThread::Finished(RowId row, Picoseconds now) {
  state_.trace.rows[row].finish = now;
  finished_.push_back(row);
  ++completing_phase_.tasks;
  moved_ = true;
}

void SchedulerThread::NextCompletion(Picoseconds now) {
  while (!finished_.empty()) {
    const TaskId task = state_.trace.rows[finished_.back()].task;
    finished_.pop_back();
    if (--state_.tasks[task].rows_left > 0) continue;
    completing_ = task;
    return Spend(cost_.complete_task, Stage::kTask, now);
  }
  ++polled_;
  NextPoll(now);
}

void SchedulerThread::CompleteTask(Picoseconds now) {
  state_.MarkComplete(completing_, now);
  consumers_ = state_.LinkedConsumers(completing_);
  if (consumers_.empty()) return AfterTask(now);
  Spend(cost_.complete_edge, Stage::kConsumer, now);
}

void SchedulerThread::TellConsumer(Picoseconds now) {
  const TaskId consumer = consumers_.back();  // newest first: fan-out lists are prepended
  consumers_ = consumers_.first(consumers_.size() - 1);
  if (--state_.tasks[consumer].outstanding == 0) state_.MakeReady(consumer, now, completing_);
  if (consumers_.empty()) return AfterTask(now);
  Spend(cost_.complete_edge, Stage::kConsumer, now);
}

void SchedulerThread::AfterTask(Picoseconds now) { serving_dummies_ ? NextDummy(now) : NextCompletion(now); }

// -- queues

void SchedulerThread::CheckQueues(Picoseconds now) {
  ReadyQueue& queue = state_.Queue(CoreShape::kDummy);
  for (std::uint32_t i = 0; i < state_.input.runtime.dummies_per_iteration && !queue.empty(); ++i) {
    dummies_.push_back(queue.Pop());
  }
  std::ranges::reverse(dummies_);
  serving_dummies_ = true;
  NextDummy(now);
}

void SchedulerThread::NextDummy(Picoseconds now) {
  if (!dummies_.empty()) {
    completing_ = dummies_.back();
    dummies_.pop_back();
    moved_ = true;
    return Spend(cost_.complete_dummy, Stage::kTask, now);
  }
  serving_dummies_ = false;
  phase_ = 0;
  placed_in_pass_ = false;
  mix_left_ = false;
  Dispatch(now);
}

void SchedulerThread::Spend(Picoseconds cost, Stage stage, Picoseconds now) {
  state_.trace.scheduler_busy[thread_] += cost;
  stage_ = stage;
  next_time_ = now + cost;
}

// -- sleeping

void SchedulerThread::EndIteration(Picoseconds now) {
  // Popping and putting back MIX work rotates its queue, so such an iteration is not like the next.
  const bool rotates = state_.Queue(CoreShape::kMix).size() > slots_.cluster_count();
  std::uint32_t running = 0;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) running += slots_.Idle(i) ? 0 : 1;
  period_ = running * cost_.poll_core + cost_.iteration;
  if (moved_ || !state_.Queue(CoreShape::kDummy).empty() || (rotates && period_ > 0)) return BeginIteration(now);
  stage_ = Stage::kAsleep;
  asleep_since_ = now;
  next_time_ = NextVisible();
}

Picoseconds SchedulerThread::NextVisible() const {
  Picoseconds next = kNever;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    const CoreSlots::Slot& slot = slots_[i];
    if (slot.running == kNoRow) continue;
    if (slot.pending != kNoRow) {
      next = std::min(next, state_.cores.SeenStarted(slot.pending));
    } else {
      next = std::min(next,
                      slot.started ? state_.cores.SeenFinished(slot.running) : state_.cores.SeenStarted(slot.running));
    }
  }
  return next;
}

void SchedulerThread::Wake(Picoseconds when, bool strictly_after) {
  // Idle iteration k polls within [since + k * period, since + (k + 1) * period) and looks at the queues at the
  // latter moment. All before the first one that can notice are alike and are skipped.
  std::uint64_t skipped = 0;
  Picoseconds begin = std::max(when, asleep_since_);
  if (period_ > 0) {
    const Picoseconds waited = std::max<Picoseconds>(when - asleep_since_ - (strictly_after ? 0 : 1), 0);
    skipped = static_cast<std::uint64_t>(waited / period_);
    begin = asleep_since_ + static_cast<Picoseconds>(skipped) * period_;
  }
  iteration_ += skipped;
  BeginIteration(begin);
}

void SchedulerThread::OnChange(Picoseconds now, bool after_us) {
  if (stage_ == Stage::kAsleep && !state_.QueuesEmpty()) Wake(now, after_us);
}

void SchedulerThread::OnCoreChange() {
  if (stage_ == Stage::kAsleep) next_time_ = NextVisible();
}

}  // namespace npusched
