#include "sim/run_state.h"

#include <algorithm>
#include <bit>

#include "sim/policies/partition.h"

namespace npusched {
namespace {

// Does a flag, or the policy, let the consumers of this task be staged early?
bool IsEarly(const Program& program, TaskId task, const Policies& policies) {
  switch (policies.early_dispatch) {
    case EarlyDispatch::kOff:
      return false;
    case EarlyDispatch::kFlagged:
      return program.tasks[task].early_dispatch;
    case EarlyDispatch::kAll:
      return true;
    case EarlyDispatch::kListed:
      return std::ranges::find(policies.early_kernels, program.KernelName(task)) != policies.early_kernels.end();
  }
  return false;
}

// The longest way from each task to an end, its own duration included.
std::vector<Picoseconds> PathAhead(const RunState& state) {
  const TaskGraph& graph = state.input.inference.graph;
  std::vector<Picoseconds> path(graph.size());
  for (TaskId t = graph.size(); t-- > 0;) {
    for (const TaskId consumer : graph.Consumers(t)) path[t] = std::max(path[t], path[consumer]);
    if (!state.input.program.ReachesCore(t)) continue;
    Picoseconds longest = 0;
    for (int slot = 0; slot < kSlots; ++slot) {
      if ((state.input.program.tasks[t].slots >> slot & 1) == 0) continue;
      for (std::uint32_t block = 0; block < state.input.program.tasks[t].block_num; ++block) {
        longest = std::max(longest, state.DurationOf(t, slot, block));
      }
    }
    path[t] += longest;
  }
  return path;
}

}  // namespace

RunState::RunState(const RunInput& run_input)
    : input(run_input),
      traffic(run_input.machine.sharing ? std::optional<KernelTraffic>(run_input) : std::nullopt),
      cores(run_input.machine, run_input.runtime.link, trace.rows, traffic ? &*traffic : nullptr),
      rings(run_input.runtime.rings, run_input.program, run_input.inference),
      waits(run_input.program, run_input.inference.graph, run_input.runtime.policies.drop_redundant_within),
      tasks(run_input.program.tasks.size()) {
  const RuntimeConfig& runtime = input.runtime;
  std::vector<std::vector<std::uint32_t>> clusters(runtime.schedulers);
  for (std::uint32_t c = 0; c < input.machine.clusters; ++c) {
    owner.push_back(OwnerOf(c, input.machine.clusters, runtime.schedulers, runtime.policies.partition));
    clusters[owner[c]].push_back(c);
  }
  for (const auto& own : clusters) slots.emplace_back(own, input.machine.clusters, runtime.policies);
  local.resize(input.machine.core_count());
  for (const CoreSlots& own : slots) {
    for (std::uint32_t i = 0; i < own.size(); ++i) local[own.GlobalId(i)] = i;
  }
  if (runtime.policies.queue_order == QueueOrder::kCriticalPathFirst) path_ahead = PathAhead(*this);
  for (ReadyQueue& queue : ready) queue = ReadyQueue(runtime.policies.queue_order, path_ahead);
  for (ReadyQueue& queue : sync_ready) queue = ReadyQueue(runtime.policies.queue_order, path_ahead);

  std::size_t rows = 0;
  for (TaskId t = 0; t < tasks.size(); ++t) {
    const Task& task = input.program.tasks[t];
    tasks[t].early = IsEarly(input.program, t, runtime.policies);
    if (!input.program.ReachesCore(t)) continue;
    tasks[t].rows_left = task.block_num * static_cast<std::uint32_t>(std::popcount(task.slots));
    rows += tasks[t].rows_left;
  }
  trace.rows.reserve(rows);
  trace.tasks.resize(tasks.size());
  trace.scheduler_busy.resize(runtime.schedulers);
  trace.waits.redundant = waits.dropped();
}

ReadyQueue& RunState::Queue(TaskId task) {
  const Task& t = input.program.tasks[task];
  if (!input.program.ReachesCore(task)) return Queue(CoreShape::kDummy);
  return IsSync(task) ? sync_ready[static_cast<std::size_t>(t.core)] : Queue(t.core);
}

void RunState::Wire(TaskId task, Picoseconds now) {
  wired = task + 1;
  if (input.program.tasks[task].core == CoreShape::kAlloc) return;  // completed when it was submitted
  std::uint32_t outstanding = 0;
  for (const ProducerEdge& edge : waits.Producers(task)) {
    outstanding += tasks[edge.producer].complete ? 0 : 1;
  }
  tasks[task].outstanding = outstanding;
  if (outstanding == 0) return MakeReady(task, now, kNoTask);
  ConsiderEarly(task);
}

void RunState::MakeReady(TaskId task, Picoseconds now, TaskId released_by, LocalReady* own_ready) {
  TaskTimes& times = trace.tasks[task];
  times.ready = now;
  times.released_by = released_by;
  const TaskState& progress = tasks[task];
  if (progress.staged_rows > 0 && progress.staged_pending == 0) RingDoorbell(task, now);
  ++changes;
  const Task& t = input.program.tasks[task];
  if (progress.next_block >= t.block_num) return;
  if (own_ready != nullptr && t.core <= CoreShape::kAiv && input.program.ReachesCore(task) && !IsSync(task)) {
    std::vector<TaskId>& own = own_ready->tasks[static_cast<std::size_t>(t.core)];
    if (own.size() < own_ready->entries) return own.push_back(task);
  }
  Queue(task).Push(task);
}

void RunState::RingDoorbell(TaskId task, Picoseconds now) {
  TaskState& progress = tasks[task];
  for (RowId row = progress.staged_first; row < progress.staged_first + progress.staged_rows; ++row) {
    cores.Ring(row, now);
    const CoreId core = trace.rows[row].core;
    CoreSlots::Slot& slot = slots[owner[input.machine.ClusterOf(core)]][local[core]];
    if (slot.running == row) slot.running_gated = false;
    if (slot.pending == row) slot.pending_gated = false;
  }
  if (progress.next_block == input.program.tasks[task].block_num) MarkLaunched(task);
}

void RunState::ConsiderEarly(TaskId task) {
  if (!input.program.ReachesCore(task)) return;
  std::uint32_t unlaunched = 0;
  for (const ProducerEdge& edge : waits.Producers(task)) {
    const TaskState& producer = tasks[edge.producer];
    if (rings.consumed(edge.producer) || input.program.tasks[edge.producer].core == CoreShape::kAlloc) continue;
    if (!producer.early) return;
    unlaunched += producer.complete || producer.launched ? 0 : 1;
  }
  tasks[task].unlaunched = unlaunched;
  if (unlaunched == 0) AddCandidate(task);
}

void RunState::AddCandidate(TaskId task) {
  early[static_cast<std::size_t>(input.program.tasks[task].core)].Push(task);
  ++changes;
}

void RunState::MarkLaunched(TaskId task) {
  tasks[task].launched = true;
  if (!tasks[task].early) return;
  for (const TaskId consumer : LinkedConsumers(task)) {
    TaskState& waiting = tasks[consumer];
    if (waiting.unlaunched == kNeverEarly || --waiting.unlaunched > 0 || waiting.outstanding == 0) continue;
    AddCandidate(consumer);
  }
}

void RunState::MarkComplete(TaskId task, Picoseconds now) {
  tasks[task].complete = true;
  trace.tasks[task].complete = now;
  last_completion = now;
  ++completed;
}

void RunState::ConsumeIfDone(TaskId task) {
  const TaskState& progress = tasks[task];
  if (!progress.complete || !progress.scope_ended || progress.pins > 0 || rings.consumed(task)) return;
  if (rings.Consume(task)) ++head_moves;
}

void RunState::ReleasePins(TaskId task) {
  for (const ProducerEdge& edge : input.inference.graph.Producers(task)) {
    // A producer consumed before this task was wired was never pinned; a pinned one cannot be consumed.
    if ((edge.flags & kRetain) == 0 || rings.consumed(edge.producer)) continue;
    --tasks[edge.producer].pins;
    ConsumeIfDone(edge.producer);
  }
  ConsumeIfDone(task);
}

void RunState::EndScopeOf(TaskId task) {
  tasks[task].scope_ended = true;
  ConsumeIfDone(task);
}

std::span<const TaskId> RunState::LinkedConsumers(TaskId task) const {
  const auto all = waits.Consumers(task);
  if (all.empty() || all.back() < wired) return all;
  return all.first(static_cast<std::size_t>(std::ranges::lower_bound(all, wired) - all.begin()));
}

bool RunState::ReadyQueuesEmpty() const {
  const auto empty = [](const ReadyQueue& queue) { return queue.empty(); };
  return std::ranges::all_of(std::span(ready).first(3), empty) && std::ranges::all_of(sync_ready, empty);
}

bool RunState::AnyWork() const {
  return !ReadyQueuesEmpty() || !ready[static_cast<std::size_t>(CoreShape::kDummy)].empty() || drain.task != kNoTask ||
         std::ranges::any_of(early, [](const ReadyQueue& queue) { return !queue.empty(); });
}

Picoseconds RunState::DurationOf(TaskId task, int slot, std::uint32_t block) const {
  const Program& program = input.program;
  if (const Picoseconds given = program.GivenDuration(task, slot, block); given >= 0) return given;
  const WorkId work = program.WorkOf(task, block);
  return work == kNoWork ? 0 : UndisturbedTime(input.costs[work].slots[slot], input.machine);
}

}  // namespace npusched
