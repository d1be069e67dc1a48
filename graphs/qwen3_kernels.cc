#include "graphs/qwen3_kernels.h"

#include <numeric>

#include "graphs/kernel_ops.h"

namespace npusched {

using ops::Load;
using ops::Matmul;
using ops::Store;
using ops::Vector;
using enum MemorySpace;

namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

// The row `in` of fp32 becomes two bf16 stores to `out`.
std::vector<Op> RotateHead(const Qwen3Sizes& s, std::uint8_t in, std::uint8_t out, MemorySpace space) {
  const std::int64_t half = s.head_dim / 2;
  std::vector<Op> head = {Load(kActivation, kFp32, 1, s.head_dim, in)};
  const std::vector<Op> halves = RotateOps(half);
  head.insert(head.end(), halves.begin(), halves.end());
  for (int i = 0; i < 2; ++i) head.push_back(Store(space, kBf16, 1, half, out));
  return head;
}

}  // namespace

std::vector<Op> RotateOps(std::int64_t half) {
  std::vector<Op> ops;
  for (const VectorOp op : {VectorOp::kMul, VectorOp::kMul, VectorOp::kAdd, VectorOp::kMul, VectorOp::kMul,
                            VectorOp::kAdd, VectorOp::kCast, VectorOp::kCast}) {
    ops.push_back(Vector(op, 1, half));
  }
  return ops;
}

std::vector<Loop> MatmulLoops(const MatmulShape& shape) {
  // A task that reads what lies beside a tile too, in its next loop or in its next step, uses whole rows between them.
  const std::int64_t beside = shape.weights_by_column ? shape.depth / shape.step : shape.loops;
  const std::int64_t rows = shape.weights_by_column ? shape.columns : shape.step;
  const std::int64_t columns = shape.weights_by_column ? shape.step : shape.columns;
  const std::int64_t together = std::gcd(rows, beside);
  const Op weights = Load(kWeight, kBf16, rows / together, columns * together, shape.weights);
  Op store = Store(kActivation, kFp32, shape.rows, shape.columns, shape.result);
  store.atomic = shape.atomic;
  std::vector<Loop> loops;
  for (std::int64_t i = 0; i < shape.loops; ++i) {
    loops.push_back({shape.depth / shape.step,
                     static_cast<std::int32_t>(shape.stage),
                     {weights, Load(kActivation, kBf16, shape.rows, shape.step, 0),
                      Matmul(shape.rows, shape.columns, shape.step)}});
    loops.push_back({1, 1, {store}});
  }
  return loops;
}

KernelWork MatmulWork(std::string name, const MatmulShape& shape) { return OnAic(std::move(name), MatmulLoops(shape)); }

KernelWork RmsNormWork(std::string name, DType input, std::int64_t rows, std::int64_t columns, std::int64_t chunk,
                       std::int64_t stage) {
  std::vector<Op> squares = {Load(kActivation, input, rows, chunk, 0)};
  std::vector<Op> scale = {Load(kActivation, input, rows, chunk, 0), Load(kWeight, kFp32, 1, chunk, 1)};
  if (input != kFp32) {
    squares.push_back(Vector(VectorOp::kCast, rows, chunk));
    scale.push_back(Vector(VectorOp::kCast, rows, chunk));
  }
  for (const VectorOp op : {VectorOp::kMul, VectorOp::kSum}) squares.push_back(Vector(op, rows, chunk));
  for (const VectorOp op : {VectorOp::kMul, VectorOp::kMul, VectorOp::kCast}) scale.push_back(Vector(op, rows, chunk));
  scale.push_back(Store(kActivation, kBf16, rows, chunk, 2));
  const auto stages = static_cast<std::int32_t>(stage);
  return OnAiv(std::move(name), {{columns / chunk, stages, std::move(squares)},
                                 {1, 1, {Vector(VectorOp::kRsqrt, rows, 1)}},
                                 {columns / chunk, stages, std::move(scale)}});
}

// Per-head RMSNorm of q and k, one KV head and its query heads a trip. The norm weights stay in the
// vector core's buffer. args: q_proj, k_proj, q weight, k weight -> q_norm, k_norm.
KernelWork QkNormWork(const Qwen3Sizes& s, std::int64_t kv_heads) {
  const auto norm = [&](std::int64_t heads, std::uint8_t in, std::uint8_t out) {
    const std::int64_t rows = s.batch_tile * heads;
    const std::int64_t columns = heads * s.head_dim;
    return std::vector<Op>{Load(kActivation, kFp32, s.batch_tile, columns, in),
                           Vector(VectorOp::kMul, rows, s.head_dim),
                           Vector(VectorOp::kSum, rows, s.head_dim),
                           Vector(VectorOp::kRsqrt, rows, 1),
                           Vector(VectorOp::kMul, rows, s.head_dim),
                           Vector(VectorOp::kMul, rows, s.head_dim),
                           Store(kActivation, kFp32, s.batch_tile, columns, out)};
  };
  std::vector<Op> body = norm(s.q_head_batch, 0, 4);
  const std::vector<Op> key = norm(1, 1, 5);
  body.insert(body.end(), key.begin(), key.end());
  return OnAiv("qk_norm", {{kv_heads, 1, std::move(body)}});
}

