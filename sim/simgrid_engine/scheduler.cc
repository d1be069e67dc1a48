#include <algorithm>

#include "sim/policies/pending_slots.h"
#include "sim/simgrid_engine/actors.h"

namespace npusched::simgrid_engine {

Scheduler::Scheduler(Board& board, std::uint32_t number, std::vector<Scheduler*>& all)
    : Actor(board, board.AgentOfThread(number)),
      runtime_(board.input.runtime),
      costs_(CostsOfThread(runtime_, number)),
      number_(number),
      all_(all),
      clusters_(board.owned[number]),
      aic_choice_(runtime_.policies.core_choice, static_cast<std::uint32_t>(clusters_.size())),
      aiv_choice_(runtime_.policies.core_choice, static_cast<std::uint32_t>(2 * clusters_.size())),
      cluster_choice_(runtime_.policies.core_choice, static_cast<std::uint32_t>(clusters_.size())) {
  for (const std::uint32_t c : clusters_) {
    aics_.push_back(board.CoreAt(c, kSlotAic));
    aivs_.insert(aivs_.end(), {board.CoreAt(c, kSlotAiv0), board.CoreAt(c, kSlotAiv1)});
  }
}

void Scheduler::Run() {
  turns_.Begin(me_);
  for (Picoseconds begin = 0;;) {
    Iterate(begin);
    if (!short_of_cores_ && Quiet()) {  // after a meeting in vain it polls again
      begin = SleepThroughIdle();
      continue;
    }
    begin = now();
    PauseUntil(begin);
  }
}

void Scheduler::Iterate(Picoseconds begin) {
  ++iteration_;
  moved_ = dropped_ = short_of_cores_ = false;
  Poll(begin);
  if (board_.drain.task != kNoTask) {
    GiveBackOwn();
    AwaitMeeting();
    if (short_of_cores_) {
      if (costs_.poll_core == 0) PauseUntil(now() + costs_.iteration);
      return;
    }
    Publish(costs_.drain, PhaseKind::kDrain);
  } else {
    LinkSubmitted();
    ServeDummies();
    Dispatch();
    GiveBackOwn();
    if (!dropped_) StageCandidates();
  }
  changes_seen_ = board_.changes;
  if (!moved_ && !dropped_ && !finished_.empty()) {
    const Picoseconds from = now();
    const std::size_t count = finished_.size();
    ReleaseAll();
    Record(PhaseKind::kRelease, from, count);
  }
  PauseUntil(now() + costs_.iteration);
}

// -- polling and completing

void Scheduler::Poll(Picoseconds begin) {
  std::size_t rows = 0;
  std::vector<Row> finished;
  Picoseconds at = begin;  // when the last poll was over
  for (const std::uint32_t cluster : clusters_) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const CoreId core = board_.CoreAt(cluster, slot);
      const Row running = board_.views[core].running;
      if (running == kNone || board_.Gated(running)) continue;
      at += costs_.poll_core;
      if (at < now()) continue;  // of an idle iteration that was slept through so far: it saw nothing
      PauseUntil(at);
      ReadRegister(core, finished);
      rows += finished.size();
      for (const Row row : finished) {
        const TaskId task = board_.trace.rows[row].task;
        if (--board_.tasks[task].rows_left == 0) Finish(task, costs_.complete_task);
      }
      at = now();
    }
  }
  if (at > now()) PauseUntil(at);
  if (rows == 0) return;
  moved_ = true;
  Record(PhaseKind::kComplete, begin, rows);
}

// A register tells the latest state alone: what is over, the last first.
void Scheduler::ReadRegister(CoreId core, std::vector<Row>& finished) {
  finished.clear();
  CoreView& view = board_.views[core];
  const auto seen = [&](Picoseconds t) { return t != kNever && now() - t >= runtime_.link.finish_visible; };
  const DispatchRow& running = board_.trace.rows[view.running];
  if (view.pending == kNone || board_.Gated(view.pending)) {
    if (seen(running.end)) {
      finished.push_back(view.running);
      view = {.running = view.pending};
    } else {
      view.acknowledged = view.acknowledged || seen(running.receive);
    }
  } else if (seen(board_.trace.rows[view.pending].end)) {
    finished = {view.pending, view.running};
    view = {};
  } else if (seen(board_.trace.rows[view.pending].receive)) {
    finished.push_back(view.running);
    view = {.running = view.pending, .acknowledged = true};
  }
  for (const Row row : finished) board_.trace.rows[row].finish = now();
  if (finished.empty() || view.running == kNone || !board_.Gated(view.running)) return;
  if (board_.trace.rows[view.running].held) return board_.MovedUp(view.running);
  const TaskId task = board_.trace.rows[view.running].task;  // moved up behind its gate
  if (board_.Together(task) && board_.tasks[task].producers_left == 0 && !board_.HeldBack(task)) {
    board_.RingDoorbell(task);
  }
}

