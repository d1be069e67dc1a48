#include "graphs/qwen3_decode.h"

#include <cstdint>
#include <map>
#include <vector>

#include "graphs/builder.h"
#include "graphs/qwen3_kernels.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;
constexpr DType kInt32 = DType::kInt32;

// Layers are stacked along the rows of every weight and cache.
struct LayerInputs {
  Tensor input_gamma, wq, wk, wv, q_gamma, k_gamma;
  Tensor rope_cos, rope_sin, k_cache, v_cache, block_table;
  Tensor wo, post_gamma, w_gate, w_up, w_down;
};

class DecodeProgram {
 public:
  explicit DecodeProgram(const Qwen3Options& options)
      : o_(options), s_(options.sizes), rows_(options.batch_tiles() * s_.batch_tile) {}

  Program Emit();

 private:
  void DeclareLayers();
  Tensor Layer(std::int64_t layer, const Tensor& current);
  void Projections(std::int64_t layer, const Tensor& current, const Tensor& q_proj, const Tensor& k_proj,
                   const Tensor& v_proj);
  void Attention(std::int64_t layer, const Tensor& q_norm, const Tensor& k_norm, const Tensor& v_proj,
                 const Tensor& attn_out);
  TaskId Rope(std::int64_t layer, std::int64_t b, const Tensor& q_norm, const Tensor& k_norm, const Tensor& v_proj,
              const Tensor& all_q);
  void HeadPair(std::int64_t layer, std::int64_t b, std::int64_t pair, const Tensor& all_q, TaskId rope,
                const Tensor& attn_out);
  void OutputAndMlp(std::int64_t layer, std::int64_t tile, const Tensor& attn_out, const Tensor& current,
                    const Tensor& next);
  void Mlp(std::int64_t layer, std::int64_t row, const Tensor& post_norm, const Tensor& mlp_tile, const Tensor& resid1,
           const Tensor& next);
  void Head(const Tensor& hidden, const Tensor& final_normed);

  // What a writer passes: its window where the compiler's pass proves it (`on` and later), else the whole.
  Submission& Store(Submission& task, const Tensor& whole, const Tensor& window, bool proven) {
    return task.Out(proven ? window : whole).Touching(window);
  }
  // What a reader passes whole, as every tensor of the source, and what of it the kernel loads.
  template <typename T>
  static Submission& Load(T&& task, const Tensor& whole, const Tensor& window) {
    return task.In(whole).Touching(window);
  }
  // Row `layer` of a norm weight; `columns` of a layer's weight from `first` on.
  Tensor Gamma(const Tensor& stacked, std::int64_t layer) { return b_.Rows(stacked, layer, 1); }
  Tensor Weights(const Tensor& stacked, std::int64_t layer, std::int64_t depth, std::int64_t first,
                 std::int64_t columns) {
    return b_.Slice(stacked, {layer * depth, first}, {depth, columns});
  }
  [[nodiscard]] bool windows() const { return o_.windows != Windows::kOff; }
  Tensor Tile(const Tensor& tensor, std::int64_t row, std::int64_t column, std::int64_t columns) {
    return b_.Slice(tensor, {row, column}, {s_.batch_tile, columns});
  }
  [[nodiscard]] std::int64_t Pages(std::int64_t b) const {
    return (o_.seq_lens[b] + s_.block_size - 1) / s_.block_size;
  }
  Tensor CacheSlot(const Tensor& cache, std::int64_t layer, std::int64_t b);
  Tensor CachePages(const Tensor& cache, std::int64_t layer, std::int64_t b, std::int64_t pair);

  const Qwen3Options& o_;
  const Qwen3Sizes& s_;
  const std::int64_t rows_;  // of the batch, padded to whole tiles
  Builder b_{"qwen3_decode"};
  LayerInputs in_;
  LayerKernels kernels_;
  std::map<std::int64_t, AttentionKernels> attention_;  // by pages
};

