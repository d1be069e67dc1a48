#include "graphs/qwen3_forward.h"

#include "graphs/qwen3_kernels.h"
#include "graphs/qwen3_lm_head.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;

// The heads of pull request 391 are a program of their own, which begins with a copy.
bool CopiesFirst(const Qwen3Options& o) {
  const bool driver = o.lm_head_form == LmHeadForm::k391x149 || o.lm_head_form == LmHeadForm::k391x297;
  return o.layers > 0 ? !o.standalone() : driver;
}

}  // namespace

Forward::Forward(DecodeWords& words) : words_(words) {
  DecodeWords& w = words_;
  hidden_states_ = w.b.External("hidden_states", kBf16, {w.rows, w.s.hidden});
  current_ = hidden_states_;
  if (CopiesFirst(w.o)) current_ = w.b.Create("current_hidden", kBf16, {w.rows, w.s.hidden});
  if (w.o.lm_head) final_normed_ = w.b.Create("final_normed", kBf16, {w.rows, w.s.hidden});
}

void Forward::CopyHidden() {
  if (!CopiesFirst(words_.o)) return;
  DecodeWords& w = words_;
  const Launch copy_hidden = w.b.Kernel(CopyWork("copy_hidden", w.s, kBf16, kBf16));
  w.b.Parallel(w.o.batch_tiles(), [&](std::int64_t tile) {
    const std::int64_t row = tile * w.s.batch_tile;
    Submission copy = w.b.Submit(copy_hidden);
    Reads(copy, hidden_states_, w.Tile(hidden_states_, row, 0, w.s.hidden));
    copy.Out(current_).Touching(w.Tile(current_, row, 0, w.s.hidden));
  });
}

Program Forward::Finish() {
  DecodeWords& w = words_;
  if (w.o.layers == 0) CopyHidden();
  if (w.o.lm_head) EmitLmHead(w, current_, final_normed_);
  if (w.o.copy_out) {
    const Tensor out = w.b.External("out", kBf16, {w.rows, w.s.hidden});
    w.b.Submit(w.b.Kernel(CopyWork("copy_out", w.s, kBf16, kBf16))).In(current_).Out(out);
  }
  return w.b.Finish();
}

Tensor NextHidden(DecodeWords& w) {
  if (w.o.standalone()) return w.b.External("out", kBf16, {w.rows, w.s.hidden});
  return w.b.Create("next_hidden", kBf16, {w.rows, w.s.hidden});
}

}  // namespace npusched
