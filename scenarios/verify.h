// Verifies a case: its races, then its numbers, computed in the order of its simulated run and held against
// the reference.
//
//   Result<CaseVerification> result = VerifyCase(*cases->Make(0), {});
//   fmt::print("{}", VerificationText(*result));
#pragma once

#include <atomic>
#include <cstdint>

#include "base/result.h"
#include "reports/verification.h"
#include "scenarios/case.h"

namespace npusched {

// Counts while VerifyCase works; another thread may read.
struct VerifyProgress {
  std::atomic<std::uint64_t> tasks = 0;  // executed
  std::atomic<std::uint64_t> tasks_total = 0;
  std::atomic<std::uint64_t> layers = 0;  // of the reference, the head being one
  std::atomic<std::uint64_t> layers_total = 0;

  // From 0 to 1; executor and reference count for half each.
  [[nodiscard]] double Fraction() const;
};

// Only programs of qwen3_decode in its base shape have numbers; of others the races alone are told. Errors: bad
// input, a run that ends in a deadlock. `progress` may be null.
Result<CaseVerification> VerifyCase(const Case& one, VerifyProgress* progress);

}  // namespace npusched
