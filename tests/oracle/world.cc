#include "tests/oracle/world.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace npusched::oracle {

OracleRun Consult(const RunInput& input) {
  NPU_CHECK(!input.machine.sharing);
  NPU_CHECK(input.runtime.scheduler.iteration > 0);
  return World(input).Run();
}

World::World(const RunInput& input)
    : input_(input),
      nodes_(input.program.tasks.size()),
      cores_(input.machine.core_count()),
      threads_(input.runtime.schedulers),
      rings_(input),
      last_use_(input.machine.core_count(), 0),
      cluster_last_use_(input.machine.clusters, 0),
      scope_tasks_(input.program.scopes.size(), 0) {
  const std::uint32_t clusters = input.machine.clusters;
  const std::uint32_t threads = input.runtime.schedulers;
  for (std::uint32_t i = 0; i < threads; ++i) threads_[i].number = i;
  for (std::uint32_t c = 0; c < clusters; ++c) {
    const std::uint32_t each = clusters / threads + (clusters % threads == 0 ? 0 : 1);
    const std::uint32_t thread = input.runtime.policies.partition == Partition::kModulo ? c % threads : c / each;
    threads_[thread].clusters.push_back(c);
    for (int slot = 0; slot < kSlots; ++slot) cores_[CoreOf(c, slot)].thread = thread;
  }
  run_.trace.tasks.resize(nodes_.size());
  for (TaskId t = 0; t < nodes_.size(); ++t) {
    const Task& task = input.program.tasks[t];
    for (int slot = 0; slot < kSlots && OnCores(t); ++slot) {
      nodes_[t].rows_left += (task.slots >> slot & 1) != 0 ? task.block_num : 0;
    }
  }
  FindPaths();
  FindWaits();
}

// Whoever is due first acts; at equal times the orchestrator, then the threads by number.
OracleRun World::Run() {
  std::vector<Agent*> agents = {&orchestrator_};
  std::vector<Script> scripts;
  scripts.push_back(Orchestrate());
  for (Thread& thread : threads_) {
    agents.push_back(&thread);
    scripts.push_back(Loop(thread));
  }
  for (std::size_t i = 0; i < agents.size(); ++i) agents[i]->at = scripts[i].handle();
  while (completed_ < nodes_.size() && run_.code == 0) {
    Agent* next = agents[0];
    for (Agent* agent : agents) {
      if (agent->due < next->due) next = agent;
    }
    if (next->due - last_completion_ > input_.runtime.rings.progress_timeout) {
      TimeOut();
      break;
    }
    now_ = next->due;
    next->due = kNever;
    next->at.resume();
    if (std::ranges::all_of(threads_, [](const Thread& thread) { return thread.meets; })) Meet();
  }
  RunTrace& trace = run_.trace;
  trace.first_start = trace.rows.empty() ? 0 : kNever;
  for (const DispatchRow& row : trace.rows) {
    trace.first_start = std::min(trace.first_start, row.start);
    trace.last_end = std::max(trace.last_end, row.end);
  }
  return std::move(run_);
}

void World::TimeOut() {
  run_.code = 100;
  run_.detected = last_completion_ + input_.runtime.rings.progress_timeout;
  const bool running = std::ranges::any_of(run_.trace.rows, [](const DispatchRow& row) { return row.finish == 0; });
  run_.state = running ? 1 : !NothingReady() ? 3 : all_closed_ ? 4 : 5;
}

bool World::IsSync(TaskId t) const {
  const Task& task = input_.program.tasks[t];
  return task.sync_start && task.block_num > 1;
}

bool World::LetsConsumersStage(TaskId t) const {
  const Policies& policies = input_.runtime.policies;
  const bool listed = std::ranges::count(policies.early_kernels, input_.program.KernelName(t)) > 0;
  return policies.early_dispatch == EarlyDispatch::kAll ||
         (policies.early_dispatch == EarlyDispatch::kListed && listed) ||
         (policies.early_dispatch == EarlyDispatch::kFlagged && input_.program.tasks[t].early_dispatch);
}

