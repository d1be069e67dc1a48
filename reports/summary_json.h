// summary.json and summary.csv: the figures for scripts. docs/formats/summary.md describes every field.
//
// The same summaries give the same bytes: keys keep their order, times are the doubles nearest to their exact
// decimal number of microseconds.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "reports/summary.h"

namespace npusched {

// One element of "variants". A dotted metric such as "kernels.silu.distinct_cores" is a path into it.
nlohmann::ordered_json VariantJson(const VariantSummary& variant);

// The keys of a sweep's point with their values.
nlohmann::ordered_json PointJson(const std::vector<PointValue>& point);

// The whole file, indented, with a final newline.
std::string SummaryJson(const ScenarioSummary& summary);

// One line per variant and point; the columns of a point are its keys, blank where a variant has none.
std::string SummaryCsv(const ScenarioSummary& summary);

}  // namespace npusched
