// The LM head in its published forms: final_rmsnorm, then the vocabulary in tasks of one matmul and its store,
// in tasks of several blocks, or in one task whose blocks take the columns in turn.
//
//   EmitLmHead(words, hidden, final_normed);
#pragma once

#include "graphs/qwen3_words.h"

namespace npusched {

// Reads `hidden`, writes `final_normed` on the way; returns the logits.
Tensor EmitLmHead(DecodeWords& words, const Tensor& hidden, const Tensor& final_normed,
                  DType hidden_dtype = DType::kBFloat16);

}  // namespace npusched
