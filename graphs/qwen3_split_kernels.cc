#include "graphs/qwen3_split_kernels.h"

#include <utility>
#include <vector>

#include "graphs/kernel_ops.h"
#include "graphs/qwen3_kernels.h"

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
std::int32_t Stage(std::int64_t stage) { return static_cast<std::int32_t>(stage); }

// A tile comes in and is fp32 afterwards.
void LoadWide(std::vector<Op>& body, DType dtype, std::int64_t rows, std::int64_t columns, std::uint8_t arg) {
  body.push_back(Load(kActivation, dtype, rows, columns, arg));
  if (dtype != kFp32) body.push_back(Vector(VectorOp::kCast, rows, columns));
}

void Compute(std::vector<Op>& body, std::initializer_list<VectorOp> ops, std::int64_t rows, std::int64_t columns) {
  for (const VectorOp op : ops) body.push_back(Vector(op, rows, columns));
}

struct RopeArgs {
  std::vector<std::uint8_t> reciprocals;  // of the norms of k and q, where those are still to be applied
  std::uint8_t k = 0, v = 0, q = 0;
  std::uint8_t first_out = 0;  // all_q, k_cache, v_cache
};

// One of rope_blocks: its share of the heads of all sequences.
KernelWork RopeBlock(const Qwen3Sizes& s, std::int64_t batch, const RopeArgs& args) {
  const std::int64_t half = s.head_dim / 2;
  const bool scales = !args.reciprocals.empty();
  const auto out = [&](int offset) { return static_cast<std::uint8_t>(args.first_out + offset); };
  const auto rotate = [&](std::uint8_t in, std::uint8_t to, MemorySpace space) {
    std::vector<Op> body = {Load(kActivation, kFp32, 1, s.head_dim, in)};
    if (scales) body.push_back(Vector(VectorOp::kScale, 1, s.head_dim));
    const std::vector<Op> halves = RotateOps(half);
    body.insert(body.end(), halves.begin(), halves.end());
    for (int i = 0; i < 2; ++i) body.push_back(Store(space, kBf16, 1, half, to));
    return body;
  };
  const std::int64_t padding = s.q_head_pad - s.q_head_batch;
  std::vector<Op> value = {Load(kActivation, kFp32, 1, s.head_dim, args.v), Vector(VectorOp::kScale, 1, s.head_dim),
                           Vector(VectorOp::kCast, 1, s.head_dim), Store(kCache, kBf16, 1, s.head_dim, out(2))};
  if (padding > 0) {
    value.push_back(Vector(VectorOp::kFill, padding, s.head_dim));
    value.push_back(Store(kActivation, kBf16, padding, s.head_dim, out(0)));
  }
  std::vector<Op> row = {Load(kActivation, kFp32, 1, 1, 1), Load(kWeight, kFp32, 1, s.head_dim, 3),
                         Load(kWeight, kFp32, 1, s.head_dim, 4)};
  if (scales) {
    row.push_back(Load(kActivation, kFp32, 1, s.num_kv_heads, args.reciprocals[0]));
    row.push_back(Load(kActivation, kFp32, 1, s.num_heads, args.reciprocals[1]));
  }
  const std::int64_t keys = CeilDiv(batch * s.num_kv_heads, s.rope_blocks);
  const std::int32_t stage = Stage(s.head_stage);
  return OnAiv("rope_qkv", {{CeilDiv(batch, s.rope_blocks), 1, std::move(row)},
                            {keys, stage, rotate(args.k, out(1), kCache)},
                            {keys, stage, std::move(value)},
                            {keys * s.q_head_batch, stage, rotate(args.q, out(0), kActivation)}});
}

}  // namespace

KernelWork SeedWork(std::string name, const Qwen3Sizes& s, std::int64_t columns) {
  const std::int64_t chunk = s.copy_chunk;
  return OnAiv(std::move(name), {{1, 1, {Vector(VectorOp::kFill, s.batch_tile, chunk)}},
                                 {CeilDiv(columns, chunk), 1, {Store(kActivation, kFp32, s.batch_tile, chunk, 0)}}});
}

KernelWork SplitMatmulWork(std::string name, const Qwen3Sizes& s, std::int64_t columns, std::int64_t depth,
                           std::int64_t step) {
  return MatmulWork(std::move(name), {.rows = s.batch_tile,
                                      .columns = columns,
                                      .depth = depth,
                                      .step = step,
                                      .stage = s.matmul_stage,
                                      .atomic = true});
}

KernelWork SplitProjectionWork(std::string name, const Qwen3Sizes& s, std::int64_t columns) {
  const std::int64_t block = s.proj_block == 0 ? columns : s.proj_block;
  return MatmulWork(std::move(name), {.rows = s.batch_tile,
                                      .columns = block,
                                      .depth = s.proj_split_k,
                                      .step = s.input_proj_k,
                                      .stage = s.matmul_stage,
                                      .loops = columns / block,
                                      .atomic = true});
}

