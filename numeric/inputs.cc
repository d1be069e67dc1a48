#include "numeric/inputs.h"

#include <algorithm>
#include <cmath>

namespace npusched {
namespace {

using Kind = InputTensor::Kind;

}  // namespace

Inputs::Inputs(const Qwen3Sizes& sizes, std::uint64_t seed) : seed_(seed) {
  // Rounded once to float, so every machine scales by the same.
  const auto by_hidden = static_cast<float>(1 / std::sqrt(static_cast<double>(sizes.hidden)));
  const auto by_intermediate = static_cast<float>(1 / std::sqrt(static_cast<double>(sizes.intermediate)));
  const auto uniform = [&](std::string_view name, float center, float scale, bool bf16) {
    tensors_.push_back({name, Kind::kUniform, static_cast<std::uint32_t>(tensors_.size()), {center, scale, bf16}});
  };
  // The position is the stream: new tensors go to the end.
  uniform("hidden_states", 0.5F, 1, true);
  uniform("input_norm_weight", 0.5F, 1, false);
  uniform("rope_cos", 0.5F, 1, false);
  uniform("rope_sin", 0.5F, 1, false);
  uniform("k_cache", 0.5F, 1, true);
  uniform("v_cache", 0.5F, 0.5F, true);
  uniform("wq", 0, by_hidden, true);  // not centred
  uniform("wk", 0, by_hidden, true);
  uniform("wv", 0, 0.5F * by_hidden, true);
  uniform("wo", 0.5F, 0.5F * by_hidden, true);
  uniform("w_gate", 0.5F, 0.5F * by_hidden, true);
  uniform("w_up", 0.5F, 0.5F * by_hidden, true);
  uniform("w_down", 0.5F, 0.5F * by_intermediate, true);
  uniform("lm_head_weight", 0.5F, 0.5F * by_hidden, true);
  for (const char* name : {"q_norm_weight", "k_norm_weight", "post_norm_weight", "final_norm_weight"}) {
    tensors_.push_back({.name = name, .kind = Kind::kOnes});
  }
  tensors_.push_back({.name = "block_table", .kind = Kind::kSequence});
}

const InputTensor* Inputs::Find(std::string_view name) const {
  const auto found =
      std::find_if(tensors_.begin(), tensors_.end(), [&](const InputTensor& tensor) { return tensor.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

void Inputs::Fill(const InputTensor& tensor, std::int64_t first, std::int64_t count, float* out) const {
  switch (tensor.kind) {
    case Kind::kUniform:
      FillUniform({seed_, tensor.stream}, tensor.uniform, first, count, out);
      break;
    case Kind::kOnes:
      std::fill_n(out, count, 1.0F);
      break;
    case Kind::kSequence:
      for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(first + i);
      break;
  }
}

}  // namespace npusched
