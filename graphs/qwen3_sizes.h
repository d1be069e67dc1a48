// What a qwen3_decode scenario chooses: the sizes of the model and its tiles, the switches of the
// program, the contexts of the batch. Read from YAML once; the emitter sees plain integers.
#pragma once

#include <cstdint>
#include <vector>

#include "base/config.h"
#include "base/result.h"

namespace npusched {

// Names follow the keys of configs/models/qwen3_14b.yaml.
struct Qwen3Sizes {
  std::int64_t num_layers = 0;
  std::int64_t hidden = 0;
  std::int64_t num_heads = 0;
  std::int64_t num_kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t kv_hidden = 0;
  std::int64_t intermediate = 0;
  std::int64_t vocab = 0;       // padded
  std::int64_t vocab_real = 0;  // logits that mean something
  std::int64_t max_seq = 0;
  double eps = 0;

  std::int64_t batch_tile = 0;
  std::int64_t input_proj_k = 0;
  std::int64_t q_out = 0;
  std::int64_t kv_out = 0;
  std::int64_t q_head_batch = 0;
  std::int64_t q_head_pad = 0;
  std::int64_t block_size = 0;
  std::int64_t k_chunk = 0;
  std::int64_t mlp_out_chunk = 0;
  std::int64_t down_out = 0;
  std::int64_t final_rms_k = 0;
  std::int64_t lm_head_k = 0;
  std::int64_t vocab_chunk = 0;
};

// Which writers pass their own window of a tensor instead of the whole.
enum class Windows { kOff, kOn, kOnWithSilu };

// A dependency that the compiler cannot see through: left to inference, opted out and put back by
// hand, or opted out and forgotten (the race).
enum class Fence { kInferred, kManual, kUnfenced };

struct Qwen3Options {
  Qwen3Sizes sizes;
  std::int64_t layers = 0;
  bool lm_head = true;
  bool layer_loop = true;  // under the sequential layer loop: every writer of a layer is INOUT
  Windows windows = Windows::kOn;
  Fence rope = Fence::kInferred;
  Fence silu = Fence::kInferred;
  std::int32_t pipeline_stages = 1;    // of the K loops of down_proj and lm_head
  std::vector<std::int64_t> seq_lens;  // context of each sequence, the new token included

  [[nodiscard]] auto batch() const { return static_cast<std::int64_t>(seq_lens.size()); }
  [[nodiscard]] std::int64_t batch_tiles() const { return (batch() + sizes.batch_tile - 1) / sizes.batch_tile; }
};

// `model` is the root of a file of configs/models; `program` overrides its model, tiles and workload.
// Errors: an unknown key, a value out of range, a tile that does not divide its dimension (with the
// nearest divisors), sizes that contradict each other, a shape that is not built in.
Result<Qwen3Options> ReadQwen3Options(const ConfigNode& program, const ConfigNode& model);

}  // namespace npusched
