// The native engine: whoever is due next acts; at equal times the cores, then the orchestrator, then the scheduler
// threads by number.
#include <algorithm>
#include <array>
#include <deque>

#include "sim/agenda.h"
#include "sim/engine.h"
#include "sim/orchestrator.h"
#include "sim/run_state.h"
#include "sim/scheduler_thread.h"

namespace npusched {
namespace {

constexpr std::uint32_t kCores = 0;
constexpr std::uint32_t kOrchestrator = 1;
constexpr std::uint32_t kFirstThread = 2;

class NativeEngine {
 public:
  explicit NativeEngine(const RunInput& input)
      : state_(input), orchestrator_(state_), agenda_(kFirstThread + input.runtime.schedulers) {
    for (std::uint32_t i = 0; i < input.runtime.schedulers; ++i) {
      pointers_.push_back(&threads_.emplace_back(state_, i));
      threads_.back().BeginIteration(0);
    }
  }

  Result<RunTrace> Run(Deadlock* deadlock) {
    UpdateAll();
    const Picoseconds patience = state_.input.runtime.rings.progress_timeout;
    while (state_.completed < state_.tasks.size() && state_.deadlock.code == RuntimeCode::kNone) {
      if (agenda_.NextTime() - state_.last_completion > patience) {
        TimeOut(state_.last_completion + patience);
      } else {
        Act(agenda_.Next(), agenda_.NextTime());
      }
    }
    if (state_.deadlock.code != RuntimeCode::kNone) {
      if (deadlock != nullptr) *deadlock = state_.deadlock;
      Error error;
      error.kind = ErrorKind::kDeadlock;
      error.message = Describe(state_.deadlock, state_.input);
      return error;
    }
    return Finish();
  }

 private:
  void UpdateThread(std::uint32_t i) { agenda_.Set(kFirstThread + i, threads_[i].NextTime()); }
  void UpdateAll() {
    agenda_.Set(kCores, state_.cores.NextTime());
    agenda_.Set(kOrchestrator, orchestrator_.NextTime());
    for (std::uint32_t i = 0; i < threads_.size(); ++i) UpdateThread(i);
  }

  void Act(std::uint32_t actor, Picoseconds now) {
    const std::uint64_t changes = state_.changes;
    const std::uint64_t head_moves = state_.head_moves;
    if (actor == kCores) {
      const std::uint32_t owner = state_.owner[state_.input.machine.ClusterOf(state_.cores.Step())];
      threads_[owner].OnCoreChange();
      UpdateThread(owner);
    } else if (actor == kOrchestrator) {
      orchestrator_.Step();
      agenda_.Set(kOrchestrator, orchestrator_.NextTime());
    } else {
      threads_[actor - kFirstThread].Step();
      UpdateThread(actor - kFirstThread);
      if (state_.drain.arrived == threads_.size()) {
        MeetForDrain(state_, pointers_, now);
        UpdateAll();
      }
    }
    agenda_.Set(kCores, state_.cores.NextTime());
    if (state_.head_moves != head_moves) {
      orchestrator_.OnHeadMoved(now);
      agenda_.Set(kOrchestrator, orchestrator_.NextTime());
    }
    if (actor == kOrchestrator || state_.head_moves != head_moves) SampleRings(now);
    // Last: a submit that went on because a head moved concerns sleeping threads, too.
    if (state_.changes != changes) Wake(actor, now);
  }

  void SampleRings(Picoseconds now) {
    for (std::uint8_t r = 0; r < kRings; ++r) {
      const auto tasks = static_cast<std::uint32_t>(state_.rings.Alive(r));
      if (tasks == ring_tasks_[r]) continue;
      ring_tasks_[r] = tasks;
      state_.trace.ring_samples.push_back(
          {.time = now, .heap_bytes = state_.rings.HeapUsed(r), .tasks = tasks, .ring = r});
    }
  }

  void Wake(std::uint32_t by, Picoseconds now) {
    for (std::uint32_t i = 0; i < threads_.size(); ++i) {
      if (kFirstThread + i == by || !threads_[i].asleep()) continue;
      threads_[i].OnChange(now, by > kFirstThread + i);
      UpdateThread(i);
    }
  }

  // Nothing completed for too long: who is to blame?
  void TimeOut(Picoseconds now) {
    Deadlock& deadlock = state_.deadlock;
    deadlock = {.code = RuntimeCode::kTimeout, .since = state_.last_completion, .detected = now};
    const auto running = std::ranges::find_if(state_.trace.rows, [](const DispatchRow& r) { return r.finish == 0; });
    if (running != state_.trace.rows.end()) {
      deadlock.state = TimeoutState::kCoreRunning;
      deadlock.task = running->task;
    } else if (!state_.ReadyQueuesEmpty()) {
      deadlock.state = TimeoutState::kReadyNotDispatched;
    } else {
      deadlock.state = orchestrator_.done() ? TimeoutState::kAllWait : TimeoutState::kOrchestratorBusy;
    }
  }

  RunTrace Finish() {
    RunTrace& trace = state_.trace;
    if (!trace.rows.empty()) {
      trace.first_start = std::ranges::min(trace.rows, {}, &DispatchRow::start).start;
      trace.last_end = std::ranges::max(trace.rows, {}, &DispatchRow::end).end;
    }
    return std::move(trace);
  }

  RunState state_;
  Orchestrator orchestrator_;
  std::deque<SchedulerThread> threads_;
  std::vector<SchedulerThread*> pointers_;
  Agenda agenda_;
  std::array<std::uint32_t, kRings> ring_tasks_{};  // as last sampled
};

}  // namespace

Result<RunTrace> RunNative(const RunInput& input, Deadlock* deadlock) { return NativeEngine(input).Run(deadlock); }

}  // namespace npusched