// One sequence, head by head: rotates its key and query heads, writes its key and value rows to the cache
// and its queries with so many zero rows a KV head. args: k_norm, v_proj, q_norm, cos low, cos high, sin low,
// sin high -> k_cache, v_cache, all_q_padded.
KernelWork RopeWork(const Qwen3Sizes& s, std::int64_t padding) {
  std::vector<Op> tables;
  for (std::uint8_t arg = 3; arg <= 6; ++arg) tables.push_back(Load(kWeight, kFp32, 1, s.head_dim / 2, arg));
  std::vector<Op> value = {Load(kActivation, kFp32, 1, s.head_dim, 1), Vector(VectorOp::kCast, 1, s.head_dim),
                           Store(kCache, kBf16, 1, s.head_dim, 8)};
  if (padding > 0) {
    value.push_back(Vector(VectorOp::kFill, padding, s.head_dim));
    value.push_back(Store(kActivation, kBf16, padding, s.head_dim, 9));
  }
  return OnAiv("rope_kv_cache", {{1, 1, std::move(tables)},
                                 {s.num_kv_heads, 1, RotateHead(s, 0, 7, kCache)},
                                 {s.num_kv_heads, 1, std::move(value)},
                                 {s.num_heads, 1, RotateHead(s, 2, 9, kActivation)}});
}

std::vector<Op> SiluOps(std::int64_t rows, std::int64_t columns) {
  std::vector<Op> ops;
  for (const VectorOp op : {VectorOp::kScale, VectorOp::kExp, VectorOp::kAdd, VectorOp::kDiv, VectorOp::kMul,
                            VectorOp::kMul, VectorOp::kCast}) {
    ops.push_back(Vector(op, rows, columns));
  }
  return ops;
}

KernelWork SiluWork(const Qwen3Sizes& s) {
  const std::int64_t rows = s.batch_tile;
  const std::int64_t columns = s.mlp_out_chunk;
  std::vector<Op> body = {Load(kActivation, kFp32, rows, columns, 0), Load(kActivation, kFp32, rows, columns, 1)};
  const std::vector<Op> silu = SiluOps(rows, columns);
  body.insert(body.end(), silu.begin(), silu.end());
  body.push_back(Store(kActivation, kBf16, rows, columns, 2));
  return OnAiv("silu", {{1, 1, std::move(body)}});
}

std::vector<Loop> ResidualLoops(std::int64_t rows, std::int64_t columns, DType residual, DType sum,
                                const ResidualArgs& args) {
  return {{1,
           1,
           {Load(kActivation, kFp32, rows, columns, args.result),
            Load(kActivation, residual, rows, columns, args.residual), Vector(VectorOp::kAdd, rows, columns),
            Vector(VectorOp::kCast, rows, columns), Store(kActivation, sum, rows, columns, args.sum)}}};
}

KernelWork CopyWork(std::string name, const Qwen3Sizes& s, DType from, DType to) {
  const std::int64_t chunk = s.copy_chunk;
  return OnAiv(std::move(name), {{s.hidden / chunk,
                                  1,
                                  {Load(kWeight, from, s.batch_tile, chunk, 0),
                                   Vector(from == to ? VectorOp::kCopy : VectorOp::kCast, s.batch_tile, chunk),
                                   Store(kActivation, to, s.batch_tile, chunk, 1)}}});
}

ProjectionKernels DeclareProjectionKernels(Builder& b, const Qwen3Sizes& s, std::int64_t norm_heads) {
  const auto project = [&](const char* name, std::int64_t columns) {
    return b.Kernel(MatmulWork(name, {.rows = s.batch_tile,
                                      .columns = columns,
                                      .depth = s.hidden,
                                      .step = s.input_proj_k,
                                      .stage = s.matmul_stage}));
  };
  return {.rmsnorm = b.Kernel(RmsNormWork("rmsnorm", kBf16, s.batch_tile, s.hidden, s.input_proj_k, s.norm_stage)),
          .q_proj = project("q_proj", s.q_out),
          .k_proj = project("k_proj", s.kv_out),
          .v_proj = project("v_proj", s.kv_out),
          .qk_norm = b.Kernel(QkNormWork(s, norm_heads)),
          .rope_kv_cache = b.Kernel(RopeWork(s, s.q_head_pad - s.q_head_batch))};
}

OutKernels DeclareOutKernels(Builder& b, const Qwen3Sizes& s) {
  return {
      .out_proj = b.Kernel(MatmulWork(
          "out_proj",
          {.rows = s.batch_tile, .columns = s.o_out, .depth = s.hidden, .step = s.k_chunk, .stage = s.matmul_stage})),
      .out_proj_residual = b.Kernel(OnAiv("out_proj_residual", ResidualLoops(s.batch_tile, s.o_out, kBf16, kFp32)))};
}

MlpKernels DeclareMlpKernels(Builder& b, const Qwen3Sizes& s, std::int64_t down_stage) {
  const auto expand = [&](const char* name) {
    return b.Kernel(MatmulWork(name, {.rows = s.batch_tile,
                                      .columns = s.mlp_out_chunk,
                                      .depth = s.hidden,
                                      .step = s.k_chunk,
                                      .stage = s.matmul_stage}));
  };
  return {.post_rmsnorm =
              b.Kernel(RmsNormWork("post_rmsnorm", kFp32, s.batch_tile, s.hidden, s.k_chunk, s.post_norm_stage)),
          .gate_proj = expand("gate_proj"),
          .up_proj = expand("up_proj"),
          .silu = b.Kernel(SiluWork(s)),
          .down_proj = b.Kernel(MatmulWork("down_proj", {.rows = s.batch_tile,
                                                         .columns = s.down_out,
                                                         .depth = s.intermediate,
                                                         .step = s.down_k,
                                                         .stage = down_stage})),
          .down_proj_residual =
              b.Kernel(OnAiv("down_proj_residual", ResidualLoops(s.batch_tile, s.down_out, kFp32, kBf16)))};
}

}  // namespace npusched
