// Arrows between rows, for the traces: which end made which start possible.
//
//   for (const Flow& flow : ChainFlows(attribution)) Arrow(flow.from_row, flow.to_row);
#pragma once

#include <vector>

#include "reports/attribution.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

struct Flow {
  std::uint32_t from_row = kNoId;  // position in RunTrace::rows; kNoId: from a submit
  TaskId from_submit = kNoTask;    // then this task's
  std::uint32_t to_row = kNoId;
};

// The chain that the attribution walked, latest first: its kernels, and the submit that the first of them waited for.
std::vector<Flow> ChainFlows(const Attribution& attribution);

// Every edge between tasks that have rows, by consumer, then producer: from the producer's last row to the consumer's
// first.
std::vector<Flow> EdgeFlows(const RunInput& input, const RunTrace& trace);

enum class FlowChoice : std::uint8_t { kChain, kAll };
std::vector<Flow> ChooseFlows(FlowChoice choice, const RunInput& input, const RunTrace& trace,
                              const Attribution& attribution);

}  // namespace npusched
