// Finds and words the cycle of a program whose explicit dependencies run backwards.
//
// Inferred edges always run from earlier to later tasks; only an explicit dependency can name a
// later one. Inference sets those aside as back edges and comes here for the message:
//
//   a cycle of 2 tasks: 3 'rope' -> 5 'qk' (tensormap) -> 3 'rope' (explicit)
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

// An explicit dependency on the task itself or on a later one: `producer` >= `consumer`.
struct BackEdge {
  TaskId producer = kNoTask;
  TaskId consumer = kNoTask;
  std::uint32_t dep = 0;  // position among the explicit dependencies of the consumer

  friend bool operator==(const BackEdge&, const BackEdge&) = default;
};

// The tasks of a shortest cycle in the order of its edges, from its lowest id; empty when there is
// none. Ties take the lower ids. The search is bounded: in a huge graph with very many back edges
// it returns the shortest cycle found by then.
std::vector<TaskId> ShortestCycle(const TaskGraph& graph, std::span<const BackEdge> back_edges);

// The error for a program with back edges. REQUIRES: back_edges is not empty.
Error BackEdgeError(const Program& program, const TaskGraph& graph, std::span<const BackEdge> back_edges);

// "explicit", "creator+tensormap", ...
std::string SourceNames(std::uint8_t sources);

}  // namespace npusched
