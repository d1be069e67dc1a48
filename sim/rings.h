// The runtime's bounded resources: what a submit takes, what it waits for, and when it comes back.
//
// Each ring holds its tasks in submission order from the oldest one not consumed (its head) on. Slots and
// heap come back when the head moves; dependency, spill and map entries only when someone is short.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "graphs/inference.h"
#include "graphs/program.h"
#include "hw_models/ring_sizes.h"
#include "sim/fifo.h"
#include "sim/heap_ring.h"
#include "sim/trace.h"

namespace npusched {

// Producers of a task that have not left their rings.
struct LiveProducers {
  std::uint32_t all = 0;  // waited for or retained
  std::uint32_t waited = 0;
  std::uint32_t outstanding = 0;  // waited for and not complete
};

class Rings {
 public:
  Rings(const RingSizes& sizes, const Program& program, const Inference& inference);

  // Takes a slot and heap for `task`, or names what is short.
  std::optional<RingResource> Admit(TaskId task);
  // Takes its dependency and spill entries and records its regions, or names what is short.
  // REQUIRES: Admit(task) succeeded, tasks come in order.
  std::optional<RingResource> Link(TaskId task, const LiveProducers& live);
  // `task` is consumed; true when the head of its ring moved.
  bool Consume(TaskId task);

  [[nodiscard]] bool consumed(TaskId task) const { return consumed_[task]; }
  // Tasks of a ring from its head to the last admitted.
  [[nodiscard]] std::size_t Alive(int ring) const { return rings_[ring].alive.size(); }
  // The oldest task of a ring not consumed, kNoTask when there is none.
  [[nodiscard]] TaskId Head(int ring) const {
    return rings_[ring].alive.empty() ? kNoTask : rings_[ring].alive.front().task;
  }
  // Tasks of a ring that left it.
  [[nodiscard]] std::uint64_t Retired(int ring) const { return rings_[ring].retired; }
  [[nodiscard]] std::int64_t HeapUsed(int ring) const { return rings_[ring].heap.used(); }
  // Bytes of heap that a task takes: its new outputs, each rounded up to 1024.
  [[nodiscard]] std::int64_t HeapBytes(TaskId task) const;

 private:
  struct Entry {
    TaskId task = kNoTask;
    std::int64_t heap_end = -1;  // -1: took no heap
    std::uint64_t deps_end = 0;  // entries ever taken, this task's included
    std::uint64_t spill_end = 0;
  };
  // Entries taken and given back, counted from the start of the run.
  struct Pool {
    std::uint64_t taken = 0;
    std::uint64_t freed = 0;
    std::uint64_t retired = 0;  // what the tasks that left the ring had taken
    [[nodiscard]] bool Has(std::int64_t size, std::uint64_t need) const {
      return taken - freed + need <= static_cast<std::uint64_t>(size);
    }
  };
  struct Ring {
    explicit Ring(std::int64_t heap_bytes) : heap(heap_bytes) {}
    Fifo<Entry> alive;
    HeapRing heap;
    Pool deps;
    Pool spill;
    std::uint64_t retired = 0;         // tasks that left
    std::uint64_t deps_reclaimed = 0;  // of them, at the last reclaim of dependency entries
    std::uint64_t map_cleaned = 0;     // of them, at the last cleaning of the map
    Fifo<TaskId> uncleaned;            // left, their map entries still there
  };

  bool TakeMapEntries(TaskId task, Ring& ring);
  void CleanMap(Ring& ring);

  const RingSizes& sizes_;
  const Program& program_;
  const Inference& inference_;
  std::vector<Ring> rings_;
  std::vector<bool> consumed_;
  std::vector<std::uint32_t> map_entries_;  // by task, live ones
  std::int64_t map_live_ = 0;
  std::size_t next_removal_ = 0;  // in Inference::removed
};

}  // namespace npusched
