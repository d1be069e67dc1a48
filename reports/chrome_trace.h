// The Chrome trace of a run, for Perfetto (ui.perfetto.dev) or chrome://tracing. docs/formats/chrome_trace.md
// describes lanes, slices, counters and flows.
//
// Lanes: Orchestrator (one slice per submit), Scheduler 0.. (complete, dummy, dispatch), AIC_0.., AIV_0.. (one slice
// per row, with all its times and why it waited). Counters: running cores and ready tasks by type. Flow arrows: the
// chain that the attribution walked, or every edge.
#pragma once

#include <string>

#include "reports/attribution.h"
#include "reports/flows.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

// Appends one JSON object. Times are microseconds with up to six decimals, so no picosecond is lost.
void AppendChromeTrace(const RunInput& input, const RunTrace& trace, const Attribution& attribution, std::string& out,
                       FlowChoice flows = FlowChoice::kChain);

}  // namespace npusched
