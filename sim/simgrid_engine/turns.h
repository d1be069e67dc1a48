// SimGrid's clock in whole picoseconds, and whose turn it is when several actors are due at the same one.
//
//   Turns turns(2);
//   turns.Sleep(0, 1'500);           // in the actor of agent 0: its next turn is at 1.5 ns
//   turns.SleepUntilCalled(1, 9'000) // agent 1 may be called earlier: turns.Call(1, 2'000)
//
// An actor acts in turns, each at an instant; between two turns it sleeps in SimGrid. At equal times the lowest agent
// comes first, and nobody acts while another does. One simulated second stands for a microsecond: SimGrid's double then
// tells picoseconds apart for weeks of simulated time.
#pragma once

#include <simgrid/s4u.hpp>
#include <vector>

#include "base/time.h"

namespace npusched::simgrid_engine {

using Agent = std::size_t;

class Turns {
 public:
  // Settings of SimGrid for such a clock; before anything else of SimGrid is created.
  static void Configure();
  static double Seconds(Picoseconds t) { return static_cast<double>(t) * 1e-6; }

  explicit Turns(std::size_t agents);

  // The agent's first turn, at time 0.
  Picoseconds Begin(Agent agent) { return Take(agent); }
  // Ends the agent's turn; the next one is at `due`. Returns the time of that turn.
  Picoseconds Sleep(Agent agent, Picoseconds due);
  // The same, but others may call it to an earlier turn.
  Picoseconds SleepUntilCalled(Agent agent, Picoseconds due);
  // Ends the agent's turn until `activities` are over. `end` is when that will be, kNever when only SimGrid knows.
  Picoseconds Await(Agent agent, const std::vector<simgrid::s4u::ExecPtr>& activities, Picoseconds end);
  // Asks for a turn at `due` of an agent that sleeps until it is called; nothing when it is due earlier.
  void Call(Agent agent, Picoseconds due);

  [[nodiscard]] Picoseconds now() const { return now_; }
  // Whether somebody behind `agent` in the order has acted at this very time.
  [[nodiscard]] bool HasActedBehind(Agent agent) const { return last_at_now_ > agent; }

 private:
  static Picoseconds Clock();
  void Leave(Agent agent);
  Picoseconds Take(Agent agent);
  [[nodiscard]] bool IsNext(Agent agent) const;

  std::vector<Picoseconds> due_;
  std::vector<bool> callable_;
  std::vector<simgrid::s4u::SemaphorePtr> bells_;  // of agents that sleep until called
  std::vector<Agent> called_;                      // in this turn
  bool taken_ = false;                             // somebody acts
  Picoseconds now_ = 0;
  Agent last_at_now_ = 0;
};

}  // namespace npusched::simgrid_engine
