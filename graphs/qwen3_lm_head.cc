#include "graphs/qwen3_lm_head.h"

#include <algorithm>

#include "graphs/kernel_ops.h"
#include "graphs/qwen3_kernels.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

class LmHead {
 public:
  LmHead(DecodeWords& words, const Tensor& final_normed)
      : w_(words),
        s_(words.s),
        final_normed_(final_normed),
        weights_(words.b.External("lm_head_weight", kBf16, {s_.vocab, s_.hidden})),
        logits_(words.b.External("logits", kFp32, {words.rows, s_.vocab})) {}

  void Pairs();  // a matmul and its store for each block
  void Groups();
  void OneTask();
  [[nodiscard]] const Tensor& logits() const { return logits_; }

 private:
  Launch Declare(std::int64_t blocks, std::int64_t stage, std::uint8_t result) {
    return w_.b.Kernel(MatmulWork("lm_head", {.rows = s_.batch_tile,
                                              .columns = s_.vocab_chunk,
                                              .depth = s_.hidden,
                                              .step = s_.lm_head_k,
                                              .stage = stage,
                                              .weights_by_column = true,
                                              .loops = blocks,
                                              .result = result}));
  }
  // Reads the tile's normed rows and the weights of so many blocks.
  Submission Project(const Launch& kernel, std::int64_t tile, std::int64_t first, std::int64_t blocks) {
    Submission task = w_.b.Submit(kernel);
    Reads(task, final_normed_, w_.Tile(final_normed_, tile * s_.batch_tile, 0, s_.hidden));
    Reads(task, weights_, w_.b.Rows(weights_, first * s_.vocab_chunk, blocks * s_.vocab_chunk));
    return task;
  }

  DecodeWords& w_;
  const Qwen3Sizes& s_;
  Tensor final_normed_;
  Tensor weights_;
  Tensor logits_;
};

void LmHead::Pairs() {
  using ops::Load;
  using ops::Store;
  using enum MemorySpace;
  const Launch lm_head = Declare(1, w_.o.pipeline_stages, 2);
  const Launch store =
      w_.b.Kernel(OnAiv("lm_head_store", {{1,
                                           1,
                                           {Load(kActivation, kFp32, s_.batch_tile, s_.vocab_chunk, 0),
                                            ops::Vector(VectorOp::kCopy, s_.batch_tile, s_.vocab_chunk),
                                            Store(kActivation, kFp32, s_.batch_tile, s_.vocab_chunk, 1)}}}));
  w_.b.Parallel(w_.o.batch_tiles(), [&](std::int64_t tile) {
    w_.b.Parallel(s_.vocab / s_.vocab_chunk, [&](std::int64_t i) {
      const Tensor acc = w_.b.Create("lm_acc", kFp32, {s_.batch_tile, s_.vocab_chunk});
      Project(lm_head, tile, i, 1).Out(acc);
      w_.b.Submit(store).In(acc).Out(logits_).Touching(
          w_.Tile(logits_, tile * s_.batch_tile, i * s_.vocab_chunk, s_.vocab_chunk));
    });
  });
}

void LmHead::Groups() {
  const std::int64_t blocks = s_.vocab / s_.vocab_chunk;
  const Launch full = Declare(std::min(s_.vocab_blocks, blocks), s_.vocab_stage, 2);
  const std::int64_t rest = blocks % s_.vocab_blocks;
  const Launch last = rest == 0 ? full : Declare(rest, s_.vocab_stage, 2);
  w_.b.Parallel(w_.o.batch_tiles(), [&](std::int64_t tile) {
    w_.b.Parallel((blocks + s_.vocab_blocks - 1) / s_.vocab_blocks, [&](std::int64_t i) {
      const std::int64_t first = i * s_.vocab_blocks;
      const std::int64_t count = std::min(s_.vocab_blocks, blocks - first);
      Project(count == s_.vocab_blocks ? full : last, tile, first, count)
          .Out(logits_)
          .Touching(w_.Tile(logits_, tile * s_.batch_tile, first * s_.vocab_chunk, count * s_.vocab_chunk));
    });
  });
}

void LmHead::OneTask() {
  const std::int64_t blocks = s_.vocab / s_.vocab_chunk;
  const std::int64_t cores = std::min(s_.vocab_cores, blocks);
  const Launch lm_head = Declare((blocks + cores - 1) / cores, s_.vocab_stage, 2);
  w_.b.Parallel(w_.o.batch_tiles(), [&](std::int64_t tile) {
    Submission task = Project(lm_head, tile, 0, blocks);
    task.Out(logits_).Touching(w_.Tile(logits_, tile * s_.batch_tile, 0, s_.vocab));
    task.Blocks(static_cast<std::uint32_t>(cores));
    if (w_.o.shape == Qwen3Shape::kHead) task.Early();
  });
}

}  // namespace

Tensor EmitLmHead(DecodeWords& w, const Tensor& hidden, const Tensor& final_normed, DType hidden_dtype) {
  const Tensor gamma = w.b.External("final_norm_weight", kFp32, {1, w.s.hidden});
  LmHead head(w, final_normed);
  const Launch final_rmsnorm =
      w.b.Kernel(RmsNormWork("final_rmsnorm", hidden_dtype, w.s.batch_tile, w.s.hidden, w.s.final_rms_k));
  w.b.Parallel(w.o.batch_tiles(), [&](std::int64_t tile) {
    const std::int64_t row = tile * w.s.batch_tile;
    Submission norm = w.b.Submit(final_rmsnorm);
    Reads(norm, hidden, w.Tile(hidden, row, 0, w.s.hidden)).In(gamma);
    norm.Out(final_normed).Touching(w.Tile(final_normed, row, 0, w.s.hidden));
    if (w.o.shape == Qwen3Shape::kHead) norm.Early();
  });
  switch (w.o.lm_head_form) {
    case LmHeadForm::kBase:
      head.Pairs();
      break;
    case LmHeadForm::k391x149:
    case LmHeadForm::k391x297:
      head.Groups();
      break;
    case LmHeadForm::k489:
      head.OneTask();
      break;
  }
  return head.logits();
}

}  // namespace npusched
