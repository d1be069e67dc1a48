// A global first-in first-out queue of tasks. Pushes go to the tail; nothing allocates once it has grown.
#pragma once

#include <boost/circular_buffer.hpp>

#include "base/ids.h"

namespace npusched {

class ReadyQueue {
 public:
  ReadyQueue() : tasks_(kInitialCapacity) {}

  void Push(TaskId task) {
    if (tasks_.full()) tasks_.set_capacity(2 * tasks_.capacity());
    tasks_.push_back(task);
  }
  // REQUIRES: !empty().
  TaskId Pop() {
    const TaskId task = tasks_.front();
    tasks_.pop_front();
    return task;
  }
  [[nodiscard]] bool empty() const { return tasks_.empty(); }
  [[nodiscard]] std::size_t size() const { return tasks_.size(); }

 private:
  static constexpr std::size_t kInitialCapacity = 256;
  boost::circular_buffer<TaskId> tasks_;
};

}  // namespace npusched
