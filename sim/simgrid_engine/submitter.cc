#include <algorithm>

#include "sim/simgrid_engine/actors.h"

namespace npusched::simgrid_engine {

void Submitter::Run() {
  turns_.Begin(me_);
  const auto count = static_cast<TaskId>(board_.tasks.size());
  for (TaskId task = 0; task < count; ++task) {
    board_.trace.tasks[task].submit_begin = now();
    Pay(board_.input.runtime.submit.user_code);
    EndScopes(task);
    if (!Admit(task)) return;
    Pay(WireCost(task));
    if (!WaitFor(task, &Submitter::TryLinks)) return;
    Submit(task);
  }
  EndScopes(count);
  board_.program_closed = true;
  for (;;) PauseUntilCalled(kNever);
}

void Submitter::Pay(Picoseconds cost) {
  board_.trace.orchestrator_busy += cost;
  PauseUntil(now() + cost);
}

Picoseconds Submitter::WireCost(TaskId task) const {
  const RunInput& input = board_.input;
  const SubmitCosts& cost = input.runtime.submit;
  const SubmitCounts& counts = input.inference.counts[task];
  Picoseconds sum = cost.sync + cost.finalize;
  sum += cost.explicit_dep * static_cast<Picoseconds>(input.program.Deps(task).size());
  sum += cost.lookup * counts.lookups + cost.lookup_entry * counts.entries_walked + cost.insert * counts.inserts;
  sum += cost.payload_tensor * static_cast<Picoseconds>(input.program.Args(task).size());
  if (input.runtime.policies.wiring == Wiring::kScheduler0) return sum;
  return sum + cost.fanin_edge * static_cast<Picoseconds>(board_.waits.CountProducers(task));
}

void Submitter::EndScopes(TaskId before) {
  const Program& program = board_.input.program;
  for (; scope_event_ < program.scope_events.size(); ++scope_event_) {
    const ScopeEvent& event = program.scope_events[scope_event_];
    if (event.before > before) return;
    if (event.kind != ScopeEvent::Kind::kEnd) continue;
    Pay(board_.input.runtime.submit.scope_end);
    const Scope& scope = program.scopes[event.scope];
    for (TaskId t = scope.first_task; t < scope.end_task; ++t) {
      if (program.tasks[t].scope != event.scope) continue;
      board_.tasks[t].out_of_scope = true;
      board_.RetireIfDone(t);
    }
  }
}

bool Submitter::Admit(TaskId task) {
  const Task& t = board_.input.program.tasks[task];
  const auto args = board_.input.program.Args(task);
  const bool outputs = std::ranges::any_of(args, [](const Arg& arg) { return arg.tag == ArgTag::kOutput; });
  Pay(board_.input.runtime.submit.slot + (outputs ? board_.input.runtime.submit.heap : 0));
  const Machine& machine = board_.input.machine;
  const std::uint32_t widest = t.core == CoreShape::kAiv ? machine.aiv_count() : machine.clusters;
  RuntimeCode code = RuntimeCode::kNone;
  if (board_.Together(task) && t.block_num > widest) {
    code = RuntimeCode::kInvalidSyncStart;
  } else if (scope_tasks_[t.scope] + 1 >= board_.input.runtime.rings.slots[t.ring]) {
    code = RuntimeCode::kScopeDeadlock;
  }
  if (code != RuntimeCode::kNone) {
    board_.GiveUp(code, task, RingResource::kTaskSlots, now());
    PauseUntil(kNever);
  }
  if (!WaitFor(task, &Submitter::TrySlot)) return false;
  ++scope_tasks_[t.scope];
  return true;
}

std::optional<RingResource> Submitter::TrySlot(TaskId task) { return board_.entries.TakeSlot(task, now()); }

std::optional<RingResource> Submitter::TryLinks(TaskId task) {
  LiveProducers live;
  board_.waits.ForEachProducer(task, [&](const ProducerEdge& edge, bool waits) {
    if (board_.entries.Retired(edge.producer)) return;
    ++live.all;
    if (!waits) return;
    ++live.waited;
    if (!board_.tasks[edge.producer].complete) ++live.outstanding;
  });
  const std::optional<RingResource> lack = board_.entries.TakeLinks(task, live);
  if (!lack) {
    board_.trace.waits.linked += live.waited;
    board_.trace.waits.dep_entries += live.outstanding;
  }
  return lack;
}

// Tries until nothing is short; gives up at once when nothing can change any more, else after a while without change.
bool Submitter::WaitFor(TaskId task, std::optional<RingResource> (Submitter::*attempt)(TaskId)) {
  constexpr RuntimeCode kCodes[] = {RuntimeCode::kFlowControl, RuntimeCode::kHeapRing, RuntimeCode::kDepPool,
                                    RuntimeCode::kDepPool, RuntimeCode::kTensorMap};
  const Picoseconds since = now();
  std::optional<RingResource> last;
  while (const std::optional<RingResource> lack = (this->*attempt)(task)) {
    last = lack;
    const TaskId oldest = board_.entries.Oldest(board_.input.program.tasks[task].ring);
    const bool tested = *lack <= RingResource::kDepEntries;
    const bool hopeless = tested && oldest != kNoTask && !board_.tasks[oldest].out_of_scope;
    board_.orchestrator_waits = true;
    board_.head_moved = false;
    PauseUntilCalled(hopeless ? now() : now() + board_.input.runtime.rings.stall_timeout);
    board_.orchestrator_waits = false;
    if (board_.head_moved) continue;
    board_.GiveUp(kCodes[static_cast<std::size_t>(*lack)], task, *lack, since);
    PauseUntil(kNever);
  }
  if (last && now() > since) board_.trace.ring_waits.push_back({task, *last, since, now()});
  return true;
}

void Submitter::Submit(TaskId task) {
  board_.trace.tasks[task].submit = board_.trace.tasks[task].ready = now();
  for (const ProducerEdge& edge : board_.input.inference.graph.Producers(task)) {
    const bool keeps = (edge.flags & kRetain) != 0 && !board_.entries.Retired(edge.producer);
    if (keeps) ++board_.tasks[edge.producer].keepers;
  }
  board_.submitted = task + 1;
  if (board_.input.program.tasks[task].core == CoreShape::kAlloc) {
    board_.Complete(task);
    board_.LetGo(task);
  }
  if (board_.input.runtime.policies.wiring == Wiring::kOrchestrator) {
    board_.Link(task);
  } else {
    ++board_.changes;
  }
}

}  // namespace npusched::simgrid_engine
