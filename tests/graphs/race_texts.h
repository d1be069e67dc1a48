// Race groups in a line each, for tests: "RAW a->b 16 no_dep/none", "WAR b->c 1 never inferred".
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "graphs/races.h"

namespace npusched {

inline std::vector<std::string> GroupTexts(const RaceReport& report) {
  static const std::vector<std::string> kHazardTexts = {"RAW", "WAW", "WAR"};
  static const std::vector<std::string> kOptOutTexts = {"-", "no_dep", "manual_dep", "manual_scope", "tag"};
  static const std::vector<std::string> kReasons = {"", "never inferred", "declared apart", "other base",
                                                    "not in graph"};
  std::vector<std::string> texts;
  for (const RaceGroup& group : report.groups) {
    std::string reason = kReasons[static_cast<std::size_t>(group.reason)];
    if (group.reason == Unordered::kOptedOut) {
      reason = kOptOutTexts[static_cast<std::size_t>(group.example_earlier.opt_out)] + "/" +
               kOptOutTexts[static_cast<std::size_t>(group.example_later.opt_out)];
    }
    texts.push_back(fmt::format("{} {}->{} {} {}{}", kHazardTexts[static_cast<std::size_t>(group.hazard)],
                                group.earlier, group.later, group.pairs, reason, group.assumed ? " assumed" : ""));
  }
  return texts;
}

inline std::vector<std::string> FenceTexts(const RaceReport& report) {
  std::vector<std::string> texts;
  for (const FenceGroup& fence : report.fences) {
    texts.push_back(fmt::format("{} <- {} {}", fence.consumer, fence.producer, fence.deps));
  }
  return texts;
}

}  // namespace npusched
