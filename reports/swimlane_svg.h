// A still picture of one or several runs: lanes over one shared time axis, so that two variants can be compared at
// a glance, on a page, in a mail, in a README.
//
// Stands beside the trace (reports/chrome_trace.h), which is for looking closely. One panel per variant, below each
// other, with the same lanes: Orchestrator (a bar per submit), Scheduler n, AIC n, AIV n; a lane that has work in no
// panel is left out. Bars are coloured and hatched by kernel, the busiest kernels first; a thin line follows the
// chain of the attribution, a dashed one marks the end. Plain SVG: no script, no font of its own.
//
//   const std::vector<SwimlanePanel> panels = {{"inferred", input, trace}, {"silu_manual", input2, trace2}};
//   WriteFileAtomically("silu_fanout.svg", SwimlaneSvg(scenario.question, panels, {.highlight = "silu"}));
#pragma once

#include <span>
#include <string>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

// What it refers to outlives the call.
struct SwimlanePanel {
  std::string name;
  const RunInput& input;
  const RunTrace& trace;
};

struct SwimlaneOptions {
  std::string highlight;  // a kernel: its bars in colour and its lanes tall, everything else grey and thin; empty: all
  Picoseconds from = 0;   // the part of the time axis that is shown, in the times of the trace
  Picoseconds to = 0;     // not above `from`: everything
};

// Bars narrower than half a pixel are merged with such neighbours: those of the same kernel while the gap is as
// narrow, others until half a pixel is full (in the colour of the longest, the highlighted kernel first). So the size
// depends on the width of the picture, not on the tasks. Same runs, same bytes.
std::string SwimlaneSvg(const std::string& title, std::span<const SwimlanePanel> panels,
                        const SwimlaneOptions& options);

}  // namespace npusched
