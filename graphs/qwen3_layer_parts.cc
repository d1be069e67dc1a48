#include "graphs/qwen3_layer_parts.h"

#include "graphs/qwen3_forward.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

}  // namespace

LayerTensors LayerParts::Create() {
  Builder& b = w_.b;
  LayerTensors t;
  t.next = NextHidden(w_);
  t.q_proj = b.Create("q_proj", kFp32, {w_.rows, s_.hidden});
  t.k_proj = b.Create("k_proj", kFp32, {w_.rows, s_.kv_hidden});
  t.v_proj = b.Create("v_proj", kFp32, {w_.rows, s_.kv_hidden});
  t.q_norm = b.Create("q_norm", kFp32, {w_.rows, s_.hidden});
  t.k_norm = b.Create("k_norm", kFp32, {w_.rows, s_.kv_hidden});
  t.attn_out = b.Create("attn_out", kBf16, {w_.rows, s_.hidden});
  t.all_q = b.Create("all_q_padded", kBf16, {w_.rows * s_.num_kv_heads * s_.q_head_pad, s_.head_dim});
  return t;
}

void LayerParts::Project(std::int64_t layer, const Tensor& current, const LayerTensors& t) {
  Builder& b = w_.b;
  b.Parallel(w_.o.batch_tiles(), [&](std::int64_t tile) {
    const std::int64_t row = tile * s_.batch_tile;
    const Tensor normed = b.Create("normed", kBf16, {s_.batch_tile, s_.hidden});
    Submission rmsnorm = b.Submit(kernels_.rmsnorm);
    Reads(rmsnorm, current, w_.Tile(current, row, 0, s_.hidden));
    Reads(rmsnorm, w_.in.input_gamma, w_.Gamma(w_.in.input_gamma, layer)).Out(normed);
    const auto project = [&](const Launch& kernel, const Tensor& weights, const Tensor& out, std::int64_t column,
                             std::int64_t columns) {
      Submission task = b.Submit(kernel).In(normed);
      Reads(task, weights, w_.Weights(weights, layer, s_.hidden, column, columns));
      Store(task, out, w_.Tile(out, row, column, columns), windows());
    };
    b.Parallel(s_.hidden / s_.q_out,
               [&](std::int64_t i) { project(kernels_.q_proj, w_.in.wq, t.q_proj, i * s_.q_out, s_.q_out); });
    b.Parallel(s_.kv_hidden / s_.kv_out, [&](std::int64_t i) {
      project(kernels_.k_proj, w_.in.wk, t.k_proj, i * s_.kv_out, s_.kv_out);
      project(kernels_.v_proj, w_.in.wv, t.v_proj, i * s_.kv_out, s_.kv_out);
    });
  });
}

void LayerParts::QkNorm(std::int64_t layer, const LayerTensors& t) {
  w_.b.Parallel(w_.o.batch_tiles(), [&](std::int64_t tile) {
    const std::int64_t row = tile * s_.batch_tile;
    Submission qk_norm = w_.b.Submit(kernels_.qk_norm);
    Reads(qk_norm, t.q_proj, w_.Tile(t.q_proj, row, 0, s_.hidden));
    Reads(qk_norm, t.k_proj, w_.Tile(t.k_proj, row, 0, s_.kv_hidden));
    Reads(qk_norm, w_.in.q_gamma, w_.Gamma(w_.in.q_gamma, layer));
    Reads(qk_norm, w_.in.k_gamma, w_.Gamma(w_.in.k_gamma, layer));
    qk_norm.Out(t.q_norm).Touching(w_.Tile(t.q_norm, row, 0, s_.hidden));
    qk_norm.Out(t.k_norm).Touching(w_.Tile(t.k_norm, row, 0, s_.kv_hidden));
  });
}

// The slot of the new token is read at run time: no window can be proven, so all three outputs stay whole.
TaskId LayerParts::Rope(std::int64_t layer, std::int64_t sequence, const LayerTensors& t, const Tensor& query_rows) {
  const std::int64_t half = s_.head_dim / 2;
  const LayerInputs& in = w_.in;
  Submission rope = w_.b.Submit(kernels_.rope_kv_cache);
  for (const Tensor& read : {t.k_norm, t.v_proj, t.q_norm}) Reads(rope, read, w_.b.Rows(read, sequence, 1));
  rope.In(w_.HalfRow(in.rope_cos, sequence, 0), w_.HalfRow(in.rope_cos, sequence, half))
      .In(w_.HalfRow(in.rope_sin, sequence, 0), w_.HalfRow(in.rope_sin, sequence, half));
  const auto store = [&](const Tensor& whole, const Tensor& touched) {
    (w_.o.rope == Fence::kInferred ? rope.Out(whole) : rope.NoDepOut(whole)).Touching(touched);
  };
  store(in.k_cache, w_.CacheSlot(in.k_cache, layer, sequence));
  store(in.v_cache, w_.CacheSlot(in.v_cache, layer, sequence));
  store(t.all_q, query_rows);
  return rope;
}

