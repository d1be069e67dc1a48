#include "sim/run_state.h"

#include <algorithm>
#include <bit>

namespace npusched {
namespace {

std::uint32_t RowsOf(const Task& task) {
  return task.block_num * static_cast<std::uint32_t>(std::popcount(task.slots));
}

}  // namespace

RunState::RunState(const RunInput& run_input)
    : input(run_input),
      cores(run_input.machine, run_input.runtime.link, trace.rows),
      tasks(run_input.program.tasks.size()) {
  for (std::uint32_t thread = 0; thread < input.runtime.schedulers; ++thread) {
    slots.emplace_back(input.machine.clusters, thread, input.runtime.schedulers);
  }
  std::size_t rows = 0;
  for (TaskId t = 0; t < tasks.size(); ++t) {
    if (!input.program.ReachesCore(t)) continue;
    tasks[t].rows_left = RowsOf(input.program.tasks[t]);
    rows += tasks[t].rows_left;
  }
  trace.rows.reserve(rows);
  trace.tasks.resize(tasks.size());
  trace.scheduler_busy.resize(input.runtime.schedulers);
}

void RunState::MakeReady(TaskId task, Picoseconds now, TaskId released_by) {
  TaskTimes& times = trace.tasks[task];
  times.ready = now;
  times.released_by = released_by;
  const Task& t = input.program.tasks[task];
  Queue(input.program.ReachesCore(task) ? t.core : CoreShape::kDummy).Push(task);
  ++changes;
}

void RunState::MarkComplete(TaskId task, Picoseconds now) {
  tasks[task].complete = true;
  trace.tasks[task].complete = now;
  ++completed;
}

std::span<const TaskId> RunState::LinkedConsumers(TaskId task) const {
  const auto all = input.inference.graph.Consumers(task);
  if (all.empty() || all.back() < submitted) return all;
  return all.first(static_cast<std::size_t>(std::ranges::lower_bound(all, submitted) - all.begin()));
}

bool RunState::QueuesEmpty() const {
  return std::ranges::all_of(ready, [](const ReadyQueue& queue) { return queue.empty(); });
}

Picoseconds RunState::DurationOf(TaskId task, int slot) const {
  const Program& program = input.program;
  if (!program.durations.empty() && program.durations[task] >= 0) return program.durations[task];
  const WorkId work = program.tasks[task].work;
  return work == kNoWork ? 0 : input.costs[work].slots[slot].duration;
}

}  // namespace npusched
