// The base shape: the layer of commit 38cd262, with the what-if switches of pull request 337.
#include <cstdint>
#include <vector>

#include "graphs/qwen3_emitters.h"
#include "graphs/qwen3_forward.h"
#include "graphs/qwen3_layer_parts.h"

namespace npusched {
namespace {

class BaseShape {
 public:
  explicit BaseShape(DecodeWords& words)
      : w_(words),
        s_(words.s),
        parts_(words, DeclareProjectionKernels(words.b, words.s)),
        out_(DeclareOutKernels(words.b, words.s)),
        mlp_(DeclareMlpKernels(words.b, words.s, words.o.pipeline_stages)) {}

  Tensor Layer(std::int64_t layer, const Tensor& current) {
    const LayerTensors t = parts_.Create();
    parts_.Project(layer, current, t);
    parts_.QkNorm(layer, t);
    w_.b.Parallel(w_.o.batch(), [&](std::int64_t sequence) {
      const TaskId rope = parts_.Rope(layer, sequence, t);
      w_.b.Parallel(s_.num_kv_heads / 2, [&](std::int64_t pair) { parts_.HeadPair(layer, sequence, pair, t, rope); });
    });
    w_.b.Parallel(w_.o.batch_tiles(), [&](std::int64_t tile) {
      const TileTensors rows = parts_.CreateTile(layer, tile);
      parts_.OutBlocks(out_, current, t, rows);
      parts_.PostNorm(mlp_, rows);
      std::vector<TaskId> silu = parts_.MlpBlocks(mlp_, rows);
      if (w_.o.silu != Fence::kManual) silu.clear();
      w_.b.Sequential(s_.hidden / s_.down_out, [&](std::int64_t i) { parts_.DownBlock(mlp_, rows, i, t.next, silu); });
    });
    return t.next;
  }

 private:
  DecodeWords& w_;
  const Qwen3Sizes& s_;
  LayerParts parts_;
  OutKernels out_;
  MlpKernels mlp_;
};

}  // namespace

Program EmitBaseShape(const Qwen3Options& options) { return EmitForward<BaseShape>(options); }

}  // namespace npusched
