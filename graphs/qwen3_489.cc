// Pull requests 449 and 489: matmuls split along their depth and added up, norms in two halves, attention over a
// list of pages, and from out_proj on a MANUAL scope. 449 has a task more, a fence behind attention.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "graphs/qwen3_emitters.h"
#include "graphs/qwen3_forward.h"
#include "graphs/qwen3_kernels.h"
#include "graphs/qwen3_mix_kernels.h"
#include "graphs/qwen3_split_kernels.h"
#include "graphs/qwen3_split_parts.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;
constexpr DType kInt32 = DType::kInt32;

std::uint32_t Blocks(std::int64_t blocks) { return static_cast<std::uint32_t>(blocks); }

struct Kernels489 {
  Launch x_gamma, rms_recip, q_seed, q_proj, k_seed, k_proj, v_seed, v_proj, fa_work_build, qk_gamma, qk_recip;
  Launch rope_qkv, down_seed, gate_seed, up_seed, fa_fused, online_softmax, out_seed, attn_fence;
  Launch down_cast_residual, out_consolidate;
};

class Shape489 {
 public:
  explicit Shape489(DecodeWords& words) : w_(words), s_(words.s), parts_(words, kBf16), kernels_(Declare()) {
    w_.DeclareSequenceInputs();
  }

  Tensor Layer(std::int64_t layer, const Tensor& current) {
    SplitTensors t = Create(layer, current);
    Project(t);
    Norms(t);
    const std::array<TaskId, 3> seeds = {parts_.Seed(kernels_.down_seed, t.down_acc),
                                         parts_.Seed(kernels_.gate_seed, t.gate_acc),
                                         parts_.Seed(kernels_.up_seed, t.up_acc)};
    TaskId attention = Attention(t);
    const TaskId out_seed = parts_.Seed(kernels_.out_seed, t.attn_proj);
    if (fenced()) attention = w_.b.Submit(kernels_.attn_fence).In(t.attn_out).Out(t.fence);
    std::vector<TaskId> casts;
    w_.b.Scope(ScopeKind::kManual, [&] { casts = Tail(t, seeds, {out_seed, attention}); });
    w_.b.Submit(kernels_.out_consolidate).In(t.out_partial).Out(t.next).Deps(casts);
    return t.next;
  }

 private:
  [[nodiscard]] bool fenced() const { return w_.o.shape == Qwen3Shape::k449; }
  Kernels489 Declare();
  SplitTensors Create(std::int64_t layer, const Tensor& current);
  void Project(const SplitTensors& t);
  void Norms(const SplitTensors& t);
  TaskId Attention(const SplitTensors& t);
  std::vector<TaskId> Tail(const SplitTensors& t, const std::array<TaskId, 3>& seeds,
                           const std::array<TaskId, 2>& before);

  DecodeWords& w_;
  const Qwen3Sizes& s_;
  SplitParts parts_;
  Kernels489 kernels_;
};

Kernels489 Shape489::Declare() {
  Builder& b = w_.b;
  const auto seed = [&](const char* name, std::int64_t columns) { return b.Kernel(SeedWork(name, s_, columns)); };
  const auto project = [&](const char* name, std::int64_t columns) {
    return b.Kernel(SplitProjectionWork(name, s_, columns));
  };
  Kernels489 k;
  k.x_gamma = b.Kernel(GammaWork("x_gamma", s_, kBf16));
  k.rms_recip = b.Kernel(RmsRecipWork(s_, kBf16));
  k.q_seed = seed("q_seed", s_.hidden);
  k.q_proj = project("q_proj", s_.q_out);
  k.k_seed = seed("k_seed", s_.kv_hidden);
  k.k_proj = project("k_proj", s_.kv_out);
  k.v_seed = seed("v_seed", s_.kv_hidden);
  k.v_proj = project("v_proj", s_.kv_out);
  k.fa_work_build = b.Kernel(WorkBuildWork(w_.AllPages()));
  k.qk_gamma = b.Kernel(QkGammaWork(s_));
  k.qk_recip = b.Kernel(QkRecipWork(s_));
  k.rope_qkv = b.Kernel(RopeQkvWork(s_, w_.o.batch()));
  k.down_seed = seed("down_seed", s_.hidden);
  k.gate_seed = seed("gate_seed", s_.intermediate);
  k.up_seed = seed("up_seed", s_.intermediate);
  k.fa_fused = parts_.FusedAttention();
  k.online_softmax = parts_.OnlineSoftmax();
  k.out_seed = seed("out_seed", s_.hidden);
  if (fenced()) k.attn_fence = b.Kernel(FenceWork());
  k.down_cast_residual = b.Kernel(DownCastWork(s_, kBf16));
  k.out_consolidate = b.Kernel(CopyWork("out_consolidate", s_, kBf16, kBf16));
  return k;
}