KernelWork GammaWork(std::string name, const Qwen3Sizes& s, DType carry) {
  const std::int64_t rows = s.batch_tile;
  const std::int64_t chunk = s.copy_chunk;
  std::vector<Op> body = {Load(kActivation, carry, rows, chunk, 0), Load(kWeight, kFp32, 1, chunk, 1)};
  if (carry != kFp32) body.push_back(Vector(VectorOp::kCast, rows, chunk));
  Compute(body, {VectorOp::kMul, VectorOp::kCast}, rows, chunk);
  body.push_back(Store(kActivation, kBf16, rows, chunk, 2));
  return OnAiv(std::move(name), {{CeilDiv(s.hidden / chunk, s.gamma_blocks), 1, std::move(body)}});
}

KernelWork RmsRecipWork(const Qwen3Sizes& s, DType carry) {
  const std::int64_t chunk = s.copy_chunk;
  std::vector<Op> squares;
  LoadWide(squares, carry, s.batch_tile, chunk, 0);
  Compute(squares, {VectorOp::kMul, VectorOp::kSum}, s.batch_tile, chunk);
  return OnAiv("rms_recip",
               {{s.hidden / chunk, Stage(s.norm_stage), std::move(squares)},
                {1, 1, {Vector(VectorOp::kRsqrt, s.batch_tile, 1), Store(kActivation, kFp32, 1, s.batch_tile, 1)}}});
}

// An entry is a scalar write into the cache of the core; the table leaves as a whole.
KernelWork WorkBuildWork(std::int64_t pages) {
  return OnAiv(
      "fa_work_build",
      {{pages, 1, {}}, {1, 1, {Store(kActivation, kInt32, 1, pages, 1), Store(kActivation, kInt32, 1, 1, 2)}}});
}

KernelWork QkGammaWork(const Qwen3Sizes& s) {
  const std::int64_t rows = s.batch_tile;
  const auto scale = [&](std::int64_t heads, std::uint8_t in, std::uint8_t out) {
    std::vector<Op> body = {Load(kActivation, kFp32, rows, heads * s.head_dim, in)};
    Compute(body, {VectorOp::kMul, VectorOp::kMul}, rows * heads, s.head_dim);
    body.push_back(Store(kActivation, kFp32, rows, heads * s.head_dim, out));
    return body;
  };
  std::vector<Op> body = scale(s.q_head_batch, 0, 6);
  const std::vector<Op> key = scale(1, 3, 5);
  body.insert(body.end(), key.begin(), key.end());
  return OnAiv("qk_gamma", {{1, 1, {Load(kActivation, kFp32, 1, rows, 1)}}, {s.num_kv_heads, 1, std::move(body)}});
}

KernelWork QkRecipWork(const Qwen3Sizes& s) {
  const std::int64_t rows = s.batch_tile;
  const auto recip = [&](std::int64_t heads, std::uint8_t in, std::uint8_t out) {
    std::vector<Op> body = {Load(kActivation, kFp32, rows, heads * s.head_dim, in)};
    Compute(body, {VectorOp::kMul, VectorOp::kMul, VectorOp::kSum}, rows * heads, s.head_dim);
    body.push_back(Vector(VectorOp::kRsqrt, rows * heads, 1));
    body.push_back(Store(kActivation, kFp32, rows, heads, out));
    return body;
  };
  std::vector<Op> body = recip(s.q_head_batch, 0, 4);
  const std::vector<Op> key = recip(1, 2, 3);
  body.insert(body.end(), key.begin(), key.end());
  return OnAiv("qk_recip", {{1, 1, {Load(kActivation, kFp32, 1, rows, 1)}}, {s.num_kv_heads, 1, std::move(body)}});
}

KernelWork HeadNormWork(const Qwen3Sizes& s) {
  const std::int64_t rows = s.batch_tile;
  const auto norm = [&](std::int64_t heads, std::uint8_t in, std::uint8_t out) {
    std::vector<Op> body = {Load(kActivation, kFp32, rows, heads * s.head_dim, in)};
    Compute(body, {VectorOp::kMul, VectorOp::kMul, VectorOp::kSum}, rows * heads, s.head_dim);
    body.push_back(Vector(VectorOp::kRsqrt, rows * heads, 1));
    Compute(body, {VectorOp::kMul, VectorOp::kMul}, rows * heads, s.head_dim);
    body.push_back(Store(kActivation, kFp32, rows, heads * s.head_dim, out));
    return body;
  };
  std::vector<Op> body = norm(s.q_head_batch, 0, 5);
  const std::vector<Op> key = norm(1, 1, 6);
  body.insert(body.end(), key.begin(), key.end());
  return OnAiv("qk_norm", {{1, 1, {Load(kActivation, kFp32, 1, rows, 2)}}, {1, 1, std::move(body)}});
}

