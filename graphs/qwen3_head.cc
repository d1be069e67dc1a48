// The newest shape (634e77b): attention with RoPE and the cache write in one task that starts on all clusters
// together, explicit order everywhere but between layers, consumers staged early.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "graphs/qwen3_emitters.h"
#include "graphs/qwen3_head_kernels.h"
#include "graphs/qwen3_kernels.h"
#include "graphs/qwen3_lm_head.h"
#include "graphs/qwen3_mix_kernels.h"
#include "graphs/qwen3_split_kernels.h"
#include "graphs/qwen3_split_parts.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;
constexpr DType kInt32 = DType::kInt32;

std::uint32_t Blocks(std::int64_t blocks) { return static_cast<std::uint32_t>(blocks); }

struct HeadShapeKernels {
  Launch pa_tiling, copy_hidden, x_gamma0, attn_out_seed, rms_recip, q_seed, q_proj, kv_seed, mlp_out_seed;
  Launch k_proj, v_proj, attention, dcr_xgamma;
};

class HeadShape {
 public:
  explicit HeadShape(DecodeWords& words) : w_(words), s_(words.s), parts_(words, kFp32) {}
  Program Emit();

 private:
  HeadShapeKernels Declare();
  void Embed(const Tensor& hidden_states);
  TaskId Layer(std::int64_t layer, TaskId prev);
  void Create(SplitTensors& t);
  TaskId Attention(const SplitTensors& t, TaskId prev);
  std::vector<TaskId> OutProj(const SplitTensors& t, TaskId attention);
  std::vector<TaskId> Tail(const SplitTensors& t, const std::vector<TaskId>& out);
  void Sample(const Tensor& logits);

  DecodeWords& w_;
  const Qwen3Sizes& s_;
  SplitParts parts_;
  HeadShapeKernels k_;
  Tensor metadata_, workspace_, current_, normed_;
  TaskId tiling_ = kNoTask;
};

HeadShapeKernels HeadShape::Declare() {
  Builder& b = w_.b;
  const std::int64_t tokens = std::accumulate(w_.o.seq_lens.begin(), w_.o.seq_lens.end(), std::int64_t{0});
  const std::int64_t share = s_.attn_blocks * s_.block_size;  // the tokens of a KV head, over all blocks
  const auto project = [&](const char* name, std::int64_t columns) {
    return b.Kernel(SplitProjectionWork(name, s_, columns));
  };
  return {.pa_tiling = b.Kernel(TilingWork(w_.o.batch())),
          .copy_hidden = b.Kernel(CopyWork("copy_hidden", s_, kBf16, kFp32)),
          .x_gamma0 = b.Kernel(GammaWork("x_gamma0", s_, kFp32)),
          .attn_out_seed = b.Kernel(AttentionSeedWork(s_, w_.o.batch())),
          .rms_recip = b.Kernel(RmsRecipWork(s_, kFp32)),
          .q_seed = b.Kernel(SeedWork("q_seed", s_, s_.hidden)),
          .q_proj = project("q_proj", s_.q_out),
          .kv_seed = b.Kernel(KvSeedWork(s_)),
          .mlp_out_seed = b.Kernel(MlpSeedWork(s_)),
          .k_proj = project("k_proj", s_.kv_out),
          .v_proj = project("v_proj", s_.kv_out),
          .attention = b.Kernel(AttentionWork(s_, w_.o.batch(), (tokens * s_.num_kv_heads + share - 1) / share)),
          .dcr_xgamma = b.Kernel(DcrGammaWork(s_, kFp32))};
}