TaskId LayerParts::Rope(std::int64_t layer, std::int64_t sequence, const LayerTensors& t) {
  return Rope(layer, sequence, t, QueryRows(t.all_q, sequence));
}

Tensor LayerParts::QueryTile(const Tensor& all_q, std::int64_t sequence, std::int64_t kv_head) {
  return w_.b.Rows(all_q, (sequence * s_.num_kv_heads + kv_head) * s_.q_head_pad, s_.q_head_pad);
}

Tensor LayerParts::PairColumns(const Tensor& attn_out, std::int64_t sequence, std::int64_t pair) {
  const std::int64_t columns = 2 * s_.q_head_batch * s_.head_dim;
  return w_.b.Slice(attn_out, {sequence, pair * columns}, {1, columns});
}

void LayerParts::HeadPair(std::int64_t layer, std::int64_t sequence, std::int64_t pair, const LayerTensors& t,
                          TaskId rope) {
  Builder& b = w_.b;
  const std::int64_t rows = w_.MaxPages() * s_.q_head_pad;  // of every page the context may have
  Tensor raw[2], exp[2], mi[2], li[2], oi[2];
  for (Tensor& one : raw) one = b.Create("raw_scores", kFp32, {rows, s_.block_size});
  for (Tensor& one : exp) one = b.Create("exp_padded", kBf16, {rows, s_.block_size});
  for (Tensor& one : mi) one = b.Create("cur_mi", kFp32, {rows, 1});
  for (Tensor& one : li) one = b.Create("cur_li", kFp32, {rows, 1});
  for (Tensor& one : oi) one = b.Create("oi_tmp", kFp32, {rows, s_.head_dim});

  const std::int64_t pages = w_.Pages(sequence);
  if (!attention_.contains(pages)) attention_[pages] = DeclareAttentionKernels(b, s_, pages);
  const AttentionKernels& kernels = attention_.at(pages);
  const auto fence = [&](Submission& task) {
    if (w_.o.rope == Fence::kManual) task.Dep(rope);
  };
  const auto paged = [&](Submission& task, const Tensor& cache) {
    Reads(task, cache, w_.CachePages(cache, layer, sequence, 2 * pair, 2));
    Reads(task, w_.in.block_table, w_.PageTable(sequence));
  };
  // Of a scratch tensor of all pages, those that the context has.
  const auto used = [&](const Tensor& scratch) { return b.Rows(scratch, 0, pages * s_.q_head_pad); };
  const auto reads = [&](Submission& task, const auto&... tensors) { (Reads(task, tensors, used(tensors)), ...); };
  const auto writes = [&](Submission& task, const auto&... tensors) {
    (task.Out(tensors).Touching(used(tensors)), ...);
  };

  Submission qk = b.Submit(kernels.qk_matmul)
                      .In(QueryTile(t.all_q, sequence, 2 * pair), QueryTile(t.all_q, sequence, 2 * pair + 1));
  paged(qk, w_.in.k_cache);
  writes(qk, raw[0], raw[1]);
  fence(qk);
  Submission softmax = b.Submit(kernels.softmax).Scalar(w_.o.seq_lens[sequence]);
  reads(softmax, raw[0], raw[1]);
  writes(softmax, exp[0], exp[1], mi[0], mi[1], li[0], li[1]);
  Submission sv = b.Submit(kernels.sv_matmul);
  reads(sv, exp[0], exp[1]);
  paged(sv, w_.in.v_cache);
  writes(sv, oi[0], oi[1]);
  fence(sv);
  Submission online = b.Submit(kernels.online_softmax);
  reads(online, oi[0], oi[1], mi[0], mi[1], li[0], li[1]);
  online
      .Out(b.Rows(t.attn_out, sequence, 1))  // stored in two pieces, so the row stays whole
      .Touching(PairColumns(t.attn_out, sequence, pair));
}

