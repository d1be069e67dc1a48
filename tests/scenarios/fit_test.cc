#include "scenarios/fit.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "scenarios/minimize.h"
#include "scenarios/runner.h"
#include "tests/scenarios/temp_folder.h"

namespace npusched {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Minimize, FindsTheMinimumInsideAndOnTheBounds) {
  const auto inside = [](std::span<const double> x) { return std::abs(x[0] - 0.3) + std::pow(x[1] - 0.9, 2); };
  EXPECT_THAT(Minimize({0.5, 0.5}, 400, inside).x, ElementsAre(DoubleNear(0.3, 5e-3), DoubleNear(0.9, 5e-3)));
  const auto bound = [](std::span<const double> x) { return -x[0] + x[1]; };
  EXPECT_THAT(Minimize({0.5, 0.5}, 400, bound).x, ElementsAre(DoubleNear(1, 5e-3), DoubleNear(0, 5e-3)));
}

TEST(Minimize, KeepsTheStartWhenNothingMatters) {
  const Minimum minimum = Minimize({0.25, 0.5}, 50, [](std::span<const double>) { return 1; });
  EXPECT_THAT(minimum.x, ElementsAre(0.25, 0.5));
  EXPECT_LE(minimum.evaluations, 50);
}

TEST(Minimize, EndsAtANumberThatIsNone) {
  int calls = 0;
  (void)Minimize({0.5}, 50, [&](std::span<const double>) { return ++calls < 3 ? 1 : NAN; });
  EXPECT_EQ(calls, 3);
}

// A chain: each link waits for the completion of the one before, for which the runtime states 350 to 450 ns.
constexpr const char* kScenario = R"(schema: npusched.scenario/1
name: chain
program: {kind: synthetic, pattern: chain, tasks: 30, duration_us: 1}
hardware: tiny
runtime: tmr_2026_08
)";

class FitTest : public ::testing::Test {
 protected:
  FitTest() { (void)folder_.Write("chain.yaml", kScenario); }

  [[nodiscard]] double Makespan(const std::string& set) const {
    const Result<Scenario> scenario = LoadScenario(folder_.path() / "chain.yaml", {set});
    return ToUs(RunScenario(*scenario, {.out = {}, .jobs = 1})->summary.variants[0].makespan);
  }
  [[nodiscard]] PublishedFile Published(const std::string& kind, double value) const {
    return *LoadPublished(
        folder_.Write("published.yaml",
                      fmt::format("schema: npusched.published/1\nrows:\n  - {{id: chain, kind: {}, value: {}, unit: "
                                  "us, scenario: chain.yaml, metric: makespan_us}}\n",
                                  kind, value)));
  }
  static FitPlan Plan() {
    return {"runtime",
            "tmr_2026_08",
            {{"scheduler.complete_task_ns", "a test", 360, 350, 450}},
            {{"chain", 1, {"plan.yaml", 3, 5, ""}}}};
  }

  TempFolder folder_;
};

TEST_F(FitTest, FindsTheParameterThatMadeTheMeasurement) {
  const PublishedFile published = Published("fit", Makespan("runtime.scheduler.complete_task_ns.value=430"));
  const Result<FitOutcome> outcome = Fit(published, Plan(), {.evaluations = 100, .jobs = 1});
  ASSERT_TRUE(outcome.ok()) << outcome.error().ToString();
  EXPECT_NEAR(outcome->values[0], 430, 1);
  EXPECT_LT(outcome->loss_after, outcome->loss_before);
  EXPECT_GT(std::abs(outcome->before[0].ErrorPct()), 0.5);
  EXPECT_LT(std::abs(outcome->after[0].ErrorPct()), 0.05);
}

TEST_F(FitTest, StaysWithinTheRange) {
  const PublishedFile published = Published("fit", 2 * Makespan("runtime.scheduler.complete_task_ns.value=430"));
  const Result<FitOutcome> outcome = Fit(published, Plan(), {.evaluations = 100, .jobs = 1});
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->values[0], 450);
}

TEST_F(FitTest, RefusesRowsThatOnlyCheck) {
  const Result<FitOutcome> outcome = Fit(Published("check", 100), Plan(), {});
  ASSERT_FALSE(outcome.ok());
  EXPECT_THAT(outcome.error().ToString(),
              HasSubstr("plan.yaml:3:5: rows: expected rows of kind fit, but 'chain' is of"));
}

TEST_F(FitTest, RefusesRowsThatAreNotPublished) {
  FitPlan plan = Plan();
  plan.rows[0].id = "chian";
  EXPECT_THAT(Fit(Published("fit", 100), plan, {}).error().ToString(), HasSubstr("got 'chian'"));
}

TEST_F(FitTest, WritesADescriptionThatAScenarioTakes) {
  FitOutcome outcome;
  outcome.values = {440.5};
  const auto file = folder_.Write("fitted.yaml", FittedYaml(Plan(), outcome));
  EXPECT_EQ(Makespan("runtime=" + file.string()), Makespan("runtime.scheduler.complete_task_ns.value=440.5"));
}

TEST_F(FitTest, TheShippedPlansNameNumbersWithARangeAndRowsToFit) {
  for (const auto& [section, config] : {std::pair("hardware", "ascend_a2a3"), std::pair("runtime", "tmr_2026_08")}) {
    const Result<FitPlan> plan = LoadFitPlan(section, config);
    ASSERT_TRUE(plan.ok()) << plan.error().ToString();
    EXPECT_TRUE(Fit(*LoadShippedPublished(), *plan, {.evaluations = 1, .jobs = 1}).ok());
  }
}

}  // namespace
}  // namespace npusched
