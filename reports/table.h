// The comparison table for the terminal: one line per variant (and point of a sweep), then, when the variants use
// cores differently, one line per kernel that changed. docs/reading_results.md teaches reading it.
//
//   silu_fanout (native)
//   variant      makespan us  speed-up  bound by                      tasks  pairs  chain  AIC %  AIV %  overhead %
//   inferred         1240.52     1.00x  critical_path 1101.2 us 89 %    588   1739    101   71.0   32.8        20.1
//   silu_manual      1190.11     1.04x  aic_work 1003.9 us 84 %         588   3052     83   74.0   34.2        12.7
//
//   cores used / most at once
//   kernel  inferred  silu_manual
//   silu       1 / 1      14 / 14
#pragma once

#include <cstdint>
#include <string>

#include "reports/summary.h"

namespace npusched {

struct TableOptions {
  bool color = false;  // standard output is a terminal and NO_COLOR is unset
};

// Speed-ups are against the first variant at the same point; of a single variant, against its first point.
// Variants too many to name in the second table are numbered. Ends with a newline.
std::string ComparisonTable(const ScenarioSummary& summary, const TableOptions& options);

}  // namespace npusched
