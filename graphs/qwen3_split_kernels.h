// Kernels of the split-K shapes (449, 489, 558, head): matmuls that add their part of the depth to a result which a
// seed has zeroed, and norms whose two halves, weight and reciprocal, are kernels of their own.
//
//   const Launch out_proj = b.Kernel(SplitMatmulWork("out_proj", sizes, 512, 1024, 64));
//
// `carry` is the type in which the hidden states go from layer to layer.
#pragma once

#include <cstdint>
#include <string>

#include "graphs/kernel_work.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// Zeros. args: -> accumulator of so many columns in all.
KernelWork SeedWork(std::string name, const Qwen3Sizes& s, std::int64_t columns);
// args: activations, weights -> result, added.
KernelWork SplitMatmulWork(std::string name, const Qwen3Sizes& s, std::int64_t columns, std::int64_t depth,
                           std::int64_t step);
// A block of a projection: its columns in K loops of proj_block.
KernelWork SplitProjectionWork(std::string name, const Qwen3Sizes& s, std::int64_t columns);

// args: current, gamma -> normed. One of gamma_blocks.
KernelWork GammaWork(std::string name, const Qwen3Sizes& s, DType carry);
// args: current -> inv_rms.
KernelWork RmsRecipWork(const Qwen3Sizes& s, DType carry);
// The list of pages that attention takes its work from. args: seq_lens -> work table, total.
KernelWork WorkBuildWork(std::int64_t pages);

// args: q_proj, inv_rms, q weight, k_proj, k weight -> k_norm, q_norm.
KernelWork QkGammaWork(const Qwen3Sizes& s);
// args: q_proj, inv_rms, k_proj -> k_inv, q_inv.
KernelWork QkRecipWork(const Qwen3Sizes& s);
// Both halves of the norm, of one KV head. args: q_proj, k_proj, inv_rms, q weight, k weight -> q_norm, k_norm.
KernelWork HeadNormWork(const Qwen3Sizes& s);
// args: seq_lens, inv_rms, slots, cos, sin, k_inv, k_norm, v_proj, q_inv, q_norm -> all_q, k_cache, v_cache.
// One of rope_blocks; `batch` sequences in all.
KernelWork RopeQkvWork(const Qwen3Sizes& s, std::int64_t batch);
// Of norms that are complete. args: seq_lens, inv_rms, slots, cos, sin, k_norm, v_proj, q_norm -> all_q, k_cache,
// v_cache.
KernelWork NormedRopeWork(const Qwen3Sizes& s, std::int64_t batch);

// args: attn_out -> dummy.
KernelWork FenceWork();

// cast_out columns. args: attn_proj, current, gamma -> mlp_norm_in, post_norm_partial.
KernelWork ResidualCastWork(const Qwen3Sizes& s, DType carry);
// args: attn_proj, current -> inv_rms_tile.
KernelWork PostRmsReduceWork(const Qwen3Sizes& s, DType carry);
// args: inv_rms_tile, gate_acc, up_acc -> mlp_tile.
KernelWork ScaledSiluWork(const Qwen3Sizes& s);
// args: post_norm_partial, down_acc -> out_partial.
KernelWork DownCastWork(const Qwen3Sizes& s, DType carry);
// args: down_acc, post_norm_partial, gamma -> next_hidden, next_normed.
KernelWork DcrGammaWork(const Qwen3Sizes& s, DType carry);

}  // namespace npusched
