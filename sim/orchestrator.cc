#include "sim/orchestrator.h"

#include <algorithm>

namespace npusched {

Orchestrator::Orchestrator(RunState& state) : state_(state), scope_tasks_(state.input.program.scopes.size()) {
  Begin(0);
}

Picoseconds Orchestrator::AdmitCost(TaskId task) const {
  const SubmitCosts& cost = state_.input.runtime.submit;
  const auto args = state_.input.program.Args(task);
  const bool allocates = std::ranges::any_of(args, [](const Arg& a) { return a.tag == ArgTag::kOutput; });
  return cost.slot + (allocates ? cost.heap : 0);
}

Picoseconds Orchestrator::WireCost(TaskId task) const {
  const Program& program = state_.input.program;
  const SubmitCosts& cost = state_.input.runtime.submit;
  const SubmitCounts& counts = state_.input.inference.counts[task];
  const bool wires = state_.input.runtime.policies.wiring == Wiring::kOrchestrator;
  const std::uint32_t edges = wires ? state_.waits.CountProducers(task) : 0;
  return cost.sync + cost.explicit_dep * static_cast<Picoseconds>(program.Deps(task).size()) +
         cost.lookup * counts.lookups + cost.lookup_entry * counts.entries_walked + cost.insert * counts.inserts +
         cost.payload_tensor * static_cast<Picoseconds>(program.Args(task).size()) +
         cost.fanin_edge * static_cast<Picoseconds>(edges) + cost.finalize;
}

void Orchestrator::Begin(Picoseconds now) {
  if (task_ == state_.tasks.size()) return CloseProgram(now);
  state_.trace.tasks[task_].submit_begin = now;
  const Picoseconds user_code = state_.input.runtime.submit.user_code;
  if (!ScopeEnds()) return Spend(user_code + AdmitCost(task_), Stage::kAdmit, now);
  Spend(user_code + state_.input.runtime.submit.scope_end, Stage::kScopeEnd, now);
}

// Whether a scope ends before the task, next.
bool Orchestrator::ScopeEnds() {
  const auto& events = state_.input.program.scope_events;
  while (next_event_ < events.size() && events[next_event_].before <= task_) {
    if (events[next_event_].kind == ScopeEvent::Kind::kEnd) return true;
    ++next_event_;
  }
  return false;
}

void Orchestrator::EndScope() {
  const Program& program = state_.input.program;
  const ScopeId ended = program.scope_events[next_event_++].scope;
  const Scope& scope = program.scopes[ended];
  for (TaskId t = scope.first_task; t < scope.end_task; ++t) {
    if (program.tasks[t].scope == ended) state_.EndScopeOf(t);
  }
}

// The scopes that are open after the last submit.
void Orchestrator::CloseProgram(Picoseconds now) {
  if (ScopeEnds()) return Spend(state_.input.runtime.submit.scope_end, Stage::kScopeEnd, now);
  stage_ = Stage::kDone;
  next_time_ = kNever;
}

void Orchestrator::AfterScopeEnd(Picoseconds now) {
  EndScope();
  if (task_ == state_.tasks.size()) return CloseProgram(now);
  if (ScopeEnds()) return Spend(state_.input.runtime.submit.scope_end, Stage::kScopeEnd, now);
  Spend(AdmitCost(task_), Stage::kAdmit, now);
}

void Orchestrator::Spend(Picoseconds cost, Stage stage, Picoseconds now) {
  state_.trace.orchestrator_busy += cost;
  stage_ = stage;
  next_time_ = now + cost;
}

void Orchestrator::Step() {
  const Picoseconds now = next_time_;
  if (waiting_for_) {
    const RingResource resource = *waiting_for_;
    switch (resource) {
      case RingResource::kTaskSlots:
        return GiveUp(RuntimeCode::kFlowControl, resource, now);
      case RingResource::kHeap:
        return GiveUp(RuntimeCode::kHeapRing, resource, now);
      case RingResource::kDepEntries:
      case RingResource::kSpillEntries:
        return GiveUp(RuntimeCode::kDepPool, resource, now);
      case RingResource::kTensorMap:
        return GiveUp(RuntimeCode::kTensorMap, resource, now);
    }
  }
  if (stage_ == Stage::kScopeEnd) return AfterScopeEnd(now);
  stage_ == Stage::kAdmit ? Admit(now) : Wire(now);
}

void Orchestrator::Admit(Picoseconds now) {
  const Task& task = state_.input.program.tasks[task_];
  const Machine& machine = state_.input.machine;
  if (state_.IsSync(task_) &&
      task.block_num > (task.core == CoreShape::kAiv ? machine.aiv_count() : machine.clusters)) {
    return GiveUp(RuntimeCode::kInvalidSyncStart, RingResource::kTaskSlots, now);
  }
  if (!waiting_for_ && scope_tasks_[task.scope] >= state_.input.runtime.rings.slots[task.ring] - 1) {
    return GiveUp(RuntimeCode::kScopeDeadlock, RingResource::kTaskSlots, now);
  }
  if (const auto lack = state_.rings.Admit(task_)) return Wait(*lack, now);
  EndWait(now);
  ++scope_tasks_[task.scope];
  Spend(WireCost(task_), Stage::kWire, now);
}

void Orchestrator::Wire(Picoseconds now) {
  LiveProducers live;
  state_.waits.ForEachProducer(task_, [&](const ProducerEdge& edge, bool waits) {
    if (state_.rings.consumed(edge.producer)) return;
    ++live.all;
    live.waited += waits ? 1 : 0;
    live.outstanding += waits && !state_.tasks[edge.producer].complete ? 1 : 0;
  });
  if (const auto lack = state_.rings.Link(task_, live)) return Wait(*lack, now);
  state_.trace.waits.linked += live.waited;
  state_.trace.waits.dep_entries += live.outstanding;
  EndWait(now);
  Link(task_, now);
  Begin(now);
}

void Orchestrator::Link(TaskId id, Picoseconds now) {
  TaskTimes& times = state_.trace.tasks[id];
  times.submit = times.ready = now;
  for (const ProducerEdge& edge : state_.input.inference.graph.Producers(id)) {
    if (state_.rings.consumed(edge.producer)) continue;
    if ((edge.flags & kRetain) != 0) ++state_.tasks[edge.producer].pins;
  }
  ++task_;
  state_.submitted = task_;
  if (state_.input.program.tasks[id].core == CoreShape::kAlloc) {
    state_.MarkComplete(id, now);  // inline, whatever it depends on
    state_.ReleasePins(id);
  }
  if (state_.input.runtime.policies.wiring == Wiring::kOrchestrator) return state_.Wire(id, now);
  ++state_.changes;  // scheduler thread 0 has something to wire
}

// -- waiting

bool Orchestrator::HeadInOpenScope(int ring) const {
  const TaskId head = state_.rings.Head(ring);
  return head != kNoTask && !state_.tasks[head].scope_ended;
}

void Orchestrator::Wait(RingResource resource, Picoseconds now) {
  if (!waiting_for_) waiting_since_ = now;
  waiting_for_ = resource;
  const int ring = state_.input.program.tasks[task_].ring;
  // Nothing can end the scope of the ring's oldest task while this submit waits.
  const bool immediate = resource <= RingResource::kDepEntries && HeadInOpenScope(ring);
  next_time_ = immediate ? now : now + state_.input.runtime.rings.stall_timeout;
}

void Orchestrator::EndWait(Picoseconds now) {
  if (!waiting_for_) return;
  if (now > waiting_since_) {
    state_.trace.ring_waits.push_back({task_, *waiting_for_, waiting_since_, now});
  }
  waiting_for_.reset();
}

void Orchestrator::OnHeadMoved(Picoseconds now) {
  if (!waiting_for_) return;
  stage_ == Stage::kAdmit ? Admit(now) : Wire(now);
}

void Orchestrator::GiveUp(RuntimeCode code, RingResource resource, Picoseconds now) {
  state_.deadlock = {
      .code = code, .task = task_, .resource = resource, .since = waiting_for_ ? waiting_since_ : now, .detected = now};
  next_time_ = kNever;
}

}  // namespace npusched
