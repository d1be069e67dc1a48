// Pull requests 387 and 420: a stage of the layer is one SPMD task, matmuls and what follows them one mixed kernel.
// 387 still projects block by block and has the recurrence over pages in a kernel of its own.
#include <cstdint>
#include <vector>

#include "graphs/qwen3_emitters.h"
#include "graphs/qwen3_forward.h"
#include "graphs/qwen3_fused_kernels.h"
#include "graphs/qwen3_layer_parts.h"
#include "graphs/qwen3_mix_kernels.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

std::uint32_t Blocks(std::int64_t blocks) { return static_cast<std::uint32_t>(blocks); }

class Shape420 {
 public:
  explicit Shape420(DecodeWords& words);

  Tensor Layer(std::int64_t layer, const Tensor& current) {
    const LayerTensors t = parts_.Create();
    CreateAttention();
    if (recurrence_inside()) {
      Project(layer, current, t);
    } else {
      parts_.Project(layer, current, t);
      parts_.QkNorm(layer, t);
    }
    w_.b.Parallel(w_.o.batch(), [&](std::int64_t sequence) { parts_.Rope(layer, sequence, t); });
    Attention(layer, t);
    w_.b.Parallel(w_.o.batch_tiles(), [&](std::int64_t) { OutAndMlp(layer, current, t); });
    return t.next;
  }

 private:
  [[nodiscard]] bool recurrence_inside() const { return w_.o.shape == Qwen3Shape::k420; }
  [[nodiscard]] std::int64_t pairs() const { return w_.o.batch() * s_.num_kv_heads / 2; }
  void DeclareAttention();
  void CreateAttention();
  void Project(std::int64_t layer, const Tensor& current, const LayerTensors& t);
  void Attention(std::int64_t layer, const LayerTensors& t);
  void OutAndMlp(std::int64_t layer, const Tensor& current, const LayerTensors& t);

  DecodeWords& w_;
  const Qwen3Sizes& s_;
  ProjectionKernels projections_;
  LayerParts parts_;
  Launch fa_fused_, online_softmax_, out_proj_, post_rmsnorm_, gate_up_silu_, down_proj_;
  Tensor normed_, oi_, mi_, li_, pipe_;  // of the layer that is being emitted
};

Shape420::Shape420(DecodeWords& words)
    : w_(words),
      s_(words.s),
      projections_(DeclareProjectionKernels(words.b, words.s, recurrence_inside() ? 1 : s_.num_kv_heads)),
      parts_(words, projections_),
      out_proj_(words.b.Kernel(OutProjMixWork("out_proj", words.s))),
      post_rmsnorm_(
          words.b.Kernel(RmsNormWork("post_rmsnorm", kFp32, s_.batch_tile, s_.hidden, s_.k_chunk, s_.post_norm_stage))),
      gate_up_silu_(words.b.Kernel(GateUpSiluWork(words.s))),
      down_proj_(words.b.Kernel(DownProjMixWork(words.s))) {
  words.DeclareSequenceInputs();
  DeclareAttention();
}

// A block is a pair of KV heads of one sequence, of online_softmax a head: as long as that sequence's context.
void Shape420::DeclareAttention() {
  FusedArgs args = {.q = 0, .k_cache = 1, .v_cache = 2, .pipe = 5};
  if (recurrence_inside()) {
    args.out = 6;
  } else {
    args.oi = 6;
    args.row_max = 7;
    args.row_sum = 8;
  }
  std::vector<KernelWork> fused;
  std::vector<KernelWork> online;
  for (std::int64_t sequence = 0; sequence < w_.o.batch(); ++sequence) {
    const std::int64_t pages = w_.Pages(sequence);
    const KernelWork pair = recurrence_inside() ? WholeAttentionWork(s_, 2 * pages, 2, args)
                                                : FusedAttentionWork(s_, 2 * pages, s_.q_head_pad, args);
    fused.insert(fused.end(), static_cast<std::size_t>(s_.num_kv_heads / 2), pair);
    online.insert(online.end(), static_cast<std::size_t>(s_.num_kv_heads), OnlineWork(s_, pages, 1, s_.q_head_pad));
  }
  fa_fused_ = w_.b.KernelOfBlocks(fused);
  if (!recurrence_inside()) online_softmax_ = w_.b.KernelOfBlocks(online);
}

void Shape420::CreateAttention() {
  Builder& b = w_.b;
  const std::int64_t rows = w_.o.batch() * w_.MaxPages() * s_.num_kv_heads * s_.q_head_pad;
  if (recurrence_inside()) {
    normed_ = b.Create("normed", kBf16, {w_.rows, s_.hidden});
  } else {
    oi_ = b.Create("oi_tmp", kFp32, {rows, s_.head_dim});
    mi_ = b.Create("cur_mi", kFp32, {rows, 1});
    li_ = b.Create("cur_li", kFp32, {rows, 1});
  }
  pipe_ = ManualDep(b.Create("fa_pipe", kFp32, {pairs(), kPipeFloats}));
}

