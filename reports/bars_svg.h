// Two bars for each variant, as a still picture: what holds its makespan where it is, and where its time went.
//
// Stands beside the swimlane (reports/swimlane_svg.h), which shows the same runs task by task; report.html has both,
// to be used. Above, each bound as a bar under the makespan, on one scale for all variants, the binding one hatched and
// named; below, the makespan cut into the causes of its attribution. Plain SVG: no script, no font of its own,
// readable without colour, for each part is hatched and stands in the legend in its order.
//
//   WriteFileAtomically("silu_fanout.bars.svg", BarsSvg(scenario.question, summary));
#pragma once

#include <string>

#include "reports/summary.h"

namespace npusched {

// Variants that ended in a deadlock have a line of text instead. Same summary, same bytes.
std::string BarsSvg(const std::string& title, const ScenarioSummary& summary);

}  // namespace npusched
