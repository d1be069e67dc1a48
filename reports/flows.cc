#include "reports/flows.h"

#include <tuple>

namespace npusched {

std::vector<Flow> ChainFlows(const Attribution& attribution) {
  std::vector<Flow> flows;
  std::uint32_t next = kNoId;  // the chain's next row in time
  for (const Segment& segment : attribution.segments) {
    if (segment.cause == Cause::kKernel) {
      if (next != kNoId) flows.push_back({.from_row = segment.row, .from_submit = kNoTask, .to_row = next});
      next = segment.row;
    } else if (segment.cause == Cause::kOrchestrator && next != kNoId) {
      flows.push_back({.from_row = kNoId, .from_submit = segment.task, .to_row = next});
      break;  // all before is the orchestrator's too
    }
  }
  return flows;
}

std::vector<Flow> EdgeFlows(const RunInput& input, const RunTrace& trace) {
  std::vector<std::uint32_t> first(trace.tasks.size(), kNoId);
  std::vector<std::uint32_t> last(trace.tasks.size(), kNoId);
  for (std::uint32_t i = 0; i < trace.rows.size(); ++i) {
    const DispatchRow& row = trace.rows[i];
    const auto start = [&](std::uint32_t r) { return std::tuple(trace.rows[r].start, r); };
    const auto end = [&](std::uint32_t r) { return std::tuple(trace.rows[r].end, r); };
    if (first[row.task] == kNoId || start(i) < start(first[row.task])) first[row.task] = i;
    if (last[row.task] == kNoId || end(i) > end(last[row.task])) last[row.task] = i;
  }
  std::vector<Flow> flows;
  for (TaskId t = 0; t < trace.tasks.size(); ++t) {
    if (first[t] == kNoId) continue;
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      if (last[edge.producer] == kNoId) continue;
      flows.push_back({.from_row = last[edge.producer], .from_submit = kNoTask, .to_row = first[t]});
    }
  }
  return flows;
}

std::vector<Flow> ChooseFlows(FlowChoice choice, const RunInput& input, const RunTrace& trace,
                              const Attribution& attribution) {
  return choice == FlowChoice::kAll ? EdgeFlows(input, trace) : ChainFlows(attribution);
}

}  // namespace npusched
