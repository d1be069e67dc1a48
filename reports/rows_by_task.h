// The dispatch rows of a trace grouped by task, each task's in order of dispatch.
//
//   const RowsByTask rows(trace);
//   for (std::uint32_t row : rows.Of(task)) Draw(trace.rows[row]);
#pragma once

#include <numeric>
#include <span>
#include <vector>

#include "sim/trace.h"

namespace npusched {

class RowsByTask {
 public:
  explicit RowsByTask(const RunTrace& trace) : first_(trace.tasks.size() + 1, 0), rows_(trace.rows.size()) {
    for (const DispatchRow& row : trace.rows) ++first_[row.task + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
    for (std::uint32_t i = 0; i < trace.rows.size(); ++i) rows_[next[trace.rows[i].task]++] = i;
  }

  // Positions in RunTrace::rows.
  [[nodiscard]] std::span<const std::uint32_t> Of(TaskId task) const {
    return {rows_.data() + first_[task], rows_.data() + first_[task + 1]};
  }

 private:
  std::vector<std::uint32_t> first_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace npusched
