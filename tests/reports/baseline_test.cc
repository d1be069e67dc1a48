#include "reports/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/junit.h"
#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kRun = R"(
  machine 1 1
  task a.0 aic 0 1 1
  task v.0 aiv 1 2 14 after a.0 by a.0
  task v.1 aiv 2 3 14 after a.0 by a.0
  row a.0 AIC_0 2 3 13 13.5
  row v.0 AIV_0 15 16 20 20.5
  row v.1 AIV_1 15 16 18 18.5
)";

Baseline Of(const WrittenRun& run) {
  const RunInput input = run.input();
  return {.scenario = "s",
          .tolerances = UsualTolerances(),
          .variants = {MakeVariantBaseline("v", input, run.trace, Summarize(input, run.trace))}};
}

std::vector<std::string> Moved(const Baseline& before, const Baseline& now) {
  std::vector<std::string> texts;
  for (const Finding& finding : CompareBaselines(before, now)) texts.push_back(finding.text);
  return texts;
}

Baseline Read(const std::string& text) {
  const Result<Baseline> read = ReadBaseline(*ParseYaml(text, "b.yaml"));
  EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().ToString());
  return read.ok() ? *read : Baseline{};
}

TEST(Baseline, WhatIsWrittenIsReadAgainAndEqual) {
  const Baseline now = Of(ParseRun(kRun));
  const std::string yaml = BaselineYaml(now);
  EXPECT_THAT(yaml, HasSubstr("{from: \"a\", to: \"v\", by: tensormap, count: 2}"));
  EXPECT_THAT(yaml, HasSubstr("\"v\": \"0\""));  // v.0 ends last, so it is on the critical path
  EXPECT_EQ(BaselineYaml(Read(yaml)), yaml);
  EXPECT_THAT(Moved(Read(yaml), now), IsEmpty());
}

TEST(Baseline, ASlowerKernelIsNamedBeyondItsToleranceOnly) {
  const Baseline before = Of(ParseRun(kRun));
  WrittenRun run = ParseRun(kRun);
  run.trace.rows[0].end += Us(0.04);  // 0.4 % of 10 us
  EXPECT_THAT(Moved(before, Of(run)), IsEmpty());
  run.trace.rows[0].end += Us(0.06);
  EXPECT_THAT(Moved(before, Of(run)),
              ElementsAre(HasSubstr("kernel a takes 10.100 us, the baseline has 10.000 (+1.00 %)"),
                          HasSubstr("critical_path_us 14.100 us")));
}

TEST(Baseline, OneMoreTaskIsSeenInItsKernelItsEdgesAndTheCriticalPath) {
  const Baseline before = Of(ParseRun(kRun));
  const Baseline now = Of(ParseRun(std::string(kRun) + R"(
    task v.2 aiv 3 4 21 after v.0 by v.0
    row v.2 AIV_0 22 23 25 25.5
  )"));
  EXPECT_THAT(
      Moved(before, now),
      ElementsAre(HasSubstr("kernel v gained tasks: 3, the baseline has 2"), HasSubstr("longest_chain_tasks 3"),
                  HasSubstr("tasks 4, the baseline has 3"), HasSubstr("unique_pairs 3"),
                  HasSubstr("1 edge appeared: v -> v by tensormap"), HasSubstr("kernel v takes"),
                  HasSubstr("critical_path_us"), HasSubstr("makespan_us"), HasSubstr("joined the critical path: v 2")));
  EXPECT_THAT(Moved(now, before), ::testing::Contains(HasSubstr("left the critical path: v 2")));
  EXPECT_THAT(Moved(now, before), ::testing::Contains(HasSubstr("1 edge went: v -> v by tensormap (none is left)")));
}

TEST(Baseline, VariantsComeAndGo) {
  Baseline before = Of(ParseRun(kRun));
  Baseline now = before;
  now.variants[0].name = "w";
  EXPECT_THAT(Moved(before, now),
              ElementsAre("the variant is not in the baseline", "the variant of the baseline is gone"));
}

TEST(Baseline, RangesAreReadBackAndNothingElseIs) {
  EXPECT_EQ(Ranges({0, 1, 2, 5, 7, 8}), "0-2,5,7-8");
  EXPECT_EQ(*ParseRanges("0-2,5,7-8"), (std::vector<std::uint32_t>{0, 1, 2, 5, 7, 8}));
  EXPECT_TRUE(ParseRanges("")->empty());
  for (const char* bad : {"x", "3-1", "1,1", "1,", "-2", "0-4000000000"}) EXPECT_FALSE(ParseRanges(bad).ok()) << bad;
}

TEST(Baseline, AWrongFileSaysWhere) {
  const auto error = [](const std::string& text) {
    const Result<Baseline> read = ReadBaseline(*ParseYaml(text, "b.yaml"));
    return read.ok() ? "ok" : read.error().ToString();
  };
  std::string yaml = BaselineYaml(Of(ParseRun(kRun)));
  EXPECT_EQ(error(yaml), "ok");
  EXPECT_THAT(error("schema: npusched.baseline/2\n"), HasSubstr("b.yaml:1:9: schema"));
  yaml.replace(yaml.find("makespan_us: 1"), 14, "makespan: 1");
  EXPECT_THAT(error(yaml), HasSubstr("makespan"));
}

TEST(JUnit, AVariantThatMovedFails) {
  const Baseline now = Of(ParseRun(kRun));
  EXPECT_THAT(JUnitXml(now, {}), HasSubstr("tests=\"1\" failures=\"0\""));
  const std::string xml = JUnitXml(now, {{"v", "edges", "1 edge <appeared>"}});
  EXPECT_THAT(xml, HasSubstr("failures=\"1\""));
  EXPECT_THAT(xml, HasSubstr("1 edge &lt;appeared&gt;"));
}

}  // namespace
}  // namespace npusched
