// Pull request 275 and its parent: attention in four tasks a sequence, over all heads, and projections whose blocks
// are made inside a task. The two differ in tiles alone.
#include <cstdint>
#include <map>

#include "graphs/kernel_ops.h"
#include "graphs/qwen3_attention_kernels.h"
#include "graphs/qwen3_emitters.h"
#include "graphs/qwen3_forward.h"
#include "graphs/qwen3_layer_parts.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;
using ops::Vector;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

MatmulShape ProjectionShape(const Qwen3Sizes& s, std::int64_t columns) {
  return {.rows = s.batch_tile,
          .columns = s.proj_block,
          .depth = s.hidden,
          .step = s.input_proj_k,
          .stage = s.matmul_stage,
          .loops = columns / s.proj_block};
}

// args: normed, wk, wv -> k_proj, v_proj.
KernelWork KvProjWork(const Qwen3Sizes& s) {
  MatmulShape shape = ProjectionShape(s, s.kv_out);
  shape.result = 3;
  std::vector<Loop> loops = MatmulLoops(shape);
  shape.weights = 2;
  shape.result = 4;
  const std::vector<Loop> values = MatmulLoops(shape);
  loops.insert(loops.end(), values.begin(), values.end());
  return OnAic("kv_proj", std::move(loops));
}

// Zeros in the rows that pad a KV head's queries. args: -> all_q_padded.
KernelWork QueryPadWork(const Qwen3Sizes& s) {
  const std::int64_t padding = s.q_head_pad - s.q_head_batch;
  if (padding == 0) return OnAiv("q_pad", {Loop{}});
  return OnAiv("q_pad", {{1, 1, {Vector(VectorOp::kFill, padding, s.head_dim)}},
                         {s.batch_tile * s.num_kv_heads, 1, {Store(kActivation, kBf16, padding, s.head_dim, 0)}}});
}

// args: all_q, k_cache, block table -> raw scores.
KernelWork ScoresOfAllHeads(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  return OnAic("qk_matmul", {{s.num_kv_heads, 1, {Load(kActivation, kBf16, q, s.head_dim, 0)}},
                             {pages * s.num_kv_heads,
                              1,
                              {Load(kCache, kBf16, 1, s.block_size * s.head_dim, 1),
                               Matmul(q, s.block_size, s.head_dim), Store(kActivation, kFp32, q, s.block_size, 3)}}});
}

// args: raw scores -> exp, mi, li.
KernelWork SoftmaxOfAllHeads(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  std::vector<Op> body = {Load(kActivation, kFp32, q, s.block_size, 0)};
  const std::vector<Op> softmax = SoftmaxOps(q, s.block_size);
  body.insert(body.end(), softmax.begin(), softmax.end());
  body.push_back(Store(kActivation, kBf16, q, s.block_size, 1));
  body.push_back(Store(kActivation, kFp32, q, 1, 2));
  body.push_back(Store(kActivation, kFp32, q, 1, 3));
  return OnAiv("softmax", {{pages * s.num_kv_heads, 1, std::move(body)}});
}

// args: exp, v_cache, block table -> oi.
KernelWork OutputsOfAllHeads(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  return OnAic("sv_matmul",
               {{pages * s.num_kv_heads,
                 1,
                 {Load(kActivation, kBf16, q, s.block_size, 0), Load(kCache, kBf16, 1, s.block_size * s.head_dim, 1),
                  Matmul(q, s.head_dim, s.block_size), Store(kActivation, kFp32, q, s.head_dim, 3)}}});
}

// Padded rows are divided and stored like real ones. args: oi, mi, li -> padded row.
KernelWork OnlineOfAllHeads(const Qwen3Sizes& s, std::int64_t pages) {
  const std::int64_t q = s.q_head_pad;
  std::vector<Op> body = {Load(kActivation, kFp32, q, s.head_dim, 0), Load(kActivation, kFp32, q, 1, 1),
                          Load(kActivation, kFp32, q, 1, 2)};
  const std::vector<Op> recurrence = RecurrenceOps(q, s.head_dim);
  body.insert(body.end(), recurrence.begin(), recurrence.end());
  return OnAiv("online_softmax", {{pages * s.num_kv_heads, 1, std::move(body)},
                                  {s.num_kv_heads,
                                   1,
                                   {Vector(VectorOp::kDiv, q, s.head_dim), Vector(VectorOp::kCast, q, s.head_dim),
                                    Store(kActivation, kBf16, 1, q * s.head_dim, 3)}}});
}

