// Pull request 558 and its parent: the split-K layer with all order explicit but at its end, where dcr_xgamma adds
// the residual and begins the next layer's norm. Before, that is five tasks which write whole tensors and so form a
// chain; after, one task of five blocks.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "graphs/qwen3_emitters.h"
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

struct Kernels558 {
  Launch copy_hidden, x_gamma0, rms_recip, q_seed, k_seed, v_seed, q_proj, k_proj, v_proj, fa_work_build, qk_norm;
  Launch rope_qkv, down_seed, gate_seed, up_seed, fa_fused, online_softmax, out_seed, dcr_xgamma;
};

class Shape558 {
 public:
  explicit Shape558(DecodeWords& words) : w_(words), s_(words.s), parts_(words, kFp32) {}
  Program Emit();

 private:
  Kernels558 Declare();
  void Layer(std::int64_t layer);
  SplitTensors Create(std::int64_t layer);
  // The down_proj tasks by columns.
  std::vector<std::vector<TaskId>> Manual(const SplitTensors& t);
  TaskId Rope(const SplitTensors& t);
  void Finish(const SplitTensors& t, const std::vector<std::vector<TaskId>>& down);

  DecodeWords& w_;
  const Qwen3Sizes& s_;
  SplitParts parts_;
  Kernels558 k_;
  Tensor current_, normed_;
  std::vector<TaskId> prev_;  // whose tasks wrote normed_: by block of proj_split_k columns, or one for all
};

Kernels558 Shape558::Declare() {
  Builder& b = w_.b;
  const auto seed = [&](const char* name, std::int64_t columns) { return b.Kernel(SeedWork(name, s_, columns)); };
  const auto project = [&](const char* name, std::int64_t columns) {
    return b.Kernel(SplitProjectionWork(name, s_, columns));
  };
  Kernels558 k;
  k.copy_hidden = b.Kernel(CopyWork("copy_hidden", s_, kBf16, kFp32));
  k.x_gamma0 = b.Kernel(GammaWork("x_gamma0", s_, kFp32));
  k.rms_recip = b.Kernel(RmsRecipWork(s_, kFp32));
  k.q_seed = seed("q_seed", s_.hidden);
  k.k_seed = seed("k_seed", s_.kv_hidden);
  k.v_seed = seed("v_seed", s_.kv_hidden);
  k.q_proj = project("q_proj", s_.q_out);
  k.k_proj = project("k_proj", s_.kv_out);
  k.v_proj = project("v_proj", s_.kv_out);
  k.fa_work_build = b.Kernel(WorkBuildWork(w_.AllPages()));
  k.qk_norm = b.Kernel(HeadNormWork(s_));
  k.rope_qkv = b.Kernel(NormedRopeWork(s_, w_.o.batch()));
  k.down_seed = seed("down_seed", s_.hidden);
  k.gate_seed = seed("gate_seed", s_.intermediate);
  k.up_seed = seed("up_seed", s_.intermediate);
  k.fa_fused = parts_.FusedAttention();
  k.online_softmax = parts_.OnlineSoftmax();
  k.out_seed = seed("out_seed", s_.hidden);
  k.dcr_xgamma = b.Kernel(DcrGammaWork(s_, kFp32));
  return k;
}

Program Shape558::Emit() {
  Builder& b = w_.b;
  const Tensor hidden_states = b.External("hidden_states", kBf16, {w_.rows, s_.hidden});
  current_ = b.Create("current_hidden", kFp32, {w_.rows, s_.hidden});
  normed_ = b.Create("normed", kBf16, {w_.rows, s_.hidden});
  w_.DeclareLayerInputs();
  w_.DeclareSequenceInputs();
  k_ = Declare();
  const TaskId copy = b.Submit(k_.copy_hidden).In(hidden_states).Out(current_);
  b.Scope(ScopeKind::kManual, [&] {
    for (std::int64_t i = 0; i < s_.gamma_blocks; ++i) {
      const std::int64_t columns = s_.hidden / s_.gamma_blocks;
      Submission x_gamma = b.Submit(k_.x_gamma0);
      Reads(x_gamma, current_, w_.Tile(current_, 0, i * columns, columns));
      Reads(x_gamma, w_.in.input_gamma, b.Slice(w_.in.input_gamma, {0, i * columns}, {1, columns}));
      x_gamma.Out(normed_).Touching(w_.Tile(normed_, 0, i * columns, columns)).Dep(copy);
      prev_.push_back(x_gamma);
    }
  });
  b.Sequential(w_.o.layers, [&](std::int64_t layer) { Layer(layer); });
  const Tensor out = b.External("out", kBf16, {w_.rows, s_.hidden});
  b.Submit(b.Kernel(CopyWork("copy_out", s_, kFp32, kBf16))).In(current_).Out(out);
  return b.Finish();
}

