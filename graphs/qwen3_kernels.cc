#include "graphs/qwen3_kernels.h"

#include <utility>

#include "graphs/kernel_ops.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;
using ops::Vector;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

KernelWork OnAic(std::string name, std::vector<Loop> loops) {
  return {.name = std::move(name), .slots = {std::move(loops), {}, {}}};
}

KernelWork OnAiv(std::string name, std::vector<Loop> loops) {
  return {.name = std::move(name), .slots = {{}, std::move(loops), {}}};
}

// Per-head RMSNorm of q and k, one KV head and its query heads a trip. The norm weights stay in the
// vector core's buffer. args: q_proj, k_proj, q weight, k weight -> q_norm, k_norm.
KernelWork QkNormWork(const Qwen3Sizes& s) {
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
  return OnAiv("qk_norm", {{s.num_kv_heads, 1, std::move(body)}});
}

// One sequence: rotates its key and query heads, writes its key and value rows to the cache and its
// queries, padded with zero rows. args: k_norm, v_proj, q_norm, cos low, cos high, sin low, sin high ->
// k_cache, v_cache, all_q_padded.
KernelWork RopeWork(const Qwen3Sizes& s) {
  const std::int64_t half = s.head_dim / 2;
  const std::int64_t rotated = 1 + s.q_head_batch;
  const std::int64_t padding = s.q_head_pad - s.q_head_batch;
  std::vector<Op> tables;
  for (std::uint8_t arg = 3; arg <= 6; ++arg) tables.push_back(Load(kWeight, kFp32, 1, half, arg));
  std::vector<Op> head = {Load(kActivation, kFp32, 1, s.head_dim, 0), Load(kActivation, kFp32, 1, s.head_dim, 1),
                          Load(kActivation, kFp32, 1, s.q_head_batch * s.head_dim, 2)};
  for (int product = 0; product < 4; ++product) head.push_back(Vector(VectorOp::kMul, rotated, half));
  for (int sum = 0; sum < 2; ++sum) head.push_back(Vector(VectorOp::kAdd, rotated, half));
  const std::vector<Op> results = {
      Vector(VectorOp::kCast, rotated, s.head_dim),     Vector(VectorOp::kCast, 1, s.head_dim),
      Vector(VectorOp::kFill, padding, s.head_dim),     Store(kCache, kBf16, 1, s.head_dim, 7),
      Store(kCache, kBf16, 1, s.head_dim, 8),           Store(kActivation, kBf16, s.q_head_batch, s.head_dim, 9),
      Store(kActivation, kBf16, padding, s.head_dim, 9)};
  head.insert(head.end(), results.begin(), results.end());
  return OnAiv("rope_kv_cache", {{1, 1, std::move(tables)}, {s.num_kv_heads, 1, std::move(head)}});
}

// args: gate_acc, up_acc -> mlp_tile.
KernelWork SiluWork(const Qwen3Sizes& s) {
  const std::int64_t rows = s.batch_tile;
  const std::int64_t columns = s.mlp_out_chunk;
  std::vector<Op> body = {Load(kActivation, kFp32, rows, columns, 0), Load(kActivation, kFp32, rows, columns, 1)};
  for (const VectorOp op : {VectorOp::kScale, VectorOp::kExp, VectorOp::kAdd, VectorOp::kDiv, VectorOp::kMul,
                            VectorOp::kMul, VectorOp::kCast}) {
    body.push_back(Vector(op, rows, columns));
  }
  body.push_back(Store(kActivation, kBf16, rows, columns, 2));
  return OnAiv("silu", {{1, 1, std::move(body)}});
}

// Adds a matmul's fp32 result and a residual; the one that is bf16 is cast. args: result, residual -> sum.
KernelWork ResidualWork(std::string name, std::int64_t rows, std::int64_t columns, DType residual, DType sum) {
  return OnAiv(std::move(name),
               {{1,
                 1,
                 {Load(kActivation, kFp32, rows, columns, 0), Load(kActivation, residual, rows, columns, 1),
                  Vector(VectorOp::kAdd, rows, columns), Vector(VectorOp::kCast, rows, columns),
                  Store(kActivation, sum, rows, columns, 2)}}});
}

constexpr std::uint8_t kHeadsOfPair = 2;

// Concatenates the operations of both KV heads of a pair.
template <typename OfHead>
std::vector<Op> BothHeads(const OfHead& of_head) {
  std::vector<Op> body;
  for (std::uint8_t head = 0; head < kHeadsOfPair; ++head) {
    const std::vector<Op> one = of_head(head);
    body.insert(body.end(), one.begin(), one.end());
  }
  return body;
}

