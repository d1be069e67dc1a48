// Everything the oracle knows of a run, and the scripts that act on it.
//
// Core c of the world is core c of the machine. A row's core times are arithmetic: they are known as soon as the row
// is written and, if it is gated, its doorbell has rung; a poll compares them with the present.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "tests/oracle/oracle.h"
#include "tests/oracle/oracle_rings.h"
#include "tests/oracle/script.h"

namespace npusched::oracle {

inline constexpr int kNoRow = -1;

enum class Room { kIdle, kPending, kEither };

struct Node {
  std::set<TaskId> waits_for;    // producers not complete
  std::vector<TaskId> told;      // consumers to tell at completion, oldest first
  bool candidate = false;        // may be staged once nothing is left to launch
  std::set<TaskId> to_launch;    // producers neither launched nor complete when it was wired
  std::uint32_t next_block = 0;  // the first not placed
  std::uint32_t rows_left = 0;
  std::vector<int> staged;       // its gated rows
  std::set<std::uint32_t> held;  // blocks that wait for the busy ones of their cores
  bool written = false;          // all its blocks
  bool launched = false;
  bool complete = false;
  bool scope_ended = false;
  std::set<TaskId> retained_by;  // consumers not released yet
};

struct CoreView {
  std::uint32_t thread = 0;
  int running = kNoRow;
  int pending = kNoRow;
  bool acknowledged = false;  // a poll saw the running row start
  std::vector<int> written;   // all its rows, ever
};

struct Waiting {
  Picoseconds bell = 0;  // when a gated row may start; kNever: not rung
  bool gated = false;    // its doorbell has not rung
};

// One scheduler thread.
struct Thread : Agent {
  std::uint32_t number = 0;
  std::vector<std::uint32_t> clusters;
  bool moved = false;    // something completed or was placed in this iteration
  bool dropped = false;  // the rest of this pass is dropped for a drain
  bool meets = false;    // waits for the others
  bool short_of_cores = false;
  std::vector<int> batch;  // placed, being written
  std::vector<TaskId> launching;
  std::vector<TaskId> releases;
  std::vector<TaskId> own[2];  // AIC and AIV tasks that its completions made ready, with local ready buffers
  std::uint32_t next_aic = 0;  // where round robin goes on
  std::uint32_t next_aiv = 0;
  std::uint32_t next_cluster = 0;
};

struct Orchestrator : Agent {
  std::optional<RingResource> lacks;
  Picoseconds since = 0;
  bool head_moved = false;
};

class World {
 public:
  explicit World(const RunInput& input);
  OracleRun Run();

 private:
  // The orchestrator (orchestrate.cc).
  Script Orchestrate();
  [[nodiscard]] Picoseconds SubmitCost(TaskId t) const;
  [[nodiscard]] Picoseconds WireCost(TaskId t) const;
  Script EndScopes(TaskId t);
  void EndScope(ScopeId scope);
  bool Lacks(TaskId t, std::optional<RingResource> lack);
  std::optional<RingResource> TryWire(TaskId t);
  void Submit(TaskId t);
  void Link(TaskId t);
  void GiveUp(int code, TaskId t);

  // Tasks change state (world.cc).
  [[nodiscard]] bool OnCores(TaskId t) const { return input_.program.ReachesCore(t); }
  [[nodiscard]] bool IsSync(TaskId t) const;
  [[nodiscard]] bool LetsConsumersStage(TaskId t) const;
  [[nodiscard]] Picoseconds Duration(TaskId t, int slot, std::uint32_t block) const;
  std::vector<TaskId>& ReadyQueue(TaskId t);
  TaskId PopFrom(std::vector<TaskId>& queue);
  void MakeReady(TaskId t, TaskId by, Thread* completed_by = nullptr);
  void Complete(TaskId t);
  void Release(TaskId t);
  void LeaveIfDone(TaskId t);
  void Launched(TaskId t);
  void RingDoorbell(TaskId t);
  void MovedUp(int row);
  [[nodiscard]] bool HeldBack(TaskId t) const;
  void TimeOut();
  void FindPaths();
  void FindWaits();
  [[nodiscard]] bool ComesBefore(TaskId before, TaskId after, std::set<TaskId>& seen) const;
  // What a thread's step in memory costs.
  [[nodiscard]] Picoseconds Paid(const Thread& me, Picoseconds cost) const;

