// Which ready task a thread pops first: the oldest, or the one with the longest path still ahead.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"
#include "hw_models/policies.h"
#include "sim/fifo.h"

namespace npusched {

// A global queue of ready tasks of one core shape, for whichever thread pops first.
class ReadyQueue {
 public:
  // `path_ahead` by task, its own duration included; only read when critical-path-first.
  explicit ReadyQueue(QueueOrder order = QueueOrder::kFifo, std::span<const Picoseconds> path_ahead = {})
      : order_(order), path_ahead_(path_ahead) {}

  void Push(TaskId task) {
    if (order_ == QueueOrder::kFifo) return fifo_.Push(task);
    heap_.push_back({path_ahead_[task], task});
    std::push_heap(heap_.begin(), heap_.end());
  }
  // REQUIRES: !empty().
  TaskId Pop() {
    if (order_ == QueueOrder::kFifo) return fifo_.Pop();
    std::pop_heap(heap_.begin(), heap_.end());
    const TaskId task = heap_.back().task;
    heap_.pop_back();
    return task;
  }
  [[nodiscard]] std::size_t size() const { return fifo_.size() + heap_.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }

 private:
  struct Entry {
    Picoseconds path = 0;
    TaskId task = kNoTask;
    // The heap's top: the longest path, ties to the lower id.
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.path != b.path ? a.path < b.path : a.task > b.task;
    }
  };

  QueueOrder order_;
  std::span<const Picoseconds> path_ahead_;
  Fifo<TaskId> fifo_;
  std::vector<Entry> heap_;
};

}  // namespace npusched
