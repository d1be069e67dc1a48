// The decode forward once more, as its formulas stand on paper: whole matrices, whole contexts, no tiles, no
// pages, no tasks. What the executor is measured against, and so it shares nothing with it but the inputs.
//
//   ForwardResult expected = ReferenceForward(options, inputs, Precision::kFloat);
//
// It rounds to bf16 where the model does: normed activations, rotated queries and keys, values, softmax
// weights, attention and MLP activations, hidden states.
#pragma once

#include <atomic>
#include <cstdint>

#include "graphs/qwen3_sizes.h"
#include "numeric/forward_result.h"
#include "numeric/inputs.h"

namespace npusched {

enum class Precision : std::uint8_t { kFloat, kDouble };

// `layers_done`, when given, counts layers, and 1 for the head.
ForwardResult ReferenceForward(const Qwen3Options& options, const Inputs& inputs, Precision precision,
                               std::atomic<std::uint64_t>* layers_done = nullptr);

}  // namespace npusched
