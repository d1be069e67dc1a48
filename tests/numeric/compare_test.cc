#include "numeric/compare.h"

#include <gtest/gtest.h>

#include <limits>

namespace npusched {
namespace {

Matrix Row(std::vector<float> values) {
  Matrix matrix(1, static_cast<std::int64_t>(values.size()));
  matrix.values = std::move(values);
  return matrix;
}

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(Compare, TheRulesAreThoseOfThePublishedHarnesses) {
  EXPECT_EQ(ForwardRule(40, true).atol, 5e-3);
  EXPECT_EQ(ForwardRule(40, true).rtol, 5e-3);
  EXPECT_EQ(ForwardRule(40, true).pass_rate, 0.98);
  EXPECT_EQ(ForwardRule(1, true).atol, 3e-3);
  EXPECT_EQ(ForwardRule(1, true).pass_rate, 1);
  EXPECT_EQ(ForwardRule(1, false).atol, 5e-3);
}

TEST(Compare, CloseIsAbsolutePlusRelativeToTheExpected) {
  const Tolerance rule{.atol = 0.5, .rtol = 0.25};
  // Expected 2 allows 1; expected 3 allows 1.25: the same pair the other way round.
  EXPECT_EQ(CompareTensor("t", Row({3}), Row({2}), rule).close, 1U);
  EXPECT_EQ(CompareTensor("t", Row({3.0625F}), Row({2}), rule).close, 0U);
  EXPECT_EQ(CompareTensor("t", Row({2}), Row({3.0625F}), rule).close, 1U);
  EXPECT_EQ(CompareTensor("t", Row({-3}), Row({-2}), rule).close, 1U);
}

TEST(Compare, TellsTheFirstMismatchesAndTheWorst) {
  Matrix got(3, 4);
  Matrix expected(3, 4);
  got.Row(1)[2] = 1;
  got.Row(2)[3] = -4;
  const TensorComparison c = CompareTensor("t", got, expected, {.atol = 0.5});
  EXPECT_EQ(c.elements, 12U);
  EXPECT_EQ(c.close, 10U);
  ASSERT_EQ(c.mismatches.size(), 2U);
  EXPECT_EQ(c.mismatches[0].row, 1);
  EXPECT_EQ(c.mismatches[0].column, 2);
  EXPECT_EQ(c.mismatches[1].got, -4);
  EXPECT_EQ(c.max_error, 4);
  EXPECT_EQ(c.worst.row, 2);
}

TEST(Compare, KeepsNoMoreThanTheFirstMismatches) {
  const TensorComparison c = CompareTensor("t", Row(std::vector<float>(32, 1)), Matrix(1, 32), {});
  ASSERT_EQ(c.mismatches.size(), kMismatchesKept);
  EXPECT_EQ(c.mismatches.back().column, static_cast<std::int64_t>(kMismatchesKept) - 1);
}

TEST(Compare, NaNIsNeverClose) {
  const TensorComparison c = CompareTensor("t", Row({kNaN, 1}), Row({kNaN, 1}), {.atol = 1});
  EXPECT_EQ(c.close, 1U);
  EXPECT_EQ(c.unwritten, 1U);
  EXPECT_EQ(c.max_error, 0);
}

ForwardResult Logits(std::vector<float> values) {
  return {.hidden = {}, .k_rows = {}, .v_rows = {}, .logits = Row(std::move(values))};
}

TEST(Compare, PassesAtExactlyTheShareOfTheRule) {
  const ForwardResult expected = Logits({0, 0, 0, 0});
  EXPECT_TRUE(CompareForward(Logits({9, 0, 0, 0}), expected, {.pass_rate = 0.75}, 4).passed());
  EXPECT_FALSE(CompareForward(Logits({9, 9, 0, 0}), expected, {.pass_rate = 0.75}, 4).passed());
}

TEST(Compare, TheArgmaxLeavesPaddingAndNaNOut) {
  const ForwardResult expected = Logits({1, 3, 2, 0});
  EXPECT_EQ(CompareForward(Logits({1, 3, 2, 9}), expected, {}, 3).argmax_equal, 1);
  EXPECT_EQ(CompareForward(Logits({1, 3, 2, 9}), expected, {}, 4).argmax_equal, 0);
  EXPECT_EQ(CompareForward(Logits({kNaN, 3, 2, 0}), expected, {}, 4).argmax_equal, 1);
}

TEST(Compare, WithoutAHeadTheHiddenStatesAreJudged) {
  const ForwardResult expected{.hidden = Row({1, 2}), .k_rows = Row({1}), .v_rows = Row({1}), .logits = {}};
  ForwardResult got = expected;
  got.k_rows = Row({5});
  EXPECT_TRUE(CompareForward(got, expected, {}, 4).passed());
  got.hidden = Row({1, 3});
  EXPECT_FALSE(CompareForward(got, expected, {}, 4).passed());
}

}  // namespace
}  // namespace npusched
