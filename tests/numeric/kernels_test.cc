// Each kernel of the second layer against its formula, fed with what the tasks before it left in memory. Five
// sequences in a tile of sixteen rows, contexts on both sides of a page's end.
#include "numeric/kernels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/numeric/step_by_step.h"

namespace npusched {
namespace {

constexpr int kLayer = 1;
constexpr std::int64_t kBatch = 5;

const StepByStep& TheForward() {
  static const StepByStep kRun(SmallForward({1, 255, 256, 257, 700}, 2));
  return kRun;
}
const Qwen3Sizes& Sizes() { return TheForward().sizes(); }

Mat Normed(const Mat& x, const Mat& gamma) {
  const Mat scale = (x.rowwise().squaredNorm().array() / static_cast<double>(x.cols()) + Sizes().eps).rsqrt();
  return scale.col(0).asDiagonal() * x * gamma.row(0).asDiagonal();
}

// The heads of a row below each other.
Mat Heads(const Mat& row) { return Eigen::Map<const Mat>(row.data(), row.size() / Sizes().head_dim, Sizes().head_dim); }

TEST(Kernels, CopyHiddenCopies) {
  ExpectNear(TheForward().Get("current_hidden"), TheForward().Get("hidden_states"), 0);
}

TEST(Kernels, RmsNormsDivideByTheRootMeanSquare) {
  const auto hidden = Sizes().hidden;
  ExpectNear(TheForward().Get("normed", kLayer, kBatch),
             Normed(TheForward().Get("next_hidden", kLayer - 1, kBatch),
                    TheForward().Input("input_norm_weight", kLayer, 1, hidden)),
             kBf16);
  ExpectNear(
      TheForward().Get("post_norm", kLayer, kBatch),
      Normed(TheForward().Get("resid1", kLayer, kBatch), TheForward().Input("post_norm_weight", kLayer, 1, hidden)),
      kBf16);
  ExpectNear(
      TheForward().Get("final_normed", 0, kBatch),
      Normed(TheForward().Get("next_hidden", kLayer, kBatch), TheForward().Input("final_norm_weight", 0, 1, hidden)),
      kBf16);
}

TEST(Kernels, ProjectionsMultiplyByTheirLayersWeights) {
  const auto hidden = Sizes().hidden;
  const Mat normed = TheForward().Get("normed", kLayer, kBatch);
  for (const auto& [out, weights, columns] :
       {std::tuple{"q_proj", "wq", hidden}, {"k_proj", "wk", Sizes().kv_hidden}, {"v_proj", "wv", Sizes().kv_hidden}}) {
    SCOPED_TRACE(out);
    ExpectNear(TheForward().Get(out, kLayer, kBatch), normed * TheForward().Input(weights, kLayer, hidden, columns),
               kFp32);
  }
}

TEST(Kernels, QkNormTakesEachHeadByItself) {
  for (const auto& [in, out] : {std::pair{"q_proj", "q_norm"}, {"k_proj", "k_norm"}}) {
    for (std::int64_t b = 0; b < kBatch; ++b) {
      const Mat heads = Heads(TheForward().Get(in, kLayer).row(b));
      ExpectNear(Heads(TheForward().Get(out, kLayer).row(b)), Normed(heads, Mat::Ones(1, Sizes().head_dim)), kFp32);
    }
  }
}

Mat Rotated(const Mat& heads, std::int64_t position) {
  const auto dim = Sizes().head_dim;
  const Mat cos = TheForward().Input("rope_cos", position, 1, dim);
  const Mat sin = TheForward().Input("rope_sin", position, 1, dim);
  Mat out(heads.rows(), dim);
  for (Eigen::Index h = 0; h < heads.rows(); ++h) {
    for (Eigen::Index d = 0; d < dim / 2; ++d) {
      const Eigen::Index up = d + dim / 2;
      out(h, d) = heads(h, d) * cos(0, d) - heads(h, up) * sin(0, d);
      out(h, up) = heads(h, up) * cos(0, up) + heads(h, d) * sin(0, up);
    }
  }
  return out;
}

// Rows of one head of the cache of a sequence, from `token` on: [layer][sequence][page][head][token].
Mat CacheRows(const char* cache, std::int64_t b, std::int64_t head, std::int64_t token, std::int64_t count) {
  const Qwen3Sizes& s = Sizes();
  const Mat all = TheForward().Get(cache);
  Mat rows(count, s.head_dim);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t page = (kLayer * kBatch + b) * (s.max_seq / s.block_size) + (token + i) / s.block_size;
    rows.row(i) = all.row((page * s.num_kv_heads + head) * s.block_size + (token + i) % s.block_size);
  }
  return rows;
}

TEST(Kernels, RopeRotatesPadsAndWritesTheCache) {
  const Qwen3Sizes& s = Sizes();
  const Mat padded = TheForward().Get("all_q_padded", kLayer);
  for (std::int64_t b = 0; b < kBatch; ++b) {
    const std::int64_t position = TheForward().options().seq_lens[static_cast<std::size_t>(b)] - 1;
    const Mat keys = Rotated(Heads(TheForward().Get("k_norm", kLayer).row(b)), position);
    const Mat queries = Rotated(Heads(TheForward().Get("q_norm", kLayer).row(b)), position);
    const Mat values = Heads(TheForward().Get("v_proj", kLayer).row(b));
    for (std::int64_t head = 0; head < s.num_kv_heads; ++head) {
      ExpectNear(CacheRows("k_cache", b, head, position, 1), keys.row(head), kBf16);
      ExpectNear(CacheRows("v_cache", b, head, position, 1), values.row(head), kBf16);
      const std::int64_t first = (b * s.num_kv_heads + head) * s.q_head_pad;
      ExpectNear(padded.middleRows(first, s.q_head_batch), queries.middleRows(head * s.q_head_batch, s.q_head_batch),
                 kBf16);
      ExpectNear(padded.middleRows(first + s.q_head_batch, s.q_head_pad - s.q_head_batch),
                 Mat::Zero(s.q_head_pad - s.q_head_batch, s.head_dim), 0);
    }
  }
}

// A sequence and a KV head: where its tensors are.
class Attention : public ::testing::TestWithParam<std::tuple<std::int64_t, std::int64_t>> {
 protected:
  [[nodiscard]] Mat Scratch(const char* name, std::int64_t rows) const {
    const std::int64_t pairs = Sizes().num_kv_heads / 2;
    return TheForward().Get(name, static_cast<int>(((kLayer * kBatch + b_) * pairs + head_ / 2) * 2 + head_ % 2), rows);
  }
  [[nodiscard]] Mat Queries() const {
    return TheForward().Get("all_q_padded", kLayer).middleRows((b_ * Sizes().num_kv_heads + head_) * pad_, pad_);
  }

