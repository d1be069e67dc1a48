// What the orchestrator can run out of, kept as lists of who holds what.
#pragma once

#include <optional>
#include <vector>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched::oracle {

class OracleRings {
 public:
  explicit OracleRings(const RunInput& input);

  // A slot and heap for the next task, or what is short.
  std::optional<RingResource> Admit(TaskId task);
  // Its dependency, spill and map entries, or what is short.
  std::optional<RingResource> Wire(TaskId task, std::size_t known, std::size_t waited, std::size_t outstanding);
  // The task may leave. True when the oldest of a ring did.
  bool Leave(TaskId task);
  [[nodiscard]] bool MayLeave(TaskId task) const { return may_leave_[task]; }
  // The oldest task that has not left, kNoTask when all have.
  [[nodiscard]] TaskId Oldest(int ring) const;

 private:
  struct Holding {
    TaskId task;
    std::int64_t entries;
  };
  struct Ring {
    std::vector<TaskId> alive;
    std::int64_t top = 0;
    std::int64_t tail = 0;
    std::vector<Holding> heap_ends;  // of those alive that took heap
    std::vector<Holding> deps;       // not yet taken back
    std::vector<Holding> spill;
    std::int64_t left = 0;  // tasks, ever
    std::int64_t left_at_dep_reclaim = 0;
    std::int64_t left_at_map_cleaning = 0;
  };
  bool TakeHeap(Ring& ring, TaskId task, std::int64_t size, std::int64_t bytes);
  bool TakeMapEntries(TaskId task, int ring);
  void CleanMap(int ring);
  static void TakeBack(std::vector<Holding>& holdings, const Ring& ring);

  const RunInput& input_;
  std::vector<Ring> rings_;
  std::vector<bool> may_leave_;
  std::vector<TaskId> recorded_;  // who recorded each live region of the map
  std::size_t removals_ = 0;      // read so far from Inference::removed
};

}  // namespace npusched::oracle