SplitTensors Shape489::Create(std::int64_t layer, const Tensor& current) {
  Builder& b = w_.b;
  const std::int64_t pages = w_.o.batch() * w_.MaxPages();
  const std::int64_t rows_of_pages = pages * s_.num_kv_heads * s_.q_head_pad;
  SplitTensors t;
  t.layer = layer;
  t.current = current;
  t.next = NextHidden(w_);
  t.normed = b.Create("normed", kBf16, {w_.rows, s_.hidden});
  t.inv_rms = b.Create("inv_rms", kFp32, {1, w_.rows});
  t.q_proj = b.Create("q_proj", kFp32, {w_.rows, s_.hidden});
  t.k_proj = b.Create("k_proj", kFp32, {w_.rows, s_.kv_hidden});
  t.v_proj = b.Create("v_proj", kFp32, {w_.rows, s_.kv_hidden});
  t.work_table = b.Create("fa_work_table", kInt32, {pages, 1});
  t.work_total = b.Create("fa_work_total", kInt32, {1, 1});
  t.k_norm = b.Create("k_norm", kFp32, {w_.rows, s_.kv_hidden});
  t.q_norm = b.Create("q_norm", kFp32, {w_.rows, s_.hidden});
  t.k_inv = b.Create("k_inv", kFp32, {w_.rows, s_.num_kv_heads});
  t.q_inv = b.Create("q_inv", kFp32, {w_.rows, s_.num_heads});
  t.all_q = b.Create("all_q_padded", kBf16, {w_.rows * s_.num_kv_heads * s_.q_head_pad, s_.head_dim});
  t.row_sum = b.Create("cur_li", kFp32, {rows_of_pages, 1});
  t.row_max = b.Create("cur_mi", kFp32, {rows_of_pages, 1});
  t.oi = b.Create("oi_tmp", kFp32, {rows_of_pages, s_.head_dim});
  t.pipe = ManualDep(b.Create("fa_pipe", kFp32, {s_.attn_blocks, kPipeFloats}));
  t.attn_out = b.Create("attn_out", kBf16, {w_.rows, s_.hidden});
  if (fenced()) t.fence = b.Create("attn_fence", kFp32, {1, 8});
  parts_.CreateTail(t);
  t.out_partial = b.Create("out_partial", kBf16, {w_.rows, s_.hidden});
  return t;
}

