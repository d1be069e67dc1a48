#include "graphs/qwen3_fused_kernels.h"

#include <utility>
#include <vector>

#include "graphs/kernel_ops.h"
#include "graphs/qwen3_attention_kernels.h"
#include "graphs/qwen3_kernels.h"
#include "graphs/qwen3_mix_kernels.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;
using ops::Vector;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

std::int32_t Stage(std::int64_t stage) { return static_cast<std::int32_t>(stage); }

void Append(std::vector<Op>& body, const std::vector<Op>& more) { body.insert(body.end(), more.begin(), more.end()); }

Op LoadPage(const Qwen3Sizes& s, std::uint8_t cache) {
  return Load(kCache, kBf16, 1, s.block_size * s.head_dim, cache);
}

// One page of one head on the cube core; its output goes to `oi`, so many rows.
std::vector<Op> CubePage(const Qwen3Sizes& s, const FusedArgs& args, std::uint8_t oi, std::int64_t oi_rows) {
  const std::int64_t q = s.q_head_pad;
  return {Load(kActivation, kBf16, q, s.head_dim, args.q),
          LoadPage(s, args.k_cache),
          Matmul(q, s.block_size, s.head_dim),
          Store(kActivation, kFp32, q, s.block_size, args.pipe),
          Load(kActivation, kBf16, q, s.block_size, args.pipe),
          LoadPage(s, args.v_cache),
          Matmul(q, s.head_dim, s.block_size),
          Store(kActivation, kFp32, oi_rows, s.head_dim, oi)};
}

// Softmax of the rows that one vector core has.
std::vector<Op> SoftmaxPage(const Qwen3Sizes& s, const FusedArgs& args) {
  const std::int64_t rows = HalfRows(s.q_head_pad);
  std::vector<Op> body = {Load(kActivation, kFp32, rows, s.block_size, args.pipe)};
  Append(body, SoftmaxOps(rows, s.block_size));
  body.push_back(Store(kActivation, kBf16, rows, s.block_size, args.pipe));
  return body;
}

// What a head's last page leaves is divided by its sum and becomes columns of attn_out.
std::vector<Op> Quotient(const Qwen3Sizes& s, std::int64_t rows, std::int64_t stored, std::uint8_t out) {
  return {Vector(VectorOp::kDiv, rows, s.head_dim), Vector(VectorOp::kCast, rows, s.head_dim),
          Store(kActivation, kBf16, 1, stored * s.head_dim, out)};
}

// Of a block that is dealt nothing.
std::vector<Loop> Nothing() { return {{.trips = 1, .stage = 1, .body = {}}}; }

}  // namespace

KernelWork FusedAttentionWork(const Qwen3Sizes& s, std::int64_t head_pages, std::int64_t oi_rows,
                              const FusedArgs& args) {
  if (head_pages == 0) return OnMix("fa_fused", Nothing(), Nothing());
  const std::int64_t rows = HalfRows(s.q_head_pad);
  std::vector<Op> vector = SoftmaxPage(s, args);
  vector.push_back(Store(kActivation, kFp32, rows, 1, args.row_max));
  vector.push_back(Store(kActivation, kFp32, rows, 1, args.row_sum));
  return OnMix("fa_fused", {{head_pages, Stage(s.head_stage), CubePage(s, args, args.oi, oi_rows)}},
               {{head_pages, Stage(s.head_stage), std::move(vector)}});
}

std::vector<Loop> WholeAttentionCube(const Qwen3Sizes& s, std::int64_t head_pages, const FusedArgs& args) {
  return {{head_pages, Stage(s.head_stage), CubePage(s, args, args.pipe, s.q_head_pad)}};
}