Program DecodeProgram::Emit() {
  const Tensor hidden_states = b_.External("hidden_states", kBf16, {rows_, s_.hidden});
  Tensor current = hidden_states;
  if (o_.layers > 0) current = b_.Create("current_hidden", kBf16, {rows_, s_.hidden});
  Tensor final_normed;
  if (o_.lm_head) final_normed = b_.Create("final_normed", kBf16, {rows_, s_.hidden});

  if (o_.layers > 0) {
    DeclareLayers();
    const Launch copy_hidden = DeclareCopyHidden(b_, s_);
    b_.Parallel(o_.batch_tiles(), [&](std::int64_t tile) {
      const std::int64_t row = tile * s_.batch_tile;
      Submission copy = b_.Submit(copy_hidden);
      Load(copy, hidden_states, Tile(hidden_states, row, 0, s_.hidden));
      copy.Out(current).Touching(Tile(current, row, 0, s_.hidden));
    });
  }
  if (o_.layer_loop) {
    b_.Sequential(o_.layers, [&](std::int64_t layer) { current = Layer(layer, current); });
  } else {
    for (std::int64_t layer = 0; layer < o_.layers; ++layer) {
      b_.Scope(ScopeKind::kAuto, [&] { current = Layer(layer, current); });
    }
  }
  if (o_.lm_head) Head(current, final_normed);
  return b_.Finish();
}

void DecodeProgram::DeclareLayers() {
  const std::int64_t layers = o_.layers;
  const std::int64_t pages = o_.batch() * (s_.max_seq / s_.block_size);
  const std::int64_t cache_rows = layers * pages * s_.num_kv_heads * s_.block_size;
  in_.input_gamma = b_.External("input_norm_weight", kFp32, {layers, s_.hidden});
  in_.wq = b_.External("wq", kBf16, {layers * s_.hidden, s_.hidden});
  in_.wk = b_.External("wk", kBf16, {layers * s_.hidden, s_.kv_hidden});
  in_.wv = b_.External("wv", kBf16, {layers * s_.hidden, s_.kv_hidden});
  in_.q_gamma = b_.External("q_norm_weight", kFp32, {layers, s_.head_dim});
  in_.k_gamma = b_.External("k_norm_weight", kFp32, {layers, s_.head_dim});
  in_.rope_cos = b_.External("rope_cos", kFp32, {s_.max_seq, s_.head_dim});
  in_.rope_sin = b_.External("rope_sin", kFp32, {s_.max_seq, s_.head_dim});
  in_.k_cache = b_.External("k_cache", kBf16, {cache_rows, s_.head_dim});
  in_.v_cache = b_.External("v_cache", kBf16, {cache_rows, s_.head_dim});
  in_.block_table = b_.External("block_table", kInt32, {pages});
  in_.wo = b_.External("wo", kBf16, {layers * s_.hidden, s_.hidden});
  in_.post_gamma = b_.External("post_norm_weight", kFp32, {layers, s_.hidden});
  in_.w_gate = b_.External("w_gate", kBf16, {layers * s_.hidden, s_.intermediate});
  in_.w_up = b_.External("w_up", kBf16, {layers * s_.hidden, s_.intermediate});
  in_.w_down = b_.External("w_down", kBf16, {layers * s_.intermediate, s_.hidden});
  kernels_ = DeclareLayerKernels(b_, s_, o_.pipeline_stages);
  for (std::int64_t b = 0; b < o_.batch(); ++b) {
    if (!attention_.contains(Pages(b))) attention_[Pages(b)] = DeclareAttentionKernels(b_, s_, Pages(b));
  }
}

