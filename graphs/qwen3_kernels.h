// The kernels of the Qwen3-14B decode program outside attention: what each loads, computes and stores, in tiles.
//
//   const Launch q_proj = b.Kernel(MatmulWork("q_proj", {.rows = 16, .columns = 256, .depth = 5120, .step = 256}));
//
// Every function states the work of one block; docs/programs.md has them as a table. Argument positions
// are those in which the emitters name the arguments.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graphs/builder.h"
#include "graphs/kernel_work.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

inline KernelWork OnAic(std::string name, std::vector<Loop> loops) {
  return {.name = std::move(name), .slots = {std::move(loops), {}, {}}};
}
inline KernelWork OnAiv(std::string name, std::vector<Loop> loops) {
  return {.name = std::move(name), .slots = {{}, std::move(loops), {}}};
}
// Split by rows: `vector` is the part of one of the two vector cores.
inline KernelWork OnMix(std::string name, std::vector<Loop> cube, const std::vector<Loop>& vector) {
  return {.name = std::move(name), .slots = {std::move(cube), vector, vector}};
}
// Not split: the second vector core only answers hand-shakes.
inline KernelWork OnMixUnsplit(std::string name, std::vector<Loop> cube, std::vector<Loop> vector) {
  return {.name = std::move(name), .slots = {std::move(cube), std::move(vector), {Loop{}}}};
}

// [rows, depth] x [depth, columns], bf16 into fp32, in steps of `step` along the depth.
struct MatmulShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;  // of one K loop
  std::int64_t depth = 0;
  std::int64_t step = 0;
  std::int64_t stage = 1;
  bool weights_by_column = false;  // stored [columns, depth]: a tile has rows of `step` elements
  std::int64_t loops = 1;          // one after the other, each with columns of its own
  bool atomic = false;             // added to what is there
  std::uint8_t weights = 1;        // positions of these arguments
  std::uint8_t result = 2;
};
std::vector<Loop> MatmulLoops(const MatmulShape& shape);
// args: activations, weights -> result.
KernelWork MatmulWork(std::string name, const MatmulShape& shape);

// A pass that sums squares, then one that scales, in chunks of columns. args: x, gamma -> normed.
KernelWork RmsNormWork(std::string name, DType input, std::int64_t rows, std::int64_t columns, std::int64_t chunk,
                       std::int64_t stage = 1);

// [batch_tile, hidden], chunk by chunk. args: from -> to.
KernelWork CopyWork(std::string name, const Qwen3Sizes& s, DType from, DType to);

// Adds a matmul's fp32 result and a residual; the one that is bf16 is cast.
struct ResidualArgs {
  std::uint8_t result = 0;
  std::uint8_t residual = 1;
  std::uint8_t sum = 2;
};
std::vector<Loop> ResidualLoops(std::int64_t rows, std::int64_t columns, DType residual, DType sum,
                                const ResidualArgs& args = {});

// RoPE of one head in two halves: products, sums, casts.
std::vector<Op> RotateOps(std::int64_t half);
// x / (1 + exp(-x)) times up, elementwise over one tile.
std::vector<Op> SiluOps(std::int64_t rows, std::int64_t columns);
// args: gate_acc, up_acc -> mlp_tile.
KernelWork SiluWork(const Qwen3Sizes& s);

// Up to attention.
struct ProjectionKernels {
  Launch rmsnorm;
  Launch q_proj;
  Launch k_proj;
  Launch v_proj;
  Launch qk_norm;
  Launch rope_kv_cache;
};
// qk_norm takes so many KV heads a block.
ProjectionKernels DeclareProjectionKernels(Builder& b, const Qwen3Sizes& s, std::int64_t norm_heads);
inline ProjectionKernels DeclareProjectionKernels(Builder& b, const Qwen3Sizes& s) {
  return DeclareProjectionKernels(b, s, s.num_kv_heads);
}
KernelWork QkNormWork(const Qwen3Sizes& s, std::int64_t kv_heads);
KernelWork RopeWork(const Qwen3Sizes& s, std::int64_t padding);

// After attention, where the residual is a task of its own.
struct OutKernels {
  Launch out_proj;
  Launch out_proj_residual;
};
OutKernels DeclareOutKernels(Builder& b, const Qwen3Sizes& s);

struct MlpKernels {
  Launch post_rmsnorm;
  Launch gate_proj;
  Launch up_proj;
  Launch silu;
  Launch down_proj;
  Launch down_proj_residual;
};
MlpKernels DeclareMlpKernels(Builder& b, const Qwen3Sizes& s, std::int64_t down_stage);

}  // namespace npusched
