// The fewest dependencies: which ones a set of races needs, and which ones of a graph nobody needs.
//
//   std::vector<TaskPair> deps = MinimalFence(program, graph, racing_pairs);
//   RedundantEdges extra = FindRedundantEdges(program, graph);
//
// Both are transitive reductions. In a graph without cycles that is one set and no other: it orders all that
// was asked and nothing else, and no dep of it follows from the rest.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "graphs/ancestors.h"
#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

// Those of `pairs` (each an earlier and a later task) that do not follow from the graph and the others,
// ascending.
std::vector<TaskPair> MinimalFence(const Program& program, const TaskGraph& graph, std::vector<TaskPair> pairs);

// Edges of one kernel pair and the same reasons.
struct RedundantGroup {
  std::string producer;
  std::string consumer;
  std::uint8_t sources = 0;  // kFromExplicit | kFromTensormap
  std::uint64_t edges = 0;
  TaskPair example;
};

struct RedundantEdges {
  std::vector<RedundantGroup> groups;  // by their example
  std::uint64_t explicit_edges = 0;    // implied by other edges
  std::uint64_t inferred_edges = 0;
  std::uint64_t doubled = 0;  // explicit deps on a task that inference finds anyway; not among those above
};

// An edge whose producer owns memory that the consumer touches is never redundant: it keeps that memory.
RedundantEdges FindRedundantEdges(const Program& program, const TaskGraph& graph);

}  // namespace npusched
