// The orchestrator thread: submits the program's tasks one by one, each step at its cost.
//
// A submit takes a slot and heap, looks up and inserts regions, copies the payload and wires the task to its
// producers; where a ring is full it waits, and gives up as the runtime does. At its end the task is visible:
// ready, or linked to those outstanding.
#pragma once

#include <optional>

#include "sim/deadlock.h"
#include "sim/run_state.h"

namespace npusched {

class Orchestrator {
 public:
  explicit Orchestrator(RunState& state);

  // When the step under way ends; while it waits for a ring, when it gives up; kNever after the last submit.
  [[nodiscard]] Picoseconds NextTime() const { return next_time_; }
  void Step();
  // The head of a ring moved at `now`: what it waits for may be there.
  void OnHeadMoved(Picoseconds now);
  [[nodiscard]] bool done() const { return stage_ == Stage::kDone; }

 private:
  enum class Stage : std::uint8_t { kScopeEnd, kAdmit, kWire, kDone };

  void Begin(Picoseconds now);
  void Admit(Picoseconds now);
  void Wire(Picoseconds now);
  void Link(TaskId id, Picoseconds now);
  void Wait(RingResource resource, Picoseconds now);
  void EndWait(Picoseconds now);
  void GiveUp(RuntimeCode code, RingResource resource, Picoseconds now);
  [[nodiscard]] bool ScopeEnds();
  void EndScope();
  void CloseProgram(Picoseconds now);
  void AfterScopeEnd(Picoseconds now);
  void Spend(Picoseconds cost, Stage stage, Picoseconds now);
  [[nodiscard]] Picoseconds AdmitCost(TaskId task) const;
  [[nodiscard]] Picoseconds WireCost(TaskId task) const;
  [[nodiscard]] bool HeadInOpenScope(int ring) const;

  RunState& state_;
  Stage stage_ = Stage::kAdmit;
  TaskId task_ = 0;             // being submitted
  std::size_t next_event_ = 0;  // in Program::scope_events
  Picoseconds next_time_ = kNever;
  std::vector<std::uint32_t> scope_tasks_;  // tasks submitted so far directly in each scope
  std::optional<RingResource> waiting_for_;
  Picoseconds waiting_since_ = 0;
};

}  // namespace npusched
