// Kernels that only the newest shape (634e77b) has.
#pragma once

#include <cstdint>

#include "graphs/kernel_work.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// Where each block of attention begins. args: seq_lens -> metadata.
KernelWork TilingWork(std::int64_t batch);
// Zeros the rows past the live batch. args: -> attn_out.
KernelWork AttentionSeedWork(const Qwen3Sizes& s, std::int64_t batch);
// args: -> k_proj, v_proj.
KernelWork KvSeedWork(const Qwen3Sizes& s);
// args: -> down_acc, gate_acc, up_acc, attn_proj.
KernelWork MlpSeedWork(const Qwen3Sizes& s);
// Norms, RoPE, the write to the cache, then flash attention over so many pages of a KV head; between the two all
// blocks meet. args: attn_out, q, k_cache, v_cache, workspace, metadata, q_proj, k_proj, v_proj, inv_rms, q weight,
// k weight, cos, sin, block table, slots.
KernelWork AttentionWork(const Qwen3Sizes& s, std::int64_t batch, std::int64_t head_pages);
// A row of the embedding table. args: token ids, table -> hidden states.
KernelWork EmbeddingWork(const Qwen3Sizes& s);
// The largest logit of a row. args: logits -> token.
KernelWork GreedySampleWork(const Qwen3Sizes& s);

}  // namespace npusched
