// What report.html shows of one run, taken while the run is at hand and small enough to keep until all are done.
//
//   const HtmlRun run = TakeHtmlRun("silu_manual", input, trace, attribution);
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "reports/attribution.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

struct HtmlRun {
  std::string label;
  nlohmann::ordered_json meta;  // machine, kernels, and the columns by name
  std::string columns;          // ColumnPack::Base64
};

// docs/formats/report.md describes the columns.
HtmlRun TakeHtmlRun(std::string label, const RunInput& input, const RunTrace& trace, const Attribution& attribution);

}  // namespace npusched
