#include "scenarios/expect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/summary_json.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

std::vector<Json> TwoVariants() {
  return {Json::parse(R"({"name": "a", "point": {}, "makespan_us": 30.0, "bound_by": "aic_work",
                          "kernels": {"k": {"count": 4}, "k.count": {"count": 5}}})"),
          Json::parse(R"({"name": "b", "point": {}, "makespan_us": 10.0, "bound_by": "orchestrator",
                          "kernels": {"k": {"count": 4}}})")};
}

// "met", "failed", or the error.
std::string Check(const std::string& text, const std::vector<Json>& variants = TwoVariants()) {
  const Result<ConfigNode> node = ParseYaml(text, "f.yaml");
  EXPECT_TRUE(node.ok()) << node.error().ToString();
  const Result<Expectation> expectation = ReadExpectation(*node, "expect[0]", {"a", "b"});
  if (!expectation.ok()) {
    return expectation.error().ToString();
  }
  const Result<std::vector<ExpectOutcome>> outcomes = CheckExpectations({*expectation}, variants);
  if (!outcomes.ok()) {
    return outcomes.error().ToString();
  }
  std::string text_of;
  for (const ExpectOutcome& outcome : *outcomes) {
    text_of += outcome.met ? "met " : "failed ";
  }
  return text_of;
}

TEST(Expect, RangesIncludeBothEnds) {
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, between: [30, 31]}"), "met ");
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, between: [29, 30]}"), "met ");
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, between: [30.001, 31]}"), "failed ");
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, at_most: 30}"), "met ");
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, at_most: 29.999}"), "failed ");
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, at_least: 30}"), "met ");
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, at_least: 30.001}"), "failed ");
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, at_least: 1, at_most: 2}"), "failed ");
}

TEST(Expect, EqualsTakesNumbersAndTexts) {
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, equals: 30}"), "met ");
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, equals: 31}"), "failed ");
  EXPECT_EQ(Check("{variant: a, metric: bound_by, equals: aic_work}"), "met ");
  EXPECT_EQ(Check("{variant: b, metric: bound_by, equals: aic_work}"), "failed ");
}

TEST(Expect, WithoutAVariantItHoldsForAll) { EXPECT_EQ(Check("{metric: makespan_us, at_most: 20}"), "failed met "); }

TEST(Expect, ARatioTakesOneVariantOverAnother) {
  EXPECT_EQ(Check("{metric: makespan_us, of: a, over: b, between: [3, 3]}"), "met ");
  EXPECT_EQ(Check("{metric: makespan_us, of: b, over: a, between: [3, 3]}"), "failed ");
  EXPECT_THAT(Check("{metric: makespan_us, of: a, between: [3, 3]}"), HasSubstr("expected 'of' and 'over' together"));
  EXPECT_THAT(Check("{metric: makespan_us, of: a, over: b, equals: 3}"), HasSubstr("expected a range for a ratio"));
}

TEST(Expect, ARatioOverZeroFails) {
  std::vector<Json> variants = TwoVariants();
  variants[1]["makespan_us"] = 0;
  EXPECT_EQ(Check("{metric: makespan_us, of: a, over: b, at_least: 0}", variants), "failed ");
}

TEST(Expect, KernelNamesMayHaveDots) {
  EXPECT_EQ(Check("{variant: a, metric: kernels.k.count, equals: 4}"), "met ");
  EXPECT_EQ(Check("{variant: a, metric: kernels.k.count.count, equals: 5}"), "met ");
}

TEST(Expect, AKernelThatDoesNotExistIsBadInputNotAFailure) {
  EXPECT_THAT(Check("{variant: a, metric: kernels.kk.count, equals: 4}"),
              HasSubstr("f.yaml:1:22: expect.metric: expected a metric of variant 'a', got 'kernels.kk.count'; did you "
                        "mean 'kernels.k.count'?"));
}

TEST(Expect, ATextCannotLieInARange) {
  EXPECT_THAT(Check("{variant: a, metric: bound_by, at_most: 3}"), HasSubstr("expected a number, but bound_by is"));
}

TEST(Expect, APointPicksItsPoints) {
  std::vector<Json> variants = TwoVariants();
  variants[1]["name"] = "a";
  variants[0]["point"] = {{"program.tasks", 64}};
  variants[1]["point"] = {{"program.tasks", 128}};
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, equals: 30, point: {program.tasks: 64}}", variants), "met ");
  EXPECT_EQ(Check("{variant: a, metric: makespan_us, equals: 30, point: {program.tasks: 128}}", variants), "failed ");
  EXPECT_THAT(Check("{variant: a, metric: makespan_us, equals: 30, point: {program.tasks: 9}}", variants),
              HasSubstr("f.yaml:1:1: expect.point: expected a point of the sweep"));
}

TEST(Expect, ExactlyOneOperator) {
  EXPECT_THAT(Check("{metric: makespan_us}"), HasSubstr("expected one of between"));
  EXPECT_THAT(Check("{metric: makespan_us, equals: 3, at_most: 4}"), HasSubstr("expected one of between"));
}

TEST(Expect, EveryFieldOfTheSummaryIsAKnownMetric) {
  EXPECT_THAT(MetricPatterns(), ::testing::IsSupersetOf({"makespan_us", "kernels.*.distinct_cores", "tasks.total",
                                                         "tasks.by_kernel.*", "edges.unique_pairs", "bound_by",
                                                         "attribution_us.kernel", "bounds_us.aic_work"}));
}

}  // namespace
}  // namespace npusched