std::uint8_t ArgAt(int first, std::uint8_t head) { return static_cast<std::uint8_t>(first + head); }

// args: q rows 0/1, k_cache, block table -> raw0/1.
KernelWork QkMatmulWork(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  return OnAic(
      "qk_matmul",
      {{1, 1, BothHeads([&](std::uint8_t head) { return std::vector{Load(kActivation, kBf16, q, s.head_dim, head)}; })},
       {pages, 1, BothHeads([&](std::uint8_t head) {
          return std::vector{Load(kCache, kBf16, 1, s.block_size * s.head_dim, 2), Matmul(q, s.block_size, s.head_dim),
                             Store(kActivation, kFp32, q, s.block_size, ArgAt(4, head))};
        })}});
}

// Masks past the context, scales, row maximum, exp, rounded to bf16 before the row sum.
// args: raw0/1 -> exp0/1, mi0/1, li0/1.
KernelWork SoftmaxWork(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  return OnAiv("softmax",
               {{pages, 1, BothHeads([&](std::uint8_t head) {
                   std::vector<Op> body = {Load(kActivation, kFp32, q, s.block_size, head)};
                   for (const VectorOp op : {VectorOp::kFill, VectorOp::kScale, VectorOp::kMax, VectorOp::kAdd,
                                             VectorOp::kExp, VectorOp::kCast, VectorOp::kCast, VectorOp::kSum}) {
                     body.push_back(Vector(op, q, s.block_size));
                   }
                   body.push_back(Store(kActivation, kBf16, q, s.block_size, ArgAt(2, head)));
                   body.push_back(Store(kActivation, kFp32, q, 1, ArgAt(4, head)));
                   body.push_back(Store(kActivation, kFp32, q, 1, ArgAt(6, head)));
                   return body;
                 })}});
}

// args: exp0/1, v_cache, block table -> oi0/1.
KernelWork SvMatmulWork(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  return OnAic("sv_matmul", {{pages, 1, BothHeads([&](std::uint8_t head) {
                                return std::vector{Load(kActivation, kBf16, q, s.block_size, head),
                                                   Load(kCache, kBf16, 1, s.block_size * s.head_dim, 2),
                                                   Matmul(q, s.head_dim, s.block_size),
                                                   Store(kActivation, kFp32, q, s.head_dim, ArgAt(4, head))};
                              })}});
}

// The recurrence over pages, then the quotient of the real query rows. args: oi0/1, mi0/1, li0/1 -> attn_out row.
KernelWork OnlineSoftmaxWork(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  const std::int64_t dim = s.head_dim;
  const auto recurrence = BothHeads([&](std::uint8_t head) {
    return std::vector{Load(kActivation, kFp32, q, dim, head),
                       Load(kActivation, kFp32, q, 1, ArgAt(2, head)),
                       Load(kActivation, kFp32, q, 1, ArgAt(4, head)),
                       Vector(VectorOp::kExp, q, 1),
                       Vector(VectorOp::kExp, q, 1),
                       Vector(VectorOp::kMul, q, dim),
                       Vector(VectorOp::kMul, q, dim),
                       Vector(VectorOp::kAdd, q, dim)};
  });
  const auto quotient = BothHeads([&](std::uint8_t) {
    return std::vector{Vector(VectorOp::kDiv, q, dim), Vector(VectorOp::kCast, s.q_head_batch, dim),
                       Store(kActivation, kBf16, 1, s.q_head_batch * dim, 6)};
  });
  return OnAiv("online_softmax", {{pages, 1, recurrence}, {1, 1, quotient}});
}

}  // namespace

KernelWork MatmulWork(std::string name, const MatmulShape& shape) {
  const auto& [rows, columns, depth, step, stage, weights_by_column] = shape;
  const Op weights =
      weights_by_column ? Load(kWeight, kBf16, columns, step, 1) : Load(kWeight, kBf16, step, columns, 1);
  return OnAic(std::move(name),
               {{depth / step, stage, {weights, Load(kActivation, kBf16, rows, step, 0), Matmul(rows, columns, step)}},
                {1, 1, {Store(kActivation, kFp32, rows, columns, 2)}}});
}

