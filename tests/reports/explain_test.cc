#include "reports/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "reports/text.h"
#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

constexpr const char* kChain = R"(
    machine 1 1
    task A aic 0 1 1
    task B aiv 1 2 14 after A by A
    row A AIC_0 2 3 13 13.5
    row B AIV_0 15 16.25 26 26.5
  )";

TEST(Explain, EveryStepBackToTimeZeroIsALineInWords) {
  const WrittenRun run = ParseRun(kChain);
  const Explanation why = Explain(run.input(), run.trace, run.Id("B"), nullptr);
  ASSERT_EQ(why.steps.size(), 7U);
  EXPECT_THAT(why.steps[0].words, HasSubstr("B (task 1) on its way to AIV_0"));
  EXPECT_THAT(why.steps[1].words, HasSubstr("B (task 1) ready and a core free, until thread 0 dispatched it"));
  EXPECT_THAT(why.steps[2].words, HasSubstr("A (task 0) had ended on AIC_0; thread 0 saw it and completed it; "
                                            "B (task 1) waits for it: "));
  EXPECT_EQ(why.steps[3].words, "A (task 0) ran on AIC_0");
  EXPECT_THAT(why.steps[4].words, HasSubstr("A (task 0) on its way to AIC_0"));
  const std::string text = ExplanationText(why);
  EXPECT_THAT(text, HasSubstr("B (task 1) started at 16.250 us on AIV_0\n"));
  EXPECT_THAT(text, HasSubstr("in all  kernel 10.000"));
}

TEST(Explain, TheStepsTileTheTimeUpToTheStart) {
  const WrittenRun run = ParseRun(kChain);
  const Explanation why = Explain(run.input(), run.trace, run.Id("B"), nullptr);
  Picoseconds at = why.start;
  for (const ExplanationStep& step : why.steps) {
    EXPECT_EQ(step.end, at);
    at = step.begin;
  }
  EXPECT_EQ(at, 0);
  EXPECT_EQ(std::accumulate(why.totals.begin(), why.totals.end(), Picoseconds{0}), why.start);
  EXPECT_EQ(ExplanationJson(why)["steps"].size(), why.steps.size());
  EXPECT_EQ(ExplanationJson(why)["start_us"], 16.25);
}

}  // namespace
}  // namespace npusched
