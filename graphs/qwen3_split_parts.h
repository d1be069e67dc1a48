// The parts that the split-K shapes (449, 489, 558, head) share: from out_proj to down_proj, where every matmul adds
// its part of the depth to a seeded accumulator and all order is explicit.
//
//   SplitParts parts(words, DType::kBFloat16);
//   b.Submit(...);   // up to attention
//   b.Scope(ScopeKind::kManual, [&] { const TaskId out = parts.OutProj(t, n, k).Dep(seed); ... });
//
// n counts blocks of columns, k blocks of the depth.
#pragma once

#include <cstdint>
#include <vector>

#include "graphs/qwen3_words.h"

namespace npusched {

// What the layer's body creates; a shape leaves out what it does not need.
struct SplitTensors {
  std::int64_t layer = 0;
  Tensor current, next, normed, next_normed;
  Tensor inv_rms, q_proj, k_proj, v_proj, k_norm, q_norm, k_inv, q_inv, all_q;
  Tensor work_table, work_total, row_sum, row_max, oi, pipe, attn_out, fence;
  Tensor attn_proj, mlp_norm_in, post_norm_partial, inv_rms_tile;
  Tensor gate_acc, up_acc, mlp_tile, down_acc, out_partial;
};

struct SplitKernels {
  Launch out_proj, residual_rms_cast, post_rms_reduce, gate_proj, up_proj, silu, down_proj;
};

class SplitParts {
 public:
  // `carry`: the type of the hidden states between layers.
  SplitParts(DecodeWords& words, DType carry);

  [[nodiscard]] std::int64_t out_n() const { return s_.hidden / s_.o_out; }
  [[nodiscard]] std::int64_t out_k() const { return s_.hidden / s_.o_split_k; }
  [[nodiscard]] std::int64_t casts() const { return s_.hidden / s_.cast_out; }
  [[nodiscard]] std::int64_t mlp_n() const { return s_.intermediate / s_.mlp_out_chunk; }
  [[nodiscard]] std::int64_t mlp_k() const { return s_.hidden / s_.mlp_split_k; }
  [[nodiscard]] std::int64_t down_n() const { return s_.hidden / s_.down_out; }
  [[nodiscard]] std::int64_t down_k() const { return s_.intermediate / s_.down_split_k; }
  [[nodiscard]] std::int64_t proj_k() const { return s_.hidden / s_.proj_split_k; }

  // Tensors of the MLP and of out_proj, fp32 accumulators among them.
  void CreateTail(SplitTensors& t);

  // Blocks [n, +count) of one block of the depth, or of all of it when `k` is kAllOfDepth.
  static constexpr std::int64_t kAllOfDepth = -1;
  Submission Project(const Launch& kernel, const SplitTensors& t, const Tensor& weights, const Tensor& out,
                     std::int64_t k, std::int64_t column, std::int64_t columns);
  Submission OutProj(const SplitTensors& t, std::int64_t n, std::int64_t k, std::int64_t count = 1);
  Submission Cast(const SplitTensors& t, std::int64_t k);
  Submission Reduce(const SplitTensors& t);
  Submission Expand(bool gate, const SplitTensors& t, std::int64_t n, std::int64_t k, std::int64_t count = 1);
  Submission Silu(const SplitTensors& t, std::int64_t n);
  Submission Down(const SplitTensors& t, std::int64_t n, std::int64_t k);
  Submission Seed(const Launch& kernel, const Tensor& accumulator);

  // Attention over a list of the pages of all sequences, block i of n taking pages i, i + n, ... args: work_total,
  // work_table, seq_lens, block_table, all_q, k_cache, v_cache, pipe -> row_sum, row_max, oi.
  Launch FusedAttention();
  // The recurrence over the pages of each head, which are dealt likewise. args: seq_lens, oi, row_max, row_sum ->
  // attn_out.
  Launch OnlineSoftmax();

  // What the tasks below wait for besides each other.
  struct Before {
    std::vector<TaskId> out;  // every out_proj
    TaskId gate = kNoTask, up = kNoTask, down = kNoTask;
  };
  // out_proj to down_proj, block by block, in a MANUAL scope; the down_proj tasks by n.
  std::vector<std::vector<TaskId>> Tail(const SplitTensors& t, const Before& before);

 private:
  DecodeWords& w_;
  const Qwen3Sizes& s_;
  DType carry_;
  SplitKernels kernels_;
};

}  // namespace npusched