  std::int64_t b_ = std::get<0>(GetParam());
  std::int64_t head_ = std::get<1>(GetParam());
  std::int64_t context_ = TheForward().options().seq_lens[static_cast<std::size_t>(b_)];
  std::int64_t page_ = Sizes().block_size;
  std::int64_t pad_ = Sizes().q_head_pad;
  std::int64_t pages_ = (context_ + page_ - 1) / page_;
  std::int64_t rows_ = pages_ * pad_;
};

TEST_P(Attention, ScoresAndSoftmaxArePageByPage) {
  const Mat raw = Scratch("raw_scores", rows_);
  const Mat exp = Scratch("exp_padded", rows_);
  for (std::int64_t p = 0; p < pages_; ++p) {
    const Mat keys = CacheRows("k_cache", b_, head_, p * page_, page_);
    ExpectNear(raw.middleRows(p * pad_, pad_), Queries() * keys.transpose(), kFp32);
    const std::int64_t valid = std::min(page_, context_ - p * page_);
    const Mat scores = raw.block(p * pad_, 0, pad_, valid) / std::sqrt(static_cast<double>(Sizes().head_dim));
    const Mat high = scores.rowwise().maxCoeff();
    ExpectNear(Scratch("cur_mi", rows_).middleRows(p * pad_, pad_), high, kFp32);
    ExpectNear(exp.block(p * pad_, 0, pad_, valid), (scores.colwise() - high.col(0)).array().exp(), kBf16);
    ExpectNear(exp.block(p * pad_, valid, pad_, page_ - valid), Mat::Zero(pad_, page_ - valid), 0);
    const Mat rounded = exp.middleRows(p * pad_, pad_);
    ExpectNear(Scratch("cur_li", rows_).middleRows(p * pad_, pad_), rounded.rowwise().sum(), kFp32);
    const Mat values = CacheRows("v_cache", b_, head_, p * page_, page_);
    ExpectNear(Scratch("oi_tmp", rows_).middleRows(p * pad_, pad_), rounded * values, kFp32);
  }
}

TEST_P(Attention, OnlineSoftmaxIsTheSoftmaxOfTheWholeContext) {
  const Qwen3Sizes& s = Sizes();
  const Mat queries = Queries().topRows(s.q_head_batch);
  const Mat scores =
      queries * CacheRows("k_cache", b_, head_, 0, context_).transpose() / std::sqrt(static_cast<double>(s.head_dim));
  const Mat high = scores.rowwise().maxCoeff();
  const Mat weights = (scores.colwise() - high.col(0)).array().exp();
  const Mat sums = weights.rowwise().sum();
  const Mat mixed = (weights * CacheRows("v_cache", b_, head_, 0, context_)).array().colwise() / sums.col(0).array();
  const Mat row = Heads(TheForward().Get("attn_out", kLayer).row(b_));
  ExpectNear(row.middleRows(head_ * s.q_head_batch, s.q_head_batch), mixed, kBf16);
}

INSTANTIATE_TEST_SUITE_P(Contexts, Attention,
                         ::testing::Combine(::testing::Range(std::int64_t{0}, kBatch),
                                            ::testing::Range(std::int64_t{0}, std::int64_t{4})),
                         [](const auto& param) {
                           return "sequence_" + std::to_string(std::get<0>(param.param)) + "_head_" +
                                  std::to_string(std::get<1>(param.param));
                         });

TEST(Kernels, TheAttentionOutputIsProjectedAndAdded) {
  const Mat product =
      TheForward().Get("attn_out", kLayer, kBatch) * TheForward().Input("wo", kLayer, Sizes().hidden, Sizes().hidden);
  ExpectNear(TheForward().Get("resid1", kLayer, kBatch), product + TheForward().Get("next_hidden", kLayer - 1, kBatch),
             kFp32);
}

TEST(Kernels, TheMlpIsSiluOfGateTimesUp) {
  const Qwen3Sizes& s = Sizes();
  const Mat post = TheForward().Get("post_norm", kLayer, kBatch);
  const Mat gate = post * TheForward().Input("w_gate", kLayer, s.hidden, s.intermediate);
  const Mat up = post * TheForward().Input("w_up", kLayer, s.hidden, s.intermediate);
  const Mat mlp = TheForward().Get("mlp_tile", kLayer, kBatch);
  ExpectNear(mlp, gate.array() / (1 + (-gate.array()).exp()) * up.array(), kBf16);
  const Mat down = mlp * TheForward().Input("w_down", kLayer, s.intermediate, s.hidden);
  ExpectNear(TheForward().Get("next_hidden", kLayer, kBatch), down + TheForward().Get("resid1", kLayer, kBatch), kBf16);
}

TEST(Kernels, TheHeadMultipliesByRowsOfItsWeights) {
  const Mat weights = TheForward().Input("lm_head_weight", 0, Sizes().vocab, Sizes().hidden);
  ExpectNear(TheForward().Get("logits", 0, kBatch), TheForward().Get("final_normed", 0, kBatch) * weights.transpose(),
             kFp32);
}

}  // namespace
}  // namespace npusched
