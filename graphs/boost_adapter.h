// Makes TaskGraph a model of Boost.Graph: VertexListGraph, BidirectionalGraph and EdgeListGraph.
//
// Vertices are task ids, edges run from producer to consumer. Boost's algorithms and writers then
// work on the frozen graph itself, without a copy:
//
//   std::vector<TaskId> order;
//   boost::topological_sort(graph, std::back_inserter(order));   // reversed, as Boost has it
//
// Property maps over edges use EdgeIndex(graph, edge), 0..edge_count()-1 by (consumer, producer).
#pragma once

#include <algorithm>
#include <boost/graph/graph_traits.hpp>
#include <boost/graph/properties.hpp>
#include <boost/iterator/counting_iterator.hpp>
#include <boost/iterator/iterator_facade.hpp>
#include <boost/property_map/property_map.hpp>
#include <cstdint>
#include <utility>

#include "graphs/task_graph.h"

namespace npusched {

struct TaskEdge {
  TaskId producer = kNoTask;
  TaskId consumer = kNoTask;

  friend bool operator==(const TaskEdge&, const TaskEdge&) = default;
  friend auto operator<=>(const TaskEdge&, const TaskEdge&) = default;
};

// The edges out of one producer.
class OutEdgeIterator
    : public boost::iterator_facade<OutEdgeIterator, TaskEdge, boost::random_access_traversal_tag, TaskEdge> {
 public:
  OutEdgeIterator() = default;
  OutEdgeIterator(TaskId producer, const TaskId* consumer) : producer_(producer), consumer_(consumer) {}

 private:
  friend class boost::iterator_core_access;
  [[nodiscard]] TaskEdge dereference() const { return {producer_, *consumer_}; }
  [[nodiscard]] bool equal(const OutEdgeIterator& other) const { return consumer_ == other.consumer_; }
  void increment() { ++consumer_; }
  void decrement() { --consumer_; }
  void advance(std::ptrdiff_t n) { consumer_ += n; }
  [[nodiscard]] std::ptrdiff_t distance_to(const OutEdgeIterator& other) const { return other.consumer_ - consumer_; }

  TaskId producer_ = kNoTask;
  const TaskId* consumer_ = nullptr;
};

// The edges into one consumer.
class InEdgeIterator
    : public boost::iterator_facade<InEdgeIterator, TaskEdge, boost::random_access_traversal_tag, TaskEdge> {
 public:
  InEdgeIterator() = default;
  InEdgeIterator(TaskId consumer, const ProducerEdge* edge) : consumer_(consumer), edge_(edge) {}

 private:
  friend class boost::iterator_core_access;
  [[nodiscard]] TaskEdge dereference() const { return {edge_->producer, consumer_}; }
  [[nodiscard]] bool equal(const InEdgeIterator& other) const { return edge_ == other.edge_; }
  void increment() { ++edge_; }
  void decrement() { --edge_; }
  void advance(std::ptrdiff_t n) { edge_ += n; }
  [[nodiscard]] std::ptrdiff_t distance_to(const InEdgeIterator& other) const { return other.edge_ - edge_; }

  TaskId consumer_ = kNoTask;
  const ProducerEdge* edge_ = nullptr;
};

// All edges, by (consumer, producer).
class EdgeIterator : public boost::iterator_facade<EdgeIterator, TaskEdge, boost::forward_traversal_tag, TaskEdge> {
 public:
  EdgeIterator() = default;
  EdgeIterator(const TaskGraph& graph, std::uint64_t index) : graph_(&graph), index_(index) { FindConsumer(); }

 private:
  friend class boost::iterator_core_access;
  [[nodiscard]] TaskEdge dereference() const {
    return {graph_->Producers(consumer_)[index_ - graph_->FirstEdge(consumer_)].producer, consumer_};
  }
  [[nodiscard]] bool equal(const EdgeIterator& other) const { return index_ == other.index_; }
  void increment() {
    ++index_;
    FindConsumer();
  }
  void FindConsumer() {
    while (index_ < graph_->edge_count() &&
           index_ - graph_->FirstEdge(consumer_) == graph_->Producers(consumer_).size()) {
      ++consumer_;
    }
  }

