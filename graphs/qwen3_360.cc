// Pull request 360: attention of a sequence in two SPMD tasks, the MLP in groups of two blocks.
#include <cstdint>
#include <map>

#include "graphs/qwen3_emitters.h"
#include "graphs/qwen3_forward.h"
#include "graphs/qwen3_fused_kernels.h"
#include "graphs/qwen3_layer_parts.h"
#include "graphs/qwen3_mix_kernels.h"

namespace npusched {
namespace {

constexpr DType kFp32 = DType::kFloat32;

std::uint32_t Blocks(std::int64_t blocks) { return static_cast<std::uint32_t>(blocks); }

class Shape360 {
 public:
  explicit Shape360(DecodeWords& words)
      : w_(words),
        s_(words.s),
        parts_(words, DeclareProjectionKernels(words.b, words.s)),
        out_(DeclareOutKernels(words.b, words.s)),
        mlp_(DeclareMlpKernels(words.b, words.s, words.s.matmul_stage)) {}

  Tensor Layer(std::int64_t layer, const Tensor& current) {
    const LayerTensors t = parts_.Create();
    parts_.Project(layer, current, t);
    parts_.QkNorm(layer, t);
    w_.b.Parallel(w_.o.batch(), [&](std::int64_t sequence) { Attention(layer, sequence, t); });
    w_.b.Parallel(w_.o.batch_tiles(), [&](std::int64_t tile) {
      const TileTensors rows = parts_.CreateTile(layer, tile);
      parts_.OutBlocks(out_, current, t, rows);
      parts_.PostNorm(mlp_, rows);
      w_.b.Parallel(s_.intermediate / (s_.mlp_out_chunk * s_.mlp_group), [&](std::int64_t i) { MlpGroup(rows, i); });
      w_.b.Sequential(s_.hidden / s_.down_out, [&](std::int64_t i) { parts_.DownBlock(mlp_, rows, i, t.next); });
    });
    return t.next;
  }

 private:
  struct Kernels {
    Launch fa_fused, online_softmax;
  };
  // A block of fa_fused is a pair of KV heads, one of online_softmax a head.
  const Kernels& OfPages(std::int64_t pages) {
    const auto [at, added] = attention_.try_emplace(pages);
    if (added) {
      at->second = {.fa_fused = w_.b.Kernel(FusedAttentionWork(
                        s_, 2 * pages, s_.q_head_pad,
                        {.q = 0, .k_cache = 1, .v_cache = 2, .pipe = 4, .oi = 5, .row_max = 6, .row_sum = 7})),
                    .online_softmax = w_.b.Kernel(OnlineWork(s_, pages, 1, s_.q_head_pad))};
    }
    return at->second;
  }
  void Attention(std::int64_t layer, std::int64_t sequence, const LayerTensors& t);
  void MlpGroup(const TileTensors& rows, std::int64_t i);

  DecodeWords& w_;
  const Qwen3Sizes& s_;
  LayerParts parts_;
  OutKernels out_;
  MlpKernels mlp_;
  std::map<std::int64_t, Kernels> attention_;  // by pages
};

void Shape360::Attention(std::int64_t layer, std::int64_t sequence, const LayerTensors& t) {
  Builder& b = w_.b;
  const std::int64_t heads = s_.num_kv_heads;
  const std::int64_t rows = w_.MaxPages() * heads * s_.q_head_pad;
  const Tensor oi = b.Create("oi_tmp", kFp32, {rows, s_.head_dim});
  const Tensor mi = b.Create("cur_mi", kFp32, {rows, 1});
  const Tensor li = b.Create("cur_li", kFp32, {rows, 1});
  const Tensor pipe = ManualDep(b.Create("fa_pipe", kFp32, {heads / 2, kPipeFloats}));
  const Kernels& kernels = OfPages(w_.Pages(sequence));
  const auto used = [&](const Tensor& scratch) {
    return b.Rows(scratch, 0, w_.Pages(sequence) * heads * s_.q_head_pad);
  };
  const auto cache = [&](Submission& task, const Tensor& whole) {
    Reads(task, whole, w_.CachePages(whole, layer, sequence, 0, heads));
  };

  parts_.Rope(layer, sequence, t);
  Submission fused = b.Submit(kernels.fa_fused).Blocks(Blocks(heads / 2)).Scalar(w_.o.seq_lens[sequence]);
  Reads(fused, t.all_q, parts_.QueryRows(t.all_q, sequence));
  cache(fused, w_.in.k_cache);
  cache(fused, w_.in.v_cache);
  Reads(fused, w_.in.block_table, w_.PageTable(sequence));
  fused.InOut(pipe);
  for (const Tensor& result : {oi, mi, li}) fused.Out(result).Touching(used(result));
  Submission online = b.Submit(kernels.online_softmax).Blocks(Blocks(heads));
  for (const Tensor& read : {oi, mi, li}) Reads(online, read, used(read));
  online.Out(b.Rows(t.attn_out, sequence, 1));
}

// The products of a group are staged in tensors of their own.
void Shape360::MlpGroup(const TileTensors& rows, std::int64_t i) {
  Builder& b = w_.b;
  const std::int64_t columns = s_.mlp_out_chunk * s_.mlp_group;
  const Tensor gate = b.Create("gate_group", kFp32, {s_.batch_tile, columns});
  const Tensor up = b.Create("up_group", kFp32, {s_.batch_tile, columns});
  const auto expand = [&](const Launch& kernel, const Tensor& weights, const Tensor& out) {
    Submission task = b.Submit(kernel).Blocks(Blocks(s_.mlp_group)).In(rows.post_norm);
    Reads(task, weights, w_.Weights(weights, rows.layer, s_.hidden, i * columns, columns)).Out(out);
  };
  expand(mlp_.gate_proj, w_.in.w_gate, gate);
  expand(mlp_.up_proj, w_.in.w_up, up);
  b.Submit(mlp_.silu)
      .Blocks(Blocks(s_.mlp_group))
      .In(gate, up)
      .Out(rows.mlp_tile)
      .Touching(b.Columns(rows.mlp_tile, i * columns, columns));
}

}  // namespace

Program EmitShape360(const Qwen3Options& options) { return EmitForward<Shape360>(options); }

}  // namespace npusched
