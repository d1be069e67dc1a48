// A scheduler thread: one loop over the cores it owns, forever.
//
// An iteration polls every running core in ascending order and completes what finished on the spot, checks
// the queues, serves up to eight dummies, then dispatches. Each step takes its time from the runtime's
// configuration and has its effect at its end. A thread that found nothing anywhere sleeps in the
// simulation; when something happens it resumes in the iteration that would have noticed, to the picosecond.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/core_slots.h"
#include "sim/run_state.h"

namespace npusched {

class SchedulerThread {
 public:
  SchedulerThread(RunState& state, std::uint32_t thread);

  // Starts a loop iteration: the engine at time 0, scripted tests whenever they like.
  void BeginIteration(Picoseconds now);
  // When the step under way has its effect; kNever while asleep with nothing to wake for.
  [[nodiscard]] Picoseconds NextTime() const { return next_time_; }
  void Step();

  // Something changed in the queues or on another thread's cores at `now`; `after_us` when the one who changed it
  // acts after this thread at equal times.
  void OnChange(Picoseconds now, bool after_us);
  // A core of this thread started or ended a kernel, which a poll will see later.
  void OnCoreChange();

  [[nodiscard]] std::uint64_t iterations() const { return iteration_; }
  [[nodiscard]] bool asleep() const { return stage_ == Stage::kAsleep; }

 private:
  enum class Stage : std::uint8_t { kPoll, kTask, kConsumer, kQueues, kDispatch, kAsleep };
  struct Placement {
    RowId row;
    Picoseconds duration;
  };

  // Polling and completing (scheduler_thread.cc).
  void NextPoll(Picoseconds now);
  void Poll(Picoseconds now);
  void Finished(RowId row, Picoseconds now);
  void NextCompletion(Picoseconds now);
  void CompleteTask(Picoseconds now);
  void TellConsumer(Picoseconds now);
  void AfterTask(Picoseconds now);
  void CheckQueues(Picoseconds now);
  void NextDummy(Picoseconds now);
  void EndIteration(Picoseconds now);
  void Wake(Picoseconds when, bool strictly_after);
  void Spend(Picoseconds cost, Stage stage, Picoseconds now);
  [[nodiscard]] Picoseconds NextVisible() const;

  // Dispatching (scheduler_dispatch.cc).
  void Dispatch(Picoseconds now);
  void RunPhase(std::uint32_t phase);
  void DispatchSingle(CoreShape shape, SlotPhase phase);
  void DispatchMix(SlotPhase phase);
  std::uint32_t ClaimMix(TaskId task, SlotPhase phase);
  void Place(TaskId task, std::uint32_t block, std::uint32_t local, int slot);
  void Requeue(TaskId task);
  [[nodiscard]] bool PeerIdle(CoreShape shape) const;
  void Publish(Picoseconds now);

  RunState& state_;
  const SchedulerCosts& cost_;
  const std::uint32_t thread_;
  CoreSlots& slots_;

  Stage stage_ = Stage::kPoll;
  Picoseconds next_time_ = 0;
  std::uint64_t iteration_ = 0;
  bool moved_ = false;  // anything completed or was dispatched in this iteration

  std::uint32_t polled_ = 0;           // place of the core being polled
  std::vector<RowId> finished_;        // rows that the last poll found finished, last first
  TaskId completing_ = kNoTask;        // the task whose consumers are being told
  std::span<const TaskId> consumers_;  // of it, those not told yet
  std::vector<TaskId> dummies_;        // popped in this iteration, last first
  bool serving_dummies_ = false;
  PhaseRecord completing_phase_;

  std::uint32_t phase_ = 0;  // of the dispatch pass
  bool placed_in_pass_ = false;
  bool mix_left_ = false;     // MIX work remained after its idle phase
  std::vector<RowId> batch_;  // placed, not yet published
  std::vector<TaskId> unplaced_;
  std::vector<std::uint32_t> sequence_;  // rows so far, by own core

  Picoseconds asleep_since_ = 0;  // idle iterations repeat from here
  Picoseconds period_ = 0;        // of one idle iteration
};

}  // namespace npusched