  const TaskGraph* graph_ = nullptr;
  std::uint64_t index_ = 0;
  TaskId consumer_ = 0;
};

using TaskIterator = boost::counting_iterator<TaskId>;

inline std::pair<TaskIterator, TaskIterator> vertices(const TaskGraph& graph) {
  return {TaskIterator(0), TaskIterator(graph.size())};
}
inline std::uint32_t num_vertices(const TaskGraph& graph) { return graph.size(); }
inline std::uint64_t num_edges(const TaskGraph& graph) { return graph.edge_count(); }
inline TaskId source(const TaskEdge& edge, const TaskGraph&) { return edge.producer; }
inline TaskId target(const TaskEdge& edge, const TaskGraph&) { return edge.consumer; }

inline std::pair<OutEdgeIterator, OutEdgeIterator> out_edges(TaskId task, const TaskGraph& graph) {
  const auto consumers = graph.Consumers(task);
  return {{task, consumers.data()}, {task, consumers.data() + consumers.size()}};
}
inline std::uint64_t out_degree(TaskId task, const TaskGraph& graph) { return graph.Consumers(task).size(); }

inline std::pair<InEdgeIterator, InEdgeIterator> in_edges(TaskId task, const TaskGraph& graph) {
  const auto producers = graph.Producers(task);
  return {{task, producers.data()}, {task, producers.data() + producers.size()}};
}
inline std::uint64_t in_degree(TaskId task, const TaskGraph& graph) { return graph.Producers(task).size(); }
inline std::uint64_t degree(TaskId task, const TaskGraph& graph) {
  return in_degree(task, graph) + out_degree(task, graph);
}

inline std::pair<EdgeIterator, EdgeIterator> edges(const TaskGraph& graph) {
  return {{graph, 0}, {graph, graph.edge_count()}};
}

inline std::pair<const TaskId*, const TaskId*> adjacent_vertices(TaskId task, const TaskGraph& graph) {
  const auto consumers = graph.Consumers(task);
  return {consumers.data(), consumers.data() + consumers.size()};
}

// REQUIRES: the edge exists.
inline std::uint64_t EdgeIndex(const TaskGraph& graph, const TaskEdge& edge) {
  const auto producers = graph.Producers(edge.consumer);
  const auto at = std::ranges::lower_bound(producers, edge.producer, {}, &ProducerEdge::producer);
  return graph.FirstEdge(edge.consumer) + static_cast<std::uint64_t>(at - producers.begin());
}

inline boost::typed_identity_property_map<TaskId> get(boost::vertex_index_t, const TaskGraph&) { return {}; }
inline TaskId get(boost::vertex_index_t, const TaskGraph&, TaskId task) { return task; }

}  // namespace npusched

namespace boost {

template <>
struct graph_traits<npusched::TaskGraph> {
  using vertex_descriptor = npusched::TaskId;
  using edge_descriptor = npusched::TaskEdge;
  using directed_category = bidirectional_tag;
  using edge_parallel_category = disallow_parallel_edge_tag;
  // NOLINTNEXTLINE(readability-identifier-naming): Boost's name
  struct traversal_category : vertex_list_graph_tag,
                              edge_list_graph_tag,
                              bidirectional_graph_tag,
                              adjacency_graph_tag {};
  using vertex_iterator = npusched::TaskIterator;
  using vertices_size_type = std::uint32_t;
  using out_edge_iterator = npusched::OutEdgeIterator;
  using in_edge_iterator = npusched::InEdgeIterator;
  using edge_iterator = npusched::EdgeIterator;
  using edges_size_type = std::uint64_t;
  using degree_size_type = std::uint64_t;
  using adjacency_iterator = const npusched::TaskId*;

  static vertex_descriptor null_vertex() { return npusched::kNoTask; }
};

template <>
struct property_map<npusched::TaskGraph, vertex_index_t> {
  using type = typed_identity_property_map<npusched::TaskId>;
  using const_type = type;
};

}  // namespace boost
