// The oracle's orchestrator: one submit after the other.
#include "tests/oracle/world.h"

namespace npusched::oracle {

Picoseconds World::SubmitCost(TaskId t) const {
  bool outputs = false;
  for (const Arg& arg : input_.program.Args(t)) outputs = outputs || arg.tag == ArgTag::kOutput;
  return input_.runtime.submit.slot + (outputs ? input_.runtime.submit.heap : 0);
}

Picoseconds World::WireCost(TaskId t) const {
  const SubmitCosts& cost = input_.runtime.submit;
  const SubmitCounts& counts = input_.inference.counts[t];
  const auto deps = static_cast<Picoseconds>(input_.program.Deps(t).size());
  const auto tensors = static_cast<Picoseconds>(input_.program.Args(t).size());
  const bool wires = input_.runtime.policies.wiring == Wiring::kOrchestrator;
  const auto producers = wires ? static_cast<Picoseconds>(known_[t].size()) : 0;
  return cost.sync + deps * cost.explicit_dep + counts.lookups * cost.lookup +
         counts.entries_walked * cost.lookup_entry + counts.inserts * cost.insert + tensors * cost.payload_tensor +
         producers * cost.fanin_edge + cost.finalize;
}

Script World::Orchestrate() {
  Orchestrator& me = orchestrator_;
  const Program& program = input_.program;
  for (TaskId t = 0; t < nodes_.size(); ++t) {
    run_.trace.tasks[t].submit_begin = now_;
    co_await Until{me, now_ + input_.runtime.submit.user_code};
    co_await EndScopes(t);
    co_await Until{me, now_ + SubmitCost(t)};
    const Task& task = program.tasks[t];
    const std::uint32_t cores = task.core == CoreShape::kAiv ? input_.machine.aiv_count() : input_.machine.clusters;
    if (IsSync(t) && task.block_num > cores) co_return GiveUp(7, t);
    if (scope_tasks_[task.scope] >= input_.runtime.rings.slots[task.ring] - 1) co_return GiveUp(1, t);
    constexpr int kCodes[] = {3, 2, 4, 4, 11};  // by what is short
    while (Lacks(t, rings_.Admit(t))) {
      co_await Until{me, me.due};
      if (!me.head_moved) co_return GiveUp(kCodes[static_cast<int>(*me.lacks)], t);
    }
    ++scope_tasks_[task.scope];
    co_await Until{me, now_ + WireCost(t)};
    while (Lacks(t, TryWire(t))) {
      co_await Until{me, me.due};
      if (!me.head_moved) co_return GiveUp(kCodes[static_cast<int>(*me.lacks)], t);
    }
    Submit(t);
  }
  co_await EndScopes(static_cast<TaskId>(nodes_.size()));
  all_closed_ = true;
  co_await Until{me, kNever};
}

// The scopes that end before task `t`, one after the other.
Script World::EndScopes(TaskId t) {
  const auto& events = input_.program.scope_events;
  for (; scope_event_ < events.size() && events[scope_event_].before <= t; ++scope_event_) {
    if (events[scope_event_].kind != ScopeEvent::Kind::kEnd) continue;
    co_await Until{orchestrator_, now_ + input_.runtime.submit.scope_end};
    EndScope(events[scope_event_].scope);
  }
}

// Whether it must wait; sets when it gives up.
bool World::Lacks(TaskId t, std::optional<RingResource> lack) {
  Orchestrator& me = orchestrator_;
  if (lack && !me.lacks) me.since = now_;
  if (!lack && me.lacks && now_ > me.since) run_.trace.ring_waits.push_back({t, *me.lacks, me.since, now_});
  me.lacks = lack;
  me.head_moved = false;
  if (!lack) return false;
  const TaskId oldest = rings_.Oldest(input_.program.tasks[t].ring);
  const bool tested = *lack != RingResource::kSpillEntries && *lack != RingResource::kTensorMap;
  const bool hopeless = tested && oldest != kNoTask && !nodes_[oldest].scope_ended;
  me.due = hopeless ? now_ : now_ + input_.runtime.rings.stall_timeout;
  return true;
}

void World::GiveUp(int code, TaskId t) {
  run_.code = code;
  run_.task = t;
  run_.detected = now_;
}

void World::EndScope(ScopeId scope) {
  for (TaskId t = 0; t < nodes_.size(); ++t) {
    const Scope& of = input_.program.scopes[scope];
    if (input_.program.tasks[t].scope != scope || t < of.first_task || t >= of.end_task) continue;
    nodes_[t].scope_ended = true;
    LeaveIfDone(t);
  }
}

std::optional<RingResource> World::TryWire(TaskId t) {
  std::size_t known = 0;
  std::size_t waited = 0;
  std::size_t outstanding = 0;
  for (const TaskId p : known_[t]) known += rings_.MayLeave(p) ? 0 : 1;
  for (const TaskId p : waited_[t]) {
    waited += rings_.MayLeave(p) ? 0 : 1;
    outstanding += nodes_[p].complete ? 0 : 1;
  }
  const std::optional<RingResource> lack = rings_.Wire(t, known, waited, outstanding);
  if (!lack) {
    run_.trace.waits.linked += waited;
    run_.trace.waits.dep_entries += outstanding;
  }
  return lack;
}

void World::Submit(TaskId t) {
  run_.trace.tasks[t].submit = run_.trace.tasks[t].ready = now_;
  for (const ProducerEdge& edge : input_.inference.graph.Producers(t)) {
    if (rings_.MayLeave(edge.producer)) continue;
    if ((edge.flags & kRetain) != 0) nodes_[edge.producer].retained_by.insert(t);
  }
  submitted_ = t + 1;
  if (input_.program.tasks[t].core == CoreShape::kAlloc) {
    Complete(t);
    Release(t);
  }
  if (input_.runtime.policies.wiring == Wiring::kOrchestrator) Link(t);
}

void World::Link(TaskId t) {
  Node& node = nodes_[t];
  const Task& task = input_.program.tasks[t];
  wired_ = t + 1;
  if (task.core == CoreShape::kAlloc) return;
  node.candidate = OnCores(t);
  for (const TaskId p : waited_[t]) {
    Node& producer = nodes_[p];
    if (rings_.MayLeave(p)) continue;
    const bool alloc = input_.program.tasks[p].core == CoreShape::kAlloc;
    if (!alloc && !LetsConsumersStage(p)) node.candidate = false;
    if (producer.complete) continue;
    node.waits_for.insert(p);
    producer.told.push_back(t);
    if (!producer.launched) node.to_launch.insert(p);
  }
  if (node.waits_for.empty()) {
    MakeReady(t, kNoTask);
  } else if (node.candidate && node.to_launch.empty()) {
    early_[static_cast<int>(task.core)].push_back(t);
  }
}

}  // namespace npusched::oracle
