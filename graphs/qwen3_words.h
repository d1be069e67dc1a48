// The words that every shape of the decode layer is emitted with: the inputs from outside, and the regions
// that tasks really touch.
//
//   DecodeWords w(options);
//   w.DeclareLayerInputs();
//   w.b.Submit(rope).Out(w.in.k_cache).Touching(w.CacheSlot(w.in.k_cache, layer, b));
#pragma once

#include <cstdint>

#include "graphs/builder.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// From outside; layers are stacked along the rows of every weight and cache.
struct LayerInputs {
  Tensor input_gamma, wq, wk, wv, q_gamma, k_gamma;
  Tensor rope_cos, rope_sin, k_cache, v_cache, block_table;
  Tensor wo, post_gamma, w_gate, w_up, w_down;
  Tensor seq_lens, slot_mapping;  // of the shapes whose kernels read them
};

// What a reader passes whole, as the source does, and what of it the kernel loads.
template <typename T>
Submission& Reads(T&& task, const Tensor& whole, const Tensor& window) {
  return task.In(whole).Touching(window);
}

// A layer's kernels hold on to it: it neither moves nor copies.
struct DecodeWords {
  explicit DecodeWords(const Qwen3Options& options);
  DecodeWords(const DecodeWords&) = delete;
  DecodeWords& operator=(const DecodeWords&) = delete;

  void DeclareLayerInputs();
  // The context of each sequence and the slot of its new token, for kernels that read them.
  void DeclareSequenceInputs();

  // The rows of one tile of the batch, and so many of its columns.
  Tensor Tile(const Tensor& tensor, std::int64_t row, std::int64_t column, std::int64_t columns) {
    return b.Slice(tensor, {row, column}, {s.batch_tile, columns});
  }
  // Row `layer` of a norm weight; `columns` of a layer's weight from `first` on.
  Tensor Gamma(const Tensor& stacked, std::int64_t layer) { return b.Rows(stacked, layer, 1); }
  Tensor Weights(const Tensor& stacked, std::int64_t layer, std::int64_t depth, std::int64_t first,
                 std::int64_t columns) {
    return b.Slice(stacked, {layer * depth, first}, {depth, columns});
  }
  // Rows [row, +rows) of those, of a layer of so much depth.
  Tensor WeightBlock(const Tensor& stacked, std::int64_t layer, std::int64_t depth, std::int64_t row,
                     std::int64_t row_count, std::int64_t column, std::int64_t columns) {
    return b.Slice(stacked, {layer * depth + row, column}, {row_count, columns});
  }
  // The pages of a sequence in the block table.
  Tensor PageTable(std::int64_t sequence) {
    return b.Slice(in.block_table, {sequence * MaxPages()}, {Pages(sequence)});
  }
  // A quarter of RoPE's tables for the position of sequence `sequence`: [1, head_dim / 2] from column `first`.
  Tensor HalfRow(const Tensor& table, std::int64_t sequence, std::int64_t first);

  [[nodiscard]] std::int64_t Pages(std::int64_t sequence) const {
    return (o.seq_lens[sequence] + s.block_size - 1) / s.block_size;
  }
  [[nodiscard]] std::int64_t MaxPages() const { return s.max_seq / s.block_size; }
  // Of all sequences together.
  [[nodiscard]] std::int64_t AllPages() const;

  // The rows of the new token, one a KV head.
  Tensor CacheSlot(const Tensor& cache, std::int64_t layer, std::int64_t sequence);
  // `heads` KV heads, the first of them `head`, in every page of the context.
  Tensor CachePages(const Tensor& cache, std::int64_t layer, std::int64_t sequence, std::int64_t head,
                    std::int64_t heads);
  // All that the layer's sequences have.
  Tensor CacheOfLayer(const Tensor& cache, std::int64_t layer);

  const Qwen3Options& o;
  const Qwen3Sizes& s;
  const std::int64_t rows;  // of the batch, padded to whole tiles
  Builder b{"qwen3_decode"};
  LayerInputs in;
};

}  // namespace npusched