Picoseconds World::Duration(TaskId t, int slot, std::uint32_t block) const {
  const Program& program = input_.program;
  if (!program.durations.empty() && program.durations[t] >= 0) return program.durations[t];
  const auto& rows = program.row_durations;
  if (!rows.first.empty() && rows.first[t] != rows.first[t + 1]) {
    const std::uint64_t width = (rows.first[t + 1] - rows.first[t]) / program.tasks[t].block_num;
    std::uint64_t at = rows.first[t] + block * width;
    for (int before = 0; before < slot; ++before) at += program.tasks[t].slots >> before & 1;
    return rows.values[at];
  }
  WorkId work = program.tasks[t].work;
  if (program.tasks[t].first_block_work != kNoId) work = program.block_works[program.tasks[t].first_block_work + block];
  return work == kNoWork ? 0 : input_.costs[work].slots[slot].duration;
}

// By task the longest way to an end, its own longest row included.
void World::FindPaths() {
  path_.resize(nodes_.size());
  for (auto t = static_cast<TaskId>(nodes_.size()); t-- > 0;) {
    for (int slot = 0; slot < kSlots && OnCores(t); ++slot) {
      if ((input_.program.tasks[t].slots >> slot & 1) == 0) continue;
      for (std::uint32_t block = input_.program.tasks[t].block_num; block-- > 0;) {
        path_[t] = std::max(path_[t], Duration(t, slot, block));
      }
    }
    Picoseconds ahead = 0;
    for (const TaskId consumer : input_.inference.graph.Consumers(t)) ahead = std::max(ahead, path_[consumer]);
    path_[t] += ahead;
  }
}

// A wait is redundant when its producer is near and comes before another producer that is waited for.
void World::FindWaits() {
  const std::uint32_t within = input_.runtime.policies.drop_redundant_within;
  for (TaskId t = 0; t < nodes_.size(); ++t) {
    waited_.emplace_back();
    known_.emplace_back();
    for (const ProducerEdge& edge : input_.inference.graph.Producers(t)) {
      bool redundant = false;
      for (const ProducerEdge& other : input_.inference.graph.Producers(t)) {
        std::set<TaskId> seen;
        if (within == 0 || t - edge.producer > within || input_.program.tasks[t].core == CoreShape::kAlloc) break;
        redundant = redundant || (other.producer != edge.producer && ComesBefore(edge.producer, other.producer, seen));
      }
      run_.trace.waits.redundant += redundant ? 1 : 0;
      if (!redundant) waited_[t].insert(edge.producer);
      if (!redundant || (edge.flags & kRetain) != 0) known_[t].insert(edge.producer);
    }
  }
}

// Whether `after` cannot complete before `before` has.
bool World::ComesBefore(TaskId before, TaskId after, std::set<TaskId>& seen) const {
  if (after <= before || input_.program.tasks[after].core == CoreShape::kAlloc || !seen.insert(after).second)
    return false;
  for (const ProducerEdge& edge : input_.inference.graph.Producers(after)) {
    if (edge.producer == before || ComesBefore(before, edge.producer, seen)) return true;
  }
  return false;
}

// A thread far from the memory works slower there; core registers are as near to all.
Picoseconds World::Paid(const Thread& me, Picoseconds cost) const {
  const std::vector<double>& factors = input_.runtime.thread_cost_factor;
  const double factor = me.number < factors.size() ? factors[me.number] : 1;
  return static_cast<Picoseconds>(std::llround(static_cast<double>(cost) * factor));
}

// -- queues

std::vector<TaskId>& World::ReadyQueue(TaskId t) {
  if (!OnCores(t)) return dummies_;
  const auto shape = static_cast<std::size_t>(input_.program.tasks[t].core);
  return IsSync(t) ? sync_[shape] : ready_[shape];
}

TaskId World::PopFrom(std::vector<TaskId>& queue) {
  std::size_t best = 0;
  if (input_.runtime.policies.queue_order == QueueOrder::kCriticalPathFirst) {
    for (std::size_t i = 1; i < queue.size(); ++i) {
      const bool longer = path_[queue[i]] > path_[queue[best]];
      const bool older = path_[queue[i]] == path_[queue[best]] && queue[i] < queue[best];
      if (longer || older) best = i;
    }
  }
  const TaskId t = queue[best];
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(best));
  return t;
}

