#include "graphs/export.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "graphs/critical_path.h"
#include "graphs/cycle.h"
#include "graphs/trace_names.h"

namespace npusched {
namespace {

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string ExportGraph(const Program& program, const Inference& inference, GraphFormat format) {
  switch (format) {
    case GraphFormat::kJson:
      return ExportJson(program, inference);
    case GraphFormat::kDot:
      return ExportDot(program, inference.graph);
    case GraphFormat::kGraphml:
      return ExportGraphml(program, inference.graph);
    case GraphFormat::kDeps:
      break;
  }
  return ExportDeps(program, inference.rows);
}

std::string ExportJson(const Program& program, const Inference& inference) {
  const TaskGraph& graph = inference.graph;
  const EdgeCounts counts = CountEdges(program, graph);
  fmt::memory_buffer text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "{{\"schema\":\"npusched.graph/1\",\"name\":{},\n", Quoted(program.name));
  fmt::format_to(out, "\"edge_counts\":{{\"unique_pairs\":{},\"creator\":{},\"tensormap\":{},\"explicit\":{}}},\n",
                 counts.unique_pairs, counts.creator, counts.tensormap, counts.explicit_deps);
  fmt::format_to(out, "\"longest_chain_tasks\":{},\n\"tasks\":[", LongestChain(program, graph));
  for (TaskId id = 0; id < program.tasks.size(); ++id) {
    const Task& task = program.tasks[id];
    const SubmitCounts& submit = inference.counts[id];
    fmt::format_to(out, "{}{{\"id\":{},\"name\":{},\"core\":\"{}\",\"block_num\":{},\"scope\":\"{}\",\"ring\":{},",
                   id == 0 ? "" : ",\n", id, Quoted(program.KernelName(id)),
                   kCoreNames[static_cast<std::size_t>(task.core)], task.block_num,
                   kScopeNames[task.manual_scope ? 1 : 0], task.ring);
    fmt::format_to(out, "\"lookups\":{},\"entries_walked\":{},\"inserts\":{},\"removals\":{}}}", submit.lookups,
                   submit.entries_walked, submit.inserts, submit.removals);
  }
  fmt::format_to(out, "],\n\"edges\":[");
  const char* separator = "";
  for (TaskId consumer = 0; consumer < graph.size(); ++consumer) {
    for (const ProducerEdge& edge : graph.Producers(consumer)) {
      fmt::format_to(out, "{}{{\"producer\":{},\"consumer\":{},\"reasons\":\"{}\",\"flags\":\"{}\"}}", separator,
                     edge.producer, consumer, SourceNames(edge.sources),
                     (edge.flags & kRetain) != 0 ? "wait+retain" : "wait");
      separator = ",\n";
    }
  }
  fmt::format_to(out, "]}}\n");
  return fmt::to_string(text);
}

}  // namespace npusched
