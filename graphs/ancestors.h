// Which of some tasks have finished before each task starts: one bit for each, for many questions at once.
//
// Reachability in the task graph as rows of bits over the tasks asked about (the columns). A sweep in
// submission order ORs the rows of a task's producers; columns come in blocks so that memory stays bounded.
// Programs go forward: nearly all of what is old comes before a task, so the words that are all ones at the
// front of a row are only counted, and a long program costs little more than its length.
//
//   AncestorSweep sweep(program, graph, {columns});
//   sweep.Run([](...) {}, [&](const AncestorSweep::Row& row) { if (row.Has(column)) ... });
//
// An alloc completes in the orchestrator whatever it depends on: a path through one orders nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

struct TaskPair {
  TaskId producer = kNoTask;
  TaskId consumer = kNoTask;

  friend bool operator==(const TaskPair&, const TaskPair&) = default;
  // By consumer, then producer.
  friend bool operator<(const TaskPair& a, const TaskPair& b) {
    return a.consumer != b.consumer ? a.consumer < b.consumer : a.producer < b.producer;
  }
};

class AncestorSweep {
 public:
  static constexpr std::size_t kBudgetBytes = std::size_t{256} << 20U;

  // The ancestors of `task` among one block of columns [first_column, end_column).
  struct Row {
    TaskId task = kNoTask;
    std::size_t first_column = 0;
    std::size_t end_column = 0;
    std::size_t full = 0;                  // words in front of `words`, all ones
    std::span<const std::uint64_t> words;  // what follows is all zeros

    // Bits of columns first_column + 64 * index and on.
    [[nodiscard]] std::uint64_t Word(std::size_t index) const {
      if (index < full) return ~std::uint64_t{0};
      return index - full < words.size() ? words[index - full] : 0;
    }
    // REQUIRES: a column of the block.
    [[nodiscard]] bool Has(std::size_t column) const {
      const std::size_t bit = column - first_column;
      return (Word(bit / 64) >> (bit % 64) & 1U) != 0;
    }
  };

  // Keeps references to the program and the graph. `extra`: edges beside those of the graph.
  // REQUIRES: columns ascend; extra ascends, each producer before its consumer.
  AncestorSweep(const Program& program, const TaskGraph& graph, std::vector<TaskId> columns,
                std::span<const TaskPair> extra = {}, std::size_t budget_bytes = kBudgetBytes);

  [[nodiscard]] const std::vector<TaskId>& columns() const { return columns_; }

  // Block by block; in each, for every task after the block's first column, ascending:
  //   on_edge(pair, is_extra, implied) for its producers among the columns, descending; `implied`: another of
  //     its producers comes after this one anyway;
  //   on_row(row).
  template <typename OnEdge, typename OnRow>
  void Run(const OnEdge& on_edge, const OnRow& on_row);

 private:
  // A finished row: `full` words of ones, then words_[first, first + size).
  struct Stored {
    std::uint32_t full = 0;
    std::uint32_t size = 0;
    std::size_t first = 0;
  };

  void OpenBlock(std::size_t first);
  // The row being made is scratch_[full_, end_), behind full_ words of ones.
  void BeginRow(std::span<const ProducerEdge> edges, std::span<const TaskPair> extra);
  // Adds the producer's row and its own bit. Returns whether that bit was there already.
  bool Join(TaskId producer);
  Row EndRow(TaskId task);
  void Widen(TaskId producer);
  [[nodiscard]] bool InBlock(TaskId task) const {
    return column_of_[task] >= first_ && column_of_[task] < first_ + width_;
  }

  const Program& program_;
  const TaskGraph& graph_;
  std::vector<TaskId> columns_;
  std::vector<std::uint32_t> column_of_;  // by task; kNoId: none
  std::span<const TaskPair> extra_;
  std::size_t budget_bytes_;

  std::size_t first_ = 0;  // the block: columns [first_, first_ + width_)
  std::size_t width_ = 0;
  TaskId first_task_ = 0;  // rows of tasks from here on
  std::vector<Stored> rows_;
  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> scratch_;
  std::size_t full_ = 0;
  std::size_t end_ = 0;
};

template <typename OnEdge, typename OnRow>
void AncestorSweep::Run(const OnEdge& on_edge, const OnRow& on_row) {
  for (std::size_t first = 0; first < columns_.size(); first += width_) {
    OpenBlock(first);
    const TaskPair* extra = extra_.data();
    const TaskPair* const extra_end = extra + extra_.size();
    while (extra != extra_end && extra->consumer < first_task_) ++extra;
    for (TaskId task = first_task_; task < graph_.size(); ++task) {
      const TaskPair* const extra_first = extra;
      while (extra != extra_end && extra->consumer == task) ++extra;
      if (program_.tasks[task].core == CoreShape::kAlloc) continue;
      const std::span<const ProducerEdge> edges = graph_.Producers(task);
      BeginRow(edges, {extra_first, extra});
      const ProducerEdge* edge = edges.data() + edges.size();
      const TaskPair* added = extra;
      while (edge != edges.data() || added != extra_first) {
        const bool is_extra =
            edge == edges.data() || (added != extra_first && (added - 1)->producer > (edge - 1)->producer);
        const TaskId producer = is_extra ? (--added)->producer : (--edge)->producer;
        if (producer < first_task_) continue;  // before all columns of the block
        const bool implied = Join(producer);
        if (InBlock(producer)) on_edge(TaskPair{producer, task}, is_extra, implied);
      }
      on_row(EndRow(task));
    }
  }
}

}  // namespace npusched
