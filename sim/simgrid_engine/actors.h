// The actors: each a straight-line program over the board, one turn after the other.
#pragma once

#include <array>
#include <vector>

#include "sim/policies/core_choice.h"
#include "sim/simgrid_engine/board.h"

namespace npusched::simgrid_engine {

class Actor {
 public:
  Actor(Board& board, Agent me) : board_(board), turns_(board.turns), me_(me) {}

 protected:
  [[nodiscard]] Picoseconds now() const { return turns_.now(); }
  // Lets the others act; goes on at `due`.
  void PauseUntil(Picoseconds due) {
    board_.EndTurn(me_);
    turns_.Sleep(me_, due);
  }
  // The same, unless it is called before.
  void PauseUntilCalled(Picoseconds due) {
    board_.EndTurn(me_);
    turns_.SleepUntilCalled(me_, due);
  }

  Board& board_;
  Turns& turns_;
  Agent me_;
};

// Gives up for the runtime when nothing completes for too long.
class Watchdog : public Actor {
 public:
  explicit Watchdog(Board& board) : Actor(board, Board::kWatchdog) {}
  void Run();
};

// A core: takes rows from its register, sets up, runs the kernel.
class Core : public Actor {
 public:
  // `memories`: the hosts that stand for HBM and both ways of L2; empty when they are not shared.
  Core(Board& board, CoreId core, const std::vector<simgrid::s4u::Host*>& memories)
      : Actor(board, board.AgentOfCore(core)), core_(core), memories_(memories) {}
  void Run();

 private:
  void RunKernel(Row row);

  CoreId core_;
  const std::vector<simgrid::s4u::Host*>& memories_;
};

// The orchestrator: submits the program.
class Submitter : public Actor {
 public:
  explicit Submitter(Board& board)
      : Actor(board, board.Orchestrator()), scope_tasks_(board.input.program.scopes.size()) {}
  void Run();

 private:
  void Pay(Picoseconds cost);
  void EndScopes(TaskId before);
  // False when it gave up.
  bool Admit(TaskId task);
  bool WaitFor(TaskId task, std::optional<RingResource> (Submitter::*attempt)(TaskId));
  std::optional<RingResource> TrySlot(TaskId task);
  std::optional<RingResource> TryLinks(TaskId task);
  void Submit(TaskId task);
  [[nodiscard]] Picoseconds WireCost(TaskId task) const;

  std::vector<std::uint32_t> scope_tasks_;
  std::size_t scope_event_ = 0;
};

enum class Room : std::uint8_t { kIdle, kPending, kEither };

// A scheduler thread (scheduler.cc: polling, completing, idling; dispatch.cc: placing).
class Scheduler : public Actor {
 public:
  // `all`: the scheduler threads, by number, to meet for a drain.
  Scheduler(Board& board, std::uint32_t number, std::vector<Scheduler*>& all);
  void Run();

 private:
  // One iteration; `begin` lies in the past when it was woken in the middle of an idle one.
  void Iterate(Picoseconds begin);
  void Poll(Picoseconds begin);
  void ReadRegister(CoreId core, std::vector<Row>& finished);
  void Finish(TaskId done, Picoseconds cost);
  void ReleaseAll();
  void LinkSubmitted();
  void ServeDummies();
  void AwaitMeeting();
  void Meet();
  [[nodiscard]] bool Quiet() const;
  Picoseconds SleepThroughIdle();
  void Pay(Picoseconds cost);
  void Record(PhaseKind kind, Picoseconds begin, std::size_t count);

  void Dispatch();
  void RunPhase(int phase, bool& mix_left);
  void PlaceTogether(CoreShape shape);
  void PlaceSingles(CoreShape shape, Room room, std::size_t most);
  void PlaceMix(Room room, std::size_t most);
  void StageCandidates();
  bool Stage(TaskId task);
  bool RequestDrain(TaskId task, bool early);
  std::uint32_t Claim(TaskId task, Room room, bool gated);
  void Place(TaskId task, std::uint32_t block, CoreId core, int slot, bool gated, bool held);
  void Publish(Picoseconds prepare, PhaseKind kind);
  void GiveBackOwn();
  void ShareOwn();
  [[nodiscard]] bool HasRoom(CoreId core, Room room) const;
  [[nodiscard]] bool ClusterHasRoom(std::uint32_t cluster, std::uint8_t slots, Room room) const;
  [[nodiscard]] std::uint32_t CountRoom(TaskId task, Room room) const;
  [[nodiscard]] bool Holds(std::uint32_t cluster, std::uint8_t slots) const;
  [[nodiscard]] std::size_t CountIdle(CoreShape shape) const;
  // Of `ready` tasks, those that it may park in pending slots.
  [[nodiscard]] std::size_t Parkable(CoreShape shape, std::size_t ready) const;
  [[nodiscard]] Room EarlyRoom(TaskId task) const;
  [[nodiscard]] std::array<CoreShape, 3> ShapeOrder() const;

  const RuntimeConfig& runtime_;
  const SchedulerCosts costs_;
  const std::uint32_t number_;
  std::vector<Scheduler*>& all_;
  std::vector<std::uint32_t> clusters_;
  std::vector<CoreId> aics_;
  std::vector<CoreId> aivs_;
  PlaceChoice aic_choice_;
  PlaceChoice aiv_choice_;
  PlaceChoice cluster_choice_;
  std::uint32_t iteration_ = 0;
  bool moved_ = false;
  bool dropped_ = false;  // the rest of the pass, for a drain
  bool at_meeting_ = false;
  bool short_of_cores_ = false;
  std::uint64_t changes_seen_ = 0;
  std::vector<Row> batch_;
  std::vector<TaskId> launching_;
  std::vector<TaskId> finished_;            // tasks that still hold what they retain
  std::array<std::vector<TaskId>, 2> own_;  // AIC and AIV tasks made ready here, with local ready buffers
};

}  // namespace npusched::simgrid_engine
