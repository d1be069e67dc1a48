// What stands around the layers: copies of the hidden states, the layer loop, the LM head.
//
//   return EmitForward<BaseShape>(options);   // BaseShape(DecodeWords&), Tensor Layer(layer, current)
#pragma once

#include <cstdint>

#include "graphs/qwen3_words.h"

namespace npusched {

class Forward {
 public:
  // The first statements of the program: what it takes, and what is allocated around the layers.
  explicit Forward(DecodeWords& words);

  // `layer(i, current)` emits a layer and returns the hidden states that it leaves.
  template <typename Layer>
  void Layers(const Layer& layer) {
    CopyHidden();
    if (words_.o.layer_loop) {
      words_.b.Sequential(words_.o.layers, [&](std::int64_t i) { current_ = layer(i, current_); });
      return;
    }
    for (std::int64_t i = 0; i < words_.o.layers; ++i) {
      words_.b.Scope(ScopeKind::kAuto, [&] { current_ = layer(i, current_); });
    }
  }
  // The head or the copy that the program ends in.
  Program Finish();

 private:
  void CopyHidden();

  DecodeWords& words_;
  Tensor hidden_states_;
  Tensor current_;
  Tensor final_normed_;
};

template <typename Shape>
Program EmitForward(const Qwen3Options& options) {
  DecodeWords words(options);
  Forward forward(words);
  if (options.layers > 0) {
    words.DeclareLayerInputs();
    Shape shape(words);
    forward.Layers([&](std::int64_t layer, const Tensor& current) { return shape.Layer(layer, current); });
  }
  return forward.Finish();
}

// The hidden states that a layer leaves: created in its body, or the program's output.
Tensor NextHidden(DecodeWords& words);

}  // namespace npusched
