#include "numeric/reference.h"

#include <tbb/parallel_for.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/check.h"

namespace npusched {
namespace {

// Weights are made, multiplied and dropped in panels of columns, so a layer is never in memory whole. The
// depth of a product is never split.
constexpr std::int64_t kPanelElements = 1 << 21;
constexpr std::int64_t kGroup = 128;  // inputs are made in such

template <typename T>
class Reference {
 public:
  Reference(const Qwen3Options& options, const Inputs& inputs) : o_(options), s_(options.sizes), inputs_(inputs) {}

  ForwardResult Run(std::atomic<std::uint64_t>* layers_done) {
    ForwardResult result;
    Mat hidden = Read("hidden_states", 0, o_.batch(), s_.hidden);
    result.k_rows = Matrix(o_.layers * o_.batch(), s_.kv_hidden);
    result.v_rows = result.k_rows;
    for (std::int64_t layer = 0; layer < o_.layers; ++layer) {
      hidden = Layer(layer, hidden, result);
      if (layers_done != nullptr) ++*layers_done;
    }
    if (o_.layers > 0) result.hidden = Export(hidden);
    if (o_.lm_head) {
      const Mat normed = Norm(hidden, Read("final_norm_weight", 0, 1, s_.hidden));
      result.logits = Export(TimesRows(normed, "lm_head_weight", s_.vocab));
      if (layers_done != nullptr) ++*layers_done;
    }
    return result;
  }

 private:
  using Mat = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  // [rows, columns] of an input from its element `first` on.
  [[nodiscard]] Mat Read(std::string_view name, std::int64_t first, std::int64_t rows, std::int64_t columns) const {
    const InputTensor* tensor = inputs_.Find(name);
    NPU_CHECK(tensor != nullptr);
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> values(rows, columns);
    inputs_.Fill(*tensor, first, rows * columns, values.data());
    return values.template cast<T>();
  }

  static Matrix Export(const Mat& values) {
    Matrix matrix(values.rows(), values.cols());
    std::transform(values.data(), values.data() + values.size(), matrix.values.begin(),
                   [](T value) { return static_cast<float>(value); });
    return matrix;
  }

  // Eigen's own type, so that not even the rounding is the executor's.
  static Mat Bf16(const Mat& values) {
    return values.unaryExpr([](T value) { return static_cast<T>(Eigen::bfloat16(static_cast<float>(value))); });
  }

  [[nodiscard]] Mat Norm(const Mat& x, const Mat& gamma) const {
    const Mat scale = (x.rowwise().squaredNorm() / static_cast<T>(x.cols())).array() + static_cast<T>(s_.eps);
    return Bf16((scale.array().rsqrt().matrix().col(0).asDiagonal() * x * gamma.row(0).asDiagonal()));
  }

  // x W, W of a layer stored [depth, columns].
  [[nodiscard]] Mat Times(const Mat& x, std::string_view weights, std::int64_t layer, std::int64_t columns) const {
    const std::int64_t depth = x.cols();
    const InputTensor* tensor = inputs_.Find(weights);
    Mat product(x.rows(), columns);
    ForEachPanel(columns, depth, [&](std::int64_t first, std::int64_t width) {
      std::vector<float> row(static_cast<std::size_t>(width));
      Mat panel(depth, width);
      for (std::int64_t k = 0; k < depth; ++k) {
        inputs_.Fill(*tensor, (layer * depth + k) * columns + first, width, row.data());
        panel.row(k) = Eigen::Map<const Eigen::RowVectorXf>(row.data(), width).cast<T>();
      }
      product.middleCols(first, width).noalias() = x * panel;
    });
    return product;
  }

  // x W^T, W stored [rows, depth].
  [[nodiscard]] Mat TimesRows(const Mat& x, std::string_view weights, std::int64_t rows) const {
    Mat product(x.rows(), rows);
    ForEachPanel(rows, x.cols(), [&](std::int64_t first, std::int64_t width) {
      const Mat panel = Read(weights, first * x.cols(), width, x.cols());
      product.middleCols(first, width).noalias() = x * panel.transpose();
    });
    return product;
  }

  template <typename Body>
  static void ForEachPanel(std::int64_t columns, std::int64_t depth, const Body& body) {
    const std::int64_t width = std::min(columns, std::max(kGroup, kPanelElements / depth / kGroup * kGroup));
    tbb::parallel_for(std::int64_t{0}, (columns + width - 1) / width,
                      [&](std::int64_t panel) { body(panel * width, std::min(width, columns - panel * width)); });
  }

  // Each head of each row to unit root mean square, times the weight.
  [[nodiscard]] Mat NormHeads(const Mat& x, const Mat& gamma) const {
    Mat out(x.rows(), x.cols());
    for (std::int64_t head = 0; head < x.cols() / s_.head_dim; ++head) {
      const auto part = x.middleCols(head * s_.head_dim, s_.head_dim);
      const auto scale = (part.rowwise().squaredNorm() / static_cast<T>(s_.head_dim)).array() + static_cast<T>(s_.eps);
      out.middleCols(head * s_.head_dim, s_.head_dim) =
          (part.array().colwise() * scale.rsqrt()).rowwise() * gamma.row(0).array();
    }
    return out;
  }

