// What `npusched verify` found, as text for a terminal and as verify.json.
//
//   fmt::print("{}", VerificationText(verification));
//   WriteFile(VerificationJson("silu_fanout", {verification}));
//
// docs/numerics.md explains the words, docs/formats/verify.md the fields.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graphs/races.h"
#include "numeric/compare.h"
#include "numeric/options.h"
#include "reports/summary.h"

namespace npusched {

// One variant at one point.
struct CaseVerification {
  std::string variant;
  std::vector<PointValue> point;
  std::string label;
  RaceReport races;
  NumericOptions options;
  std::optional<NumericOutcome> numbers;  // none: not_compared says why
  std::string not_compared;

  [[nodiscard]] bool passed() const { return !races.certain() && (!numbers || numbers->passed()); }
};

// Races, then a line for each compared tensor, then its first mismatches where it fails.
std::string VerificationText(const CaseVerification& verification);

// The whole file, indented, with a final newline. The same results give the same bytes.
std::string VerificationJson(const std::string& scenario, const std::vector<CaseVerification>& cases);

}  // namespace npusched