Program HeadShape::Emit() {
  Builder& b = w_.b;
  const Tensor hidden_states = b.External("hidden_states", kBf16, {w_.rows, s_.hidden});
  metadata_ = b.Create("metadata", kInt32, {s_.batch_tile});
  workspace_ = b.Create("workspace", kFp32, {s_.attn_blocks, kPipeFloats});
  current_ = b.Create("current_hidden", kFp32, {w_.rows, s_.hidden});
  normed_ = b.Create("normed", kBf16, {w_.rows, s_.hidden});
  Tensor final_normed;
  if (w_.o.lm_head) final_normed = b.Create("final_normed", kBf16, {w_.rows, s_.hidden});
  w_.DeclareLayerInputs();
  w_.DeclareSequenceInputs();
  k_ = Declare();

  tiling_ = b.Submit(k_.pa_tiling)
                .In(w_.in.seq_lens)
                .Out(metadata_)
                .Touching(b.Slice(metadata_, {0}, {w_.o.batch()}))
                .Early();
  b.Dummy();
  if (w_.o.lm_head) Embed(hidden_states);
  Submission copy = b.Submit(k_.copy_hidden).In(hidden_states).Out(current_);
  if (w_.o.lm_head) copy.Early();
  TaskId prev = kNoTask;
  b.Scope(ScopeKind::kManual, [&] {
    Submission x_gamma = b.Submit(k_.x_gamma0).In(current_);
    Reads(x_gamma, w_.in.input_gamma, w_.Gamma(w_.in.input_gamma, 0)).Out(normed_);
    prev = x_gamma.Blocks(Blocks(s_.gamma_blocks)).Early().Dep(copy);
  });
  b.Sequential(w_.o.layers, [&](std::int64_t layer) { prev = Layer(layer, prev); });
  if (w_.o.lm_head) {
    Sample(EmitLmHead(w_, current_, final_normed, kFp32));
  } else {
    const Tensor out = b.External("out", kBf16, {w_.rows, s_.hidden});
    b.Submit(b.Kernel(CopyWork("copy_out", s_, kFp32, kBf16))).In(current_).Out(out);
  }
  return b.Finish();
}

void HeadShape::Embed(const Tensor& hidden_states) {
  Builder& b = w_.b;
  const Tensor tokens = b.External("token_ids", kInt32, {w_.o.batch()});
  const Tensor table = b.External("embedding", kBf16, {s_.vocab, s_.hidden});
  const Launch embedding = b.Kernel(EmbeddingWork(s_));
  b.Parallel(w_.o.batch(), [&](std::int64_t sequence) {
    Submission task = b.Submit(embedding);
    Reads(task, tokens, b.Slice(tokens, {sequence}, {1})).In(table);
    task.Out(hidden_states).Touching(b.Rows(hidden_states, sequence, 1));
  });
}

void HeadShape::Sample(const Tensor& logits) {
  Builder& b = w_.b;
  const Tensor next = b.External("next_token_ids", kInt32, {w_.o.batch()});
  const Launch sample = b.Kernel(GreedySampleWork(s_));
  b.Parallel(w_.o.batch(), [&](std::int64_t sequence) {
    Submission task = b.Submit(sample);
    Reads(task, logits, b.Rows(logits, sequence, 1));
    task.Out(next).Touching(b.Slice(next, {sequence}, {1}));
  });
}

// What the MANUAL body creates comes second, in an alloc of its own.
void HeadShape::Create(SplitTensors& t) {
  Builder& b = w_.b;
  t.next = b.Create("next_hidden", kFp32, {w_.rows, s_.hidden});
  t.next_normed = b.Create("next_normed", kBf16, {w_.rows, s_.hidden});
  t.q_proj = b.Create("q_proj", kFp32, {w_.rows, s_.hidden});
  t.k_proj = b.Create("k_proj", kFp32, {w_.rows, s_.kv_hidden});
  t.v_proj = b.Create("v_proj", kFp32, {w_.rows, s_.kv_hidden});
  t.inv_rms = b.Create("inv_rms", kFp32, {1, w_.rows});
  t.all_q = b.Create("q", kBf16, {w_.rows, s_.hidden});
  t.attn_out = b.Create("attn_out", kBf16, {w_.rows, s_.hidden});
  b.AllocCreated();
  parts_.CreateTail(t);
}

