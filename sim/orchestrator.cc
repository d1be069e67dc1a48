#include "sim/orchestrator.h"

#include <algorithm>

namespace npusched {

Orchestrator::Orchestrator(RunState& state) : state_(state) { Begin(0); }

Picoseconds Orchestrator::CostOf(TaskId task) {
  const Program& program = state_.input.program;
  const SubmitCosts& cost = state_.input.runtime.submit;
  Picoseconds total = cost.user_code + cost.slot + cost.sync + cost.finalize;
  for (; next_event_ < program.scope_events.size() && program.scope_events[next_event_].before <= task; ++next_event_) {
    if (program.scope_events[next_event_].kind == ScopeEvent::Kind::kEnd) total += cost.scope_end;
  }
  const auto args = program.Args(task);
  if (std::ranges::any_of(args, [](const Arg& a) { return a.tag == ArgTag::kOutput; })) total += cost.heap;
  const SubmitCounts& counts = state_.input.inference.counts[task];
  total += cost.explicit_dep * static_cast<Picoseconds>(program.Deps(task).size());
  total += cost.lookup * counts.lookups + cost.lookup_entry * counts.entries_walked + cost.insert * counts.inserts;
  total += cost.payload_tensor * static_cast<Picoseconds>(args.size());
  total += cost.fanin_edge * static_cast<Picoseconds>(state_.input.inference.graph.Producers(task).size());
  return total;
}

void Orchestrator::Begin(Picoseconds now) {
  const TaskId task = state_.submitted;
  if (task == state_.tasks.size()) {
    next_time_ = kNever;
    return;
  }
  const Picoseconds cost = CostOf(task);
  state_.trace.tasks[task].submit_begin = now;
  state_.trace.orchestrator_busy += cost;
  next_time_ = now + cost;
}

void Orchestrator::Step() {
  const Picoseconds now = next_time_;
  Wire(state_.submitted++, now);
  Begin(now);
}

void Orchestrator::Wire(TaskId task, Picoseconds now) {
  TaskTimes& times = state_.trace.tasks[task];
  times.submit = times.ready = now;
  std::uint32_t outstanding = 0;
  for (const ProducerEdge& edge : state_.input.inference.graph.Producers(task)) {
    outstanding += state_.tasks[edge.producer].complete ? 0 : 1;
  }
  if (state_.input.program.tasks[task].core == CoreShape::kAlloc) {
    state_.MarkComplete(task, now);  // inline, whatever it depends on
    return;
  }
  state_.tasks[task].outstanding = outstanding;
  if (outstanding == 0) state_.MakeReady(task, now, kNoTask);
}

}  // namespace npusched
