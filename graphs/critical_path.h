// Counts and paths of a frozen graph.
#pragma once

#include <span>
#include <vector>

#include "base/time.h"
#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

// Unique producer-consumer pairs by reason. `unique_pairs`: pairs of tasks joined by at least one
// inferred or explicit edge (creator-only pairs apart), both tasks other than allocs.
struct EdgeCounts {
  std::uint64_t unique_pairs = 0;
  std::uint64_t creator = 0;
  std::uint64_t tensormap = 0;
  std::uint64_t explicit_deps = 0;
};
EdgeCounts CountEdges(const Program& program, const TaskGraph& graph);

// Tasks on the longest chain over those pairs; dummies count 0.
std::uint32_t LongestChain(const Program& program, const TaskGraph& graph);

struct CriticalPath {
  Picoseconds length = 0;
  std::vector<TaskId> tasks;  // in execution order
};
// Longest path by the durations of the tasks (by task id); ties take the lower id.
CriticalPath FindCriticalPath(const TaskGraph& graph, std::span<const Picoseconds> durations);

}  // namespace npusched