KernelWork RopeQkvWork(const Qwen3Sizes& s, std::int64_t batch) {
  return RopeBlock(s, batch, {.reciprocals = {5, 8}, .k = 6, .v = 7, .q = 9, .first_out = 10});
}

KernelWork NormedRopeWork(const Qwen3Sizes& s, std::int64_t batch) {
  return RopeBlock(s, batch, {.reciprocals = {}, .k = 5, .v = 6, .q = 7, .first_out = 8});
}

KernelWork FenceWork() {
  return OnAiv("attn_fence", {{1, 1, {Vector(VectorOp::kFill, 1, 8), Store(kActivation, kFp32, 1, 8, 1)}}});
}

KernelWork ResidualCastWork(const Qwen3Sizes& s, DType carry) {
  const std::int64_t rows = s.batch_tile;
  const std::int64_t chunk = s.copy_chunk;
  std::vector<Op> body = {Load(kActivation, kFp32, rows, chunk, 0), Load(kActivation, carry, rows, chunk, 1),
                          Load(kWeight, kFp32, 1, chunk, 2)};
  if (carry != kFp32) body.push_back(Vector(VectorOp::kCast, rows, chunk));
  Compute(body, {VectorOp::kAdd, VectorOp::kMul, VectorOp::kCast}, rows, chunk);
  if (carry != kFp32) body.push_back(Vector(VectorOp::kCast, rows, chunk));
  body.push_back(Store(kActivation, kBf16, rows, chunk, 3));
  body.push_back(Store(kActivation, carry, rows, chunk, 4));
  return OnAiv("residual_rms_cast", {{CeilDiv(s.cast_out, chunk), 1, std::move(body)}});
}

KernelWork PostRmsReduceWork(const Qwen3Sizes& s, DType carry) {
  const std::int64_t chunk = s.copy_chunk;
  std::vector<Op> squares = {Load(kActivation, kFp32, s.batch_tile, chunk, 0)};
  LoadWide(squares, carry, s.batch_tile, chunk, 1);
  Compute(squares, {VectorOp::kAdd, VectorOp::kMul, VectorOp::kSum}, s.batch_tile, chunk);
  return OnAiv("post_rms_reduce",
               {{s.hidden / chunk, 1, std::move(squares)},
                {1, 1, {Vector(VectorOp::kRsqrt, s.batch_tile, 1), Store(kActivation, kFp32, s.batch_tile, 1, 2)}}});
}

KernelWork ScaledSiluWork(const Qwen3Sizes& s) {
  const std::int64_t rows = s.batch_tile;
  std::vector<Op> body = {Load(kActivation, kFp32, rows, s.silu_block, 1),
                          Load(kActivation, kFp32, rows, s.silu_block, 2)};
  Compute(body, {VectorOp::kMul, VectorOp::kMul}, rows, s.silu_block);
  const std::vector<Op> silu = SiluOps(rows, s.silu_block);
  body.insert(body.end(), silu.begin(), silu.end());
  body.push_back(Store(kActivation, kBf16, rows, s.silu_block, 3));
  return OnAiv("silu", {{1, 1, {Load(kActivation, kFp32, rows, 1, 0)}},
                        {s.mlp_out_chunk / s.silu_block, Stage(s.silu_stage), std::move(body)}});
}

KernelWork DownCastWork(const Qwen3Sizes& s, DType carry) {
  const std::int64_t rows = s.batch_tile;
  const std::int64_t chunk = s.copy_chunk;
  std::vector<Op> body;
  LoadWide(body, carry, rows, chunk, 0);
  body.push_back(Load(kActivation, kFp32, rows, chunk, 1));
  Compute(body, {VectorOp::kAdd, VectorOp::kCast}, rows, chunk);
  body.push_back(Store(kActivation, kBf16, rows, chunk, 2));
  return OnAiv("down_cast_residual", {{CeilDiv(s.down_out, chunk), 1, std::move(body)}});
}

KernelWork DcrGammaWork(const Qwen3Sizes& s, DType carry) {
  const std::int64_t rows = s.batch_tile;
  const std::int64_t chunk = s.copy_chunk;
  std::vector<Op> body = {Load(kActivation, kFp32, rows, chunk, 0), Load(kActivation, carry, rows, chunk, 1),
                          Load(kWeight, kFp32, 1, chunk, 2)};
  Compute(body, {VectorOp::kAdd, VectorOp::kMul, VectorOp::kCast}, rows, chunk);
  body.push_back(Store(kActivation, carry, rows, chunk, 3));
  body.push_back(Store(kActivation, kBf16, rows, chunk, 4));
  return OnAiv("dcr_xgamma", {{CeilDiv(s.down_out, chunk), 1, std::move(body)}});
}

}  // namespace npusched