// The real query heads of the padded row. args: padded row -> row of attn_out.
KernelWork WritebackWork(const Qwen3Sizes& s) {
  const std::int64_t columns = s.q_head_batch * s.head_dim;
  return OnAiv("attention_writeback", {{s.num_kv_heads,
                                        1,
                                        {Load(kActivation, kBf16, 1, columns, 0), Vector(VectorOp::kCopy, 1, columns),
                                         Store(kActivation, kBf16, 1, columns, 1)}}});
}

ProjectionKernels DeclareProjections(Builder& b, const Qwen3Sizes& s) {
  ProjectionKernels k;
  k.rmsnorm = b.Kernel(RmsNormWork("rmsnorm", kBf16, s.batch_tile, s.hidden, s.input_proj_k, s.norm_stage));
  k.q_proj = b.Kernel(MatmulWork("q_proj", ProjectionShape(s, s.q_out)));
  k.qk_norm = b.Kernel(QkNormWork(s, s.num_kv_heads));
  k.rope_kv_cache = b.Kernel(RopeWork(s, 0));
  return k;
}

class Shape275 {
 public:
  explicit Shape275(DecodeWords& words)
      : w_(words),
        s_(words.s),
        projections_(DeclareProjections(words.b, words.s)),
        parts_(words, projections_),
        kv_proj_(words.b.Kernel(KvProjWork(words.s))),
        q_pad_(words.b.Kernel(QueryPadWork(words.s))),
        writeback_(words.b.Kernel(WritebackWork(words.s))),
        out_(DeclareOutKernels(words.b, words.s)),
        mlp_(DeclareMlpKernels(words.b, words.s, words.s.matmul_stage)) {}

  Tensor Layer(std::int64_t layer, const Tensor& current) {
    const LayerTensors t = parts_.Create();
    w_.b.Parallel(w_.o.batch_tiles(), [&](std::int64_t) { Project(layer, current, t); });
    parts_.QkNorm(layer, t);
    const std::int64_t pad_rows = s_.q_head_pad - s_.q_head_batch;
    w_.b.Submit(q_pad_).Out(t.all_q).Touching(
        QueryRows(t.all_q, 0, w_.rows * s_.num_kv_heads, s_.q_head_batch, pad_rows));
    w_.b.Parallel(w_.o.batch(), [&](std::int64_t sequence) { Attention(layer, sequence, t); });
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
    Launch qk_matmul, softmax, sv_matmul, online_softmax;
  };
  const Kernels& OfPages(std::int64_t pages);
  void Project(std::int64_t layer, const Tensor& current, const LayerTensors& t);
  void Attention(std::int64_t layer, std::int64_t sequence, const LayerTensors& t);
  // Of so many KV heads, rows [first, +rows) of the queries of each.
  Tensor QueryRows(const Tensor& all_q, std::int64_t kv_head, std::int64_t heads, std::int64_t first,
                   std::int64_t rows) {
    const std::int64_t head = s_.q_head_pad * s_.head_dim;
    return w_.b.Box(all_q, kv_head * head + first * s_.head_dim, {heads, rows, s_.head_dim}, {head, s_.head_dim, 1});
  }

  DecodeWords& w_;
  const Qwen3Sizes& s_;
  ProjectionKernels projections_;
  LayerParts parts_;
  Launch kv_proj_;
  Launch q_pad_;
  Launch writeback_;
  OutKernels out_;
  MlpKernels mlp_;
  std::map<std::int64_t, Kernels> attention_;  // by pages
};

const Shape275::Kernels& Shape275::OfPages(std::int64_t pages) {
  const auto [at, added] = attention_.try_emplace(pages);
  if (added) {
    at->second = {.qk_matmul = w_.b.Kernel(ScoresOfAllHeads(s_, pages)),
                  .softmax = w_.b.Kernel(SoftmaxOfAllHeads(s_, pages)),
                  .sv_matmul = w_.b.Kernel(OutputsOfAllHeads(s_, pages)),
                  .online_softmax = w_.b.Kernel(OnlineOfAllHeads(s_, pages))};
  }
  return at->second;
}

