#include "reports/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace npusched {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSummary = R"({"schema": "npusched.summary/1", "scenario": "s", "variants": [{
  "name": "base", "point": {}, "tasks": {"total": 10, "by_kernel": {"a": 4, "b": 6}}, "makespan_us": 100.0,
  "wall_s": {"emit": 0.1}, "bound_by": "aic_work",
  "kernels": {"a": {"count": 4, "busy_us": 50.0}, "b": {"count": 6, "busy_us": 80.0}}}]})";

Json Summary() { return Json::parse(kSummary); }

Comparison Compare(const Json& before, const Json& after) {
  return *CompareSummaries(before, "a.json", after, "b.json");
}

std::vector<std::string> Keys(const VariantComparison& variant) {
  std::vector<std::string> keys;
  for (const Difference& difference : variant.differences) keys.push_back(difference.key);
  return keys;
}

TEST(Compare, TheSameResultHasNoDifference) {
  Json after = Summary();
  after["variants"][0]["wall_s"]["emit"] = 9.0;
  const Comparison comparison = Compare(Summary(), after);
  EXPECT_TRUE(comparison.Same());
  EXPECT_THAT(ComparisonText(comparison, {"a.json", "b.json"}), HasSubstr("base: the same in all 7 figures"));
}

TEST(Compare, FiguresOfTheVariantComeFirstThenKernelsByHowMuchTheyMoved) {
  Json after = Summary();
  Json& variant = after["variants"][0];
  variant["kernels"]["a"]["busy_us"] = 51.0;
  variant["kernels"]["b"]["busy_us"] = 60.0;
  variant["kernels"]["b"]["count"] = 5;
  variant["makespan_us"] = 90.0;
  variant["bound_by"] = "orchestrator";
  const Comparison comparison = Compare(Summary(), after);
  ASSERT_EQ(comparison.variants.size(), 1U);
  EXPECT_THAT(Keys(comparison.variants[0]),
              ElementsAre("makespan_us", "bound_by", "kernels.b.count", "kernels.b.busy_us", "kernels.a.busy_us"));
  EXPECT_DOUBLE_EQ(comparison.variants[0].differences[0].Change(), -0.1);
  const std::string text = ComparisonText(comparison, {"a.json", "b.json"});
  EXPECT_THAT(text, HasSubstr("base: makespan 100.00 -> 90.00 us (-10.0 %); 5 figures differ, 2 are the same"));
  EXPECT_THAT(text, HasSubstr("aic_work  orchestrator"));
  EXPECT_THAT(text, HasSubstr("-1  -16.7 %"));
}

TEST(Compare, WhatOnlyOneSideHasIsNamed) {
  Json after = Summary();
  after["variants"][0]["kernels"].erase("a");
  after["variants"][0]["fingerprint"] = "f00";
  after["variants"].push_back(after["variants"][0]);
  after["variants"][1]["name"] = "other";
  const Comparison comparison = Compare(Summary(), after);
  EXPECT_THAT(comparison.only_after, ElementsAre("other"));
  EXPECT_TRUE(comparison.only_before.empty());
  EXPECT_THAT(Keys(comparison.variants[0]), ElementsAre("fingerprint", "kernels.a.count", "kernels.a.busy_us"));
  EXPECT_TRUE(comparison.variants[0].differences[0].before.is_null());
  EXPECT_TRUE(comparison.variants[0].differences[1].after.is_null());
}

TEST(Compare, PointsOfASweepMatchByTheirValues) {
  Json before = Summary();
  before["variants"][0]["point"]["program.chunk"] = 64;
  Json after = before;
  after["variants"][0]["point"]["program.chunk"] = 128;
  EXPECT_THAT(Compare(before, after).only_before, ElementsAre("base at chunk 64"));
  EXPECT_TRUE(Compare(before, before).Same());
}

TEST(Compare, ForeignFilesAreRejectedWithAPlace) {
  const auto error = [](const char* text) {
    return CompareSummaries(Summary(), "a.json", Json::parse(text), "b.json").error().ToString();
  };
  EXPECT_THAT(error("[]"), HasSubstr("b.json: expected an object"));
  EXPECT_THAT(error(R"({"schema": "x"})"), HasSubstr("b.json:/schema: expected \"npusched.summary/1\""));
  EXPECT_THAT(error(R"({"schema": "npusched.summary/1", "variants": [{}]})"), HasSubstr("b.json:/variants/0/name"));
}

TEST(Compare, ThePageEscapesNamesAndNeedsNoScript) {
  Json after = Summary();
  after["variants"][0]["bound_by"] = "<b>";
  const std::string page = ComparisonHtml(Compare(Summary(), after), {"a.json", "b.json"});
  EXPECT_THAT(page, HasSubstr("<td class=\"n\">&lt;b&gt;</td>"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
}

}  // namespace
}  // namespace npusched
