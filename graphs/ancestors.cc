#include "graphs/ancestors.h"

namespace npusched {

AncestorSweep::AncestorSweep(const Program& program, const TaskGraph& graph, std::vector<TaskId> columns,
                             std::span<const TaskPair> extra, std::size_t budget_bytes)
    : program_(program),
      graph_(graph),
      columns_(std::move(columns)),
      column_of_(graph.size(), kNoId),
      extra_(extra),
      budget_bytes_(budget_bytes) {
  for (std::size_t i = 0; i < columns_.size(); ++i) column_of_[columns_[i]] = static_cast<std::uint32_t>(i);
}

void AncestorSweep::OpenBlock(std::size_t first) {
  first_ = first;
  first_task_ = columns_[first];
  const std::size_t rows = graph_.size() - first_task_;
  // A row ends with the last column before its task, so on average half of the block's words are stored.
  const std::size_t words = std::max<std::size_t>(1, 2 * budget_bytes_ / (rows * sizeof(std::uint64_t)));
  width_ = std::min(columns_.size() - first, words * 64);
  rows_.assign(rows, {});
  words_.clear();
  scratch_.resize((width_ + 63) / 64);
}

void AncestorSweep::Widen(TaskId producer) {
  if (producer < first_task_) return;
  const Stored& row = rows_[producer - first_task_];
  end_ = std::max<std::size_t>(end_, row.full + row.size);
  if (InBlock(producer)) end_ = std::max<std::size_t>(end_, (column_of_[producer] - first_) / 64 + 1);
}

void AncestorSweep::BeginRow(std::span<const ProducerEdge> edges, std::span<const TaskPair> extra) {
  full_ = end_ = 0;
  for (const ProducerEdge& edge : edges) Widen(edge.producer);
  for (const TaskPair& pair : extra) Widen(pair.producer);
  // The last producer is joined first; what lies in its ones is never written or read.
  TaskId last = edges.empty() ? 0 : edges.back().producer;
  if (!extra.empty()) last = std::max(last, extra.back().producer);
  const std::size_t begin = last < first_task_ ? 0 : rows_[last - first_task_].full;
  std::fill(scratch_.begin() + static_cast<std::ptrdiff_t>(begin), scratch_.begin() + static_cast<std::ptrdiff_t>(end_),
            0);
}

bool AncestorSweep::Join(TaskId producer) {
  const Stored& row = rows_[producer - first_task_];
  if (InBlock(producer)) {
    const std::size_t bit = column_of_[producer] - first_;
    const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    if (bit / 64 < full_ || (scratch_[bit / 64] & mask) != 0) return true;  // its ancestors are there too
    scratch_[bit / 64] |= mask;
  }
  full_ = std::max<std::size_t>(full_, row.full);
  const std::uint64_t* const from = words_.data() + row.first;
  for (std::size_t i = full_ - row.full; i < row.size; ++i) scratch_[row.full + i] |= from[i];
  return false;
}

AncestorSweep::Row AncestorSweep::EndRow(TaskId task) {
  end_ = std::max(end_, full_);
  while (full_ < end_ && scratch_[full_] == ~std::uint64_t{0}) ++full_;
  Stored& row = rows_[task - first_task_];
  row = {static_cast<std::uint32_t>(full_), static_cast<std::uint32_t>(end_ - full_), words_.size()};
  words_.insert(words_.end(), scratch_.begin() + static_cast<std::ptrdiff_t>(full_),
                scratch_.begin() + static_cast<std::ptrdiff_t>(end_));
  return {task, first_, first_ + width_, full_, {words_.data() + row.first, row.size}};
}

}  // namespace npusched
