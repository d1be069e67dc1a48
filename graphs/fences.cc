#include "graphs/fences.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace npusched {
namespace {

// Whether the consumer touches memory that belongs to the producer: an edge between them may hold it.
bool OwnsMemoryOf(const Program& program, const TaskPair& pair) {
  const std::span<const Arg> args = program.Args(pair.consumer);
  return std::any_of(args.begin(), args.end(),
                     [&](const Arg& arg) { return program.buffers[arg.buffer].creator == pair.producer; });
}

const ProducerEdge& EdgeOf(const TaskGraph& graph, const TaskPair& pair) {
  return *std::ranges::lower_bound(graph.Producers(pair.consumer), pair.producer, {}, &ProducerEdge::producer);
}

}  // namespace

std::vector<TaskPair> MinimalFence(const Program& program, const TaskGraph& graph, std::vector<TaskPair> pairs) {
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  std::vector<TaskId> producers;
  producers.reserve(pairs.size());
  for (const TaskPair& pair : pairs) producers.push_back(pair.producer);
  std::sort(producers.begin(), producers.end());
  producers.erase(std::unique(producers.begin(), producers.end()), producers.end());

  std::vector<TaskPair> needed;
  AncestorSweep sweep(program, graph, std::move(producers), pairs);
  sweep.Run(
      [&](const TaskPair& pair, bool is_extra, bool implied) {
        if (is_extra && !implied) needed.push_back(pair);
      },
      [](const AncestorSweep::Row&) {});
  std::sort(needed.begin(), needed.end());
  return needed;
}

RedundantEdges FindRedundantEdges(const Program& program, const TaskGraph& graph) {
  RedundantEdges found;
  std::map<std::tuple<std::string, std::string, std::uint8_t>, RedundantGroup> groups;
  std::vector<TaskId> all(graph.size());
  std::iota(all.begin(), all.end(), 0);
  AncestorSweep sweep(program, graph, std::move(all));
  const auto on_edge = [&](const TaskPair& pair, bool, bool implied) {
    const std::uint8_t sources = EdgeOf(graph, pair).sources;
    if (!implied) {
      found.doubled += (sources & kFromExplicit) != 0 && (sources & kFromTensormap) != 0 ? 1 : 0;
      return;
    }
    if ((sources & kFromCreator) != 0 || OwnsMemoryOf(program, pair)) return;
    ++((sources & kFromExplicit) != 0 ? found.explicit_edges : found.inferred_edges);
    RedundantGroup& group = groups[{program.KernelName(pair.producer), program.KernelName(pair.consumer), sources}];
    if (group.edges++ == 0 || pair < group.example) group.example = pair;
  };
  sweep.Run(on_edge, [](const AncestorSweep::Row&) {});
  for (auto& [key, group] : groups) {
    std::tie(group.producer, group.consumer, group.sources) = key;
    found.groups.push_back(std::move(group));
  }
  std::sort(found.groups.begin(), found.groups.end(), [](const RedundantGroup& a, const RedundantGroup& b) {
    return a.example != b.example ? a.example < b.example : a.sources < b.sources;
  });
  return found;
}

}  // namespace npusched