void Scheduler::Finish(TaskId done, Picoseconds cost) {
  Pay(cost);
  board_.Complete(done);
  finished_.push_back(done);
  for (std::size_t left = board_.tasks[done].waiters.size(); left > 0; --left) {
    board_.trace.waits.resolve += costs_.complete_edge;
    Pay(costs_.complete_edge);
    const TaskId waiter = board_.tasks[done].waiters[left - 1];
    if (--board_.tasks[waiter].producers_left == 0) board_.MakeReady(waiter, done, own_.data());
  }
  if (finished_.size() >= runtime_.release_batch) ReleaseAll();
}

void Scheduler::ReleaseAll() {
  for (; !finished_.empty();) {
    Pay(costs_.release_task);
    const TaskId newest = finished_.back();
    finished_.pop_back();
    board_.LetGo(newest);
  }
}

void Scheduler::LinkSubmitted() {
  const Policies& policies = runtime_.policies;
  if (policies.wiring != Wiring::kScheduler0 || number_ != 0) return;
  for (std::uint32_t n = 0; n < policies.wiring_batch && board_.linked < board_.submitted; ++n) {
    const TaskId task = board_.linked;
    const auto edges = static_cast<Picoseconds>(board_.waits.CountProducers(task));
    const bool alloc = board_.input.program.tasks[task].core == CoreShape::kAlloc;
    Pay(alloc ? 0 : costs_.wire_task + edges * ScaledForThread(runtime_, number_, runtime_.submit.fanin_edge));
    board_.Link(task);
    moved_ = true;
  }
}

void Scheduler::ServeDummies() {
  ReadyQueue& queue = board_.ready[static_cast<std::size_t>(CoreShape::kDummy)];
  std::vector<TaskId> dummies;
  while (!queue.empty() && dummies.size() < runtime_.dummies_per_iteration) dummies.push_back(queue.Pop());
  if (dummies.empty()) return;
  const Picoseconds from = now();
  for (const TaskId task : dummies) Finish(task, costs_.complete_dummy);
  moved_ = true;
  Record(PhaseKind::kDummy, from, dummies.size());
}

// -- drains

void Scheduler::AwaitMeeting() {
  at_meeting_ = true;
  if (std::ranges::all_of(all_, [](const Scheduler* thread) { return thread->at_meeting_; })) {
    Meet();
    PauseUntil(now());
    return;
  }
  PauseUntilCalled(kNever);
}

// The last to come decides for all and wakes the others.
void Scheduler::Meet() {
  const DrainRequest drain = board_.drain;
  const Room room = drain.early ? EarlyRoom(drain.task) : Room::kIdle;
  std::uint32_t places = 0;
  for (const Scheduler* thread : all_) places += thread->CountRoom(drain.task, room);
  const bool ready = drain.early && board_.tasks[drain.task].producers_left == 0;
  const bool enough = !ready && places >= board_.input.program.tasks[drain.task].block_num;
  for (Scheduler* thread : all_) {
    thread->at_meeting_ = false;
    thread->short_of_cores_ = !enough;
    if (enough) thread->Claim(drain.task, room, drain.early);
    turns_.Call(thread->me_, now());
  }
  if (enough || drain.early) board_.drain = {};
}

// -- idling

// Nothing happened, and the next iterations would be alike: none rotates a queue, none may gain a core to poll.
bool Scheduler::Quiet() const {
  if (moved_ || dropped_ || board_.changes != changes_seen_) return false;
  if (!board_.input.skip_idle) return false;
  bool alike =
      board_.drain.task == kNoTask && board_.ready.back().empty() &&
      !RotatesMix(runtime_.policies, board_.ready[static_cast<std::size_t>(CoreShape::kMix)].size(), clusters_.size());
  Picoseconds polls = 0;
  for (const std::uint32_t cluster : clusters_) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const CoreView& view = board_.views[board_.CoreAt(cluster, slot)];
      if (view.running == kNone) continue;
      polls += costs_.poll_core;
      alike = alike && !board_.Gated(view.running) && (view.pending == kNone || !board_.Gated(view.pending));
    }
  }
  return alike || polls + costs_.iteration == 0;
}

Picoseconds Scheduler::SleepThroughIdle() {
  Idle& idle = board_.idle[number_];
  Picoseconds polls = 0;
  for (const std::uint32_t cluster : clusters_) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const Row running = board_.views[board_.CoreAt(cluster, slot)].running;
      if (running != kNone && !board_.Gated(running)) polls += costs_.poll_core;
    }
  }
  idle = {.on = true, .since = now(), .look = polls, .period = polls + costs_.iteration};
  const Picoseconds visible = board_.NextVisible(number_);
  if (visible != kNever) idle.begin = idle.BeginOf(visible, /*after=*/false);
  PauseUntilCalled(idle.begin);
  idle.on = false;
  if (idle.period > 0) iteration_ += static_cast<std::uint32_t>((idle.begin - idle.since) / idle.period);
  return idle.begin;
}

void Scheduler::Pay(Picoseconds cost) {
  board_.trace.scheduler_busy[number_] += cost;
  PauseUntil(now() + cost);
}

void Scheduler::Record(PhaseKind kind, Picoseconds begin, std::size_t count) {
  board_.trace.phases.push_back(
      {begin, now(), iteration_, static_cast<std::uint32_t>(count), kind, static_cast<std::uint8_t>(number_)});
}

}  // namespace npusched::simgrid_engine
