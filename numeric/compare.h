// Compares what the executor computed with what the reference says, element by element.
//
//   NumericOutcome outcome = CompareForward(got, expected, ForwardRule(1, true), 151936);
//   if (!outcome.passed()) ...
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "numeric/forward_result.h"

namespace npusched {

// close(a, e) iff |a - e| <= atol + rtol * |e|; a tensor passes when that share of its elements is close.
struct Tolerance {
  double atol = 0;
  double rtol = 0;
  double pass_rate = 1;
};

// A forward: 5e-3 and 98 % of the logits. One layer with the head: 3e-3 and every logit. Without the head the
// same holds for the hidden states. Source: the harnesses of hw-native-sys/pypto-lib at commit 38cd262, which
// pass 98.98 % at 40 layers.
Tolerance ForwardRule(std::int64_t layers, bool lm_head);

struct Mismatch {
  std::int64_t row = 0;
  std::int64_t column = 0;
  float got = 0;
  float expected = 0;
};

struct TensorComparison {
  std::string name;
  bool judged = false;  // decides the verdict; the others tell where a difference began
  std::uint64_t elements = 0;
  std::uint64_t close = 0;
  std::uint64_t unwritten = 0;       // NaN: read or left before anybody wrote it
  double max_error = 0;              // absolute, NaN apart
  Mismatch worst;                    // where that is
  std::vector<Mismatch> mismatches;  // the first, in row-major order

  [[nodiscard]] double pass_rate() const {
    return elements == 0 ? 1 : static_cast<double>(close) / static_cast<double>(elements);
  }
};

struct NumericOutcome {
  Tolerance rule;
  std::vector<TensorComparison> tensors;
  std::int64_t argmax_rows = 0;  // of the logits; 0: no head
  std::int64_t argmax_equal = 0;

  [[nodiscard]] bool passed() const;
};

inline constexpr std::size_t kMismatchesKept = 10;

TensorComparison CompareTensor(std::string name, const Matrix& got, const Matrix& expected, const Tolerance& rule);

// `vocab_real`: logits past it are padding and have no part in the argmax.
NumericOutcome CompareForward(const ForwardResult& got, const ForwardResult& expected, const Tolerance& rule,
                              std::int64_t vocab_real);

}  // namespace npusched