TileTensors LayerParts::CreateTile(std::int64_t layer, std::int64_t tile) {
  TileTensors t;
  t.layer = layer;
  t.row = tile * s_.batch_tile;
  t.resid1 = w_.b.Create("resid1", kFp32, {s_.batch_tile, s_.hidden});
  t.post_norm = w_.b.Create("post_norm", kBf16, {s_.batch_tile, s_.hidden});
  t.mlp_tile = w_.b.Create("mlp_tile", kBf16, {s_.batch_tile, s_.intermediate});
  if (w_.o.silu != Fence::kInferred) t.mlp_tile = ManualDep(t.mlp_tile);
  return t;
}

void LayerParts::OutBlocks(const OutKernels& kernels, const Tensor& current, const LayerTensors& t,
                           const TileTensors& tile) {
  Builder& b = w_.b;
  b.Sequential(s_.hidden / s_.o_out, [&](std::int64_t i) {
    const Tensor o_acc = b.Create("o_acc", kFp32, {s_.batch_tile, s_.o_out});
    Submission out_proj = b.Submit(kernels.out_proj);
    Reads(out_proj, t.attn_out, w_.Tile(t.attn_out, tile.row, 0, s_.hidden));
    Reads(out_proj, w_.in.wo, w_.Weights(w_.in.wo, tile.layer, s_.hidden, i * s_.o_out, s_.o_out)).Out(o_acc);
    Submission residual = b.Submit(kernels.out_proj_residual).In(o_acc, current);
    residual.Touching(w_.Tile(current, tile.row, i * s_.o_out, s_.o_out));
    Store(residual, tile.resid1, b.Columns(tile.resid1, i * s_.o_out, s_.o_out), windows());
  });
}

void LayerParts::PostNorm(const MlpKernels& kernels, const TileTensors& tile) {
  Submission post = w_.b.Submit(kernels.post_rmsnorm).In(tile.resid1);
  Reads(post, w_.in.post_gamma, w_.Gamma(w_.in.post_gamma, tile.layer)).Out(tile.post_norm);
}

std::vector<TaskId> LayerParts::MlpBlocks(const MlpKernels& kernels, const TileTensors& tile) {
  Builder& b = w_.b;
  std::vector<TaskId> silu_tasks;
  b.Sequential(s_.intermediate / s_.mlp_out_chunk, [&](std::int64_t i) {
    const Tensor gate_acc = b.Create("gate_acc", kFp32, {s_.batch_tile, s_.mlp_out_chunk});
    const Tensor up_acc = b.Create("up_acc", kFp32, {s_.batch_tile, s_.mlp_out_chunk});
    const std::int64_t column = i * s_.mlp_out_chunk;
    const auto expand = [&](const Launch& kernel, const Tensor& weights, const Tensor& out) {
      Submission task = b.Submit(kernel).In(tile.post_norm);
      Reads(task, weights, w_.Weights(weights, tile.layer, s_.hidden, column, s_.mlp_out_chunk)).Out(out);
    };
    expand(kernels.gate_proj, w_.in.w_gate, gate_acc);
    expand(kernels.up_proj, w_.in.w_up, up_acc);
    const Tensor window = b.Columns(tile.mlp_tile, column, s_.mlp_out_chunk);
    Submission silu = b.Submit(kernels.silu).In(gate_acc, up_acc);
    if (w_.o.silu == Fence::kInferred) {
      Store(silu, tile.mlp_tile, window, w_.o.windows == Windows::kOnWithSilu);
    } else {
      silu.NoDepOut(tile.mlp_tile).Touching(window);
    }
    silu_tasks.push_back(silu);
  });
  return silu_tasks;
}

void LayerParts::DownBlock(const MlpKernels& kernels, const TileTensors& tile, std::int64_t i, const Tensor& next,
                           std::span<const TaskId> fence) {
  Builder& b = w_.b;
  const Tensor chunk = b.Create("down_chunk", kFp32, {s_.batch_tile, s_.down_out});
  Submission down = b.Submit(kernels.down_proj).In(tile.mlp_tile);
  const std::int64_t column = i * s_.down_out;
  Reads(down, w_.in.w_down, w_.Weights(w_.in.w_down, tile.layer, s_.intermediate, column, s_.down_out)).Out(chunk);
  down.Deps(fence);
  Submission residual = b.Submit(kernels.down_proj_residual).In(chunk, tile.resid1);
  residual.Touching(b.Columns(tile.resid1, column, s_.down_out));
  Store(residual, next, w_.Tile(next, tile.row, column, s_.down_out), windows());
}

}  // namespace npusched
