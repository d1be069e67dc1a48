// What a qwen3_decode scenario chooses: the sizes of the model and its tiles, the switches of the
// program, the contexts of the batch. Read from YAML once; the emitter sees plain integers.
#pragma once

#include <cstdint>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "graphs/qwen3_shapes.h"

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

  // Of the shapes and heads that name them; elsewhere what the comment says.
  std::int64_t copy_chunk = 0;       // columns that a copy or a seed takes at once; k_chunk
  std::int64_t proj_block = 0;       // columns of one K loop of a projection; 0: all of the task's
  std::int64_t proj_split_k = 0;     // depth of a projection task; hidden
  std::int64_t o_out = 0;            // columns of an out_proj task; q_out
  std::int64_t o_split_k = 0;        // depth of an out_proj task; hidden
  std::int64_t mlp_split_k = 0;      // depth of a gate or up task; hidden
  std::int64_t mlp_group = 1;        // blocks of a gate, up or silu task
  std::int64_t down_k = 0;           // K step of down_proj; mlp_out_chunk
  std::int64_t down_split_k = 0;     // depth of a down_proj task; intermediate
  std::int64_t cast_out = 0;         // columns of a residual_rms_cast task; hidden
  std::int64_t silu_block = 0;       // columns that silu takes at once; mlp_out_chunk
  std::int64_t attn_pages = 0;       // most pages of an attention task; any number
  std::int64_t gamma_blocks = 1;     // blocks of x_gamma
  std::int64_t rope_blocks = 1;      // blocks of rope_qkv
  std::int64_t attn_blocks = 1;      // blocks of fa_fused or attention
  std::int64_t online_blocks = 1;    // blocks of online_softmax
  std::int64_t out_waiting = 0;      // out_proj tasks that wait behind a dummy, the others being blocks of one
  std::int64_t mlp_first = 0;        // gate and up blocks that follow their cast directly
  std::int64_t matmul_stage = 1;     // stages of the K loops
  std::int64_t norm_stage = 1;       // of the loops of the first norm
  std::int64_t post_norm_stage = 1;  // of those of post_rmsnorm
  std::int64_t head_stage = 1;       // of the loops over heads or pages of fused attention
  std::int64_t silu_stage = 1;       // of silu's loop
  std::int64_t vocab_blocks = 1;     // vocabulary blocks of an LM-head task
  std::int64_t vocab_cores = 1;      // blocks that the one LM-head task is launched with
  std::int64_t vocab_stage = 1;      // stages of its K loop
};

// Which writers pass their own window of a tensor instead of the whole.
enum class Windows { kOff, kOn, kOnWithSilu };

// A dependency that the compiler cannot see through: left to inference, opted out and put back by
// hand, or opted out and forgotten (the race).
enum class Fence { kInferred, kManual, kUnfenced };

struct Qwen3Options {
  Qwen3Sizes sizes;
  Qwen3Shape shape = Qwen3Shape::kBase;
  LmHeadForm lm_head_form = LmHeadForm::kBase;
  std::int64_t layers = 0;
  bool lm_head = true;
  bool copy_out = false;   // a copy of the hidden states after the layers
  bool layer_loop = true;  // under the sequential layer loop: every writer of a layer is INOUT
  Windows windows = Windows::kOn;
  Fence rope = Fence::kInferred;
  Fence silu = Fence::kInferred;
  std::int32_t pipeline_stages = 1;    // of the K loops of down_proj and lm_head
  std::vector<std::int64_t> seq_lens;  // context of each sequence, the new token included
  // Slot of each sequence's new token in a layer's cache; empty: the last position of its own pages.
  std::vector<std::int64_t> slot_mapping;

  [[nodiscard]] const ShapeRules& rules() const { return RulesOf(shape); }
  // One layer between the program's input and its output: no copies, nothing allocated around it.
  [[nodiscard]] bool standalone() const { return rules().standalone && !layer_loop; }
  [[nodiscard]] auto batch() const { return static_cast<std::int64_t>(seq_lens.size()); }
  [[nodiscard]] std::int64_t batch_tiles() const { return (batch() + sizes.batch_tile - 1) / sizes.batch_tile; }
};

// `model` is the root of a file of configs/models; `program` overrides its model, tiles and workload. The
// tiles of a shape and of a form of the head come from the sections `shapes` and `lm_heads` of that file.
// Errors: an unknown key, a value out of range, a tile that does not divide its dimension (with the nearest
// divisors), sizes that contradict each other, a switch that the shape does not have.
Result<Qwen3Options> ReadQwen3Options(const ConfigNode& program, const ConfigNode& model);

}  // namespace npusched
