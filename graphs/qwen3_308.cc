// Pull request 308 and its parent: one layer by itself. out_proj and its residual are one mixed task; the
// loop over down_proj's blocks is sequential before, parallel after.
#include <cstdint>

#include "graphs/kernel_ops.h"
#include "graphs/qwen3_emitters.h"
#include "graphs/qwen3_forward.h"
#include "graphs/qwen3_layer_parts.h"
#include "graphs/qwen3_mix_kernels.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

class Shape308 {
 public:
  explicit Shape308(DecodeWords& words)
      : w_(words),
        s_(words.s),
        parts_(words, DeclareProjectionKernels(words.b, words.s)),
        out_(words.b.Kernel(OutProjMixWork("out_proj_residual", words.s))),
        mlp_(DeclareMlpKernels(words.b, words.s, words.s.matmul_stage)) {}

  Tensor Layer(std::int64_t layer, const Tensor& current) {
    LayerTensors t;
    t.next = NextHidden(w_);
    // Their rows are the batch's, known at run time only: each is allocated by itself.
    t.q_proj = w_.b.CreateAlone("q_proj", kFp32, {w_.rows, s_.hidden});
    t.k_proj = w_.b.CreateAlone("k_proj", kFp32, {w_.rows, s_.kv_hidden});
    t.v_proj = w_.b.CreateAlone("v_proj", kFp32, {w_.rows, s_.kv_hidden});
    parts_.Project(layer, current, t);
    t.q_norm = w_.b.CreateAlone("q_norm", kFp32, {w_.rows, s_.hidden});
    t.k_norm = w_.b.CreateAlone("k_norm", kFp32, {w_.rows, s_.kv_hidden});
    parts_.QkNorm(layer, t);
    t.attn_out = w_.b.CreateAlone("attn_out", kBf16, {w_.rows, s_.hidden});
    t.all_q = w_.b.CreateAlone("all_q_padded", kBf16, {w_.rows * s_.num_kv_heads * s_.q_head_pad, s_.head_dim});
    w_.b.Parallel(w_.o.batch(), [&](std::int64_t sequence) {
      const TaskId rope = parts_.Rope(layer, sequence, t);
      w_.b.Parallel(s_.num_kv_heads / 2, [&](std::int64_t pair) { parts_.HeadPair(layer, sequence, pair, t, rope); });
    });
    w_.b.Parallel(w_.o.batch_tiles(),
                  [&](std::int64_t tile) { OutAndMlp(parts_.CreateTile(layer, tile), current, t); });
    return t.next;
  }

 private:
  void OutAndMlp(const TileTensors& rows, const Tensor& current, const LayerTensors& t) {
    w_.b.Parallel(s_.hidden / s_.o_out, [&](std::int64_t i) {
      const Tensor pipe = ManualDep(w_.b.Create("out_pipe", kFp32, {1, kPipeFloats}));
      Submission task = w_.b.Submit(out_);
      Reads(task, t.attn_out, w_.Tile(t.attn_out, rows.row, 0, s_.hidden));
      Reads(task, w_.in.wo, w_.Weights(w_.in.wo, rows.layer, s_.hidden, i * s_.o_out, s_.o_out));
      Reads(task, current, w_.Tile(current, rows.row, i * s_.o_out, s_.o_out));
      task.InOut(pipe).Out(rows.resid1).Touching(w_.b.Columns(rows.resid1, i * s_.o_out, s_.o_out));
    });
    parts_.PostNorm(mlp_, rows);
    parts_.MlpBlocks(mlp_, rows);
    const auto down = [&](std::int64_t i) { parts_.DownBlock(mlp_, rows, i, t.next); };
    if (w_.o.shape == Qwen3Shape::k308Before) {
      w_.b.Sequential(s_.hidden / s_.down_out, down);
    } else {
      w_.b.Parallel(s_.hidden / s_.down_out, down);
    }
  }

  DecodeWords& w_;
  const Qwen3Sizes& s_;
  LayerParts parts_;
  Launch out_;
  MlpKernels mlp_;
};

}  // namespace

Program EmitShape308(const Qwen3Options& options) { return EmitForward<Shape308>(options); }

}  // namespace npusched