KernelWork RmsNormWork(std::string name, DType input, std::int64_t rows, std::int64_t columns, std::int64_t chunk) {
  std::vector<Op> squares = {Load(kActivation, input, rows, chunk, 0)};
  std::vector<Op> scale = {Load(kActivation, input, rows, chunk, 0), Load(kWeight, kFp32, 1, chunk, 1)};
  if (input != kFp32) {
    squares.push_back(Vector(VectorOp::kCast, rows, chunk));
    scale.push_back(Vector(VectorOp::kCast, rows, chunk));
  }
  for (const VectorOp op : {VectorOp::kMul, VectorOp::kSum}) squares.push_back(Vector(op, rows, chunk));
  for (const VectorOp op : {VectorOp::kMul, VectorOp::kMul, VectorOp::kCast}) scale.push_back(Vector(op, rows, chunk));
  scale.push_back(Store(kActivation, kBf16, rows, chunk, 2));
  return OnAiv(std::move(name), {{columns / chunk, 1, std::move(squares)},
                                 {1, 1, {Vector(VectorOp::kRsqrt, rows, 1)}},
                                 {columns / chunk, 1, std::move(scale)}});
}

LayerKernels DeclareLayerKernels(Builder& b, const Qwen3Sizes& s, std::int32_t stage) {
  const std::int64_t rows = s.batch_tile;
  const auto matmul = [&](const char* name, std::int64_t columns, std::int64_t depth, std::int64_t step,
                          std::int32_t stages = 1) {
    return b.Kernel(
        MatmulWork(name, {.rows = rows, .columns = columns, .depth = depth, .step = step, .stage = stages}));
  };
  return {
      .rmsnorm = b.Kernel(RmsNormWork("rmsnorm", kBf16, rows, s.hidden, s.input_proj_k)),
      .q_proj = matmul("q_proj", s.q_out, s.hidden, s.input_proj_k),
      .k_proj = matmul("k_proj", s.kv_out, s.hidden, s.input_proj_k),
      .v_proj = matmul("v_proj", s.kv_out, s.hidden, s.input_proj_k),
      .qk_norm = b.Kernel(QkNormWork(s)),
      .rope_kv_cache = b.Kernel(RopeWork(s)),
      .out_proj = matmul("out_proj", s.q_out, s.hidden, s.k_chunk),
      .out_proj_residual = b.Kernel(ResidualWork("out_proj_residual", rows, s.q_out, kBf16, kFp32)),
      .post_rmsnorm = b.Kernel(RmsNormWork("post_rmsnorm", kFp32, rows, s.hidden, s.k_chunk)),
      .gate_proj = matmul("gate_proj", s.mlp_out_chunk, s.hidden, s.k_chunk),
      .up_proj = matmul("up_proj", s.mlp_out_chunk, s.hidden, s.k_chunk),
      .silu = b.Kernel(SiluWork(s)),
      .down_proj = matmul("down_proj", s.down_out, s.intermediate, s.mlp_out_chunk, stage),
      .down_proj_residual = b.Kernel(ResidualWork("down_proj_residual", rows, s.down_out, kFp32, kBf16)),
  };
}

AttentionKernels DeclareAttentionKernels(Builder& b, const Qwen3Sizes& s, std::int64_t pages) {
  return {.qk_matmul = b.Kernel(QkMatmulWork(s, pages)),
          .softmax = b.Kernel(SoftmaxWork(s, pages)),
          .sv_matmul = b.Kernel(SvMatmulWork(s, pages)),
          .online_softmax = b.Kernel(OnlineSoftmaxWork(s, pages))};
}

HeadKernels DeclareHeadKernels(Builder& b, const Qwen3Sizes& s, std::int32_t stage) {
  const std::int64_t rows = s.batch_tile;
  const MatmulShape logits = {.rows = rows,
                              .columns = s.vocab_chunk,
                              .depth = s.hidden,
                              .step = s.lm_head_k,
                              .stage = stage,
                              .weights_by_column = true};
  return {.final_rmsnorm = b.Kernel(RmsNormWork("final_rmsnorm", kBf16, rows, s.hidden, s.final_rms_k)),
          .lm_head = b.Kernel(MatmulWork("lm_head", logits)),
          .lm_head_store = b.Kernel(OnAiv("lm_head_store", {{1,
                                                             1,
                                                             {Load(kActivation, kFp32, rows, s.vocab_chunk, 0),
                                                              Vector(VectorOp::kCopy, rows, s.vocab_chunk),
                                                              Store(kActivation, kFp32, rows, s.vocab_chunk, 1)}}}))};
}

Launch DeclareCopyHidden(Builder& b, const Qwen3Sizes& s) {
  return b.Kernel(OnAiv("copy_hidden", {{s.hidden / s.k_chunk,
                                         1,
                                         {Load(kWeight, kBf16, s.batch_tile, s.k_chunk, 0),
                                          Vector(VectorOp::kCopy, s.batch_tile, s.k_chunk),
                                          Store(kActivation, kBf16, s.batch_tile, s.k_chunk, 1)}}}));
}

}  // namespace npusched