SplitTensors Shape558::Create(std::int64_t layer) {
  Builder& b = w_.b;
  const std::int64_t pages = w_.o.batch() * w_.MaxPages();
  const std::int64_t rows_of_pages = pages * s_.num_kv_heads * s_.q_head_pad;
  SplitTensors t;
  t.layer = layer;
  t.current = current_;
  t.normed = normed_;
  t.next = b.Create("next_hidden", kFp32, {w_.rows, s_.hidden});
  t.next_normed = b.Create("next_normed", kBf16, {w_.rows, s_.hidden});
  t.inv_rms = b.Create("inv_rms", kFp32, {1, w_.rows});
  t.q_proj = b.Create("q_proj", kFp32, {w_.rows, s_.hidden});
  t.k_proj = b.Create("k_proj", kFp32, {w_.rows, s_.kv_hidden});
  t.v_proj = b.Create("v_proj", kFp32, {w_.rows, s_.kv_hidden});
  t.work_table = b.Create("fa_work_table", kInt32, {pages, 1});
  t.work_total = b.Create("fa_work_total", kInt32, {1, 1});
  t.k_norm = b.Create("k_norm", kFp32, {w_.rows, s_.kv_hidden});
  t.q_norm = b.Create("q_norm", kFp32, {w_.rows, s_.hidden});
  t.all_q = b.Create("all_q_padded", kBf16, {w_.rows * s_.num_kv_heads * s_.q_head_pad, s_.head_dim});
  t.row_sum = b.Create("cur_li", kFp32, {rows_of_pages, 1});
  t.row_max = b.Create("cur_mi", kFp32, {rows_of_pages, 1});
  t.oi = b.Create("oi_tmp", kFp32, {rows_of_pages, s_.head_dim});
  t.pipe = ManualDep(b.Create("fa_pipe", kFp32, {s_.attn_blocks, kPipeFloats}));
  t.attn_out = b.Create("attn_out", kBf16, {w_.rows, s_.hidden});
  parts_.CreateTail(t);
  return t;
}

void Shape558::Layer(std::int64_t layer) {
  const SplitTensors t = Create(layer);
  std::vector<std::vector<TaskId>> down;
  w_.b.Scope(ScopeKind::kManual, [&] { down = Manual(t); });
  Finish(t, down);
  current_ = t.next;
  normed_ = t.next_normed;
}

// Projections, qk_norm of each KV head when its columns are complete, then rope.
TaskId Shape558::Rope(const SplitTensors& t) {
  Builder& b = w_.b;
  const LayerInputs& in = w_.in;
  const TaskId recip = b.Submit(k_.rms_recip).In(t.current).Out(t.inv_rms).Deps(prev_);
  const TaskId q_seed = parts_.Seed(k_.q_seed, t.q_proj);
  const TaskId k_seed = parts_.Seed(k_.k_seed, t.k_proj);
  const TaskId v_seed = parts_.Seed(k_.v_seed, t.v_proj);
  // Who wrote the columns of normed that block k of the depth reads.
  const auto wrote = [&](std::int64_t k) {
    const std::span<const TaskId> all = prev_;
    return prev_.size() == static_cast<std::size_t>(parts_.proj_k()) ? all.subspan(static_cast<std::size_t>(k), 1)
                                                                     : all;
  };
  const auto project = [&](const Launch& kernel, const Tensor& weights, const Tensor& out, std::int64_t columns,
                           std::int64_t block, TaskId seed) {
    std::vector<std::vector<TaskId>> tasks(static_cast<std::size_t>(columns / block));
    for (std::int64_t n = 0; n < columns / block; ++n) {
      for (std::int64_t k = 0; k < parts_.proj_k(); ++k) {
        Submission task = parts_.Project(kernel, t, weights, out, k, n * block, block);
        tasks[n].push_back(task.Deps(wrote(k)).Dep(seed));
      }
    }
    return tasks;
  };
  const auto q = project(k_.q_proj, in.wq, t.q_proj, s_.hidden, s_.q_out, q_seed);
  const auto k = project(k_.k_proj, in.wk, t.k_proj, s_.kv_hidden, s_.kv_out, k_seed);
  const auto v = project(k_.v_proj, in.wv, t.v_proj, s_.kv_hidden, s_.kv_out, v_seed);
  const auto covering = [](Submission& task, const std::vector<std::vector<TaskId>>& tasks, std::int64_t first,
                           std::int64_t columns, std::int64_t block) {
    for (std::int64_t n = first / block; n * block < first + columns; ++n) task.Deps(tasks[n]);
  };
  std::vector<TaskId> norms;
  for (std::int64_t head = 0; head < s_.num_kv_heads; ++head) {
    const std::int64_t columns = s_.q_head_batch * s_.head_dim;
    const Tensor q_columns = w_.Tile(t.q_proj, 0, head * columns, columns);
    const Tensor k_columns = w_.Tile(t.k_proj, 0, head * s_.head_dim, s_.head_dim);
    Submission norm = b.Submit(k_.qk_norm);
    Reads(norm, t.q_proj, q_columns);
    Reads(norm, t.k_proj, k_columns).In(t.inv_rms, w_.Gamma(in.q_gamma, t.layer), w_.Gamma(in.k_gamma, t.layer));
    norm.Out(t.q_norm).Touching(w_.Tile(t.q_norm, 0, head * columns, columns));
    norm.Out(t.k_norm).Touching(w_.Tile(t.k_norm, 0, head * s_.head_dim, s_.head_dim));
    covering(norm, q, head * columns, columns, s_.q_out);
    covering(norm, k, head * s_.head_dim, s_.head_dim, s_.kv_out);
    norms.push_back(norm.Dep(recip));
  }
  Submission rope = b.Submit(k_.rope_qkv).Blocks(Blocks(s_.rope_blocks)).Deps(norms);
  covering(rope, v, 0, s_.kv_hidden, s_.kv_out);
  rope.In(in.seq_lens, t.inv_rms, in.slot_mapping, in.rope_cos, in.rope_sin).In(t.k_norm, t.v_proj, t.q_norm);
  rope.Out(t.all_q);
  rope.Out(in.k_cache).Touching(w_.CacheOfLayer(in.k_cache, t.layer));
  rope.Out(in.v_cache).Touching(w_.CacheOfLayer(in.v_cache, t.layer));
  return rope;
}