bool World::NothingReady() const {
  for (int shape = 0; shape < 3; ++shape) {
    if (!ready_[shape].empty() || !sync_[shape].empty()) return false;
  }
  return true;
}

// -- tasks

void World::MakeReady(TaskId t, TaskId by, Thread* completed_by) {
  run_.trace.tasks[t].ready = now_;
  run_.trace.tasks[t].released_by = by;
  if (!nodes_[t].staged.empty() && !HeldBack(t)) RingDoorbell(t);
  if (nodes_[t].next_block == input_.program.tasks[t].block_num) return;
  const CoreShape shape = input_.program.tasks[t].core;
  const Policies& policies = input_.runtime.policies;
  if (completed_by != nullptr && policies.ready_buffers == ReadyBuffers::kLocal && OnCores(t) && !IsSync(t) &&
      shape != CoreShape::kMix && completed_by->own[static_cast<int>(shape)].size() < policies.local_ready_entries) {
    completed_by->own[static_cast<int>(shape)].push_back(t);
  } else {
    ReadyQueue(t).push_back(t);
  }
}

// A part of a task that starts together is still in a pending slot.
bool World::HeldBack(TaskId t) const {
  return IsSync(t) && std::ranges::any_of(nodes_[t].staged,
                                          [&](int row) { return cores_[run_.trace.rows[row].core].pending == row; });
}

// A gated row moved into the running slot: a held block starts once none of its rows is in a pending slot.
void World::MovedUp(int row) {
  const DispatchRow& moved = run_.trace.rows[row];
  const TaskId t = moved.task;
  if (moved.held) {
    for (const CoreView& view : cores_) {
      if (view.pending == kNoRow) continue;
      const DispatchRow& pending = run_.trace.rows[view.pending];
      if (pending.task == t && pending.block == moved.block) return;
    }
    for (std::size_t r = 0; r < run_.trace.rows.size(); ++r) {
      if (run_.trace.rows[r].task != t || run_.trace.rows[r].block != moved.block) continue;
      gates_[r] = {.bell = now_ + input_.runtime.link.write_visible, .gated = false};
      ResolveTimes(run_.trace.rows[r].core);
    }
    nodes_[t].held.erase(moved.block);
    if (nodes_[t].held.empty() && nodes_[t].written) Launched(t);
    return;
  }
  if (IsSync(t) && nodes_[t].waits_for.empty() && !HeldBack(t)) RingDoorbell(t);
}

void World::RingDoorbell(TaskId t) {
  for (const int row : nodes_[t].staged) {
    gates_[row] = {.bell = now_ + input_.runtime.link.write_visible, .gated = false};
    ResolveTimes(run_.trace.rows[row].core);
  }
  if (nodes_[t].next_block == input_.program.tasks[t].block_num) Launched(t);
}

// All its blocks are written and none is gated: its consumers may be staged.
void World::Launched(TaskId t) {
  nodes_[t].launched = true;
  if (!LetsConsumersStage(t)) return;
  for (const TaskId c : nodes_[t].told) {
    Node& consumer = nodes_[c];
    if (consumer.to_launch.erase(t) == 0 || !consumer.to_launch.empty() || !consumer.candidate) continue;
    if (!consumer.waits_for.empty()) early_[static_cast<int>(input_.program.tasks[c].core)].push_back(c);
  }
}

void World::Complete(TaskId t) {
  nodes_[t].complete = true;
  run_.trace.tasks[t].complete = now_;
  last_completion_ = now_;
  ++completed_;
}

// The task lets go of what it retained.
void World::Release(TaskId t) {
  for (const ProducerEdge& edge : input_.inference.graph.Producers(t)) {
    if (nodes_[edge.producer].retained_by.erase(t) > 0) LeaveIfDone(edge.producer);
  }
  LeaveIfDone(t);
}

void World::LeaveIfDone(TaskId t) {
  const Node& node = nodes_[t];
  if (!node.complete || !node.scope_ended || !node.retained_by.empty() || rings_.MayLeave(t)) return;
  if (!rings_.Leave(t) || !orchestrator_.lacks) return;
  orchestrator_.head_moved = true;
  orchestrator_.due = now_;
}

}  // namespace npusched::oracle