Tensor DecodeProgram::Layer(std::int64_t layer, const Tensor& current) {
  const Tensor next = b_.Create("next_hidden", kBf16, {rows_, s_.hidden});
  const Tensor q_proj = b_.Create("q_proj", kFp32, {rows_, s_.hidden});
  const Tensor k_proj = b_.Create("k_proj", kFp32, {rows_, s_.kv_hidden});
  const Tensor v_proj = b_.Create("v_proj", kFp32, {rows_, s_.kv_hidden});
  const Tensor q_norm = b_.Create("q_norm", kFp32, {rows_, s_.hidden});
  const Tensor k_norm = b_.Create("k_norm", kFp32, {rows_, s_.kv_hidden});
  const Tensor attn_out = b_.Create("attn_out", kBf16, {rows_, s_.hidden});
  const Tensor all_q = b_.Create("all_q_padded", kBf16, {rows_ * s_.num_kv_heads * s_.q_head_pad, s_.head_dim});

  Projections(layer, current, q_proj, k_proj, v_proj);
  b_.Parallel(o_.batch_tiles(), [&](std::int64_t tile) {
    const std::int64_t row = tile * s_.batch_tile;
    Submission qk_norm = b_.Submit(kernels_.qk_norm);
    Load(qk_norm, q_proj, Tile(q_proj, row, 0, s_.hidden));
    Load(qk_norm, k_proj, Tile(k_proj, row, 0, s_.kv_hidden));
    Load(qk_norm, in_.q_gamma, Gamma(in_.q_gamma, layer));
    Load(qk_norm, in_.k_gamma, Gamma(in_.k_gamma, layer));
    qk_norm.Out(q_norm).Touching(Tile(q_norm, row, 0, s_.hidden));
    qk_norm.Out(k_norm).Touching(Tile(k_norm, row, 0, s_.kv_hidden));
  });
  b_.Parallel(o_.batch(), [&](std::int64_t b) {
    const TaskId rope = Rope(layer, b, q_norm, k_norm, v_proj, all_q);
    b_.Parallel(s_.num_kv_heads / 2, [&](std::int64_t pair) { HeadPair(layer, b, pair, all_q, rope, attn_out); });
  });
  b_.Parallel(o_.batch_tiles(), [&](std::int64_t tile) { OutputAndMlp(layer, tile, attn_out, current, next); });
  return next;
}

void DecodeProgram::Projections(std::int64_t layer, const Tensor& current, const Tensor& q_proj, const Tensor& k_proj,
                                const Tensor& v_proj) {
  b_.Parallel(o_.batch_tiles(), [&](std::int64_t tile) {
    const std::int64_t row = tile * s_.batch_tile;
    const Tensor normed = b_.Create("normed", kBf16, {s_.batch_tile, s_.hidden});
    Submission rmsnorm = b_.Submit(kernels_.rmsnorm);
    Load(rmsnorm, current, Tile(current, row, 0, s_.hidden));
    Load(rmsnorm, in_.input_gamma, Gamma(in_.input_gamma, layer)).Out(normed);
    const auto project = [&](const Launch& kernel, const Tensor& weights, const Tensor& out, std::int64_t column,
                             std::int64_t columns) {
      Submission task = b_.Submit(kernel).In(normed);
      Load(task, weights, Weights(weights, layer, s_.hidden, column, columns));
      Store(task, out, Tile(out, row, column, columns), windows());
    };
    b_.Parallel(s_.hidden / s_.q_out,
                [&](std::int64_t i) { project(kernels_.q_proj, in_.wq, q_proj, i * s_.q_out, s_.q_out); });
    b_.Parallel(s_.kv_hidden / s_.kv_out, [&](std::int64_t i) {
      project(kernels_.k_proj, in_.wk, k_proj, i * s_.kv_out, s_.kv_out);
      project(kernels_.v_proj, in_.wv, v_proj, i * s_.kv_out, s_.kv_out);
    });
  });
}