// x times the norm's weight goes into the projections; the reciprocal of the norm is applied behind them.
void Shape489::Project(const SplitTensors& t) {
  Builder& b = w_.b;
  Submission x_gamma = b.Submit(kernels_.x_gamma).Blocks(Blocks(s_.gamma_blocks));
  x_gamma.In(t.current);
  Reads(x_gamma, w_.in.input_gamma, w_.Gamma(w_.in.input_gamma, t.layer)).Out(t.normed);
  b.Submit(kernels_.rms_recip).In(t.current).Out(t.inv_rms);
  const auto project = [&](const Launch& seed, const Launch& kernel, const Tensor& weights, const Tensor& out,
                           std::int64_t columns, std::int64_t block) {
    parts_.Seed(seed, out);
    parts_.Project(kernel, t, weights, out, SplitParts::kAllOfDepth, 0, columns)
        .Blocks(Blocks(columns / block * parts_.proj_k()));
  };
  project(kernels_.q_seed, kernels_.q_proj, w_.in.wq, t.q_proj, s_.hidden, s_.q_out);
  project(kernels_.k_seed, kernels_.k_proj, w_.in.wk, t.k_proj, s_.kv_hidden, s_.kv_out);
  project(kernels_.v_seed, kernels_.v_proj, w_.in.wv, t.v_proj, s_.kv_hidden, s_.kv_out);
}

void Shape489::Norms(const SplitTensors& t) {
  Builder& b = w_.b;
  const LayerInputs& in = w_.in;
  b.Submit(kernels_.fa_work_build).In(in.seq_lens).Out(t.work_table, t.work_total);
  const Tensor inv_rms = b.Box(t.inv_rms, 0, {w_.rows, 1}, {1, 1});
  b.Submit(kernels_.qk_gamma)
      .In(t.q_proj, inv_rms, w_.Gamma(in.q_gamma, t.layer), t.k_proj, w_.Gamma(in.k_gamma, t.layer))
      .Out(t.k_norm, t.q_norm);
  b.Submit(kernels_.qk_recip).In(t.q_proj, inv_rms, t.k_proj).Out(t.k_inv, t.q_inv);
  Submission rope = b.Submit(kernels_.rope_qkv).Blocks(Blocks(s_.rope_blocks));
  rope.In(in.seq_lens, t.inv_rms, in.slot_mapping, in.rope_cos, in.rope_sin)
      .In(t.k_inv, t.k_norm, t.v_proj, t.q_inv, t.q_norm)
      .Out(t.all_q);
  rope.Out(in.k_cache).Touching(w_.CacheOfLayer(in.k_cache, t.layer));
  rope.Out(in.v_cache).Touching(w_.CacheOfLayer(in.v_cache, t.layer));
}

TaskId Shape489::Attention(const SplitTensors& t) {
  Builder& b = w_.b;
  const LayerInputs& in = w_.in;
  Submission attention = b.Submit(kernels_.fa_fused);
  attention.In(t.work_total, t.work_table, in.seq_lens, in.block_table, t.all_q);
  Reads(attention, in.k_cache, w_.CacheOfLayer(in.k_cache, t.layer));
  Reads(attention, in.v_cache, w_.CacheOfLayer(in.v_cache, t.layer));
  attention.InOut(t.pipe).Out(t.row_sum, t.row_max, t.oi);
  return b.Submit(kernels_.online_softmax).In(in.seq_lens, t.oi, t.row_max, t.row_sum).Out(t.attn_out);
}

std::vector<TaskId> Shape489::Tail(const SplitTensors& t, const std::array<TaskId, 3>& seeds,
                                   const std::array<TaskId, 2>& before) {
  const std::vector<std::vector<TaskId>> down =
      parts_.Tail(t, {.out = {before.begin(), before.end()}, .gate = seeds[1], .up = seeds[2], .down = seeds[0]});
  std::vector<TaskId> results;
  for (std::int64_t n = 0; n < parts_.down_n(); ++n) {
    const auto window = [&](const Tensor& tensor) { return w_.Tile(tensor, 0, n * s_.down_out, s_.down_out); };
    Submission cast = w_.b.Submit(kernels_.down_cast_residual);
    Reads(cast, t.post_norm_partial, window(t.post_norm_partial));
    Reads(cast, t.down_acc, window(t.down_acc));
    cast.Out(t.out_partial).Touching(window(t.out_partial));
    results.push_back(cast.Deps(down[n]));
  }
  return results;
}

}  // namespace

Program EmitShape489(const Qwen3Options& options) { return EmitForward<Shape489>(options); }

}  // namespace npusched
