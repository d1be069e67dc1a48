// Fused attention: both products on the cube core, softmax on the two vector cores,
// scores and exponentials through a pipe in global memory.
//
//   const Launch fa = b.Kernel(FusedAttentionWork(sizes, 2 * pages, {.q = 0, .k_cache = 1, ...}));
//
// The unit of work is a page of a KV head; a block takes so many of them.
#pragma once

#include <cstdint>
#include <vector>

#include "graphs/kernel_work.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// Positions of the arguments.
struct FusedArgs {
  std::uint8_t q = 0;
  std::uint8_t k_cache = 0;
  std::uint8_t v_cache = 0;
  std::uint8_t pipe = 0;
  std::uint8_t oi = 0;
  std::uint8_t row_max = 0;
  std::uint8_t row_sum = 0;
  std::uint8_t out = 0;  // where the recurrence is part of the kernel
};

// Up to the outputs of single pages, of which `oi_rows` are stored.
KernelWork FusedAttentionWork(const Qwen3Sizes& s, std::int64_t head_pages, std::int64_t oi_rows,
                              const FusedArgs& args);
// With the recurrence over pages: `heads` rows of attn_out are finished.
KernelWork WholeAttentionWork(const Qwen3Sizes& s, std::int64_t head_pages, std::int64_t heads, const FusedArgs& args);
// The loops of WholeAttentionWork on one of its cores, for kernels with more in them.
std::vector<Loop> WholeAttentionCube(const Qwen3Sizes& s, std::int64_t head_pages, const FusedArgs& args);
std::vector<Loop> WholeAttentionVector(const Qwen3Sizes& s, std::int64_t head_pages, std::int64_t heads,
                                       const FusedArgs& args);

// The recurrence by itself, over the outputs of pages, `rows` query rows each.
struct OnlineArgs {
  std::uint8_t oi = 0;
  std::uint8_t row_max = 1;
  std::uint8_t row_sum = 2;
  std::uint8_t out = 3;
};
KernelWork OnlineWork(const Qwen3Sizes& s, std::int64_t head_pages, std::int64_t heads, std::int64_t rows,
                      const OnlineArgs& args = {});

// Pull request 349, not split: both products of a pair of heads in two kernels, each with its half of softmax.
// args: q0, q1, k_cache, block table -> raw0/1, exp0/1, max0/1, sum0/1.
KernelWork ScoresWork(const Qwen3Sizes& s, std::int64_t pages);
// args: exp, max, sum, v_cache, block table -> oi, ctx.
KernelWork ContextWork(const Qwen3Sizes& s, std::int64_t pages);
// args: ctx0, ctx1 -> row of attn_out.
KernelWork AttentionRowWork(const Qwen3Sizes& s);

}  // namespace npusched