std::vector<Loop> WholeAttentionVector(const Qwen3Sizes& s, std::int64_t head_pages, std::int64_t heads,
                                       const FusedArgs& args) {
  const std::int64_t rows = HalfRows(s.q_head_pad);
  std::vector<Op> page = SoftmaxPage(s, args);
  page.push_back(Load(kActivation, kFp32, rows, s.head_dim, args.pipe));
  Append(page, RecurrenceOps(rows, s.head_dim));
  // Both cores together store a head's real rows.
  return {{head_pages, Stage(s.head_stage), std::move(page)},
          {heads, 1, Quotient(s, rows, HalfRows(s.q_head_batch), args.out)}};
}

KernelWork WholeAttentionWork(const Qwen3Sizes& s, std::int64_t head_pages, std::int64_t heads, const FusedArgs& args) {
  return OnMix("fa_fused", WholeAttentionCube(s, head_pages, args), WholeAttentionVector(s, head_pages, heads, args));
}

KernelWork OnlineWork(const Qwen3Sizes& s, std::int64_t head_pages, std::int64_t heads, std::int64_t rows,
                      const OnlineArgs& args) {
  if (heads == 0) return OnAiv("online_softmax", Nothing());
  std::vector<Op> page = {Load(kActivation, kFp32, rows, s.head_dim, args.oi),
                          Load(kActivation, kFp32, rows, 1, args.row_max),
                          Load(kActivation, kFp32, rows, 1, args.row_sum)};
  Append(page, RecurrenceOps(rows, s.head_dim));
  return OnAiv("online_softmax", {{head_pages, Stage(s.head_stage), std::move(page)},
                                  {heads, 1, Quotient(s, rows, s.q_head_batch, args.out)}});
}

KernelWork ScoresWork(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  std::vector<Op> queries;
  std::vector<Op> cube;
  std::vector<Op> vector;
  for (std::uint8_t head = 0; head < 2; ++head) {
    const auto at = [&](int first) { return static_cast<std::uint8_t>(first + head); };
    queries.push_back(Load(kActivation, kBf16, q, s.head_dim, head));
    Append(cube,
           {LoadPage(s, 2), Matmul(q, s.block_size, s.head_dim), Store(kActivation, kFp32, q, s.block_size, at(4))});
    vector.push_back(Load(kActivation, kFp32, q, s.block_size, at(4)));
    Append(vector, SoftmaxOps(q, s.block_size));
    Append(vector, {Store(kActivation, kBf16, q, s.block_size, at(6)), Store(kActivation, kFp32, q, 1, at(8)),
                    Store(kActivation, kFp32, q, 1, at(10))});
  }
  return OnMixUnsplit("fa_qks", {{1, 1, std::move(queries)}, {pages, 1, std::move(cube)}},
                      {{pages, 1, std::move(vector)}});
}

KernelWork ContextWork(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  const std::vector<Op> cube = {Load(kActivation, kBf16, q, s.block_size, 0), LoadPage(s, 3),
                                Matmul(q, s.head_dim, s.block_size), Store(kActivation, kFp32, q, s.head_dim, 5)};
  std::vector<Op> vector = {Load(kActivation, kFp32, q, s.head_dim, 5), Load(kActivation, kFp32, q, 1, 1),
                            Load(kActivation, kFp32, q, 1, 2)};
  Append(vector, RecurrenceOps(q, s.head_dim));
  return OnMixUnsplit("fa_svo", {{pages, 1, cube}},
                      {{pages, 1, std::move(vector)},
                       {1, 1, {Vector(VectorOp::kDiv, q, s.head_dim), Store(kActivation, kFp32, q, s.head_dim, 6)}}});
}

KernelWork AttentionRowWork(const Qwen3Sizes& s) {
  std::vector<Op> body;
  for (std::uint8_t head = 0; head < 2; ++head) {
    Append(body, {Load(kActivation, kFp32, s.q_head_pad, s.head_dim, head),
                  Vector(VectorOp::kCast, s.q_head_batch, s.head_dim),
                  Store(kActivation, kBf16, 1, s.q_head_batch * s.head_dim, 2)});
  }
  return OnAiv("fa_attn_row", {{1, 1, std::move(body)}});
}

}  // namespace npusched
