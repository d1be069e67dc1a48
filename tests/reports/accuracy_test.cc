#include "reports/accuracy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace npusched {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

AccuracyRow Row(const std::string& id, double published, std::vector<AccuracyReading> readings,
                RowKind kind = RowKind::kCheck, Certainty certainty = Certainty::kCertain) {
  AccuracyRow row;
  row.id = id;
  row.kind = kind;
  row.certainty = certainty;
  row.published = published;
  row.unit = "us";
  row.readings = std::move(readings);
  return row;
}

TEST(Accuracy, TheNearestReadingCounts) {
  const AccuracyRow row = Row("a", 100, {{"full", 120}, {"random", 90}, {"other", 110}});
  EXPECT_EQ(row.Nearest().name, "random") << "the first of two equally near";
  EXPECT_DOUBLE_EQ(row.ErrorPct(), -10);
}

TEST(Accuracy, TheSpreadIsOfOneGroupAndLeavesOutWhatFailed) {
  const std::vector<AccuracyRow> rows = {Row("a", 100, {{"", 101}}),
                                         Row("b", 100, {{"", 80}}),
                                         Row("c", 100, {{"", 103}}),
                                         Row("failed", 100, {}),
                                         Row("weak", 100, {{"", 300}}, RowKind::kCheck, Certainty::kWeak),
                                         Row("fit", 100, {{"", 200}}, RowKind::kFit)};
  AccuracySpread spread = SpreadOf(rows, RowGroup::kCheck);
  EXPECT_EQ(spread.rows, 3);
  EXPECT_NEAR(spread.median_pct, 3, 1e-9);
  EXPECT_NEAR(spread.worst_pct, -20, 1e-9);
  EXPECT_EQ(spread.worst_id, "b");
  EXPECT_EQ(SpreadOf(rows, RowGroup::kWeakCheck).worst_id, "weak");
  EXPECT_EQ(SpreadOf(rows, RowGroup::kFit).worst_id, "fit");
}

TEST(Accuracy, AnEvenNumberOfRowsHasTheMeanOfTheMiddleAsMedian) {
  const std::vector<AccuracyRow> rows = {Row("a", 100, {{"", 102}}), Row("b", 100, {{"", 104}})};
  EXPECT_NEAR(SpreadOf(rows, RowGroup::kCheck).median_pct, 3, 1e-9);
}

TEST(Accuracy, TheJsonHasItsSevenKeysAndNullsForWhatFailed) {
  const std::vector<AccuracyRow> rows = {Row("a", 200, {{"", 190}}, RowKind::kFit),
                                         Row("b", 100, {}, RowKind::kCheck, Certainty::kContexts)};
  const auto json = nlohmann::ordered_json::parse(AccuracyJson(rows));
  EXPECT_EQ(json[0].dump(), R"({"id":"a","kind":"fit","certainty":"certain","published":200.0,"predicted":190.0,)"
                            R"("unit":"us","error_pct":-5.000000000000004})");
  EXPECT_TRUE(json[1]["predicted"].is_null());
  EXPECT_TRUE(json[1]["error_pct"].is_null());
  EXPECT_EQ(json[1]["certainty"], "contexts");
}

TEST(Accuracy, TheTableKeepsTheGroupsApart) {
  const std::vector<AccuracyRow> rows = {Row("fitted", 100, {{"", 90}}, RowKind::kFit),
                                         Row("checked", 1447, {{"full", 1500.4}, {"random", 1700}})};
  const std::string table = AccuracyTable(rows, {});
  EXPECT_LT(table.find("checked"), table.find("Fitted to"));
  EXPECT_THAT(table, HasSubstr("1 rows: median error 3.7 %, worst +3.7 % (checked)"));
  EXPECT_THAT(table, HasSubstr("full (random: 1700)"));
  EXPECT_THAT(table, Not(HasSubstr("Weak")));
}

TEST(Accuracy, ABarInATextDoesNotEndTheCellOfAPage) {
  AccuracyRow row = Row("a", 100, {{"", 90}});
  row.what = "x|y";
  EXPECT_THAT(AccuracyMarkdown({&row, 1}), HasSubstr(R"(| a | x\|y | 100 | 90 | us | -10.0 |)"));
}

}  // namespace
}  // namespace npusched
