// The native engine: whoever is due next acts; at equal times the cores, then the orchestrator, then the scheduler
// threads by number.
#include <algorithm>
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
    for (std::uint32_t i = 0; i < input.runtime.schedulers; ++i) threads_.emplace_back(state_, i);
  }

  RunTrace Run() {
    agenda_.Set(kOrchestrator, orchestrator_.NextTime());
    for (SchedulerThread& thread : threads_) thread.BeginIteration(0);
    for (std::uint32_t i = 0; i < threads_.size(); ++i) agenda_.Set(kFirstThread + i, threads_[i].NextTime());
    while (state_.completed < state_.tasks.size()) {
      NPU_CHECK(agenda_.NextTime() != kNever);
      Act(agenda_.Next(), agenda_.NextTime());
    }
    return Finish();
  }

 private:
  void Act(std::uint32_t actor, Picoseconds now) {
    const std::uint64_t changes = state_.changes;
    if (actor == kCores) {
      const CoreId core = state_.cores.Step();
      const std::uint32_t owner = state_.input.machine.ClusterOf(core) % static_cast<std::uint32_t>(threads_.size());
      threads_[owner].OnCoreChange();
      agenda_.Set(kFirstThread + owner, threads_[owner].NextTime());
    } else if (actor == kOrchestrator) {
      orchestrator_.Step();
      agenda_.Set(kOrchestrator, orchestrator_.NextTime());
    } else {
      SchedulerThread& thread = threads_[actor - kFirstThread];
      thread.Step();
      agenda_.Set(actor, thread.NextTime());
    }
    agenda_.Set(kCores, state_.cores.NextTime());
    if (state_.changes != changes) Wake(actor, now);
  }

  void Wake(std::uint32_t by, Picoseconds now) {
    for (std::uint32_t i = 0; i < threads_.size(); ++i) {
      if (kFirstThread + i == by || !threads_[i].asleep()) continue;
      threads_[i].OnChange(now, by > kFirstThread + i);
      agenda_.Set(kFirstThread + i, threads_[i].NextTime());
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
  Agenda agenda_;
};

}  // namespace

Result<RunTrace> RunNative(const RunInput& input) { return NativeEngine(input).Run(); }

}  // namespace npusched
