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
  const std::size_t words = std::max<std::size_t>(1, budget_bytes_ / (rows * sizeof(std::uint64_t)));
  width_ = std::min(columns_.size() - first, words * 64);
  offsets_.assign(rows + 1, 0);
  std::size_t before = 0;  // columns of the block before the task
  for (std::size_t row = 0; row < rows; ++row) {
    offsets_[row + 1] = offsets_[row] + (before + 63) / 64;
    before += InBlock(static_cast<TaskId>(first_task_ + row)) ? 1 : 0;
  }
  words_.assign(offsets_.back(), 0);
}

bool AncestorSweep::Join(TaskId producer, std::uint64_t* row) {
  const std::size_t bit = InBlock(producer) ? column_of_[producer] - first_ : 0;
  const std::uint64_t mask = InBlock(producer) ? std::uint64_t{1} << (bit % 64) : 0;
  if ((row[bit / 64] & mask) != 0) return true;  // its ancestors are there too
  const std::uint64_t* const from = words_.data() + offsets_[producer - first_task_];
  const std::size_t count = WordsOf(producer);
  for (std::size_t i = 0; i < count; ++i) row[i] |= from[i];
  if (mask != 0) row[bit / 64] |= mask;
  return false;
}

}  // namespace npusched
