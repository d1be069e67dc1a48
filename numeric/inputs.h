// What the external tensors of a decode program hold before it runs: weights, norms, rope tables, caches,
// hidden states. Nothing is stored; any part is made when it is read, and so 40 layers need no memory.
//
//   const Inputs inputs(sizes, 1);
//   inputs.Fill(*inputs.Find("wq"), layer * 5120 * 5120, 5120, row);   // the first row of a layer's wq
//
// Source of the distributions: the harnesses of hw-native-sys/pypto-lib at commit 38cd262
// (qwen3 decode, one layer and forward). The rope tables are independent draws, no angles.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "graphs/qwen3_sizes.h"
#include "numeric/philox.h"

namespace npusched {

struct InputTensor {
  enum class Kind : std::uint8_t { kUniform, kOnes, kSequence };  // kSequence: element i is i
  std::string_view name;                                          // of the buffer in the program
  Kind kind = Kind::kUniform;
  std::uint32_t stream = 0;
  Uniform uniform = {};
};

class Inputs {
 public:
  Inputs(const Qwen3Sizes& sizes, std::uint64_t seed);

  // nullptr: no input, such as the logits.
  [[nodiscard]] const InputTensor* Find(std::string_view name) const;
  // Elements [first, first + count) of the tensor as stored, row-major. Any number of threads at once.
  void Fill(const InputTensor& tensor, std::int64_t first, std::int64_t count, float* out) const;

 private:
  std::uint64_t seed_;
  std::vector<InputTensor> tensors_;
};

}  // namespace npusched
