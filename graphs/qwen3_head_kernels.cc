#include "graphs/qwen3_head_kernels.h"

#include <utility>
#include <vector>

#include "graphs/kernel_ops.h"
#include "graphs/qwen3_fused_kernels.h"
#include "graphs/qwen3_kernels.h"
#include "graphs/qwen3_mix_kernels.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Store;
using ops::Vector;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;
constexpr DType kInt32 = DType::kInt32;

std::int64_t CeilDiv(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

Loop Zeros(const Qwen3Sizes& s, std::int64_t columns, std::uint8_t arg) {
  return {CeilDiv(columns, s.copy_chunk), 1, {Store(kActivation, kFp32, s.batch_tile, s.copy_chunk, arg)}};
}

// One head of one sequence: its norm, its rotation, its place.
std::vector<Op> NormAndRotate(const Qwen3Sizes& s, std::uint8_t in, std::uint8_t out, MemorySpace space) {
  const std::int64_t half = s.head_dim / 2;
  std::vector<Op> body = {Load(kActivation, kFp32, 1, s.head_dim, in),
                          Vector(VectorOp::kScale, 1, s.head_dim),
                          Vector(VectorOp::kMul, 1, s.head_dim),
                          Vector(VectorOp::kSum, 1, s.head_dim),
                          Vector(VectorOp::kRsqrt, 1, 1),
                          Vector(VectorOp::kScale, 1, s.head_dim),
                          Vector(VectorOp::kMul, 1, s.head_dim)};
  const std::vector<Op> halves = RotateOps(half);
  body.insert(body.end(), halves.begin(), halves.end());
  for (int i = 0; i < 2; ++i) body.push_back(Store(space, kBf16, 1, half, out));
  return body;
}

}  // namespace

KernelWork TilingWork(std::int64_t batch) {
  return OnAiv("pa_tiling", {{1, 1, {Load(kWeight, kInt32, 1, batch, 0)}},
                             {batch, 1, {}},
                             {1, 1, {Store(kActivation, kInt32, 1, batch, 1)}}});
}

KernelWork AttentionSeedWork(const Qwen3Sizes& s, std::int64_t batch) {
  const std::int64_t rows = s.batch_tile - batch;
  if (rows <= 0) return OnAiv("attn_out_seed", {Loop{}});
  return OnAiv("attn_out_seed", {{1, 1, {Vector(VectorOp::kFill, rows, s.copy_chunk)}},
                                 {s.hidden / s.copy_chunk, 1, {Store(kActivation, kBf16, rows, s.copy_chunk, 0)}}});
}

KernelWork KvSeedWork(const Qwen3Sizes& s) {
  return OnAiv("kv_seed", {{1, 1, {Vector(VectorOp::kFill, s.batch_tile, s.copy_chunk)}},
                           Zeros(s, s.kv_hidden, 0),
                           Zeros(s, s.kv_hidden, 1)});
}

KernelWork MlpSeedWork(const Qwen3Sizes& s) {
  return OnAiv("mlp_out_seed", {{1, 1, {Vector(VectorOp::kFill, s.batch_tile, s.copy_chunk)}},
                                Zeros(s, s.hidden, 0),
                                Zeros(s, s.intermediate, 1),
                                Zeros(s, s.intermediate, 2),
                                Zeros(s, s.hidden, 3)});
}

KernelWork AttentionWork(const Qwen3Sizes& s, std::int64_t batch, std::int64_t head_pages) {
  constexpr std::uint8_t kAttnOut = 0, kQ = 1, kK = 2, kV = 3, kWorkspace = 4;
  const FusedArgs args = {.q = kQ, .k_cache = kK, .v_cache = kV, .pipe = kWorkspace, .out = kAttnOut};
  // The heads of the batch are dealt to both vector cores of every block.
  const std::int64_t cores = 2 * s.attn_blocks;
  const auto stage = static_cast<std::int32_t>(s.head_stage);
  const std::int64_t keys = CeilDiv(batch * s.num_kv_heads, cores);
  std::vector<Loop> vector = {{1,
                               1,
                               {Load(kActivation, kFp32, 1, 1, 9), Load(kWeight, kFp32, 1, s.head_dim, 10),
                                Load(kWeight, kFp32, 1, s.head_dim, 11), Load(kWeight, kFp32, 1, s.head_dim, 12),
                                Load(kWeight, kFp32, 1, s.head_dim, 13)}},
                              {keys, stage, NormAndRotate(s, 7, kK, kCache)},
                              {keys,
                               stage,
                               {Load(kActivation, kFp32, 1, s.head_dim, 8), Vector(VectorOp::kScale, 1, s.head_dim),
                                Vector(VectorOp::kCast, 1, s.head_dim), Store(kCache, kBf16, 1, s.head_dim, kV)}},
                              {CeilDiv(batch * s.num_heads, cores), stage, NormAndRotate(s, 6, kQ, kActivation)}};
  const std::vector<Loop> pages =
      WholeAttentionVector(s, head_pages, CeilDiv(batch * s.num_kv_heads, s.attn_blocks), args);
  vector.insert(vector.end(), pages.begin(), pages.end());
  return OnMix("attention", WholeAttentionCube(s, head_pages, args), vector);
}

KernelWork EmbeddingWork(const Qwen3Sizes& s) {
  return OnAiv("token_embedding", {{s.hidden / s.copy_chunk,
                                    1,
                                    {Load(kWeight, kBf16, 1, s.copy_chunk, 1), Vector(VectorOp::kCopy, 1, s.copy_chunk),
                                     Store(kActivation, kBf16, 1, s.copy_chunk, 2)}}});
}

KernelWork GreedySampleWork(const Qwen3Sizes& s) {
  const std::int64_t chunk = CeilDiv(s.vocab, s.vocab_cores);
  return OnAiv(
      "greedy_sample",
      {{s.vocab_cores,
        1,
        {Load(kActivation, kFp32, 1, chunk, 0), Vector(VectorOp::kMax, 1, chunk), Vector(VectorOp::kMax, 1, chunk)}},
       {1, 1, {Store(kActivation, kInt32, 1, 1, 1)}}});
}

}  // namespace npusched
