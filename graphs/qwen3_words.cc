#include "graphs/qwen3_words.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;
constexpr DType kInt32 = DType::kInt32;

}  // namespace

DecodeWords::DecodeWords(const Qwen3Options& options)
    : o(options), s(options.sizes), rows(options.batch_tiles() * s.batch_tile) {}

void DecodeWords::DeclareLayerInputs() {
  const std::int64_t layers = o.layers;
  const std::int64_t pages = o.batch() * MaxPages();
  const std::int64_t cache_rows = layers * pages * s.num_kv_heads * s.block_size;
  in.input_gamma = b.External("input_norm_weight", kFp32, {layers, s.hidden});
  in.wq = b.External("wq", kBf16, {layers * s.hidden, s.hidden});
  in.wk = b.External("wk", kBf16, {layers * s.hidden, s.kv_hidden});
  in.wv = b.External("wv", kBf16, {layers * s.hidden, s.kv_hidden});
  in.q_gamma = b.External("q_norm_weight", kFp32, {layers, s.head_dim});
  in.k_gamma = b.External("k_norm_weight", kFp32, {layers, s.head_dim});
  in.rope_cos = b.External("rope_cos", kFp32, {s.max_seq, s.head_dim});
  in.rope_sin = b.External("rope_sin", kFp32, {s.max_seq, s.head_dim});
  in.k_cache = b.External("k_cache", kBf16, {cache_rows, s.head_dim});
  in.v_cache = b.External("v_cache", kBf16, {cache_rows, s.head_dim});
  in.block_table = b.External("block_table", kInt32, {pages});
  in.wo = b.External("wo", kBf16, {layers * s.hidden, s.hidden});
  in.post_gamma = b.External("post_norm_weight", kFp32, {layers, s.hidden});
  in.w_gate = b.External("w_gate", kBf16, {layers * s.hidden, s.intermediate});
  in.w_up = b.External("w_up", kBf16, {layers * s.hidden, s.intermediate});
  in.w_down = b.External("w_down", kBf16, {layers * s.intermediate, s.hidden});
}

void DecodeWords::DeclareSequenceInputs() {
  in.seq_lens = b.External("seq_lens", kInt32, {o.batch()});
  in.slot_mapping = b.External("slot_mapping", kInt32, {o.batch()});
}

Tensor DecodeWords::HalfRow(const Tensor& table, std::int64_t sequence, std::int64_t first) {
  return b.Slice(table, {o.seq_lens[sequence] - 1, first}, {1, s.head_dim / 2});
}

std::int64_t DecodeWords::AllPages() const {
  std::int64_t pages = 0;
  for (std::int64_t sequence = 0; sequence < o.batch(); ++sequence) pages += Pages(sequence);
  return pages;
}

// Pages of a sequence follow each other: the block table is the identity.
Tensor DecodeWords::CacheSlot(const Tensor& cache, std::int64_t layer, std::int64_t sequence) {
  const std::int64_t slot = o.slot_mapping.empty() ? sequence * MaxPages() * s.block_size + o.seq_lens[sequence] - 1
                                                   : o.slot_mapping[sequence];
  const std::int64_t page = layer * o.batch() * MaxPages() + slot / s.block_size;
  const std::int64_t row = page * s.num_kv_heads * s.block_size + slot % s.block_size;
  return b.Box(cache, row * s.head_dim, {s.num_kv_heads, s.head_dim}, {s.block_size * s.head_dim, 1});
}

Tensor DecodeWords::CachePages(const Tensor& cache, std::int64_t layer, std::int64_t sequence, std::int64_t head,
                               std::int64_t heads) {
  const std::int64_t page = (layer * o.batch() + sequence) * MaxPages();
  const std::int64_t head_elements = s.block_size * s.head_dim;
  const std::int64_t page_elements = s.num_kv_heads * head_elements;
  return b.Box(cache, page * page_elements + head * head_elements, {Pages(sequence), heads * head_elements},
               {page_elements, 1});
}

Tensor DecodeWords::CacheOfLayer(const Tensor& cache, std::int64_t layer) {
  const std::int64_t rows_of_layer = o.batch() * MaxPages() * s.num_kv_heads * s.block_size;
  return b.Rows(cache, layer * rows_of_layer, rows_of_layer);
}

}  // namespace npusched
