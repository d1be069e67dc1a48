#include "sim/redundant_waits.h"

#include <algorithm>
#include <vector>

namespace npusched {
namespace {

// Walks backwards from one consumer at a time.
class Backwards {
 public:
  Backwards(const Program& program, const TaskGraph& graph) : program_(program), graph_(graph), seen_(graph.size()) {}

  // Marks what comes before the producers of `consumer`, down to task `oldest`.
  void From(TaskId consumer, TaskId oldest) {
    consumer_ = consumer;
    for (const ProducerEdge& edge : graph_.Producers(consumer)) Expand(edge.producer, oldest);
    while (!open_.empty()) {
      const TaskId task = open_.back();
      open_.pop_back();
      Expand(task, oldest);
    }
  }
  [[nodiscard]] bool Reached(TaskId task) const { return seen_[task] == consumer_ + 1; }

 private:
  void Expand(TaskId task, TaskId oldest) {
    if (program_.tasks[task].core == CoreShape::kAlloc) return;
    const auto producers = graph_.Producers(task);
    for (std::size_t i = producers.size(); i-- > 0 && producers[i].producer >= oldest;) {
      const TaskId before = producers[i].producer;
      if (Reached(before)) continue;
      seen_[before] = consumer_ + 1;
      open_.push_back(before);
    }
  }

  const Program& program_;
  const TaskGraph& graph_;
  TaskId consumer_ = 0;
  std::vector<TaskId> seen_;  // by task: the consumer (and 1) from which it was reached last
  std::vector<TaskId> open_;
};

}  // namespace

TaskGraph WithoutRedundantWaits(const Program& program, const TaskGraph& graph, std::uint32_t within) {
  Backwards backwards(program, graph);
  std::vector<std::uint64_t> first{0};
  std::vector<ProducerEdge> kept;
  for (TaskId task = 0; task < graph.size(); ++task) {
    const auto producers = graph.Producers(task);
    const auto near =
        std::ranges::find_if(producers, [&](const ProducerEdge& e) { return task - e.producer <= within; });
    // The last producer is no other's ancestor: one alone in reach stays.
    const bool asks = producers.end() - near > 1 && program.tasks[task].core != CoreShape::kAlloc;
    if (asks) backwards.From(task, near->producer);
    for (auto edge = producers.begin(); edge != producers.end(); ++edge) {
      const bool redundant = asks && edge >= near && backwards.Reached(edge->producer);
      if (!redundant) kept.push_back(*edge);
    }
    first.push_back(kept.size());
  }
  return {std::move(first), std::move(kept)};
}

}  // namespace npusched