// The slot of the new token is read at run time: no window can be proven, so all three outputs stay whole.
TaskId DecodeProgram::Rope(std::int64_t layer, std::int64_t b, const Tensor& q_norm, const Tensor& k_norm,
                           const Tensor& v_proj, const Tensor& all_q) {
  const std::int64_t position = o_.seq_lens[b] - 1;
  const std::int64_t half = s_.head_dim / 2;
  const auto half_row = [&](const Tensor& table, std::int64_t first) {
    return b_.Slice(table, {position, first}, {1, half});
  };
  Submission rope = b_.Submit(kernels_.rope_kv_cache);
  for (const Tensor& tensor : {k_norm, v_proj, q_norm}) Load(rope, tensor, b_.Rows(tensor, b, 1));
  rope.In(half_row(in_.rope_cos, 0), half_row(in_.rope_cos, half))
      .In(half_row(in_.rope_sin, 0), half_row(in_.rope_sin, half));
  const auto store = [&](const Tensor& whole, const Tensor& touched) {
    (o_.rope == Fence::kInferred ? rope.Out(whole) : rope.NoDepOut(whole)).Touching(touched);
  };
  const std::int64_t q_rows = s_.num_kv_heads * s_.q_head_pad;
  store(in_.k_cache, CacheSlot(in_.k_cache, layer, b));
  store(in_.v_cache, CacheSlot(in_.v_cache, layer, b));
  store(all_q, b_.Rows(all_q, b * q_rows, q_rows));
  return rope;
}

void DecodeProgram::HeadPair(std::int64_t layer, std::int64_t b, std::int64_t pair, const Tensor& all_q, TaskId rope,
                             const Tensor& attn_out) {
  const std::int64_t rows = s_.max_seq / s_.block_size * s_.q_head_pad;  // of every page the context may have
  Tensor raw[2], exp[2], mi[2], li[2], oi[2];
  for (Tensor& t : raw) t = b_.Create("raw_scores", kFp32, {rows, s_.block_size});
  for (Tensor& t : exp) t = b_.Create("exp_padded", kBf16, {rows, s_.block_size});
  for (Tensor& t : mi) t = b_.Create("cur_mi", kFp32, {rows, 1});
  for (Tensor& t : li) t = b_.Create("cur_li", kFp32, {rows, 1});
  for (Tensor& t : oi) t = b_.Create("oi_tmp", kFp32, {rows, s_.head_dim});

  const AttentionKernels& kernels = attention_.at(Pages(b));
  const std::int64_t q_row = (b * s_.num_kv_heads + 2 * pair) * s_.q_head_pad;
  const auto fence = [&](Submission& task) {
    if (o_.rope == Fence::kManual) task.Dep(rope);
  };
  const Tensor pages = b_.Slice(in_.block_table, {b * (s_.max_seq / s_.block_size)}, {Pages(b)});
  // Of the pages that the context has.
  const auto used = [&](const Tensor& t) { return b_.Rows(t, 0, Pages(b) * s_.q_head_pad); };
  const auto load = [&](Submission& task, const Tensor(&pair_of)[2]) {
    for (const Tensor& t : pair_of) Load(task, t, used(t));
  };
  const auto store = [&](Submission& task, const Tensor(&pair_of)[2]) {
    for (const Tensor& t : pair_of) task.Out(t).Touching(used(t));
  };
  Submission qk = b_.Submit(kernels.qk_matmul)
                      .In(b_.Rows(all_q, q_row, s_.q_head_pad), b_.Rows(all_q, q_row + s_.q_head_pad, s_.q_head_pad));
  Load(qk, in_.k_cache, CachePages(in_.k_cache, layer, b, pair));
  Load(qk, in_.block_table, pages);
  store(qk, raw);
  fence(qk);
  Submission softmax = b_.Submit(kernels.softmax).Scalar(o_.seq_lens[b]);
  load(softmax, raw);
  for (const auto& t : {&exp, &mi, &li}) store(softmax, *t);
  Submission sv = b_.Submit(kernels.sv_matmul);
  load(sv, exp);
  Load(sv, in_.v_cache, CachePages(in_.v_cache, layer, b, pair));
  Load(sv, in_.block_table, pages);
  store(sv, oi);
  fence(sv);
  const std::int64_t columns = 2 * s_.q_head_batch * s_.head_dim;
  Submission online = b_.Submit(kernels.online_softmax);
  for (const auto& t : {&oi, &mi, &li}) load(online, *t);
  online
      .Out(b_.Rows(attn_out, b, 1))  // stored in two pieces, so the row stays whole
      .Touching(b_.Slice(attn_out, {b, pair * columns}, {1, columns}));
}

