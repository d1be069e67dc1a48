// The waits that a run keeps: all that inference found, or those that no other wait implies.
//
//   A -> B -> C and A -> C: C need not wait for A, it waits for B, which comes after A. When A allocated something that
//   C uses, C still retains A: then A stays one of C's producers, and only the wait goes.
//
// A wait is dropped when its producer lies at most `within` submits before the consumer and a path of other waits leads
// there. An alloc completes at its submit whatever it depends on: no path goes through one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

TaskGraph WithoutRedundantWaits(const Program& program, const TaskGraph& graph, std::uint32_t within);

class Waits {
 public:
  // Keeps a reference to the graph. `within` as Policies::drop_redundant_within.
  Waits(const Program& program, const TaskGraph& graph, std::uint32_t within) : all_(graph) {
    if (within > 0) kept_ = WithoutRedundantWaits(program, graph, within);
  }

  // Producers that are waited for, and consumers that wait.
  [[nodiscard]] std::span<const ProducerEdge> Producers(TaskId task) const { return graph().Producers(task); }
  [[nodiscard]] std::span<const TaskId> Consumers(TaskId task) const { return graph().Consumers(task); }
  [[nodiscard]] std::uint64_t dropped() const { return all_.edge_count() - graph().edge_count(); }

  // Calls visit(edge, waits) for each producer that the task waits for or retains, ascending.
  template <typename Visit>
  void ForEachProducer(TaskId task, const Visit& visit) const {
    std::span<const ProducerEdge> kept = Producers(task);
    for (const ProducerEdge& edge : all_.Producers(task)) {
      const bool waits = !kept.empty() && kept.front().producer == edge.producer;
      if (waits) kept = kept.subspan(1);
      if (waits || (edge.flags & kRetain) != 0) visit(edge, waits);
    }
  }
  // How many those are.
  [[nodiscard]] std::uint32_t CountProducers(TaskId task) const {
    std::uint32_t count = 0;
    if (!kept_) return static_cast<std::uint32_t>(all_.Producers(task).size());
    ForEachProducer(task, [&](const ProducerEdge&, bool) { ++count; });
    return count;
  }

 private:
  [[nodiscard]] const TaskGraph& graph() const { return kept_ ? *kept_ : all_; }

  const TaskGraph& all_;
  std::optional<TaskGraph> kept_;  // of the waits alone
};

}  // namespace npusched
