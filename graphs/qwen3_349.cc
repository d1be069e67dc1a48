// Pull request 349: the base layer with the attention of a pair of KV heads in three mixed tasks, whose halves meet
// through scratch tensors, and one that gathers the row.
#include <cstdint>
#include <map>

#include "graphs/qwen3_emitters.h"
#include "graphs/qwen3_forward.h"
#include "graphs/qwen3_fused_kernels.h"
#include "graphs/qwen3_layer_parts.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

class Shape349 {
 public:
  explicit Shape349(DecodeWords& words)
      : w_(words),
        s_(words.s),
        parts_(words, DeclareProjectionKernels(words.b, words.s)),
        attn_row_(words.b.Kernel(AttentionRowWork(words.s))),
        out_(DeclareOutKernels(words.b, words.s)),
        mlp_(DeclareMlpKernels(words.b, words.s, words.s.matmul_stage)) {}

  Tensor Layer(std::int64_t layer, const Tensor& current) {
    const LayerTensors t = parts_.Create();
    parts_.Project(layer, current, t);
    parts_.QkNorm(layer, t);
    w_.b.Parallel(w_.o.batch(), [&](std::int64_t sequence) {
      parts_.Rope(layer, sequence, t);
      w_.b.Parallel(s_.num_kv_heads / 2, [&](std::int64_t pair) { HeadPair(layer, sequence, pair, t); });
    });
    w_.b.Parallel(w_.o.batch_tiles(), [&](std::int64_t tile) {
      const TileTensors rows = parts_.CreateTile(layer, tile);
      parts_.OutBlocks(out_, current, t, rows);
      parts_.PostNorm(mlp_, rows);
      parts_.MlpBlocks(mlp_, rows);
      w_.b.Sequential(s_.hidden / s_.down_out, [&](std::int64_t i) { parts_.DownBlock(mlp_, rows, i, t.next); });
    });
    return t.next;
  }

 private:
  struct Kernels {
    Launch fa_qks, fa_svo;
  };
  const Kernels& OfPages(std::int64_t pages) {
    const auto [at, added] = attention_.try_emplace(pages);
    if (added) {
      at->second = {.fa_qks = w_.b.Kernel(ScoresWork(s_, pages)), .fa_svo = w_.b.Kernel(ContextWork(s_, pages))};
    }
    return at->second;
  }
  void HeadPair(std::int64_t layer, std::int64_t sequence, std::int64_t pair, const LayerTensors& t);

  DecodeWords& w_;
  const Qwen3Sizes& s_;
  LayerParts parts_;
  Launch attn_row_;
  OutKernels out_;
  MlpKernels mlp_;
  std::map<std::int64_t, Kernels> attention_;  // by pages
};

void Shape349::HeadPair(std::int64_t layer, std::int64_t sequence, std::int64_t pair, const LayerTensors& t) {
  Builder& b = w_.b;
  const std::int64_t rows = w_.MaxPages() * s_.q_head_pad;
  Tensor raw[2], exp[2], mi[2], li[2], oi[2], ctx[2];
  for (Tensor& one : raw) one = b.Create("raw_scores", kFp32, {rows, s_.block_size});
  for (Tensor& one : exp) one = b.Create("exp_padded", kBf16, {rows, s_.block_size});
  for (Tensor& one : mi) one = b.Create("cur_mi", kFp32, {rows, 1});
  for (Tensor& one : li) one = b.Create("cur_li", kFp32, {rows, 1});
  for (Tensor& one : oi) one = b.Create("oi_tmp", kFp32, {rows, s_.head_dim});
  for (Tensor& one : ctx) one = b.Create("ctx", kFp32, {s_.q_head_pad, s_.head_dim});

  const Kernels& kernels = OfPages(w_.Pages(sequence));
  const auto used = [&](const Tensor& scratch) { return b.Rows(scratch, 0, w_.Pages(sequence) * s_.q_head_pad); };
  Submission qks =
      b.Submit(kernels.fa_qks)
          .In(parts_.QueryTile(t.all_q, sequence, 2 * pair), parts_.QueryTile(t.all_q, sequence, 2 * pair + 1))
          .Scalar(w_.o.seq_lens[sequence]);
  Reads(qks, w_.in.k_cache, w_.CachePages(w_.in.k_cache, layer, sequence, 2 * pair, 2));
  Reads(qks, w_.in.block_table, w_.PageTable(sequence));
  for (const Tensor& scratch : raw) qks.InOut(scratch).Touching(used(scratch));  // one half writes, the other reads
  for (const auto* pair_of : {&exp, &mi, &li}) {
    for (const Tensor& result : *pair_of) qks.Out(result).Touching(used(result));
  }
  for (std::int64_t stream = 0; stream < 2; ++stream) {
    Submission svo = b.Submit(kernels.fa_svo);
    for (const Tensor& read : {exp[stream], mi[stream], li[stream]}) Reads(svo, read, used(read));
    Reads(svo, w_.in.v_cache, w_.CachePages(w_.in.v_cache, layer, sequence, 2 * pair + stream, 1));
    Reads(svo, w_.in.block_table, w_.PageTable(sequence));
    svo.InOut(oi[stream]).Touching(used(oi[stream])).Out(ctx[stream]);
  }
  b.Submit(attn_row_)
      .In(ctx[0], ctx[1])
      .Out(b.Rows(t.attn_out, sequence, 1))  // stored in two pieces, so the row stays whole
      .Touching(parts_.PairColumns(t.attn_out, sequence, pair));
}

}  // namespace

Program EmitShape349(const Qwen3Options& options) { return EmitForward<Shape349>(options); }

}  // namespace npusched