std::vector<std::vector<TaskId>> Shape558::Manual(const SplitTensors& t) {
  Builder& b = w_.b;
  const LayerInputs& in = w_.in;
  const TaskId work = b.Submit(k_.fa_work_build).In(in.seq_lens).Out(t.work_table, t.work_total);
  const TaskId rope = Rope(t);
  SplitParts::Before before;
  before.down = parts_.Seed(k_.down_seed, t.down_acc);
  before.gate = parts_.Seed(k_.gate_seed, t.gate_acc);
  before.up = parts_.Seed(k_.up_seed, t.up_acc);
  Submission attention = b.Submit(k_.fa_fused).Dep(work).Dep(rope);
  attention.In(t.work_total, t.work_table, in.seq_lens, in.block_table, t.all_q);
  Reads(attention, in.k_cache, w_.CacheOfLayer(in.k_cache, t.layer));
  Reads(attention, in.v_cache, w_.CacheOfLayer(in.v_cache, t.layer));
  attention.InOut(t.pipe).Out(t.row_sum, t.row_max, t.oi);
  const TaskId online =
      b.Submit(k_.online_softmax).Dep(attention).In(in.seq_lens, t.oi, t.row_max, t.row_sum).Out(t.attn_out);
  before.out = {parts_.Seed(k_.out_seed, t.attn_proj), online};
  return parts_.Tail(t, before);
}

// Two outputs, so the compiler passes no window: the tasks of a layer take turns at both tensors.
void Shape558::Finish(const SplitTensors& t, const std::vector<std::vector<TaskId>>& down) {
  const std::int64_t next_layer = std::min(t.layer + 1, w_.o.layers - 1);
  const auto submit = [&](std::int64_t column, std::int64_t columns) {
    const auto window = [&](const Tensor& tensor) { return w_.Tile(tensor, 0, column, columns); };
    Submission dcr = w_.b.Submit(k_.dcr_xgamma);
    Reads(dcr, t.down_acc, window(t.down_acc));
    Reads(dcr, t.post_norm_partial, window(t.post_norm_partial));
    Reads(dcr, w_.in.input_gamma, w_.b.Slice(w_.in.input_gamma, {next_layer, column}, {1, columns}));
    dcr.Out(t.next).Touching(window(t.next));
    dcr.Out(t.next_normed).Touching(window(t.next_normed));
    return dcr;
  };
  prev_.clear();
  if (w_.o.shape == Qwen3Shape::k558After) {
    Submission dcr = submit(0, s_.hidden).Blocks(Blocks(parts_.down_n()));
    for (const std::vector<TaskId>& of_columns : down) dcr.Deps(of_columns);
    prev_.push_back(dcr);
    return;
  }
  w_.b.Parallel(parts_.down_n(), [&](std::int64_t n) {
    prev_.push_back(submit(n * s_.down_out, s_.down_out).Deps(down[static_cast<std::size_t>(n)]));
  });
}

}  // namespace

Program EmitShape558(const Qwen3Options& options) {
  DecodeWords words(options);
  return Shape558(words).Emit();
}

}  // namespace npusched
