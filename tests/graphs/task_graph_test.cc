#include "graphs/task_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/concept_check.hpp>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dag_shortest_paths.hpp>
#include <boost/graph/graph_concepts.hpp>
#include <boost/graph/topological_sort.hpp>
#include <boost/graph/transitive_reduction.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <random>
#include <vector>

#include "graphs/boost_adapter.h"
#include "graphs/critical_path.h"
#include "tests/graphs/tiny_program.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

BOOST_CONCEPT_ASSERT((boost::VertexListGraphConcept<TaskGraph>));
BOOST_CONCEPT_ASSERT((boost::BidirectionalGraphConcept<TaskGraph>));
BOOST_CONCEPT_ASSERT((boost::EdgeListGraphConcept<TaskGraph>));
BOOST_CONCEPT_ASSERT((boost::AdjacencyGraphConcept<TaskGraph>));

//   0 -> 1 -> 3,  0 -> 2 -> 3,  0 -> 3,  4 alone
TaskGraph Diamond() {
  const auto edge = [](TaskId producer) { return ProducerEdge{producer, kFromTensormap, kWait}; };
  return TaskGraph({0, 0, 1, 2, 5, 5}, {edge(0), edge(0), edge(0), edge(1), edge(2)});
}

TaskGraph RandomGraph(std::uint32_t tasks, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::uint64_t> first = {0};
  std::vector<ProducerEdge> producers;
  for (TaskId t = 0; t < tasks; ++t) {
    for (TaskId p = 0; p < t; ++p) {
      if (random() % 4 == 0) producers.push_back({p, kFromTensormap, kWait});
    }
    first.push_back(producers.size());
  }
  return {std::move(first), std::move(producers)};
}

TEST(TaskGraph, KnowsBothDirections) {
  const TaskGraph graph = Diamond();
  EXPECT_EQ(graph.size(), 5U);
  EXPECT_EQ(graph.edge_count(), 5U);
  EXPECT_THAT(graph.Consumers(0), ElementsAre(1, 2, 3));
  EXPECT_THAT(graph.Consumers(1), ElementsAre(3));
  EXPECT_THAT(graph.Consumers(4), IsEmpty());
  EXPECT_EQ(graph.Producers(3).size(), 3U);
  EXPECT_EQ(graph.Producers(3)[2].producer, 2U);
  EXPECT_EQ(TaskGraph().size(), 0U);
}

TEST(TaskGraphDeathTest, RefusesAnEdgeThatRunsBackwards) {
  EXPECT_DEATH(TaskGraph({0, 1, 1}, {{1, kFromExplicit, kWait}}), "");
}

TEST(BoostAdapter, EdgesAndTheirIndicesAgree) {
  const TaskGraph graph = Diamond();
  std::uint64_t index = 0;
  const auto [first, last] = edges(graph);
  for (auto edge = first; edge != last; ++edge) {
    EXPECT_EQ(EdgeIndex(graph, *edge), index++);
  }
  EXPECT_EQ(index, num_edges(graph));
  EXPECT_EQ(out_degree(0, graph), 3U);
  EXPECT_EQ(in_degree(3, graph), 3U);
}

TEST(BoostAdapter, IdsAreATopologicalOrderForBoostToo) {
  const TaskGraph graph = RandomGraph(60, 1);
  std::vector<TaskId> order;
  boost::topological_sort(graph, std::back_inserter(order));
  ASSERT_EQ(order.size(), graph.size());
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = order.size() - i;
  for (auto [edge, last] = edges(graph); edge != last; ++edge) {
    EXPECT_LT(place[edge->producer], place[edge->consumer]);
  }
}

TEST(BoostAdapter, TransitiveReductionDropsTheShortcut) {
  const TaskGraph graph = Diamond();
  boost::adjacency_list<> reduced;
  std::vector<boost::adjacency_list<>::vertex_descriptor> to_reduced(graph.size());
  boost::transitive_reduction(graph, reduced, to_reduced.data(), get(boost::vertex_index, graph));
  EXPECT_EQ(boost::num_edges(reduced), 4U);
  EXPECT_FALSE(boost::edge(to_reduced[0], to_reduced[3], reduced).second);
}

// Boost's longest path: shortest over negated weights of the producers, from a source before all.
TEST(CriticalPath, AgreesWithBoost) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const TaskGraph graph = RandomGraph(40, seed);
    std::mt19937 random(seed);
    std::vector<Picoseconds> durations(graph.size());
    for (Picoseconds& duration : durations) duration = static_cast<Picoseconds>(random() % 100);
    Picoseconds longest = 0;
    for (TaskId root = 0; root < graph.size(); ++root) {
      std::vector<Picoseconds> distance(graph.size());
      const auto weight =
          boost::make_function_property_map<TaskEdge>([&](const TaskEdge& edge) { return -durations[edge.producer]; });
      boost::dag_shortest_paths(graph, root, boost::distance_map(distance.data()).weight_map(weight));
      for (TaskId t = 0; t < graph.size(); ++t) {
        if (distance[t] <= 0) longest = std::max(longest, durations[t] - distance[t]);
      }
    }
    EXPECT_EQ(FindCriticalPath(graph, durations).length, longest) << "seed " << seed;
  }
}

}  // namespace
}  // namespace npusched