void Shape275::Project(std::int64_t layer, const Tensor& current, const LayerTensors& t) {
  Builder& b = w_.b;
  const Tensor normed = b.Create("normed", kBf16, {s_.batch_tile, s_.hidden});
  Submission rmsnorm = b.Submit(projections_.rmsnorm);
  Reads(rmsnorm, current, w_.Tile(current, 0, 0, s_.hidden));
  Reads(rmsnorm, w_.in.input_gamma, w_.Gamma(w_.in.input_gamma, layer)).Out(normed);
  b.Parallel(s_.hidden / s_.q_out, [&](std::int64_t i) {
    Submission task = b.Submit(projections_.q_proj).In(normed);
    Reads(task, w_.in.wq, w_.Weights(w_.in.wq, layer, s_.hidden, i * s_.q_out, s_.q_out));
    task.Out(t.q_proj).Touching(w_.Tile(t.q_proj, 0, i * s_.q_out, s_.q_out));
  });
  b.Parallel(s_.kv_hidden / s_.kv_out, [&](std::int64_t i) {
    const std::int64_t column = i * s_.kv_out;
    Submission task = b.Submit(kv_proj_).In(normed);
    Reads(task, w_.in.wk, w_.Weights(w_.in.wk, layer, s_.hidden, column, s_.kv_out));
    Reads(task, w_.in.wv, w_.Weights(w_.in.wv, layer, s_.hidden, column, s_.kv_out));
    task.Out(t.k_proj).Touching(w_.Tile(t.k_proj, 0, column, s_.kv_out));
    task.Out(t.v_proj).Touching(w_.Tile(t.v_proj, 0, column, s_.kv_out));
  });
}

void Shape275::Attention(std::int64_t layer, std::int64_t sequence, const LayerTensors& t) {
  Builder& b = w_.b;
  const std::int64_t heads = s_.num_kv_heads * s_.q_head_pad;
  const std::int64_t rows = w_.MaxPages() * heads;
  const Tensor raw = b.Create("raw_scores", kFp32, {rows, s_.block_size});
  const Tensor exp = b.Create("exp_padded", kBf16, {rows, s_.block_size});
  const Tensor mi = b.Create("cur_mi", kFp32, {rows, 1});
  const Tensor li = b.Create("cur_li", kFp32, {rows, 1});
  const Tensor oi = b.Create("oi_tmp", kFp32, {rows, s_.head_dim});
  const Tensor padded = b.Create("attn_padded", kBf16, {1, heads * s_.head_dim});
  const Kernels& kernels = OfPages(w_.Pages(sequence));
  const auto used = [&](const Tensor& scratch) { return b.Rows(scratch, 0, w_.Pages(sequence) * heads); };
  const auto cache = [&](Submission& task, const Tensor& whole) {
    Reads(task, whole, w_.CachePages(whole, layer, sequence, 0, s_.num_kv_heads));
    Reads(task, w_.in.block_table, w_.PageTable(sequence));
  };

  parts_.Rope(layer, sequence, t, QueryRows(t.all_q, sequence * s_.num_kv_heads, s_.num_kv_heads, 0, s_.q_head_batch));
  Submission qk = b.Submit(kernels.qk_matmul);
  Reads(qk, t.all_q, parts_.QueryRows(t.all_q, sequence));
  cache(qk, w_.in.k_cache);
  qk.Out(raw).Touching(used(raw));
  Submission softmax = b.Submit(kernels.softmax).Scalar(w_.o.seq_lens[sequence]);
  Reads(softmax, raw, used(raw));
  for (const Tensor& result : {exp, mi, li}) softmax.Out(result).Touching(used(result));
  Submission sv = b.Submit(kernels.sv_matmul);
  Reads(sv, exp, used(exp));
  cache(sv, w_.in.v_cache);
  sv.Out(oi).Touching(used(oi));
  Submission online = b.Submit(kernels.online_softmax);
  for (const Tensor& read : {oi, mi, li}) Reads(online, read, used(read));
  online.Out(padded);
  b.Submit(writeback_).In(padded).Out(b.Rows(t.attn_out, sequence, 1));
}

}  // namespace

Program EmitShape275(const Qwen3Options& options) { return EmitForward<Shape275>(options); }

}  // namespace npusched
