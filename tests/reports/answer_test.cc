#include "reports/answer.h"

#include <gtest/gtest.h>

namespace npusched {
namespace {

VariantSummary Variant(const std::string& name, double makespan_us, Bound bound, double bound_us) {
  VariantSummary variant;
  variant.name = name;
  variant.makespan = FromUs(makespan_us);
  variant.bounds[bound] = FromUs(bound_us);
  return variant;
}

KernelSummary Silu(std::uint32_t cores, std::uint32_t at_once) {
  return {.name = "silu", .count = 68, .distinct_cores = cores, .peak_concurrency = at_once};
}

TEST(Answer, OfOneVariantNamesItsBound) {
  EXPECT_EQ(Answer({.scenario = "s", .variants = {Variant("base", 200, Bound::kAicWork, 150)}}),
            "base takes 200.0 µs, bound by AIC work (75 %).");
}

TEST(Answer, OfTwoNamesTheFasterWhatMovedAndWhatBinds) {
  VariantSummary base = Variant("inferred", 1780.5, Bound::kCriticalPath, 1034.4);
  VariantSummary other = Variant("silu_manual", 1511.3, Bound::kOrchestrator, 1042.8);
  base.kernels = {Silu(1, 1)};
  other.kernels = {Silu(12, 7)};
  EXPECT_EQ(
      Answer({.scenario = "s", .variants = {base, other}}),
      "silu_manual is 1.18x as fast as inferred (1511.3 µs instead of 1780.5 µs): silu runs on 12 cores instead of "
      "1, and it is bound by the orchestrator (69 %) instead of the critical path.");
}

TEST(Answer, AKernelThatOnlyChangedItsCountDidNotMove) {
  VariantSummary base = Variant("a", 20, Bound::kAicWork, 10);
  VariantSummary other = Variant("b", 10, Bound::kAicWork, 9);
  base.kernels = {Silu(1, 1)};
  other.kernels = {Silu(12, 7)};
  other.kernels[0].count = 8;
  EXPECT_EQ(Answer({.scenario = "s", .variants = {base, other}}),
            "b is 2.00x as fast as a (10.0 µs instead of 20.0 µs): it is still bound by AIC work (90 %).");
}

TEST(Answer, SaysWhenTheBaseStaysFastest) {
  EXPECT_EQ(Answer({.scenario = "s",
                    .variants = {Variant("a", 10, Bound::kAicWork, 9), Variant("b", 30, Bound::kAicWork, 9),
                                 Variant("c", 20, Bound::kAicWork, 9)}}),
            "Nothing here beats a (10.0 µs): c comes nearest with 20.0 µs; a is bound by AIC work (90 %).");
}

TEST(Answer, ADifferenceBelowAThousandthIsNone) {
  const auto answer = [](double second) {
    return Answer({.scenario = "s",
                   .variants = {Variant("a", 1000, Bound::kAicWork, 9), Variant("b", second, Bound::kAicWork, 9)}});
  };
  EXPECT_EQ(answer(999.5),
            "It makes no difference: b is as fast as a (999.5 µs instead of 1000.0 µs), both bound by AIC work.");
  EXPECT_EQ(answer(998),
            "b is 1.00x as fast as a (998.0 µs instead of 1000.0 µs): it is still bound by AIC work (1 %).");
}

TEST(Answer, PointsOfASweepAreNamedByTheirValues) {
  VariantSummary small = Variant("base", 20, Bound::kOrchestrator, 19);
  VariantSummary large = Variant("base", 10, Bound::kAicWork, 9);
  small.point = {{"program.vocab_chunk", "64"}};
  large.point = {{"program.vocab_chunk", "512"}};
  EXPECT_EQ(
      Answer({.scenario = "s", .variants = {small, large}}),
      "base at vocab_chunk 512 is 2.00x as fast as base at vocab_chunk 64 (10.0 µs instead of 20.0 µs): it is bound by "
      "AIC work (90 %) instead of the orchestrator.");
}

TEST(Answer, CountsVariantsThatDidNotEnd) {
  VariantSummary stuck = Variant("b", 0, Bound::kAicWork, 0);
  stuck.status = "deadlock";
  EXPECT_EQ(Answer({.scenario = "s", .variants = {Variant("a", 10, Bound::kAicWork, 9), stuck}}),
            "a takes 10.0 µs, bound by AIC work (90 %). 1 of 2 did not run to an end.");
  EXPECT_EQ(Answer(ScenarioSummary{}), "");
}

}  // namespace
}  // namespace npusched
