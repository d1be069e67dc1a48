#include "scenarios/graph_counts.h"

#include <fmt/format.h>

#include <algorithm>

namespace npusched {
namespace {

void CountTask(const Program& program, TaskId t, TaskCounts* counts) {
  const CoreShape core = program.tasks[t].core;
  if (core == CoreShape::kAlloc) {
    ++counts->allocs;
    return;
  }
  if (!program.ReachesCore(t)) {
    ++counts->dummies;
    return;
  }
  ++counts->total;
  std::uint64_t& of_core = core == CoreShape::kAic ? counts->aic : core == CoreShape::kAiv ? counts->aiv : counts->mix;
  ++of_core;
}

}  // namespace

GraphCounts CountGraph(const Program& program, const Inference& inference) {
  GraphCounts counts;
  std::vector<std::uint64_t> by_kernel(program.kernels.size());
  std::vector<KernelId> order;
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    CountTask(program, t, &counts.tasks);
    if (program.ReachesCore(t) && by_kernel[program.tasks[t].kernel]++ == 0) {
      order.push_back(program.tasks[t].kernel);
    }
  }
  for (const KernelId kernel : order) {
    const std::string& name = program.kernels[kernel].name;
    const auto found =
        std::find_if(counts.by_kernel.begin(), counts.by_kernel.end(), [&](const auto& k) { return k.first == name; });
    if (found == counts.by_kernel.end()) {
      counts.by_kernel.emplace_back(name, by_kernel[kernel]);
    } else {
      found->second += by_kernel[kernel];
    }
  }
  counts.edges = CountEdges(program, inference.graph);
  counts.edge_total = inference.graph.edge_count();
  counts.longest_chain = LongestChain(program, inference.graph);
  return counts;
}

std::string GraphCountsText(const GraphCounts& counts) {
  const TaskCounts& tasks = counts.tasks;
  std::string text = fmt::format("  tasks          {} (AIC {}, AIV {}, MIX {}), allocs {}, dummies {}\n", tasks.total,
                                 tasks.aic, tasks.aiv, tasks.mix, tasks.allocs, tasks.dummies);
  text += fmt::format("  unique pairs   {} (inferred {}, explicit {}); creator pairs {}; all with allocs {}\n",
                      counts.edges.unique_pairs, counts.edges.tensormap, counts.edges.explicit_deps,
                      counts.edges.creator, counts.edge_total);
  text += fmt::format("  longest chain  {} tasks\n", counts.longest_chain);
  std::size_t width = 0;
  for (const auto& [name, count] : counts.by_kernel) {
    width = std::max(width, name.size());
  }
  for (const auto& [name, count] : counts.by_kernel) {
    text += fmt::format("    {:<{}}  {:>8}\n", name, width, count);
  }
  return text;
}

nlohmann::ordered_json GraphCountsJson(const GraphCounts& counts) {
  nlohmann::ordered_json by_kernel = nlohmann::ordered_json::object();
  for (const auto& [name, count] : counts.by_kernel) {
    by_kernel[name] = count;
  }
  const TaskCounts& tasks = counts.tasks;
  return {{"tasks",
           {{"total", tasks.total},
            {"allocs", tasks.allocs},
            {"dummies", tasks.dummies},
            {"by_kernel", by_kernel},
            {"by_core", {{"aic", tasks.aic}, {"aiv", tasks.aiv}, {"mix", tasks.mix}}}}},
          {"edges",
           {{"unique_pairs", counts.edges.unique_pairs},
            {"creator", counts.edges.creator},
            {"tensormap", counts.edges.tensormap},
            {"explicit", counts.edges.explicit_deps}}},
          {"longest_chain_tasks", counts.longest_chain}};
}

}  // namespace npusched
