// What the orchestrator, the scheduler threads and the cores share during a run: queues, task states, the trace.
#pragma once

#include <array>
#include <vector>

#include "sim/core_slots.h"
#include "sim/cores.h"
#include "sim/engine.h"
#include "sim/ready_queue.h"
#include "sim/trace.h"

namespace npusched {

struct TaskState {
  std::uint32_t outstanding = 0;  // producers not complete
  std::uint32_t next_block = 0;   // blocks claimed so far
  std::uint32_t rows_left = 0;    // dispatch rows not yet finished
  bool complete = false;
};

// One per run. The queues are global: whichever thread pops first serves.
struct RunState {
  explicit RunState(const RunInput& run_input);

  const RunInput& input;
  RunTrace trace;
  Cores cores;
  std::vector<TaskState> tasks;
  TaskId submitted = 0;  // tasks [0, submitted) are wired
  std::uint32_t completed = 0;
  std::array<ReadyQueue, 4> ready;  // by CoreShape: AIC, AIV, MIX, and dummies
  std::vector<CoreSlots> slots;     // by scheduler thread; peers look whether another one's cores are idle
  std::uint64_t changes = 0;        // queue pushes and placements, ever: what may concern a sleeping thread

  // The task's last producer is gone: it enters its queue at `now`.
  void MakeReady(TaskId task, Picoseconds now, TaskId released_by);
  // The task is complete at `now`, seen by consumers wired later.
  void MarkComplete(TaskId task, Picoseconds now);
  // Consumers to be told by the completion of `task`: those wired by now, newest last.
  [[nodiscard]] std::span<const TaskId> LinkedConsumers(TaskId task) const;
  [[nodiscard]] ReadyQueue& Queue(CoreShape shape) { return ready[static_cast<std::size_t>(shape)]; }
  [[nodiscard]] bool QueuesEmpty() const;
  [[nodiscard]] Picoseconds DurationOf(TaskId task, int slot) const;
};

}  // namespace npusched
