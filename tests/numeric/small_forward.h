// A decode forward small enough for a test, with every odd corner: two tokens to a page boundary, padded
// query rows, several K chunks; and the ways to run it.
#pragma once

#include <gtest/gtest.h>

#include "base/config.h"
#include "graphs/inference.h"
#include "graphs/qwen3_decode.h"
#include "hw_models/kernel_cost.h"
#include "hw_models/machine.h"
#include "hw_models/runtime_config.h"
#include "numeric/compare.h"
#include "numeric/executor.h"
#include "numeric/reference.h"
#include "sim/engine.h"

namespace npusched {

inline Qwen3Options SmallForward(std::vector<std::int64_t> seq_lens, std::int64_t layers = 1) {
  Qwen3Options options;
  Qwen3Sizes& s = options.sizes;
  s = {.num_layers = layers, .hidden = 96, .num_heads = 12, .num_kv_heads = 4, .head_dim = 8, .kv_hidden = 32};
  s.intermediate = 160;
  s.vocab = 120;
  s.vocab_real = 117;
  s.max_seq = 1024;
  s.eps = 1e-6;
  s.batch_tile = 16;
  s.input_proj_k = s.k_chunk = s.q_out = s.down_out = 32;
  s.kv_out = 16;
  s.q_head_batch = 3;
  s.q_head_pad = 4;
  s.block_size = 256;
  s.mlp_out_chunk = 40;
  s.final_rms_k = s.lm_head_k = 48;
  s.vocab_chunk = 24;
  s.copy_chunk = s.k_chunk;
  s.proj_split_k = s.o_split_k = s.mlp_split_k = s.cast_out = s.hidden;
  s.o_out = s.q_out;
  s.down_k = s.silu_block = s.mlp_out_chunk;
  s.down_split_k = s.intermediate;
  options.layers = layers;
  options.seq_lens = std::move(seq_lens);
  return options;
}

// One task after the other, as submitted.
inline RunTrace InProgramOrder(const Program& program) {
  RunTrace trace;
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (!program.ReachesCore(t)) continue;
    const Picoseconds start = 2 * static_cast<Picoseconds>(t);
    trace.rows.push_back({.task = t, .start = start, .end = start + 1});
  }
  return trace;
}

// As the shipped machine and runtime run it.
inline RunTrace Simulate(const Program& program) {
  const Machine machine = *ReadMachine(*LoadYaml(NPUSCHED_SOURCE_DIR "/configs/hardware/ascend_a2a3.yaml"));
  const RuntimeConfig runtime = *ReadRuntimeConfig(*LoadYaml(NPUSCHED_SOURCE_DIR "/configs/runtime/tmr_2026_08.yaml"));
  const Inference inference = *Infer(program);
  const std::vector<KernelCost> costs = *PriceKernels(program.works, machine);
  return *RunNative({program, inference, machine, runtime, costs});
}

inline NumericOutcome Verify(const Qwen3Options& options, const Program& program, const RunTrace& trace,
                             Precision precision = Precision::kFloat) {
  const Inputs inputs(options.sizes, 1);
  const Result<DeviceMemory> memory = Execute({program, trace, inputs, options.sizes});
  EXPECT_TRUE(memory.ok());
  return CompareForward(Collect(program, *memory, options.batch()), ReferenceForward(options, inputs, precision),
                        ForwardRule(options.layers, options.lm_head), options.sizes.vocab_real);
}

}  // namespace npusched
