#include "graphs/critical_path.h"

#include <algorithm>
#include <cstddef>

#include "base/check.h"

namespace npusched {
namespace {

bool Counts(const Program& program, const ProducerEdge& edge, TaskId consumer) {
  return (edge.sources & (kFromExplicit | kFromTensormap)) != 0 &&
         program.tasks[edge.producer].core != CoreShape::kAlloc && program.tasks[consumer].core != CoreShape::kAlloc;
}

}  // namespace

EdgeCounts CountEdges(const Program& program, const TaskGraph& graph) {
  EdgeCounts counts{.all_pairs = graph.edge_count()};
  for (TaskId consumer = 0; consumer < graph.size(); ++consumer) {
    for (const ProducerEdge& edge : graph.Producers(consumer)) {
      const bool counted = Counts(program, edge, consumer);
      counts.unique_pairs += counted ? 1 : 0;
      counts.creator += (edge.sources & kFromCreator) != 0 ? 1 : 0;
      counts.tensormap += counted && (edge.sources & kFromTensormap) != 0 ? 1 : 0;
      counts.explicit_deps += counted && (edge.sources & kFromExplicit) != 0 ? 1 : 0;
    }
  }
  return counts;
}

// Ids are a topological order, so one pass over them replaces a depth-first sort; a test holds both
// passes against Boost's.
std::uint32_t LongestChain(const Program& program, const TaskGraph& graph) {
  std::vector<std::uint32_t> chain(graph.size(), 0);
  std::uint32_t longest = 0;
  for (TaskId consumer = 0; consumer < graph.size(); ++consumer) {
    for (const ProducerEdge& edge : graph.Producers(consumer)) {
      if (Counts(program, edge, consumer)) {
        chain[consumer] = std::max(chain[consumer], chain[edge.producer]);
      }
    }
    chain[consumer] += program.ReachesCore(consumer) ? 1 : 0;
    longest = std::max(longest, chain[consumer]);
  }
  return longest;
}

CriticalPath FindCriticalPath(const TaskGraph& graph, std::span<const Picoseconds> durations) {
  NPU_CHECK(durations.size() == graph.size());
  CriticalPath path;
  std::vector<Picoseconds> finish(graph.size(), 0);
  std::vector<TaskId> before(graph.size(), kNoTask);
  TaskId last = kNoTask;
  for (TaskId task = 0; task < graph.size(); ++task) {
    for (const ProducerEdge& edge : graph.Producers(task)) {
      if (before[task] == kNoTask || finish[edge.producer] > finish[task]) {
        finish[task] = finish[edge.producer];
        before[task] = edge.producer;
      }
    }
    finish[task] += std::max<Picoseconds>(durations[task], 0);
    if (last == kNoTask || finish[task] > finish[last]) {
      last = task;
    }
  }
  for (TaskId task = last; task != kNoTask; task = before[task]) {
    path.tasks.push_back(task);
  }
  std::ranges::reverse(path.tasks);
  path.length = last == kNoTask ? 0 : finish[last];
  return path;
}

}  // namespace npusched
