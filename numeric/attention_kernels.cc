#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/check.h"
#include "numeric/bf16.h"
#include "numeric/kernels.h"
#include "numeric/matmul.h"

namespace npusched {
namespace {

constexpr std::size_t kHeadsOfPair = 2;

// Rotates the halves of a head.
struct RopeRow {
  Matrix cos_low, cos_high, sin_low, sin_high;

  void Rotate(const float* in, float* out) const {
    const std::int64_t half = cos_low.columns;
    for (std::int64_t d = 0; d < half; ++d) {
      const auto i = static_cast<std::size_t>(d);
      const float low = in[d];
      const float high = in[half + d];
      out[d] = low * cos_low.values[i] - high * sin_low.values[i];
      out[half + d] = high * cos_high.values[i] + low * sin_high.values[i];
    }
  }
};

// Where the pages of a task's sequence are in a cache: rows [layer][page][KV head][token] of head_dim elements.
struct PagedHeads {
  std::int64_t first = 0;          // of the layer's page 0, at the first head of the pair
  std::int64_t page_elements = 0;  // all heads
  std::int64_t head_elements = 0;
  Matrix block_table;  // physical pages of the sequence

  PagedHeads(const TaskTensors& t, std::size_t cache, std::size_t table) : block_table(t.Load(table)) {
    head_elements = t.sizes().block_size * t.sizes().head_dim;
    page_elements = t.sizes().num_kv_heads * head_elements;
    const std::int64_t layer_elements = t.Whole(table).Elements() * page_elements;
    const std::int64_t start = t.Touched(cache).start_offset;
    first = start / layer_elements * layer_elements + start % page_elements;
  }
  [[nodiscard]] std::int64_t pages() const { return block_table.columns; }
  [[nodiscard]] std::int64_t At(std::int64_t page, std::size_t head) const {
    const auto physical = static_cast<std::int64_t>(block_table.values[static_cast<std::size_t>(page)]);
    return first + physical * page_elements + static_cast<std::int64_t>(head) * head_elements;
  }
};

// Calls run(page, head, cached rows of that head) for all, in parallel.
template <typename Run>
void ForEachPage(const TaskTensors& t, std::size_t cache, std::size_t table, const Run& run) {
  const PagedHeads paged(t, cache, table);
  tbb::parallel_for(std::int64_t{0}, paged.pages() * static_cast<std::int64_t>(kHeadsOfPair), [&](std::int64_t i) {
    const std::int64_t page = i / static_cast<std::int64_t>(kHeadsOfPair);
    const std::size_t head = static_cast<std::size_t>(i) % kHeadsOfPair;
    std::vector<float> rows(static_cast<std::size_t>(paged.head_elements));
    t.memory().LoadRun(t.BufferOf(cache), paged.At(page, head), paged.head_elements, rows.data());
    run(page, head, rows);
  });
}

}  // namespace

// k_norm, v_proj, q_norm, cos low, cos high, sin low, sin high -> k_cache, v_cache, all_q_padded.
void RopeKvCache(TaskTensors& t) {
  const Qwen3Sizes& s = t.sizes();
  const Matrix keys = t.Load(0);
  Matrix values = t.Load(1);
  const Matrix queries = t.Load(2);
  const RopeRow rope{t.Load(3), t.Load(4), t.Load(5), t.Load(6)};
  Matrix rotated_keys(s.num_kv_heads, s.head_dim);
  Matrix padded(s.num_kv_heads * s.q_head_pad, s.head_dim);  // rows past the real heads stay zero
  for (std::int64_t head = 0; head < s.num_kv_heads; ++head) {
    rope.Rotate(keys.values.data() + head * s.head_dim, rotated_keys.Row(head));
    for (std::int64_t q = 0; q < s.q_head_batch; ++q) {
      rope.Rotate(queries.values.data() + (head * s.q_head_batch + q) * s.head_dim,
                  padded.Row(head * s.q_head_pad + q));
    }
  }
  values.rows = s.num_kv_heads;
  values.columns = s.head_dim;
  t.Store(7, std::move(rotated_keys));
  t.Store(8, std::move(values));
  t.Store(9, std::move(padded));
}

// query rows 0/1, k_cache, block table -> raw0/1: row 16 p + q holds query q against page p.
void QkMatmul(TaskTensors& t) {
  const Qwen3Sizes& s = t.sizes();
  const Matrix queries[kHeadsOfPair] = {t.Load(0), t.Load(1)};
  Matrix raw[kHeadsOfPair];
  for (Matrix& scores : raw) scores = Matrix(t.Touched(4).shape[0], s.block_size);
  ForEachPage(t, 2, 3, [&](std::int64_t page, std::size_t head, const std::vector<float>& keys) {
    Gemm({s.q_head_pad, s.block_size, s.head_dim, true}, queries[head].values.data(), s.head_dim, keys.data(),
         s.head_dim, raw[head].Row(page * s.q_head_pad), s.block_size);
  });
  for (std::size_t head = 0; head < kHeadsOfPair; ++head) t.Store(4 + head, std::move(raw[head]));
}

// raw0/1 -> exp0/1, mi0/1, li0/1, page by page. The exponentials are rounded to bf16 before they are summed.
void Softmax(TaskTensors& t) {
  const Qwen3Sizes& s = t.sizes();
  const float scale = 1.0F / std::sqrt(static_cast<float>(s.head_dim));
  for (std::size_t head = 0; head < kHeadsOfPair; ++head) {
    Matrix scores = t.Load(head);
    Matrix highest(scores.rows, 1);
    Matrix sums(scores.rows, 1);
    for (std::int64_t r = 0; r < scores.rows; ++r) {
      const std::int64_t page = r / s.q_head_pad;
      const std::int64_t valid = std::min(s.block_size, t.scalar() - page * s.block_size);
      float* row = scores.Row(r);
      for (std::int64_t c = 0; c < valid; ++c) row[c] *= scale;
      std::fill(row + valid, row + s.block_size, std::numeric_limits<float>::lowest());
      const float high = *std::max_element(row, row + s.block_size);
      float sum = 0;
      for (std::int64_t c = 0; c < s.block_size; ++c) {
        row[c] = RoundToBf16(std::exp(row[c] - high));
        sum += row[c];
      }
      *highest.Row(r) = high;
      *sums.Row(r) = sum;
    }
    t.Store(2 + head, std::move(scores));
    t.Store(4 + head, std::move(highest));
    t.Store(6 + head, std::move(sums));
  }
}

// exp0/1, v_cache, block table -> oi0/1: row 16 p + q is query q's part from page p.
void SvMatmul(TaskTensors& t) {
  const Qwen3Sizes& s = t.sizes();
  const Matrix weights[kHeadsOfPair] = {t.Load(0), t.Load(1)};
  Matrix out[kHeadsOfPair];
  for (Matrix& part : out) part = Matrix(t.Touched(4).shape[0], s.head_dim);
  ForEachPage(t, 2, 3, [&](std::int64_t page, std::size_t head, const std::vector<float>& values) {
    Gemm({s.q_head_pad, s.head_dim, s.block_size, false}, weights[head].Row(page * s.q_head_pad), s.block_size,
         values.data(), s.head_dim, out[head].Row(page * s.q_head_pad), s.head_dim);
  });
  for (std::size_t head = 0; head < kHeadsOfPair; ++head) t.Store(4 + head, std::move(out[head]));
}

// oi0/1, mi0/1, li0/1 -> the pair's columns of the sequence's row: pages merged one after the other.
void OnlineSoftmax(TaskTensors& t) {
  const Qwen3Sizes& s = t.sizes();
  Matrix row(1, static_cast<std::int64_t>(kHeadsOfPair) * s.q_head_batch * s.head_dim);
  float* out = row.values.data();
  for (std::size_t head = 0; head < kHeadsOfPair; ++head) {
    const Matrix parts = t.Load(head);
    const Matrix highest = t.Load(2 + head);
    const Matrix sums = t.Load(4 + head);
    for (std::int64_t q = 0; q < s.q_head_batch; ++q, out += s.head_dim) {
      float high = *highest.Row(q);
      float sum = *sums.Row(q);
      std::copy_n(parts.Row(q), s.head_dim, out);
      for (std::int64_t r = q + s.q_head_pad; r < parts.rows; r += s.q_head_pad) {
        const float next = std::max(high, *highest.Row(r));
        const float keep = std::exp(high - next);
        const float add = std::exp(*highest.Row(r) - next);
        sum = sum * keep + *sums.Row(r) * add;
        for (std::int64_t d = 0; d < s.head_dim; ++d) out[d] = out[d] * keep + parts.Row(r)[d] * add;
        high = next;
      }
      for (std::int64_t d = 0; d < s.head_dim; ++d) out[d] /= sum;
    }
  }
  t.Store(6, std::move(row));
}

}  // namespace npusched
