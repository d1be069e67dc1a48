#include "sim/scheduler_thread.h"

#include <algorithm>

#include "sim/policies/pending_slots.h"

namespace npusched {

SchedulerThread::SchedulerThread(RunState& state, std::uint32_t thread)
    : state_(state),
      runtime_(state.input.runtime),
      cost_(CostsOfThread(runtime_, thread)),
      thread_(thread),
      slots_(state.slots[thread]),
      wires_(thread == 0 && runtime_.policies.wiring == Wiring::kScheduler0),
      local_{.entries =
                 runtime_.policies.ready_buffers == ReadyBuffers::kLocal ? runtime_.policies.local_ready_entries : 0},
      sequence_(slots_.size()) {}

void SchedulerThread::Step() {
  const Picoseconds now = next_time_;
  switch (stage_) {
    case Stage::kBegin:
      return NextPoll(now);
    case Stage::kPoll:
      return Poll(now);
    case Stage::kWire:
      return WireNext(now);
    case Stage::kTask:
      return CompleteTask(now);
    case Stage::kConsumer:
      return TellConsumer(now);
    case Stage::kLoop:
      return EndIteration(now);
    case Stage::kDispatch:
      return Dispatch(now);
    case Stage::kEndDrain:
    case Stage::kEarlyDone:
      return CloseLoop(now);
    case Stage::kRelease:
      return Release(now);
    case Stage::kMeeting:
      return;
    case Stage::kAsleep:
      return Wake(now, /*strictly_after=*/false);
  }
}

// -- polling and completing

void SchedulerThread::BeginIteration(Picoseconds now) {
  ++iteration_;
  moved_ = false;
  drain_requested_ = false;
  polled_ = 0;
  completed_rows_ = 0;
  phase_begin_ = now;
  stage_ = Stage::kBegin;
  next_time_ = now;
}

void SchedulerThread::NextPoll(Picoseconds now) {
  while (polled_ < slots_.size() && !slots_.Polled(polled_)) ++polled_;
  if (polled_ < slots_.size()) {
    stage_ = Stage::kPoll;
    next_time_ = now + cost_.poll_core;
    return;
  }
  if (completed_rows_ > 0) Record(PhaseKind::kComplete, phase_begin_, now, completed_rows_);
  // What the scan made ready is served before an idle peer can look: the loop's own cost comes at its end.
  CheckQueues(now);
}

void SchedulerThread::Poll(Picoseconds now) {
  CoreSlots::Slot& slot = slots_[polled_];
  const Cores& cores = state_.cores;
  if (slot.pending != kNoRow && !slot.pending_gated) {
    // The register tells only the latest state: while the pending row has not been seen, neither has the end before it.
    if (cores.SeenFinished(slot.pending) <= now) {
      Finished(slot.running, now);
      Finished(slot.pending, now);
      slot = {};
    } else if (cores.SeenStarted(slot.pending) <= now) {
      Finished(slot.running, now);
      slot = {.running = slot.pending, .started = true};
    }
  } else if (cores.SeenFinished(slot.running) <= now) {
    Finished(slot.running, now);
    PromoteGated(slot, now);
  } else if (cores.SeenStarted(slot.running) <= now) {
    slot.started = true;
  }
  NextCompletion(now);
}

// The running row is done; a gated pending row, if any, moves up and waits there for its doorbell.
void SchedulerThread::PromoteGated(CoreSlots::Slot& slot, Picoseconds now) {
  const RowId row = slot.pending;
  slot = {.running = row, .running_gated = row != kNoRow};
  if (row == kNoRow) return;
  if (state_.trace.rows[row].held) return ReleaseHeld(row, now);
  const TaskId task = state_.trace.rows[row].task;
  TaskState& progress = state_.tasks[task];
  if (progress.staged_pending > 0 && --progress.staged_pending == 0 && progress.outstanding == 0) {
    state_.RingDoorbell(task, now);
  }
}

// A row of a held MIX block moved up: once none of the block waits in a pending slot, all its cores start.
void SchedulerThread::ReleaseHeld(RowId row, Picoseconds now) {
  const std::vector<DispatchRow>& rows = state_.trace.rows;
  const TaskId task = rows[row].task;
  const auto of_block = [&](RowId r) { return rows[r].task == task && rows[r].block == rows[row].block; };
  RowId first = row;
  while (first > 0 && of_block(first - 1)) --first;  // a block's rows stand together
  RowId end = first;
  for (; end < rows.size() && of_block(end); ++end) {
    if (slots_[state_.local[rows[end].core]].pending == end) return;
  }
  for (RowId r = first; r < end; ++r) {
    state_.cores.Ring(r, now);
    slots_[state_.local[rows[r].core]].running_gated = false;
  }
  TaskState& progress = state_.tasks[task];
  if (--progress.held_blocks == 0 && progress.published) state_.MarkLaunched(task);
}

void SchedulerThread::Finished(RowId row, Picoseconds now) {
  state_.trace.rows[row].finish = now;
  finished_.push_back(row);
  ++completed_rows_;
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
  releases_.push_back(completing_);
  consumers_ = state_.LinkedConsumers(completing_);
  NextConsumer(now);
}

void SchedulerThread::NextConsumer(Picoseconds now) {
  // An alloc completed at its submit: it was never linked.
  while (!consumers_.empty() && state_.input.program.tasks[consumers_.back()].core == CoreShape::kAlloc) {
    consumers_ = consumers_.first(consumers_.size() - 1);
  }
  if (consumers_.empty()) return AfterTask(now);
  state_.trace.waits.resolve += cost_.complete_edge;
  Spend(cost_.complete_edge, Stage::kConsumer, now);
}

void SchedulerThread::TellConsumer(Picoseconds now) {
  const TaskId consumer = consumers_.back();  // newest first: fan-out lists are prepended
  consumers_ = consumers_.first(consumers_.size() - 1);
  if (--state_.tasks[consumer].outstanding == 0) state_.MakeReady(consumer, now, completing_, &local_);
  NextConsumer(now);
}

void SchedulerThread::AfterTask(Picoseconds now) {
  if (releases_.size() >= runtime_.release_batch) {
    release_forced_ = true;
    return Spend(cost_.release_task, Stage::kRelease, now);
  }
  serving_dummies_ ? NextDummy(now) : NextCompletion(now);
}

// One finished task, the newest, lets go of what it retained.
void SchedulerThread::Release(Picoseconds now) {
  const TaskId task = releases_.back();
  releases_.pop_back();
  ++phase_tasks_;
  state_.ReleasePins(task);
  if (!releases_.empty()) return Spend(cost_.release_task, Stage::kRelease, now);
  if (!release_forced_) {
    Record(PhaseKind::kRelease, phase_begin_, now, phase_tasks_);
    return PayLoop(now);
  }
  release_forced_ = false;
  serving_dummies_ ? NextDummy(now) : NextCompletion(now);
}

// -- queues

void SchedulerThread::CheckQueues(Picoseconds now) {
  if (state_.drain.task != kNoTask) {
    FlushLocal();
    return JoinDrain();
  }
  if (!AnyToWire()) return ServeDummies(now);
  wired_ = 0;
  Spend(WiringCost(), Stage::kWire, now);
}

Picoseconds SchedulerThread::WiringCost() const {
  if (state_.input.program.tasks[state_.wired].core == CoreShape::kAlloc) return 0;
  const auto edges = static_cast<Picoseconds>(state_.waits.CountProducers(state_.wired));
  return cost_.wire_task + ScaledForThread(runtime_, thread_, runtime_.submit.fanin_edge) * edges;
}

void SchedulerThread::WireNext(Picoseconds now) {
  state_.Wire(state_.wired, now);
  moved_ = true;
  if (++wired_ == runtime_.policies.wiring_batch || !AnyToWire()) return ServeDummies(now);
  Spend(WiringCost(), Stage::kWire, now);
}

void SchedulerThread::ServeDummies(Picoseconds now) {
  ReadyQueue& queue = state_.Queue(CoreShape::kDummy);
  for (std::uint32_t i = 0; i < runtime_.dummies_per_iteration && !queue.empty(); ++i) dummies_.push_back(queue.Pop());
  std::ranges::reverse(dummies_);
  serving_dummies_ = true;
  phase_begin_ = now;
  phase_tasks_ = static_cast<std::uint32_t>(dummies_.size());
  NextDummy(now);
}

void SchedulerThread::NextDummy(Picoseconds now) {
  if (!dummies_.empty()) {
    completing_ = dummies_.back();
    dummies_.pop_back();
    moved_ = true;
    return Spend(cost_.complete_dummy, Stage::kTask, now);
  }
  if (phase_tasks_ > 0) Record(PhaseKind::kDummy, phase_begin_, now, phase_tasks_);
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

void SchedulerThread::Record(PhaseKind kind, Picoseconds begin, Picoseconds end, std::size_t tasks) {
  state_.trace.phases.push_back({begin, end, static_cast<std::uint32_t>(iteration_), static_cast<std::uint32_t>(tasks),
                                 kind, static_cast<std::uint8_t>(thread_)});
}

// -- sleeping

void SchedulerThread::CloseLoop(Picoseconds now) {
  TellLaunched();
  changes_seen_ = state_.changes;
  if (moved_ || drain_requested_ || releases_.empty()) return PayLoop(now);
  phase_begin_ = now;
  phase_tasks_ = 0;
  Spend(cost_.release_task, Stage::kRelease, now);
}

void SchedulerThread::PayLoop(Picoseconds now) {
  stage_ = Stage::kLoop;
  next_time_ = now + cost_.iteration;
}

void SchedulerThread::EndIteration(Picoseconds now) {
  if (moved_ || drain_requested_ || state_.changes != changes_seen_) return BeginIteration(now);
  if (!state_.input.skip_idle) return BeginIteration(now);
  std::uint32_t polled = 0;
  bool gated = false;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    polled += slots_.Polled(i) ? 1 : 0;
    gated = gated || slots_[i].running_gated || slots_[i].pending_gated;
  }
  look_ = polled * cost_.poll_core;
  period_ = look_ + cost_.iteration;
  // Not alike are iterations that pop and put back MIX work, which rotates its queue, and those during which a
  // doorbell may add a core to the scan.
  const bool rotates = RotatesMix(runtime_.policies, state_.Queue(CoreShape::kMix).size(), slots_.cluster_count());
  const bool varies = gated || rotates || state_.drain.task != kNoTask || !state_.Queue(CoreShape::kDummy).empty();
  if (varies && period_ > 0) return BeginIteration(now);
  stage_ = Stage::kAsleep;
  asleep_since_ = now;
  next_time_ = NextVisible();
}

Picoseconds SchedulerThread::NextVisible() const {
  Picoseconds next = kNever;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (!slots_.Polled(i)) continue;
    const CoreSlots::Slot& slot = slots_[i];
    if (slot.pending != kNoRow && !slot.pending_gated) {
      next = std::min(next, state_.cores.SeenStarted(slot.pending));
    } else {
      next = std::min(next,
                      slot.started ? state_.cores.SeenFinished(slot.running) : state_.cores.SeenStarted(slot.running));
    }
  }
  return next;
}

void SchedulerThread::Wake(Picoseconds when, bool strictly_after) {
  // Idle iteration k begins at since + k * period, polls, and looks at the queues `look_` later. All before the first
  // one that can notice are alike and are skipped.
  std::uint64_t skipped = 0;
  Picoseconds begin = std::max(when, asleep_since_);
  if (period_ > 0) {
    const Picoseconds first_look = asleep_since_ + look_;
    const Picoseconds late = when - first_look + (strictly_after ? 1 : 0);  // by how much the first look is too early
    skipped = late > 0 ? static_cast<std::uint64_t>((late + period_ - 1) / period_) : 0;
    begin = asleep_since_ + static_cast<Picoseconds>(skipped) * period_;
  }
  iteration_ += skipped;
  BeginIteration(begin);
}

void SchedulerThread::OnChange(Picoseconds now, bool after_us) {
  if (stage_ == Stage::kAsleep && (state_.AnyWork() || AnyToWire())) Wake(now, after_us);
}

void SchedulerThread::OnCoreChange() {
  if (stage_ == Stage::kAsleep) next_time_ = NextVisible();
}

}  // namespace npusched