TaskId HeadShape::Layer(std::int64_t layer, TaskId prev) {
  SplitTensors t;
  t.layer = layer;
  t.current = current_;
  t.normed = normed_;
  Create(t);
  std::vector<TaskId> down;
  w_.b.Scope(ScopeKind::kManual, [&] { down = Tail(t, OutProj(t, Attention(t, prev))); });
  Submission dcr = w_.b.Submit(k_.dcr_xgamma).Blocks(Blocks(parts_.down_n())).Early().Deps(down);
  dcr.In(t.down_acc, t.post_norm_partial);
  const std::int64_t next_layer = std::min(layer + 1, w_.o.layers - 1);
  Reads(dcr, w_.in.input_gamma, w_.Gamma(w_.in.input_gamma, next_layer)).Out(t.next, t.next_normed);
  current_ = t.next;
  normed_ = t.next_normed;
  return dcr;
}

TaskId HeadShape::Attention(const SplitTensors& t, TaskId prev) {
  Builder& b = w_.b;
  const LayerInputs& in = w_.in;
  const TaskId begin = b.Dummy();
  const Tensor dead_rows = b.Rows(t.attn_out, w_.o.batch(), w_.rows - w_.o.batch());
  const TaskId attn_seed = b.Submit(k_.attn_out_seed).Out(t.attn_out).Touching(dead_rows).Early();
  const TaskId recip = b.Submit(k_.rms_recip).In(t.current).Out(t.inv_rms).Early().Dep(prev).Dep(begin);
  const TaskId q_seed = parts_.Seed(k_.q_seed, t.q_proj).Early();
  const auto project = [&](const Launch& kernel, const Tensor& weights, const Tensor& out, std::int64_t columns,
                           std::int64_t block) {
    return parts_.Project(kernel, t, weights, out, SplitParts::kAllOfDepth, 0, columns)
        .Blocks(Blocks(columns / block * parts_.proj_k()))
        .Early();
  };
  const TaskId q = project(k_.q_proj, in.wq, t.q_proj, s_.hidden, s_.q_out).Dep(prev).Dep(q_seed);
  const TaskId kv_seed = b.Submit(k_.kv_seed).Out(t.k_proj, t.v_proj).Dep(prev).Dep(begin);
  const TaskId mlp_seed =
      b.Submit(k_.mlp_out_seed).Out(t.down_acc, t.gate_acc, t.up_acc, t.attn_proj).Early().Dep(prev).Dep(begin);
  const TaskId k = project(k_.k_proj, in.wk, t.k_proj, s_.kv_hidden, s_.kv_out).Dep(kv_seed);
  const TaskId v = project(k_.v_proj, in.wv, t.v_proj, s_.kv_hidden, s_.kv_out).Dep(kv_seed);

  const auto by_head = [&](const Tensor& tensor) {
    return b.Box(tensor, 0, {w_.rows, s_.num_heads, s_.head_dim}, {s_.hidden, s_.head_dim, 1});
  };
  Submission attention = b.Submit(k_.attention).Blocks(Blocks(s_.attn_blocks)).SyncStart().Early();
  attention.InOut(by_head(t.attn_out)).InOut(by_head(t.all_q));
  attention.InOut(in.k_cache).Touching(w_.CacheOfLayer(in.k_cache, t.layer));
  attention.InOut(in.v_cache).Touching(w_.CacheOfLayer(in.v_cache, t.layer));
  attention.InOut(workspace_).InOut(metadata_).In(t.q_proj, t.k_proj, t.v_proj, t.inv_rms);
  Reads(attention, in.q_gamma, w_.Gamma(in.q_gamma, t.layer));
  Reads(attention, in.k_gamma, w_.Gamma(in.k_gamma, t.layer));
  attention.In(in.rope_cos, in.rope_sin, in.block_table, in.slot_mapping);
  for (const TaskId task : {q, k, v, recip, tiling_, attn_seed, mlp_seed}) attention.Dep(task);
  return attention;
}

