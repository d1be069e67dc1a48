// What the actors share: the tasks and their queues, what each thread believes of its cores, the registers.
//
// Actors act one at a time (turns.h), so plain data is enough.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/deadlock.h"
#include "sim/kernel_traffic.h"
#include "sim/policies/queue_order.h"
#include "sim/redundant_waits.h"
#include "sim/simgrid_engine/entries.h"
#include "sim/simgrid_engine/turns.h"

namespace npusched::simgrid_engine {

using Row = std::uint32_t;  // of the trace
inline constexpr Row kNone = 0xFFFF'FFFFU;

struct TaskCard {
  std::vector<TaskId> waiters;      // consumers linked to it, the newest last
  std::vector<Row> staged;          // its gated rows
  std::vector<std::uint32_t> held;  // MIX blocks that wait until all their cores are free
  std::uint32_t producers_left = 0;
  std::uint32_t to_launch = 0;  // producers neither launched nor complete when it was linked
  std::uint32_t placed = 0;     // blocks
  std::uint32_t rows_left = 0;
  std::uint32_t keepers = 0;  // consumers that retain it
  bool stageable = false;     // all producers let it be staged
  bool early = false;         // it lets its consumers be staged
  bool written = false;       // all its blocks
  bool launched = false;
  bool complete = false;
  bool out_of_scope = false;
};

// What the owning thread knows of a core.
struct CoreView {
  Row running = kNone;
  Row pending = kNone;
  bool acknowledged = false;
};

// What a core finds in its registers.
struct Register {
  std::vector<Row> written;  // not taken yet, at most two
  std::uint32_t rows = 0;    // ever
  Picoseconds looks = 0;     // at the earliest, after the last kernel
  bool warm = false;
};

// A thread that sleeps through idle iterations: they begin at since + k * period and look at the queues `look` later.
struct Idle {
  bool on = false;
  Picoseconds since = 0;
  Picoseconds look = 0;
  Picoseconds period = 0;
  Picoseconds begin = kNever;  // of the iteration in which it will notice something

  // The first iteration that looks at `when` or later, strictly later when `after`.
  [[nodiscard]] Picoseconds BeginOf(Picoseconds when, bool after) const;
};

struct DrainRequest {
  TaskId task = kNoTask;
  bool early = false;
};

class Board {
 public:
  // `over` is called when all tasks are complete or the runtime gave up, and does not return.
  Board(const RunInput& input, Turns& turns, std::function<void(Board&)> over);

  // Agents in the order in which they act at equal times: the watchdog, the cores, the orchestrator, the threads.
  static constexpr Agent kWatchdog = 0;
  [[nodiscard]] Agent AgentOfCore(CoreId core) const { return 1 + core; }
  [[nodiscard]] Agent Orchestrator() const { return 1 + input.machine.core_count(); }
  [[nodiscard]] Agent AgentOfThread(std::uint32_t thread) const { return Orchestrator() + 1 + thread; }

  // A task's links: its last producer is gone; it is complete; it lets go of what it retained; its scope ended.
  void Link(TaskId task);
  void MakeReady(TaskId task, TaskId released_by, std::vector<TaskId>* own);
  void Complete(TaskId task);
  void LetGo(TaskId task);
  void RetireIfDone(TaskId task);
  void Launched(TaskId task);
  void RingDoorbell(TaskId task);
  // A row of a held block is next on its core; when the last one is, all of them start.
  void MovedUp(Row row);
  // A part of a task that starts together waits in a pending slot.
  [[nodiscard]] bool HeldBack(TaskId task) const;

  [[nodiscard]] bool OnCores(TaskId task) const { return input.program.ReachesCore(task); }
  [[nodiscard]] bool Together(TaskId task) const {
    return input.program.tasks[task].sync_start && input.program.tasks[task].block_num > 1;
  }
  [[nodiscard]] bool Gated(Row row) const { return bells[row] == kNever; }
  ReadyQueue& QueueOf(TaskId task);
  [[nodiscard]] bool NothingReady() const;
  [[nodiscard]] bool AnythingToDo() const;
  [[nodiscard]] CoreId CoreAt(std::uint32_t cluster, int slot) const {
    return slot == kSlotAic ? cluster : input.machine.clusters + 2 * cluster + static_cast<std::uint32_t>(slot) - 1;
  }
  [[nodiscard]] Picoseconds Duration(TaskId task, int slot, std::uint32_t block) const;
  // When a poll of this thread can next see something, as far as that is known.
  [[nodiscard]] Picoseconds NextVisible(std::uint32_t thread) const;
  // Sets the alarm of idle threads: of the owner of a core that has news, of all when a queue changed in this turn.
  void NewsOf(CoreId core);
  void EndTurn(Agent by);
  void GiveUp(RuntimeCode code, TaskId task, RingResource resource, Picoseconds since);

  const RunInput& input;
  Turns& turns;
  RunTrace trace;
  Entries entries;
  Deadlock deadlock;
  KernelTraffic traffic;
  Waits waits;
  std::vector<TaskCard> tasks;
  std::array<ReadyQueue, 4> ready;  // AIC, AIV, MIX, dummies
  std::array<ReadyQueue, 3> together;
  std::array<ReadyQueue, 3> candidates;
  DrainRequest drain;
  std::vector<CoreView> views;                    // by core
  std::vector<Register> registers;                // by core
  std::vector<Picoseconds> bells;                 // by row: when it may start; kNever: gated
  std::vector<std::uint32_t> owner;               // of each cluster
  std::vector<std::vector<std::uint32_t>> owned;  // clusters of each thread
  std::vector<Idle> idle;                         // by thread
  TaskId submitted = 0;
  TaskId linked = 0;
  bool program_closed = false;
  std::uint32_t completed = 0;
  Picoseconds last_completion = 0;
  std::uint64_t changes = 0;  // of queues, slots and drains
  bool orchestrator_waits = false;
  bool head_moved = false;

 private:
  void FindPaths();
  void AddCandidate(TaskId task);

  void Alarm(std::uint32_t thread, Picoseconds when, bool after);

  std::vector<Picoseconds> paths_;
  std::uint64_t changes_told_ = 0;
  std::function<void(Board&)> over_;
};

}  // namespace npusched::simgrid_engine
