// The parts of a decode layer that the shapes of May 2026 share: every matmul a task, its residual another.
//
//   LayerParts parts(words, DeclareProjectionKernels(words.b, words.s));
//   const LayerTensors t = parts.Create();   // first in the layer's body
//   parts.Project(layer, current, t);
//   parts.QkNorm(layer, t);
//   words.b.Parallel(batch, [&](std::int64_t b) { parts.Rope(layer, b, t); ... });
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "graphs/qwen3_attention_kernels.h"
#include "graphs/qwen3_kernels.h"
#include "graphs/qwen3_words.h"

namespace npusched {

// What a layer's body creates.
struct LayerTensors {
  Tensor next, q_proj, k_proj, v_proj, q_norm, k_norm, attn_out, all_q;
};

// What the body of one tile of rows creates.
struct TileTensors {
  std::int64_t layer = 0;
  std::int64_t row = 0;  // the tile's first
  Tensor resid1, post_norm, mlp_tile;
};

class LayerParts {
 public:
  // A shape leaves kernels out whose parts it does not use.
  LayerParts(DecodeWords& words, const ProjectionKernels& kernels) : w_(words), s_(words.s), kernels_(kernels) {}

  LayerTensors Create();
  // rmsnorm and the projections.
  void Project(std::int64_t layer, const Tensor& current, const LayerTensors& t);
  void QkNorm(std::int64_t layer, const LayerTensors& t);
  // Writes all of the sequence's query rows, or `query_rows` of them.
  TaskId Rope(std::int64_t layer, std::int64_t sequence, const LayerTensors& t);
  TaskId Rope(std::int64_t layer, std::int64_t sequence, const LayerTensors& t, const Tensor& query_rows);
  // qk_matmul, softmax, sv_matmul and online_softmax of a pair of KV heads.
  void HeadPair(std::int64_t layer, std::int64_t sequence, std::int64_t pair, const LayerTensors& t, TaskId rope);

  TileTensors CreateTile(std::int64_t layer, std::int64_t tile);
  // out_proj and its residual, block by block.
  void OutBlocks(const OutKernels& kernels, const Tensor& current, const LayerTensors& t, const TileTensors& tile);
  void PostNorm(const MlpKernels& kernels, const TileTensors& tile);
  // gate, up and silu, block by block; the silu tasks.
  std::vector<TaskId> MlpBlocks(const MlpKernels& kernels, const TileTensors& tile);
  // Block i of down_proj and its residual, which down_proj's tasks wait for `fence` besides.
  void DownBlock(const MlpKernels& kernels, const TileTensors& tile, std::int64_t i, const Tensor& next,
                 std::span<const TaskId> fence = {});

  // The query rows of a KV head, a view; the columns of a pair in the sequence's row of attn_out.
  Tensor QueryTile(const Tensor& all_q, std::int64_t sequence, std::int64_t kv_head);
  Tensor QueryRows(const Tensor& all_q, std::int64_t sequence) {
    const std::int64_t count = s_.num_kv_heads * s_.q_head_pad;
    return w_.b.Rows(all_q, sequence * count, count);
  }
  Tensor PairColumns(const Tensor& attn_out, std::int64_t sequence, std::int64_t pair);
  // What a writer passes: its window where the compiler's pass proves it, else the whole.
  static Submission& Store(Submission& task, const Tensor& whole, const Tensor& window, bool proven) {
    return task.Out(proven ? window : whole).Touching(window);
  }
  [[nodiscard]] bool windows() const { return w_.o.windows != Windows::kOff; }

 private:
  DecodeWords& w_;
  const Qwen3Sizes& s_;
  ProjectionKernels kernels_;
  std::map<std::int64_t, AttentionKernels> attention_;  // by pages
};

}  // namespace npusched