// n-major over (n, k), as the tasks write: the first ones wait behind a dummy, the rest are blocks of one task.
std::vector<TaskId> HeadShape::OutProj(const SplitTensors& t, TaskId attention) {
  const TaskId behind = w_.b.Dummy().Dep(attention);
  const std::int64_t depth = parts_.out_k();
  const std::int64_t all = parts_.out_n() * depth;
  const std::int64_t waiting = std::min(s_.out_waiting, all);
  std::vector<TaskId> out;
  for (std::int64_t i = 0; i < waiting; ++i) out.push_back(parts_.OutProj(t, i / depth, i % depth).Dep(behind));
  if (waiting < all) {
    const std::int64_t first = waiting / depth;
    const TaskId rest = parts_.OutProj(t, first, SplitParts::kAllOfDepth, parts_.out_n() - first)
                            .Blocks(Blocks(all - waiting))
                            .Dep(attention);
    out.resize(static_cast<std::size_t>(all), rest);
  }
  return out;
}

std::vector<TaskId> HeadShape::Tail(const SplitTensors& t, const std::vector<TaskId>& out) {
  Builder& b = w_.b;
  std::vector<TaskId> casts;
  const std::size_t of_cast = out.size() / static_cast<std::size_t>(parts_.casts());
  for (std::int64_t k = 0; k < parts_.casts(); ++k) {
    const auto first = static_cast<std::size_t>(k) * of_cast;
    casts.push_back(parts_.Cast(t, k).Early().Deps(std::span(out).subspan(first, of_cast)));
  }
  const TaskId reduce = parts_.Reduce(t).Deps(out);

  const std::int64_t first_n = std::min(s_.mlp_first, parts_.mlp_n());
  std::vector<std::vector<TaskId>> gate(static_cast<std::size_t>(parts_.mlp_n()));
  std::vector<std::vector<TaskId>> up(static_cast<std::size_t>(parts_.mlp_n()));
  std::vector<TaskId> before_gate;
  std::vector<TaskId> before_up;
  for (std::int64_t k = 0; k < parts_.mlp_k(); ++k) {
    before_gate.push_back(b.Dummy().Dep(casts[k]));
    before_up.push_back(b.Dummy().Dep(casts[k]));
    const TaskId gate_task = parts_.Expand(true, t, 0, k, first_n).Dep(casts[k]);
    const TaskId up_task = parts_.Expand(false, t, 0, k, first_n).Dep(casts[k]);
    for (std::int64_t n = 0; n < first_n; ++n) {
      gate[n].push_back(gate_task);
      up[n].push_back(up_task);
    }
  }
  for (std::int64_t n = first_n; n < parts_.mlp_n(); ++n) {
    for (std::int64_t k = 0; k < parts_.mlp_k(); ++k) {
      gate[n].push_back(parts_.Expand(true, t, n, k).Dep(before_gate[k]));
      up[n].push_back(parts_.Expand(false, t, n, k).Dep(before_up[k]));
    }
  }
  std::vector<TaskId> silu;
  for (std::int64_t n = 0; n < parts_.mlp_n(); ++n) {
    silu.push_back(parts_.Silu(t, n).Dep(reduce).Deps(gate[n]).Deps(up[n]));
  }
  std::vector<TaskId> down;
  for (std::int64_t n = 0; n < parts_.down_n(); ++n) {
    for (std::int64_t k = 0; k < parts_.down_k(); ++k) down.push_back(parts_.Down(t, n, k).Early().Dep(silu[k]));
  }
  return down;
}

}  // namespace

Program EmitHeadShape(const Qwen3Options& options) {
  DecodeWords words(options);
  return HeadShape(words).Emit();
}

}  // namespace npusched
