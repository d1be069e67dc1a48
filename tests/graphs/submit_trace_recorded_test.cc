// The rows that the runtime recorded, reproduced one by one, and any change to them noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "graphs/submit_trace.h"
#include "tests/graphs/trace_fixture.h"

namespace npusched {
namespace {

class Recorded : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    Result<SubmitTrace> trace = ReadSubmitTrace(RecordedTrace(GetParam()));
    ASSERT_TRUE(trace.ok()) << trace.error().ToString();
    trace_ = *std::move(trace);
    ASSERT_TRUE(trace_.edges.has_value());
    ASSERT_FALSE(trace_.edges->empty());
  }
  SubmitTrace trace_;
};

TEST_P(Recorded, EveryRowIsReproducedInOrder) {
  const RowComparison comparison = CompareRows(*trace_.edges, RowsOf(trace_.program));
  EXPECT_TRUE(comparison.identical()) << comparison.ToString(trace_.program);
  EXPECT_TRUE(trace_.program.warnings.empty()) << trace_.program.warnings[0];
}

TEST_P(Recorded, EveryRowIsReproducedThroughTheIndexToo) {
  const Result<Inference> inferred = Infer(trace_.program, {.record_rows = true, .index_threshold = 1});
  ASSERT_TRUE(inferred.ok());
  const RowComparison comparison = CompareRows(*trace_.edges, inferred->rows);
  EXPECT_TRUE(comparison.identical()) << comparison.ToString(trace_.program);
}

TEST_P(Recorded, ARemovedRowIsNoticed) {
  const std::vector<EdgeRow> inferred = RowsOf(trace_.program);
  for (std::size_t at = 0; at < trace_.edges->size(); at += 5) {
    std::vector<EdgeRow> rows = *trace_.edges;
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
    const RowComparison comparison = CompareRows(rows, inferred);
    ASSERT_EQ(comparison.differences, 1U);
    EXPECT_FALSE(comparison.first[0].recorded.has_value());
  }
}

TEST_P(Recorded, AnAddedRowIsNoticed) {
  const std::vector<EdgeRow> inferred = RowsOf(trace_.program);
  std::vector<EdgeRow> rows = *trace_.edges;
  rows.insert(rows.begin() + 1, EdgeRow{0, 1, 99, EdgeSource::kTensormap, Overlap::kOther, kWait, -1});
  const RowComparison comparison = CompareRows(rows, inferred);
  ASSERT_EQ(comparison.differences, 1U);
  EXPECT_EQ(comparison.first[0].at, 1U);
  EXPECT_FALSE(comparison.first[0].inferred.has_value());
}

TEST_P(Recorded, AChangeOfAnyFieldIsNoticed) {
  const std::vector<EdgeRow> inferred = RowsOf(trace_.program);
  const std::size_t at = trace_.edges->size() / 2;
  const auto differences = [&](const auto& change) {
    std::vector<EdgeRow> rows = *trace_.edges;
    change(rows[at]);
    return CompareRows(rows, inferred).differences;
  };
  EXPECT_GE(differences([](EdgeRow& row) { row.producer += 1; }), 1U);
  EXPECT_GE(differences([](EdgeRow& row) { row.consumer += 1; }), 1U);
  EXPECT_GE(differences([](EdgeRow& row) { row.arg += 1; }), 1U);
  EXPECT_GE(
      differences([](EdgeRow& row) { row.source = static_cast<EdgeSource>((static_cast<int>(row.source) + 1) % 3); }),
      1U);
  EXPECT_GE(
      differences([](EdgeRow& row) { row.overlap = static_cast<Overlap>((static_cast<int>(row.overlap) + 1) % 3); }),
      1U);
}

TEST_P(Recorded, TwoRowsInOtherOrderAreNoticed) {
  const std::vector<EdgeRow> inferred = RowsOf(trace_.program);
  std::vector<EdgeRow> rows = *trace_.edges;
  std::swap(rows[0], rows[1]);
  EXPECT_GE(CompareRows(rows, inferred).differences, 1U);
}

TEST_P(Recorded, WrittenAndReadAgainItInfersTheSame) {
  const std::vector<EdgeRow> rows = RowsOf(trace_.program);
  const SubmitTrace again = ParseGood(FormatSubmitTrace(trace_.program, &rows));
  EXPECT_TRUE(CompareRows(*again.edges, RowsOf(again.program)).identical());
  EXPECT_TRUE(CompareRows(rows, RowsOf(again.program)).identical());
  EXPECT_EQ(FormatSubmitTrace(again.program, &rows), FormatSubmitTrace(trace_.program, &rows));
}

INSTANTIATE_TEST_SUITE_P(Traces, Recorded, ::testing::ValuesIn(kRecordedTraces),
                         [](const auto& test) { return std::string(test.param); });

TEST(RowComparison, WordsTheFirstDifferences) {
  const SubmitTrace trace = ParseGood(kSmallTrace);
  std::vector<EdgeRow> rows = RowsOf(trace.program);
  EXPECT_EQ(CompareRows(rows, rows).ToString(trace.program), "2 rows, all as recorded\n");
  rows[1].overlap = Overlap::kOther;
  EXPECT_EQ(CompareRows(rows, RowsOf(trace.program)).ToString(trace.program),
            "1 difference: 2 rows recorded, 2 inferred\n"
            "  edges[1]: recorded 0 'write' -> 1 'read' arg 0 tensormap (other); "
            "inferred 0 'write' -> 1 'read' arg 0 tensormap (covered)\n");
}

TEST(RowComparison, CountsAllDifferencesAndKeepsTheFirst) {
  std::vector<EdgeRow> none;
  const std::vector<EdgeRow> many(25, EdgeRow{0, 1, 0, EdgeSource::kCreator, Overlap::kNone, kWait, -1});
  const RowComparison comparison = CompareRows(none, many);
  EXPECT_EQ(comparison.differences, 25U);
  EXPECT_EQ(comparison.first.size(), RowComparison::kFirstDifferences);
}

}  // namespace
}  // namespace npusched
