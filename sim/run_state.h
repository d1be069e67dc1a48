// What the orchestrator, the scheduler threads and the cores share during a run: queues, task states, the trace.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "sim/core_slots.h"
#include "sim/cores.h"
#include "sim/deadlock.h"
#include "sim/engine.h"
#include "sim/policies/queue_order.h"
#include "sim/redundant_waits.h"
#include "sim/rings.h"
#include "sim/trace.h"

namespace npusched {

inline constexpr std::uint32_t kNeverEarly = 0xFFFF'FFFFU;

struct TaskState {
  std::uint32_t outstanding = 0;           // producers not complete
  std::uint32_t unlaunched = kNeverEarly;  // producers neither launched nor complete; kNeverEarly: no candidate
  std::uint32_t next_block = 0;            // blocks claimed so far
  std::uint32_t rows_left = 0;             // dispatch rows not yet finished
  std::uint32_t pins = 0;                  // consumers that retain it, not yet released
  RowId staged_first = kNoRow;             // gated rows, contiguous
  std::uint32_t staged_rows = 0;
  std::uint32_t staged_pending = 0;  // of a sync_start task: gated rows in pending slots
  std::uint32_t held_blocks = 0;     // MIX blocks that wait on idle cores until their busy ones are free
  bool complete : 1 = false;
  bool scope_ended : 1 = false;
  bool early : 1 = false;      // lets its consumers be staged before it ends
  bool published : 1 = false;  // all blocks written
  bool launched : 1 = false;   // all blocks published, none gated
};

// A sync_start task that needs cores of several threads: all meet, then each fills its own.
struct Drain {
  TaskId task = kNoTask;
  bool early = false;         // staged gated, pending slots too
  std::uint32_t arrived = 0;  // threads waiting at the meeting
  std::uint32_t left = 0;     // threads that still have to take their part
};

// Tasks that a thread's own completions made ready in this iteration; only it dispatches from there, newest first.
struct LocalReady {
  std::size_t entries = 0;                     // at most, of each shape
  std::array<std::vector<TaskId>, 2> tasks{};  // AIC, AIV
};

// One per run. The queues are global: whichever thread pops first serves.
struct RunState {
  explicit RunState(const RunInput& run_input);

  const RunInput& input;
  RunTrace trace;
  std::optional<KernelTraffic> traffic;  // when cores share the memories
  Cores cores;
  Rings rings;
  Waits waits;
  std::vector<TaskState> tasks;
  std::vector<Picoseconds> path_ahead;  // by task; only for the critical-path-first order
  TaskId submitted = 0;                 // tasks [0, submitted) have been submitted
  TaskId wired = 0;                     // tasks [0, wired) are linked to their producers
  std::uint32_t completed = 0;
  Picoseconds last_completion = 0;
  std::array<ReadyQueue, 4> ready;       // by CoreShape: AIC, AIV, MIX, and dummies
  std::array<ReadyQueue, 3> sync_ready;  // sync_start tasks, by shape
  std::array<ReadyQueue, 3> early;       // candidates for early dispatch, by shape
  Drain drain;
  std::vector<CoreSlots> slots;      // by scheduler thread; peers look whether another one's cores are idle
  std::vector<std::uint32_t> owner;  // thread of each cluster
  std::vector<std::uint32_t> local;  // place of each core among its thread's
  std::uint64_t changes = 0;         // queue pushes and placements, ever: what may concern a sleeping thread
  std::uint64_t head_moves = 0;      // of any ring, ever: what the orchestrator may wait for
  Deadlock deadlock;

  // Links a submitted task to its outstanding producers: it is ready, or waits for them. Tasks come in order.
  void Wire(TaskId task, Picoseconds now);
  // The task's last producer is gone: it enters its queue at `now`, or its doorbell rings when it is staged.
  // `own_ready`: buffer of the thread that released it, which comes before the queue; null when there is none.
  void MakeReady(TaskId task, Picoseconds now, TaskId released_by, LocalReady* own_ready = nullptr);
  // The task is complete at `now`, seen by consumers wired later.
  void MarkComplete(TaskId task, Picoseconds now);
  // Lets go of the producers that `task` retained, then of itself.
  void ReleasePins(TaskId task);
  void EndScopeOf(TaskId task);
  // A task wired with producers outstanding: may it be staged before they end? Only when each of them is early (or an
  // alloc); it is a candidate once all of them are launched or complete.
  void ConsiderEarly(TaskId task);
  // All blocks of `task` are published and none is gated: its consumers may become candidates.
  void MarkLaunched(TaskId task);
  void RingDoorbell(TaskId task, Picoseconds now);
  // Consumers to be told by the completion of `task`: those wired by now, newest last.
  [[nodiscard]] std::span<const TaskId> LinkedConsumers(TaskId task) const;
  // All its blocks start together; a single block never asks for that.
  [[nodiscard]] bool IsSync(TaskId task) const {
    return input.program.tasks[task].sync_start && input.program.tasks[task].block_num > 1;
  }
  [[nodiscard]] ReadyQueue& Queue(TaskId task);
  [[nodiscard]] ReadyQueue& Queue(CoreShape shape) { return ready[static_cast<std::size_t>(shape)]; }
  [[nodiscard]] bool ReadyQueuesEmpty() const;  // dummies apart
  [[nodiscard]] bool AnyWork() const;           // anything in any queue, or a drain
  [[nodiscard]] Picoseconds DurationOf(TaskId task, int slot, std::uint32_t block) const;

 private:
  void AddCandidate(TaskId task);
  void ConsumeIfDone(TaskId task);
};

}  // namespace npusched
