// The trace of a run in Perfetto's own format: what the Chrome trace holds (reports/chrome_trace.h), in a tenth of the
// size, for large runs. docs/formats/pftrace.md describes it.
//
// Track events with interned names, in packets that are deflated in groups. Same lanes, slices, counters and arrows as
// in the Chrome trace; times are nanoseconds, because the format has no finer ones, and the exact ones are arguments.
#pragma once

#include <string>

#include "reports/attribution.h"
#include "reports/flows.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

// Same inputs, same bytes.
std::string PerfettoTrace(const RunInput& input, const RunTrace& trace, const Attribution& attribution,
                          FlowChoice flows = FlowChoice::kChain);

}  // namespace npusched