void DecodeProgram::OutputAndMlp(std::int64_t layer, std::int64_t tile, const Tensor& attn_out, const Tensor& current,
                                 const Tensor& next) {
  const std::int64_t row = tile * s_.batch_tile;
  const Tensor resid1 = b_.Create("resid1", kFp32, {s_.batch_tile, s_.hidden});
  const Tensor post_norm = b_.Create("post_norm", kBf16, {s_.batch_tile, s_.hidden});
  Tensor mlp_tile = b_.Create("mlp_tile", kBf16, {s_.batch_tile, s_.intermediate});
  if (o_.silu != Fence::kInferred) mlp_tile = ManualDep(mlp_tile);

  b_.Sequential(s_.hidden / s_.q_out, [&](std::int64_t i) {
    const Tensor o_acc = b_.Create("o_acc", kFp32, {s_.batch_tile, s_.q_out});
    Submission out_proj = b_.Submit(kernels_.out_proj);
    Load(out_proj, attn_out, Tile(attn_out, row, 0, s_.hidden));
    Load(out_proj, in_.wo, Weights(in_.wo, layer, s_.hidden, i * s_.q_out, s_.q_out)).Out(o_acc);
    Submission residual = b_.Submit(kernels_.out_proj_residual).In(o_acc, current);
    residual.Touching(Tile(current, row, i * s_.q_out, s_.q_out));
    Store(residual, resid1, b_.Columns(resid1, i * s_.q_out, s_.q_out), windows());
  });
  Submission post = b_.Submit(kernels_.post_rmsnorm).In(resid1);
  Load(post, in_.post_gamma, Gamma(in_.post_gamma, layer)).Out(post_norm);
  Mlp(layer, row, post_norm, mlp_tile, resid1, next);
}

void DecodeProgram::Mlp(std::int64_t layer, std::int64_t row, const Tensor& post_norm, const Tensor& mlp_tile,
                        const Tensor& resid1, const Tensor& next) {
  std::vector<TaskId> silu_tasks;
  b_.Sequential(s_.intermediate / s_.mlp_out_chunk, [&](std::int64_t i) {
    const Tensor gate_acc = b_.Create("gate_acc", kFp32, {s_.batch_tile, s_.mlp_out_chunk});
    const Tensor up_acc = b_.Create("up_acc", kFp32, {s_.batch_tile, s_.mlp_out_chunk});
    const std::int64_t column = i * s_.mlp_out_chunk;
    const auto project = [&](const Launch& kernel, const Tensor& weights, const Tensor& out) {
      Submission task = b_.Submit(kernel).In(post_norm);
      Load(task, weights, Weights(weights, layer, s_.hidden, column, s_.mlp_out_chunk)).Out(out);
    };
    project(kernels_.gate_proj, in_.w_gate, gate_acc);
    project(kernels_.up_proj, in_.w_up, up_acc);
    const Tensor window = b_.Columns(mlp_tile, column, s_.mlp_out_chunk);
    Submission silu = b_.Submit(kernels_.silu).In(gate_acc, up_acc);
    if (o_.silu == Fence::kInferred) {
      Store(silu, mlp_tile, window, o_.windows == Windows::kOnWithSilu);
    } else {
      silu.NoDepOut(mlp_tile).Touching(window);
    }
    silu_tasks.push_back(silu);
  });
  b_.Sequential(s_.hidden / s_.down_out, [&](std::int64_t i) {
    const Tensor chunk = b_.Create("down_chunk", kFp32, {s_.batch_tile, s_.down_out});
    Submission down = b_.Submit(kernels_.down_proj).In(mlp_tile);
    Load(down, in_.w_down, Weights(in_.w_down, layer, s_.intermediate, i * s_.down_out, s_.down_out)).Out(chunk);
    if (o_.silu == Fence::kManual) down.Deps(silu_tasks);
    Submission residual = b_.Submit(kernels_.down_proj_residual).In(chunk, resid1);
    residual.Touching(b_.Columns(resid1, i * s_.down_out, s_.down_out));
    Store(residual, next, Tile(next, row, i * s_.down_out, s_.down_out), windows());
  });
}

