// The orchestrator thread: submits the program's tasks one by one, each step at its cost.
//
// A submit lays out outputs, takes a slot and heap, looks up and inserts regions, copies the payload and
// wires the task to its producers. At its end the task is visible: ready, or linked to those outstanding.
#pragma once

#include "sim/run_state.h"

namespace npusched {

class Orchestrator {
 public:
  explicit Orchestrator(RunState& state);

  // When the submit under way ends; kNever after the last.
  [[nodiscard]] Picoseconds NextTime() const { return next_time_; }
  // Ends it: the task is wired; the next submit begins.
  void Step();
  // What the submit of `task` costs, scope ends before it included.
  [[nodiscard]] Picoseconds CostOf(TaskId task);

 private:
  void Begin(Picoseconds now);
  void Wire(TaskId task, Picoseconds now);

  RunState& state_;
  std::size_t next_event_ = 0;  // in Program::scope_events
  Picoseconds next_time_ = kNever;
};

}  // namespace npusched