  // Cores (cores.cc).
  [[nodiscard]] CoreId CoreOf(std::uint32_t cluster, int slot) const;
  [[nodiscard]] bool Fits(CoreId core, Room room) const;
  [[nodiscard]] bool ClusterFits(std::uint32_t cluster, std::uint8_t slots, Room room) const;
  [[nodiscard]] std::uint32_t Places(const Thread& me, TaskId t, Room room) const;
  [[nodiscard]] std::size_t IdleCores(const Thread& of, CoreShape shape) const;
  [[nodiscard]] std::size_t MayPark(const Thread& me, CoreShape shape, std::size_t ready) const;
  std::uint32_t Choose(const std::vector<bool>& fits, std::uint32_t& next, std::vector<std::uint64_t>& last_use);
  void PlaceBlock(Thread& me, TaskId t, std::uint32_t block, Room room, bool gated);
  void PlaceRow(Thread& me, TaskId t, std::uint32_t block, CoreId core, int slot, bool gated, bool held);
  void ResolveTimes(CoreId core);
  std::vector<int> ReadRegister(CoreId core);

  // A scheduler thread (thread.cc).
  Script Loop(Thread& me);
  Script PollAll(Thread& me);
  Script CompleteAndTell(Thread& me, TaskId t, Picoseconds cost);
  Script WireSubmitted(Thread& me);
  Script ServeDummies(Thread& me);
  void GiveAwayOwn(Thread& me);
  void GiveAwayExcess(Thread& me);
  Script Dispatch(Thread& me);
  Script StageEarly(Thread& me);
  Script ReleaseAll(Thread& me);
  Script Write(Thread& me, Picoseconds prepare, bool each = false);
  void Phase(Thread& me, int phase, bool& mix_left);
  void DispatchSync(Thread& me, CoreShape shape);
  void DispatchSingle(Thread& me, CoreShape shape, Room room, std::size_t most);
  void DispatchMix(Thread& me, Room room, std::size_t most);
  std::uint32_t Claim(Thread& me, TaskId t, Room room, bool gated);
  bool Stage(Thread& me, TaskId t);
  void AskForDrain(Thread& me, TaskId t, bool early);
  void Meet();
  [[nodiscard]] bool NothingReady() const;
  [[nodiscard]] Room EarlyRoom(TaskId t) const;

  const RunInput& input_;
  OracleRun run_;
  Picoseconds now_ = 0;
  std::vector<Node> nodes_;
  std::vector<CoreView> cores_;
  std::vector<Waiting> gates_;  // by row
  Orchestrator orchestrator_;
  std::deque<Thread> threads_;
  OracleRings rings_;
  std::vector<std::set<TaskId>> waited_;  // producers that a task waits for
  std::vector<std::set<TaskId>> known_;   // and those that it retains
  std::vector<Picoseconds> path_;         // longest way to an end, by task
  std::vector<TaskId> ready_[3];          // AIC, AIV, MIX
  std::vector<TaskId> sync_[3];           // the same, starting together
  std::vector<TaskId> early_[3];          // candidates
  std::vector<TaskId> dummies_;
  std::optional<TaskId> drain_;
  bool drain_early_ = false;
  std::vector<std::uint64_t> last_use_;          // by core
  std::vector<std::uint64_t> cluster_last_use_;  // by cluster, of MIX blocks
  std::uint64_t uses_ = 0;
  std::size_t completed_ = 0;
  Picoseconds last_completion_ = 0;
  TaskId submitted_ = 0;
  TaskId wired_ = 0;
  bool all_closed_ = false;
  std::size_t scope_event_ = 0;
  std::vector<std::uint32_t> scope_tasks_;
};

}  // namespace npusched::oracle
