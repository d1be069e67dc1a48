// Counts and paths of a frozen graph.
//
//   EdgeCounts edges = CountEdges(program, graph);
//   CriticalPath path = FindCriticalPath(graph, durations);   // length, and the tasks on it
#pragma once

#include <span>
#include <vector>

#include "base/time.h"
#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

// Unique producer-consumer pairs by reason; a pair with several reasons counts under each.
// Pairs that an alloc produces or consumes count under `creator` and `all_pairs` alone.
struct EdgeCounts {
  std::uint64_t unique_pairs = 0;  // at least one inferred or explicit reason; dummies count, allocs do not
  std::uint64_t creator = 0;
  std::uint64_t tensormap = 0;
  std::uint64_t explicit_deps = 0;
  std::uint64_t all_pairs = 0;  // every edge of the graph
};
EdgeCounts CountEdges(const Program& program, const TaskGraph& graph);

// Tasks on the longest chain over the pairs that `unique_pairs` counts. Tasks that reach no core
// (dummies, predicated away) count 0 but join what is before and after them.
std::uint32_t LongestChain(const Program& program, const TaskGraph& graph);

struct CriticalPath {
  Picoseconds length = 0;
  std::vector<TaskId> tasks;  // in execution order
};
// Longest path by the durations of the tasks (by task id), over all edges; ties take the lower id.
// Negative durations (none given) count 0. REQUIRES: durations.size() == graph.size().
CriticalPath FindCriticalPath(const TaskGraph& graph, std::span<const Picoseconds> durations);

}  // namespace npusched