void DecodeProgram::Head(const Tensor& hidden, const Tensor& final_normed) {
  const Tensor gamma = b_.External("final_norm_weight", kFp32, {1, s_.hidden});
  const Tensor weights = b_.External("lm_head_weight", kBf16, {s_.vocab, s_.hidden});
  const Tensor logits = b_.External("logits", kFp32, {rows_, s_.vocab});
  const HeadKernels kernels = DeclareHeadKernels(b_, s_, o_.pipeline_stages);
  b_.Parallel(o_.batch_tiles(), [&](std::int64_t tile) {
    const std::int64_t row = tile * s_.batch_tile;
    Submission norm = b_.Submit(kernels.final_rmsnorm);
    Load(norm, hidden, Tile(hidden, row, 0, s_.hidden)).In(gamma);
    norm.Out(final_normed).Touching(Tile(final_normed, row, 0, s_.hidden));
  });
  b_.Parallel(o_.batch_tiles(), [&](std::int64_t tile) {
    b_.Parallel(s_.vocab / s_.vocab_chunk, [&](std::int64_t i) {
      const Tensor acc = b_.Create("lm_acc", kFp32, {s_.batch_tile, s_.vocab_chunk});
      const std::int64_t row = tile * s_.batch_tile;
      Submission lm_head = b_.Submit(kernels.lm_head);
      Load(lm_head, final_normed, Tile(final_normed, row, 0, s_.hidden));
      Load(lm_head, weights, b_.Rows(weights, i * s_.vocab_chunk, s_.vocab_chunk)).Out(acc);
      b_.Submit(kernels.lm_head_store)
          .In(acc)
          .Out(logits)
          .Touching(Tile(logits, row, i * s_.vocab_chunk, s_.vocab_chunk));
    });
  });
}

// The rows of the new token, one a KV head, in the page that holds its slot. Pages of a sequence follow
// each other: the block table is the identity.
Tensor DecodeProgram::CacheSlot(const Tensor& cache, std::int64_t layer, std::int64_t b) {
  const std::int64_t position = o_.seq_lens[b] - 1;
  const std::int64_t pages = s_.max_seq / s_.block_size;
  const std::int64_t page = (layer * o_.batch() + b) * pages + position / s_.block_size;
  const std::int64_t row = page * s_.num_kv_heads * s_.block_size + position % s_.block_size;
  return b_.Box(cache, row * s_.head_dim, {s_.num_kv_heads, s_.head_dim}, {s_.block_size * s_.head_dim, 1});
}

// The rows of both KV heads of a pair in every page of the context.
Tensor DecodeProgram::CachePages(const Tensor& cache, std::int64_t layer, std::int64_t b, std::int64_t pair) {
  const std::int64_t page = (layer * o_.batch() + b) * (s_.max_seq / s_.block_size);
  const std::int64_t page_elements = s_.num_kv_heads * s_.block_size * s_.head_dim;
  const std::int64_t pair_elements = 2 * s_.block_size * s_.head_dim;
  return b_.Box(cache, page * page_elements + pair * pair_elements, {Pages(b), pair_elements}, {page_elements, 1});
}

}  // namespace

Program EmitQwen3Decode(const Qwen3Options& options) { return DecodeProgram(options).Emit(); }

Result<Program> EmitQwen3Decode(const ConfigNode& program, const ConfigNode& model) {
  Result<Qwen3Options> options = ReadQwen3Options(program, model);
  if (!options.ok()) return options.error();
  return EmitQwen3Decode(*options);
}

}  // namespace npusched
