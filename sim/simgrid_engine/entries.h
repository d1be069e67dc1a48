// What the orchestrator can run out of: slots, heap, dependency, spill and map entries, counted by ring.
//
// Each task carries the numbers of what it took; sums tell what is held. docs/model.md, "Rings", has the rules.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "sim/engine.h"
#include "sim/rings.h"
#include "sim/trace.h"

namespace npusched::simgrid_engine {

class Entries {
 public:
  // Samples of the rings go to `trace`.
  Entries(const RunInput& input, RunTrace& trace);

  // A slot and heap for the task that is submitted next, or what is short.
  std::optional<RingResource> TakeSlot(TaskId task, Picoseconds now);
  // Its dependency, spill and map entries, or what is short.
  std::optional<RingResource> TakeLinks(TaskId task, const LiveProducers& live);
  // The task is done with, whatever is older. True when the oldest of its ring left.
  bool Retire(TaskId task, Picoseconds now);
  [[nodiscard]] bool Retired(TaskId task) const { return holdings_[task].retired; }
  // Of those that have not left; kNoTask: all have.
  [[nodiscard]] TaskId Oldest(int ring) const {
    return rings_[ring].tasks.empty() ? kNoTask : rings_[ring].tasks.front();
  }

 private:
  struct Holding {
    std::int64_t heap_top = -1;  // where its outputs end; -1: none
    std::int64_t deps = 0;
    std::int64_t spill = 0;
    std::int64_t records = 0;  // regions in the map
    bool retired = false;
  };
  struct Ring {
    std::deque<TaskId> tasks;
    std::int64_t top = 0;  // of the heap
    std::int64_t tail = 0;
    std::int64_t deps_held = 0;
    std::int64_t spill_held = 0;
    std::int64_t deps_back = 0;  // held by tasks that left
    std::int64_t spill_back = 0;
    std::int64_t left = 0;  // tasks
    std::int64_t left_before_deps = 0;
    std::int64_t left_before_map = 0;
    std::vector<TaskId> uncleaned;  // left since the map was cleaned
  };

  bool TakeHeap(Ring& ring, std::int64_t size, std::int64_t bytes);
  bool TakeRecords(TaskId task, Ring& ring);
  void CleanMap(Ring& ring);
  void Sample(int ring, Picoseconds now);

  const RunInput& input_;
  RunTrace& trace_;
  std::vector<Ring> rings_;
  std::vector<Holding> holdings_;  // by task
  std::int64_t records_ = 0;
  std::size_t removed_ = 0;  // of Inference::removed
};

}  // namespace npusched::simgrid_engine