void Shape420::Project(std::int64_t layer, const Tensor& current, const LayerTensors& t) {
  Builder& b = w_.b;
  Submission rmsnorm = b.Submit(projections_.rmsnorm).In(current);
  Reads(rmsnorm, w_.in.input_gamma, w_.Gamma(w_.in.input_gamma, layer)).Out(normed_);
  const auto project = [&](const Launch& kernel, const Tensor& weights, const Tensor& out, std::int64_t columns,
                           std::int64_t block) {
    Submission task = b.Submit(kernel).Blocks(Blocks(columns / block)).In(normed_);
    Reads(task, weights, w_.Weights(weights, layer, s_.hidden, 0, columns)).Out(out);
  };
  project(projections_.q_proj, w_.in.wq, t.q_proj, s_.hidden, s_.q_out);
  project(projections_.k_proj, w_.in.wk, t.k_proj, s_.kv_hidden, s_.kv_out);
  project(projections_.v_proj, w_.in.wv, t.v_proj, s_.kv_hidden, s_.kv_out);
  Submission qk_norm = b.Submit(projections_.qk_norm).Blocks(Blocks(s_.num_kv_heads)).In(t.q_proj, t.k_proj);
  Reads(qk_norm, w_.in.q_gamma, w_.Gamma(w_.in.q_gamma, layer));
  Reads(qk_norm, w_.in.k_gamma, w_.Gamma(w_.in.k_gamma, layer)).Out(t.q_norm, t.k_norm);
}

void Shape420::Attention(std::int64_t layer, const LayerTensors& t) {
  Builder& b = w_.b;
  Submission fused = b.Submit(fa_fused_).In(t.all_q);
  Reads(fused, w_.in.k_cache, w_.CacheOfLayer(w_.in.k_cache, layer));
  Reads(fused, w_.in.v_cache, w_.CacheOfLayer(w_.in.v_cache, layer));
  fused.In(w_.in.seq_lens, w_.in.block_table).InOut(pipe_);
  if (recurrence_inside()) {
    fused.Out(t.attn_out);
    return;
  }
  fused.Out(oi_, mi_, li_);
  b.Submit(online_softmax_).In(oi_, mi_, li_).Out(t.attn_out);
}

void Shape420::OutAndMlp(std::int64_t layer, const Tensor& current, const LayerTensors& t) {
  Builder& b = w_.b;
  const auto pipe = [&](const char* name, std::int64_t blocks) {
    return ManualDep(b.Create(name, kFp32, {blocks, kPipeFloats}));
  };
  const std::int64_t out_blocks = s_.hidden / s_.o_out;
  const std::int64_t mlp_blocks = s_.intermediate / s_.mlp_out_chunk;
  const std::int64_t down_blocks = s_.hidden / s_.down_out;
  const Tensor resid1 = b.Create("resid1", kFp32, {w_.rows, s_.hidden});
  const Tensor post_norm = b.Create("post_norm", kBf16, {w_.rows, s_.hidden});
  const Tensor mlp_tile = b.Create("mlp_tile", kBf16, {w_.rows, s_.intermediate});
  const Tensor out_pipe = pipe("out_pipe", out_blocks);
  const Tensor mlp_pipe = pipe("mlp_pipe", mlp_blocks);
  const Tensor down_pipe = pipe("down_pipe", down_blocks);

  Submission out = b.Submit(out_proj_).Blocks(Blocks(out_blocks)).In(t.attn_out);
  Reads(out, w_.in.wo, w_.Weights(w_.in.wo, layer, s_.hidden, 0, s_.hidden)).In(current).InOut(out_pipe).Out(resid1);
  Submission post = b.Submit(post_rmsnorm_).In(resid1);
  Reads(post, w_.in.post_gamma, w_.Gamma(w_.in.post_gamma, layer)).Out(post_norm);
  Submission mlp = b.Submit(gate_up_silu_).Blocks(Blocks(mlp_blocks)).In(post_norm);
  Reads(mlp, w_.in.w_gate, w_.Weights(w_.in.w_gate, layer, s_.hidden, 0, s_.intermediate));
  Reads(mlp, w_.in.w_up, w_.Weights(w_.in.w_up, layer, s_.hidden, 0, s_.intermediate)).InOut(mlp_pipe).Out(mlp_tile);
  Submission down = b.Submit(down_proj_).Blocks(Blocks(down_blocks)).In(mlp_tile);
  Reads(down, w_.in.w_down, w_.Weights(w_.in.w_down, layer, s_.intermediate, 0, s_.hidden));
  down.In(resid1).InOut(down_pipe).Out(t.next);
}

}  // namespace

Program EmitShape420(const Qwen3Options& options) { return EmitForward<Shape420>(options); }

}  // namespace npusched
