#include "graphs/qwen3_attention_kernels.h"

#include <vector>

#include "graphs/kernel_ops.h"
#include "graphs/qwen3_kernels.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;
using ops::Vector;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

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

// args: raw0/1 -> exp0/1, mi0/1, li0/1.
KernelWork SoftmaxWork(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  return OnAiv("softmax", {{pages, 1, BothHeads([&](std::uint8_t head) {
                              std::vector<Op> body = {Load(kActivation, kFp32, q, s.block_size, head)};
                              const std::vector<Op> softmax = SoftmaxOps(q, s.block_size);
                              body.insert(body.end(), softmax.begin(), softmax.end());
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
    std::vector<Op> body = {Load(kActivation, kFp32, q, dim, head), Load(kActivation, kFp32, q, 1, ArgAt(2, head)),
                            Load(kActivation, kFp32, q, 1, ArgAt(4, head))};
    const std::vector<Op> step = RecurrenceOps(q, dim);
    body.insert(body.end(), step.begin(), step.end());
    return body;
  });
  const auto quotient = BothHeads([&](std::uint8_t) {
    return std::vector{Vector(VectorOp::kDiv, q, dim), Vector(VectorOp::kCast, s.q_head_batch, dim),
                       Store(kActivation, kBf16, 1, s.q_head_batch * dim, 6)};
  });
  return OnAiv("online_softmax", {{pages, 1, recurrence}, {1, 1, quotient}});
}

}  // namespace

std::vector<Op> SoftmaxOps(std::int64_t rows, std::int64_t page) {
  std::vector<Op> ops;
  for (const VectorOp op : {VectorOp::kFill, VectorOp::kScale, VectorOp::kMax, VectorOp::kAdd, VectorOp::kExp,
                            VectorOp::kCast, VectorOp::kCast, VectorOp::kSum}) {
    ops.push_back(Vector(op, rows, page));
  }
  return ops;
}

std::vector<Op> RecurrenceOps(std::int64_t rows, std::int64_t head_dim) {
  std::vector<Op> ops;
  for (const VectorOp op : {VectorOp::kMax, VectorOp::kAdd, VectorOp::kExp, VectorOp::kAdd, VectorOp::kExp,
                            VectorOp::kMul, VectorOp::kMul, VectorOp::kAdd}) {
    ops.push_back(Vector(op, rows, 1));
  }
  for (const VectorOp op : {VectorOp::kMul, VectorOp::kMul, VectorOp::kAdd}) {
    ops.push_back(Vector(op, rows, head_dim));
  }
  return ops;
}

AttentionKernels DeclareAttentionKernels(Builder& b, const Qwen3Sizes& s, std::int64_t pages) {
  return {.qk_matmul = b.Kernel(QkMatmulWork(s, pages)),
          .softmax = b.Kernel(SoftmaxWork(s, pages)),
          .sv_matmul = b.Kernel(SvMatmulWork(s, pages)),
          .online_softmax = b.Kernel(OnlineSoftmaxWork(s, pages))};
}

}  // namespace npusched
