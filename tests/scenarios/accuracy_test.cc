#include "scenarios/accuracy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/temp_folder.h"

namespace npusched {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// `three` and `six` links of 10 us; `stuck` has a ring that is too small.
constexpr const char* kScenario = R"(schema: npusched.scenario/1
name: chain
program: {kind: synthetic, pattern: chain, tasks: 3, duration_us: 10}
hardware: tiny
runtime: tmr_2026_08
variants:
  - name: three
  - {name: six, set: {program.tasks: 6}}
  - {name: typo, set: {program.taks: 6}}
expect: [{variant: three, metric: makespan_us, at_most: 1}]
)";

class Accuracy : public ::testing::Test {
 protected:
  Accuracy() { (void)folder_.Write("chain.yaml", kScenario); }

  [[nodiscard]] Result<PublishedFile> Load(const std::string& rows) const {
    return LoadPublished(folder_.Write("published.yaml", "schema: npusched.published/1\nrows:\n" + rows));
  }
  [[nodiscard]] AccuracyOutcome Measure(const std::string& rows) const {
    const Result<PublishedFile> published = Load(rows);
    EXPECT_TRUE(published.ok()) << published.error().ToString();
    return MeasureAccuracy(*published, {.jobs = 1});
  }
  [[nodiscard]] double Predicted(const std::string& reading) const {
    const AccuracyOutcome outcome =
        Measure("  - {id: a, kind: check, value: 1, unit: us, scenario: chain.yaml, " + reading + "}\n");
    EXPECT_TRUE(outcome.failures.empty()) << outcome.failures.front().ToString();
    return outcome.rows.front().Nearest().predicted;
  }
  [[nodiscard]] std::string LoadError(const std::string& rows) const { return Load(rows).error().ToString(); }

  TempFolder folder_;
};

TEST_F(Accuracy, AFigureIsAPathIntoTheResultsOfAVariant) {
  EXPECT_EQ(Predicted("variant: six, metric: tasks.total"), 6);
  EXPECT_EQ(Predicted("metric: kernels.link.count"), 3) << "the first variant when none is named";
}

TEST_F(Accuracy, AFigureMayBeADifferenceAQuotientAndScaled) {
  EXPECT_EQ(Predicted("variant: six, metric: tasks.total, minus: {variant: three}"), 3);
  EXPECT_EQ(Predicted("variant: six, metric: kernels.link.busy_us, over: {metric: tasks.total}"), 10);
  EXPECT_EQ(Predicted("variant: six, metric: tasks.total, scale: 0.5"), 3);
}

TEST_F(Accuracy, AStarSumsOverAllKernels) { EXPECT_EQ(Predicted("variant: six, metric: kernels.*.busy_us"), 60); }

TEST_F(Accuracy, EveryReadingRunsAndIsNamed) {
  const AccuracyOutcome outcome = Measure(
      "  - id: a\n    kind: check\n    value: 5\n    unit: tasks\n    scenario: chain.yaml\n    metric: tasks.total\n"
      "    readings: [{name: short, variant: three}, {name: long, variant: six}]\n");
  ASSERT_EQ(outcome.rows[0].readings.size(), 2);
  EXPECT_EQ(outcome.rows[0].readings[0].predicted, 3);
  EXPECT_EQ(outcome.rows[0].Nearest().name, "long");
}

TEST_F(Accuracy, ARowThatFailsNamesItsPlaceAndLeavesTheOthersAlone) {
  const AccuracyOutcome outcome = Measure(
      "  - {id: a, kind: check, value: 6, unit: tasks, scenario: chain.yaml, variant: typo, metric: tasks.total}\n"
      "  - {id: b, kind: check, value: 6, unit: tasks, scenario: chain.yaml, variant: sixx, metric: tasks.total}\n"
      "  - {id: c, kind: check, value: 6, unit: tasks, scenario: chain.yaml, variant: six, metric: tasks.totl}\n"
      "  - {id: d, kind: check, value: 6, unit: tasks, scenario: chain.yaml, variant: six, metric: tasks.total}\n");
  ASSERT_EQ(outcome.failures.size(), 3);
  EXPECT_THAT(outcome.failures[0].ToString(), HasSubstr("chain.yaml:9:"));
  EXPECT_THAT(outcome.failures[0].ToString(), HasSubstr("did you mean 'tasks'?"));
  EXPECT_THAT(outcome.failures[0].ToString(), EndsWith("(row a)"));
  EXPECT_THAT(outcome.failures[1].ToString(), HasSubstr("published.yaml:4:5: variant: expected one of chain"));
  EXPECT_THAT(outcome.failures[2].ToString(), HasSubstr("did you mean 'tasks.total'?"));
  EXPECT_TRUE(outcome.rows[0].readings.empty());
  EXPECT_EQ(outcome.rows[3].ErrorPct(), 0);
}

TEST_F(Accuracy, APublishedFileIsCheckedWithItsPlaces) {
  const std::string row = "  - {id: a, kind: check, value: 6, unit: us";
  EXPECT_THAT(LoadError(row + ", scenario: chian.yaml, metric: makespan_us}\n"),
              HasSubstr("published.yaml:3:56: rows[0].scenario: expected the path of a scenario, got 'chian.yaml'"));
  EXPECT_THAT(LoadError(row + ", scenario: chain.yaml}\n"), HasSubstr("metric"));
  EXPECT_THAT(LoadError(row + "}\n" + row + "}\n"), HasSubstr("expected each row once, got 'a' again"));
  EXPECT_THAT(LoadError(row + ", certainty: sure}\n"), HasSubstr("certainty"));
  EXPECT_THAT(LoadError(row + ", vlaue: 3}\n"), HasSubstr("did you mean 'value'?"));
  EXPECT_THAT(LoadError("  - {id: a, kind: check, value: 0, unit: us}\n"), HasSubstr("other than 0"));
}

TEST_F(Accuracy, RowsWithoutAScenarioTakeThatOfTheShippedRow) {
  const std::string head = "schema: npusched.published/1\nrows:\n";
  const auto file =
      folder_.Write("mine.yaml", head + "  - {id: silu_cores_inferred, kind: check, value: 2, unit: cores}\n");
  const Result<PublishedFile> mine = LoadPublishedOrShipped(file.string());
  ASSERT_TRUE(mine.ok()) << mine.error().ToString();
  EXPECT_EQ(mine->rows[0].readings[0].figure.metric, "kernels.silu.distinct_cores");
  EXPECT_EQ(mine->rows[0].row.published, 2);
  (void)folder_.Write("mine.yaml", head + "  - {id: nobody, kind: check, value: 2, unit: cores}\n");
  EXPECT_THAT(LoadPublishedOrShipped(file.string()).error().ToString(),
              HasSubstr("mine.yaml:3:5: row nobody: expected scenario, variant and metric"));
}

TEST_F(Accuracy, TheShippedFileIsComplete) {
  const Result<PublishedFile> shipped = LoadShippedPublished();
  ASSERT_TRUE(shipped.ok()) << shipped.error().ToString();
  for (const PublishedRow& row : shipped->rows) {
    EXPECT_FALSE(row.readings.empty()) << row.row.id;
    EXPECT_NE(row.row.source, "") << row.row.id;
    EXPECT_NE(row.row.what, "") << row.row.id;
    if (row.row.certainty == Certainty::kContexts) {
      EXPECT_GT(row.readings.size(), 1) << row.row.id;
    }
  }
}

}  // namespace
}  // namespace npusched
