#include "numeric/compare.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/check.h"

namespace npusched {
namespace {

// NaN is never the greatest: a row of nothing else gives the first.
std::int64_t ArgMax(const float* row, std::int64_t columns) {
  std::int64_t best = 0;
  for (std::int64_t c = 1; c < columns; ++c) {
    if (row[c] > row[best] || std::isnan(row[best])) best = c;
  }
  return best;
}

}  // namespace

Tolerance ForwardRule(std::int64_t layers, bool lm_head) {
  constexpr double kForward = 5e-3;
  constexpr double kForwardRate = 0.98;
  constexpr double kOneLayer = 3e-3;
  if (layers == 1 && lm_head) return {kOneLayer, kOneLayer, 1};
  return {kForward, kForward, kForwardRate};
}

TensorComparison CompareTensor(std::string name, const Matrix& got, const Matrix& expected, const Tolerance& rule) {
  NPU_CHECK(got.rows == expected.rows && got.columns == expected.columns);
  TensorComparison comparison;
  comparison.name = std::move(name);
  comparison.elements = got.values.size();
  for (std::size_t i = 0; i < got.values.size(); ++i) {
    const float a = got.values[i];
    const float e = expected.values[i];
    const double error = std::abs(static_cast<double>(a) - static_cast<double>(e));
    const auto at = static_cast<std::int64_t>(i);
    const Mismatch here{at / got.columns, at % got.columns, a, e};
    if (std::isnan(error)) ++comparison.unwritten;
    if (error > comparison.max_error) {
      comparison.max_error = error;
      comparison.worst = here;
    }
    if (error <= rule.atol + rule.rtol * std::abs(static_cast<double>(e))) {
      ++comparison.close;
    } else if (comparison.mismatches.size() < kMismatchesKept) {
      comparison.mismatches.push_back(here);
    }
  }
  return comparison;
}

bool NumericOutcome::passed() const {
  return std::all_of(tensors.begin(), tensors.end(),
                     [&](const TensorComparison& t) { return !t.judged || t.pass_rate() >= rule.pass_rate; });
}

NumericOutcome CompareForward(const ForwardResult& got, const ForwardResult& expected, const Tolerance& rule,
                              std::int64_t vocab_real) {
  NumericOutcome outcome;
  outcome.rule = rule;
  const auto compare = [&](const char* name, const Matrix& a, const Matrix& e) {
    if (!e.values.empty()) outcome.tensors.push_back(CompareTensor(name, a, e, rule));
  };
  compare("k_rows", got.k_rows, expected.k_rows);
  compare("v_rows", got.v_rows, expected.v_rows);
  compare("hidden", got.hidden, expected.hidden);
  compare("logits", got.logits, expected.logits);
  outcome.tensors.back().judged = true;
  const std::int64_t columns = std::min(vocab_real, expected.logits.columns);
  outcome.argmax_rows = expected.logits.rows;
  for (std::int64_t row = 0; row < outcome.argmax_rows; ++row) {
    outcome.argmax_equal +=
        static_cast<std::int64_t>(ArgMax(got.logits.Row(row), columns) == ArgMax(expected.logits.Row(row), columns));
  }
  return outcome;
}

}  // namespace npusched
