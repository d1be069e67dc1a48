// The attention kernels of the base program: of one sequence and one pair of KV heads, over so many pages.
//
//   const AttentionKernels kernels = DeclareAttentionKernels(b, sizes, pages);
//
// Every page is loaded whole, the last too. Softmax and the recurrence over pages are vector kernels of their own.
#pragma once

#include <cstdint>

#include "graphs/builder.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

struct AttentionKernels {
  Launch qk_matmul;
  Launch softmax;
  Launch sv_matmul;
  Launch online_softmax;
};
AttentionKernels DeclareAttentionKernels(Builder& b, const Qwen3Sizes& sizes, std::int64_t pages);

}  // namespace npusched
