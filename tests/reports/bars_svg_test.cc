#include "reports/bars_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/svg_fixture.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

VariantSummary Variant(const std::string& name, std::int64_t makespan_us) {
  VariantSummary variant;
  variant.name = name;
  variant.makespan = makespan_us * kPsPerUs;
  variant.bounds[Bound::kAicWork] = 50 * kPsPerUs;
  variant.bounds[Bound::kOrchestrator] = 80 * kPsPerUs;
  variant.attribution[static_cast<std::size_t>(Cause::kKernel)] = (makespan_us - 75) * kPsPerUs;
  variant.attribution[static_cast<std::size_t>(Cause::kOrchestrator)] = 75 * kPsPerUs;
  return variant;
}

ScenarioSummary Two() { return {.scenario = "s", .variants = {Variant("slow", 200), Variant("fast", 100)}}; }

TEST(BarsSvg, IsOneWellFormedPictureWithoutScript) {
  const std::string svg = BarsSvg("Which of <them> & why?", Two());
  EXPECT_TRUE(WellFormed(svg));
  EXPECT_THAT(svg, HasSubstr("<title>Which of &lt;them&gt; &amp; why?</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_EQ(svg, BarsSvg("Which of <them> & why?", Two()));
}

TEST(BarsSvg, AllVariantsShareOneScale) {
  const std::string svg = BarsSvg("?", Two());
  EXPECT_THAT(svg, HasSubstr("<rect class=\"m\" x=\"132.0\" y=\"68\" width=\"560.0\""));  // 200 us
  EXPECT_EQ(Count(svg, "<rect class=\"m\""), 2U);
  EXPECT_EQ(Count(svg, "<rect class=\"f\" x=\"132.0\""), 2U);
  EXPECT_EQ(Count(svg, "width=\"140.0\""), 2U);  // AIC work of both: 50 us
}

TEST(BarsSvg, TheBindingBoundIsNamedWithItsShare) {
  const std::string svg = BarsSvg("?", Two());
  EXPECT_THAT(svg, HasSubstr(">80.0 us, 40 %: binds<"));
  EXPECT_THAT(svg, HasSubstr(">80.0 us, 80 %: binds<"));
  EXPECT_THAT(svg, HasSubstr(">50.0 us, 25 %<"));
  EXPECT_EQ(Count(svg, "<rect class=\"d\""), 2U);
  EXPECT_THAT(svg, Not(HasSubstr("AIV work")));  // there is none
}

TEST(BarsSvg, TheCausesTileTheMakespan) {
  const std::string svg = BarsSvg("?", Two());
  EXPECT_THAT(svg, HasSubstr("<rect class=\"c0\" x=\"132.0\" y=\"118\" width=\"350.0\""));  // kernel, 125 of 200 us
  EXPECT_THAT(svg, HasSubstr("<rect class=\"c2\" x=\"482.0\" y=\"118\" width=\"210.0\""));
  EXPECT_THAT(svg, HasSubstr(">kernel 62 %<"));
  EXPECT_THAT(svg, HasSubstr(">orchestrator 38 %<"));
  EXPECT_THAT(svg, Not(HasSubstr(">ring full<")));  // nobody has it: not in the legend either
}

TEST(BarsSvg, ADeadlockIsALineOfText) {
  ScenarioSummary summary = Two();
  summary.variants[1].point = {{"runtime.rings.slots", "8"}};
  summary.variants[1].status = "deadlock";
  summary.variants[1].deadlock.emplace().code = 3;
  const std::string svg = BarsSvg("?", summary);
  EXPECT_THAT(svg, HasSubstr(">fast, runtime.rings.slots = 8<"));
  EXPECT_THAT(svg, HasSubstr(">deadlock 3: no times<"));
  EXPECT_EQ(Count(svg, "<rect class=\"m\""), 1U);
}

}  // namespace
}  // namespace npusched