  // The heads of one sequence at its position: rows are heads.
  [[nodiscard]] Mat Rope(const Mat& heads, std::int64_t position) const {
    const std::int64_t half = s_.head_dim / 2;
    const Mat cos = Read("rope_cos", position * s_.head_dim, 1, s_.head_dim);
    const Mat sin = Read("rope_sin", position * s_.head_dim, 1, s_.head_dim);
    const auto low = heads.leftCols(half).array();
    const auto high = heads.rightCols(half).array();
    Mat out(heads.rows(), heads.cols());
    out.leftCols(half) = low.rowwise() * cos.row(0).head(half).array() - high.rowwise() * sin.row(0).head(half).array();
    out.rightCols(half) =
        high.rowwise() * cos.row(0).tail(half).array() + low.rowwise() * sin.row(0).tail(half).array();
    return Bf16(out);
  }

  // A row of heads as a matrix of heads.
  [[nodiscard]] Mat Heads(const Mat& x, std::int64_t row) const {
    return Eigen::Map<const Mat>(x.data() + row * x.cols(), x.cols() / s_.head_dim, s_.head_dim);
  }

  // The whole context of one KV head: what the cache holds, then the new row.
  [[nodiscard]] Mat Context(std::string_view cache, std::int64_t layer, std::int64_t b, std::int64_t head,
                            const Mat& new_row) const {
    const std::int64_t length = o_.seq_lens[static_cast<std::size_t>(b)];
    const std::int64_t first_page = (layer * o_.batch() + b) * (s_.max_seq / s_.block_size);
    Mat rows(length, s_.head_dim);
    for (std::int64_t token = 0; token + 1 < length; token += s_.block_size) {
      const std::int64_t count = std::min(s_.block_size, length - 1 - token);
      const std::int64_t page = first_page + token / s_.block_size;
      const std::int64_t cache_row = (page * s_.num_kv_heads + head) * s_.block_size;
      rows.middleRows(token, count) = Read(cache, cache_row * s_.head_dim, count, s_.head_dim);
    }
    rows.row(length - 1) = new_row;
    return rows;
  }

  // softmax(q K^T / sqrt(dim)) V of the query heads of one KV head.
  [[nodiscard]] Mat Attend(const Mat& queries, const Mat& keys, const Mat& values) const {
    Mat scores = queries * keys.transpose() / std::sqrt(static_cast<T>(s_.head_dim));
    const Mat highest = scores.rowwise().maxCoeff();
    const Mat weights = Bf16((scores.colwise() - highest.col(0)).array().exp());
    const Mat sums = weights.rowwise().sum();
    const Mat mixed = weights * values;
    return Bf16(mixed.array().colwise() / sums.col(0).array());
  }

  [[nodiscard]] Mat Attention(std::int64_t layer, const Mat& q, const Mat& k, const Mat& v,
                              ForwardResult& result) const {
    Mat out(o_.batch(), s_.hidden);
    tbb::parallel_for(std::int64_t{0}, o_.batch(), [&](std::int64_t b) {
      const std::int64_t position = o_.seq_lens[static_cast<std::size_t>(b)] - 1;
      const Mat queries = Rope(Heads(q, b), position);
      const Mat keys = Rope(Heads(k, b), position);
      const Mat values = Bf16(Heads(v, b));
      const std::int64_t row = layer * o_.batch() + b;
      std::copy_n(Export(keys).values.data(), s_.kv_hidden, result.k_rows.Row(row));
      std::copy_n(Export(values).values.data(), s_.kv_hidden, result.v_rows.Row(row));
      const std::int64_t group = s_.num_heads / s_.num_kv_heads;
      for (std::int64_t head = 0; head < s_.num_kv_heads; ++head) {
        const Mat mixed =
            Attend(queries.middleRows(head * group, group), Context("k_cache", layer, b, head, keys.row(head)),
                   Context("v_cache", layer, b, head, values.row(head)));
        out.block(b, head * group * s_.head_dim, 1, group * s_.head_dim) =
            Eigen::Map<const Mat>(mixed.data(), 1, group * s_.head_dim);
      }
    });
    return out;
  }

  [[nodiscard]] Mat Layer(std::int64_t layer, const Mat& hidden, ForwardResult& result) const {
    const Mat normed = Norm(hidden, Read("input_norm_weight", layer * s_.hidden, 1, s_.hidden));
    const Mat q_gamma = Read("q_norm_weight", layer * s_.head_dim, 1, s_.head_dim);
    const Mat k_gamma = Read("k_norm_weight", layer * s_.head_dim, 1, s_.head_dim);
    const Mat q = NormHeads(Times(normed, "wq", layer, s_.hidden), q_gamma);
    const Mat k = NormHeads(Times(normed, "wk", layer, s_.kv_hidden), k_gamma);
    const Mat v = Times(normed, "wv", layer, s_.kv_hidden);
    const Mat attention = Attention(layer, q, k, v, result);
    const Mat residual = Times(attention, "wo", layer, s_.hidden) + hidden;
    const Mat post = Norm(residual, Read("post_norm_weight", layer * s_.hidden, 1, s_.hidden));
    const Mat gate = Times(post, "w_gate", layer, s_.intermediate);
    const Mat up = Times(post, "w_up", layer, s_.intermediate);
    const Mat mlp = Bf16(gate.array() / (static_cast<T>(1) + (-gate.array()).exp()) * up.array());
    return Bf16(Times(mlp, "w_down", layer, s_.hidden) + residual);
  }

  const Qwen3Options& o_;
  const Qwen3Sizes& s_;
  const Inputs& inputs_;
};

}  // namespace

ForwardResult ReferenceForward(const Qwen3Options& options, const Inputs& inputs, Precision precision,
                               std::atomic<std::uint64_t>* layers_done) {
  return precision == Precision::kFloat ? Reference<float>(options, inputs).Run(layers_done)
                                        : Reference<double>(options, inputs).Run(layers_done);
}

}  // namespace npusched
