// Two results side by side, differences first: what changed between two summary.json files.
//
//   const Comparison comparison = CompareSummaries(before, after);
//   fmt::print("{}", ComparisonText(comparison, {.before = "a/summary.json", .after = "b/summary.json"}));
//
// Variants match by name and point. Of each pair every number and word of the summary is compared, whatever keys it
// has; wall times are left out, they differ from run to run.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace npusched {

struct Difference {
  std::string key;                // dotted path into the variant: "bounds_us.orchestrator"
  nlohmann::ordered_json before;  // null: not there
  nlohmann::ordered_json after;

  // After over before, less one; 0 when one of them is no number or `before` is 0.
  [[nodiscard]] double Change() const;
};

struct VariantComparison {
  std::string name;  // with its point: "a at vocab_chunk 64"
  double makespan_before_us = 0;
  double makespan_after_us = 0;
  std::vector<Difference>
      differences;       // of the variant first, then by kernel, the one whose busy time changed most first
  std::size_t same = 0;  // keys with the same value
};

struct Comparison {
  std::vector<VariantComparison> variants;  // in both, in the order of the first
  std::vector<std::string> only_before;
  std::vector<std::string> only_after;

  [[nodiscard]] bool Same() const;
};

// Errors: no summary.json of this tool. `where` names the files.
Result<Comparison> CompareSummaries(const nlohmann::ordered_json& before, const std::string& before_file,
                                    const nlohmann::ordered_json& after, const std::string& after_file);

struct ComparisonNames {
  std::string before;
  std::string after;
};
std::string ComparisonText(const Comparison& comparison, const ComparisonNames& names);
// One page without script and network.
std::string ComparisonHtml(const Comparison& comparison, const ComparisonNames& names);

}  // namespace npusched
