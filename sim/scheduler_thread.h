// A scheduler thread: one loop over the cores it owns, forever.
//
// An iteration polls every running core in ascending order and completes what finished on the spot, takes part
// in a drain, serves up to eight dummies, dispatches, stages early work, and when nothing moved releases what
// it finished before. Each step takes its time from the runtime's configuration and has its effect at its end.
// A thread that found nothing anywhere sleeps in the simulation; when something happens it resumes in the
// iteration that would have noticed, to the picosecond.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/run_state.h"

namespace npusched {

class SchedulerThread {
 public:
  SchedulerThread(RunState& state, std::uint32_t thread);

  // Starts a loop iteration: the engine at time 0, scripted tests whenever they like.
  void BeginIteration(Picoseconds now);
  // When the step under way has its effect; kNever while asleep with nothing to wake for, or at a drain's meeting.
  [[nodiscard]] Picoseconds NextTime() const { return next_time_; }
  void Step();

  // Something changed in the queues or on another thread's cores at `now`; `after_us` when the one who changed it
  // acts after this thread at equal times.
  void OnChange(Picoseconds now, bool after_us);
  // A core of this thread started or ended a kernel, which a poll will see later.
  void OnCoreChange();
  // All threads have met for a drain: take the thread's part of it, or go on polling when `short_of_cores`, at once
  // unless polls cost nothing.
  void OnMeeting(Picoseconds now, bool short_of_cores);

  [[nodiscard]] std::uint64_t iterations() const { return iteration_; }
  [[nodiscard]] bool asleep() const { return stage_ == Stage::kAsleep; }
  [[nodiscard]] bool at_meeting() const { return stage_ == Stage::kMeeting; }

 private:
  enum class Stage : std::uint8_t {
    kBegin,
    kPoll,
    kWire,
    kTask,
    kConsumer,
    kLoop,
    kDispatch,
    kEndDrain,
    kEarlyDone,
    kRelease,
    kMeeting,
    kAsleep
  };
  // What a row that its core already has waits for: its task to become ready; the other cores of its MIX block.
  enum class Gate : std::uint8_t { kNone, kStaged, kHeld };

  // Polling and completing (scheduler_thread.cc).
  void NextPoll(Picoseconds now);
  void Poll(Picoseconds now);
  void Finished(RowId row, Picoseconds now);
  void PromoteGated(CoreSlots::Slot& slot, Picoseconds now);
  void ReleaseHeld(RowId row, Picoseconds now);
  void NextCompletion(Picoseconds now);
  void CompleteTask(Picoseconds now);
  void NextConsumer(Picoseconds now);
  void TellConsumer(Picoseconds now);
  void AfterTask(Picoseconds now);
  void CheckQueues(Picoseconds now);
  void WireNext(Picoseconds now);
  [[nodiscard]] Picoseconds WiringCost() const;
  void ServeDummies(Picoseconds now);
  void NextDummy(Picoseconds now);
  void Release(Picoseconds now);
  void CloseLoop(Picoseconds now);
  void PayLoop(Picoseconds now);
  void EndIteration(Picoseconds now);
  void Wake(Picoseconds when, bool strictly_after);
  void Spend(Picoseconds cost, Stage stage, Picoseconds now);
  void Record(PhaseKind kind, Picoseconds begin, Picoseconds end, std::size_t tasks);
  [[nodiscard]] Picoseconds NextVisible() const;
  [[nodiscard]] bool AnyToWire() const { return wires_ && state_.wired < state_.submitted; }

  // Dispatching (scheduler_dispatch.cc).
  void Dispatch(Picoseconds now);
  void RunPhase(std::uint32_t phase);
  void DispatchSync(CoreShape shape);
  // At most `most` ready tasks.
  void DispatchSingle(CoreShape shape, SlotPhase phase, std::size_t most);
  void DispatchMix(SlotPhase phase, std::size_t most);
  // Claims blocks of `id` while cores are free, at most `most`; returns how many.
  std::uint32_t Claim(TaskId id, SlotPhase phase, std::uint32_t most, bool gated);
  void PlaceMix(TaskId id, std::uint32_t block, SlotPhase phase, bool gated);
  void Place(TaskId task, std::uint32_t block, std::uint32_t local, int slot, Gate gate);
  void Requeue(TaskId task);
  // What is left in the thread's own buffers goes to the global queues.
  void FlushLocal();
  void ShareExcess();
  [[nodiscard]] bool PeerIdle(CoreShape shape) const;
  void TellLaunched();
  [[nodiscard]] std::uint32_t Fitting(TaskId task, SlotPhase phase) const;
  // Ready tasks of this shape that it may park in pending slots.
  [[nodiscard]] std::size_t Parkable(CoreShape shape) const;
  // Prepares the batch for `prepare`, writes it row by row, and goes on with `stage`.
  void Publish(Picoseconds prepare, PhaseKind kind, Stage stage, Picoseconds now);

  // Early dispatch and drains (scheduler_early.cc).
  void StageEarly(Picoseconds now);
  bool StageCandidate(TaskId id);
  // False when another task's drain is under way.
  bool RequestDrain(TaskId task, bool early);
  void JoinDrain();

  RunState& state_;
  const RuntimeConfig& runtime_;
  const SchedulerCosts cost_;  // of this thread
  const std::uint32_t thread_;
  CoreSlots& slots_;

  Stage stage_ = Stage::kPoll;
  Picoseconds next_time_ = 0;
  std::uint64_t iteration_ = 0;
  bool moved_ = false;  // anything completed or was dispatched in this iteration

  const bool wires_;         // links submitted tasks to their producers
  std::uint32_t wired_ = 0;  // in this iteration
  LocalReady local_;         // with ReadyBuffers::kLocal

  std::uint32_t polled_ = 0;           // place of the core being polled
  std::vector<RowId> finished_;        // rows that the last poll found finished, last first
  TaskId completing_ = kNoTask;        // the task whose consumers are being told
  std::span<const TaskId> consumers_;  // of it, those not told yet
  std::vector<TaskId> dummies_;        // popped in this iteration, last first
  bool serving_dummies_ = false;
  std::uint32_t completed_rows_ = 0;  // in this scan
  Picoseconds phase_begin_ = 0;       // of the scan, the dummies or the releases under way
  std::uint32_t phase_tasks_ = 0;
  std::vector<TaskId> releases_;  // finished tasks that still hold their producers
  bool release_forced_ = false;   // the list was full: completion goes on afterwards

  std::uint32_t phase_ = 0;  // of the dispatch pass
  bool placed_in_pass_ = false;
  bool mix_left_ = false;         // MIX work remained after its idle phase
  bool drain_requested_ = false;  // the rest of the pass is dropped
  std::vector<RowId> batch_;      // placed, not yet published
  std::vector<TaskId> launched_;  // their last block is in the batch
  std::vector<TaskId> unplaced_;
  std::vector<std::uint32_t> sequence_;  // rows so far, by own core

  Picoseconds asleep_since_ = 0;    // idle iterations repeat from here
  std::uint64_t changes_seen_ = 0;  // RunState::changes at the end of the iteration's work
  Picoseconds look_ = 0;            // from the start of an idle iteration to its look at the queues
  Picoseconds period_ = 0;          // of one idle iteration
};

// Called when all threads are at the meeting: decides whether the die has the cores, and lets all go on.
void MeetForDrain(RunState& state, std::span<SchedulerThread* const> threads, Picoseconds now);

}  // namespace npusched
