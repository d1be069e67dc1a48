// The kernels of the Qwen3-14B decode program: what each loads, computes and stores, in tiles.
//
// Every function states the work of one task; docs/programs.md has them as a table. Argument positions
// are those in which qwen3_decode.cc names the arguments.
#pragma once

#include <cstdint>
#include <string>

#include "graphs/builder.h"
#include "graphs/kernel_work.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// [rows, depth] x [depth, columns], bf16 into fp32, in steps of `step` along the depth.
struct MatmulShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t depth = 0;
  std::int64_t step = 0;
  std::int32_t stage = 1;
  bool weights_by_column = false;  // stored [columns, depth]: a tile has rows of `step` elements
};
// args: activations, weights -> result.
KernelWork MatmulWork(std::string name, const MatmulShape& shape);

// A pass that sums squares, then one that scales, in chunks of columns. args: x, gamma -> normed.
KernelWork RmsNormWork(std::string name, DType input, std::int64_t rows, std::int64_t columns, std::int64_t chunk);

// Kernels of a layer whose work does not depend on a context.
struct LayerKernels {
  Launch rmsnorm;
  Launch q_proj;
  Launch k_proj;
  Launch v_proj;
  Launch qk_norm;
  Launch rope_kv_cache;
  Launch out_proj;
  Launch out_proj_residual;
  Launch post_rmsnorm;
  Launch gate_proj;
  Launch up_proj;
  Launch silu;
  Launch down_proj;
  Launch down_proj_residual;
};
LayerKernels DeclareLayerKernels(Builder& b, const Qwen3Sizes& sizes, std::int32_t stage);

// Attention of one sequence and one pair of KV heads, over so many pages. Every page is whole, the last too.
struct AttentionKernels {
  Launch qk_matmul;
  Launch softmax;
  Launch sv_matmul;
  Launch online_softmax;
};
AttentionKernels DeclareAttentionKernels(Builder& b, const Qwen3Sizes& sizes, std::int64_t pages);

struct HeadKernels {
  Launch final_rmsnorm;
  Launch lm_head;
  Launch lm_head_store;
};
HeadKernels DeclareHeadKernels(Builder& b, const Qwen3Sizes& sizes, std::int32_t stage);

Launch DeclareCopyHidden(Builder& b, const Qwen3Sizes& sizes);

}  // namespace npusched
