// The attention kernels of the base program: of one sequence and one pair of KV heads, over so many pages.
//
//   const AttentionKernels kernels = DeclareAttentionKernels(b, sizes, pages);
//
// Every page is loaded whole, the last too. Softmax and the recurrence over pages are vector kernels of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "graphs/builder.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// Masks past the context, scales, row maximum, exp, rounded to bf16 before the row sum: one page of one KV head.
std::vector<Op> SoftmaxOps(std::int64_t rows, std::int64_t page);
// One step of the recurrence over pages: the new maximum, both factors and the new sum on single columns, then
// the output scaled and added.
std::vector<Op> RecurrenceOps(std::int64_t rows, std::int64_t head_dim);

struct AttentionKernels {
  Launch qk_matmul;
  Launch softmax;
  Launch sv_matmul;
  Launch online_softmax;
};
AttentionKernels DeclareAttentionKernels(Builder& b, const Qwen3Sizes& sizes, std::int64_t pages);

}  // namespace npusched
