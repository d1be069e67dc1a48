// The frozen task graph: one edge per producer-consumer pair, remembering all its reasons.
//
// Second intermediate form of the flow. Compressed sparse rows in both directions; a model of
// Boost.Graph's concepts through graphs/boost_adapter.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"

namespace npusched {

// Why an edge exists; several may hold.
inline constexpr std::uint8_t kFromExplicit = 1;
inline constexpr std::uint8_t kFromCreator = 2;
inline constexpr std::uint8_t kFromTensormap = 4;

struct ProducerEdge {
  TaskId producer = kNoTask;
  std::uint8_t sources = 0;  // kFromExplicit | kFromCreator | kFromTensormap
  std::uint8_t flags = 0;    // kWait | kRetain, OR over all reasons
};

// What a submit costs the orchestrator, counted by inference.
struct SubmitCounts {
  std::uint32_t entries_walked = 0;  // recorded regions compared, over all look-ups
  std::uint32_t removals = 0;        // COVERED entries removed
  std::uint16_t lookups = 0;         // arguments looked up
  std::uint16_t inserts = 0;         // regions recorded
};

class OutEdgeIterator;  // of graphs/boost_adapter.h

// Immutable after construction. Edges run from lower to higher ids, so ids are a topological order.
class TaskGraph {
 public:
  using out_edge_iterator = OutEdgeIterator;  // boost::transitive_reduction asks the graph itself for it

  TaskGraph() = default;
  // `first[t]..first[t+1]` are the producers of task t in `producers`, ascending by producer.
  // REQUIRES: first.size() == tasks + 1, every producer < its consumer.
  TaskGraph(std::vector<std::uint64_t> first, std::vector<ProducerEdge> producers);

  [[nodiscard]] std::uint32_t size() const {
    return first_.empty() ? 0 : static_cast<std::uint32_t>(first_.size() - 1);
  }
  [[nodiscard]] std::uint64_t edge_count() const { return producers_.size(); }
  // Ascending by producer id.
  [[nodiscard]] std::span<const ProducerEdge> Producers(TaskId t) const {
    return {producers_.data() + first_[t], producers_.data() + first_[t + 1]};
  }
  // Ascending by consumer id; walk backwards for the runtime's newest-first order.
  [[nodiscard]] std::span<const TaskId> Consumers(TaskId t) const {
    return {consumers_.data() + consumer_first_[t], consumers_.data() + consumer_first_[t + 1]};
  }
  // Index of an edge in the order of (consumer, producer), for edge property maps.
  [[nodiscard]] std::uint64_t FirstEdge(TaskId consumer) const { return first_[consumer]; }

 private:
  std::vector<std::uint64_t> first_;
  std::vector<ProducerEdge> producers_;
  std::vector<std::uint64_t> consumer_first_;
  std::vector<TaskId> consumers_;
};

}  // namespace npusched
