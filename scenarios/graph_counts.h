// What `npusched graph` says of a case before anything runs: tasks, edges, the longest chain.
//
//   GraphCounts counts = CountGraph(program, inference);
//   fmt::print("{}", GraphCountsText(counts));
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "graphs/critical_path.h"
#include "graphs/inference.h"
#include "graphs/program.h"
#include "reports/summary.h"

namespace npusched {

struct GraphCounts {
  TaskCounts tasks;
  std::vector<std::pair<std::string, std::uint64_t>> by_kernel;  // that reach a core, in order of first use
  EdgeCounts edges;
  std::uint64_t edge_total = 0;  // unique pairs of any reason, allocs included
  std::uint32_t longest_chain = 0;
};

GraphCounts CountGraph(const Program& program, const Inference& inference);

std::string GraphCountsText(const GraphCounts& counts);
// The fields of summary.json that need no run.
nlohmann::ordered_json GraphCountsJson(const GraphCounts& counts);

}  // namespace npusched
