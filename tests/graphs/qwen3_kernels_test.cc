#include "graphs/qwen3_kernels.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/graphs/qwen3_fixture.h"

namespace npusched {
namespace {

constexpr double kKib = 1024;

struct Traffic {
  double weights = 0, cache = 0, activations = 0, stores = 0;  // KiB
  std::int64_t matmul_steps = 0;
  std::int64_t flop = 0;
};

Traffic Sum(const KernelWork& work) {
  Traffic sum;
  for (const auto& slot : work.slots) {
    for (const Loop& loop : slot) {
      for (const Op& op : loop.body) {
        const double kib = static_cast<double>(loop.trips * op.rows * op.columns * SizeOf(op.dtype)) / kKib;
        if (op.kind == OpKind::kStore) sum.stores += kib;
        if (op.kind == OpKind::kLoad && op.space == MemorySpace::kWeight) sum.weights += kib;
        if (op.kind == OpKind::kLoad && op.space == MemorySpace::kCache) sum.cache += kib;
        if (op.kind == OpKind::kLoad && op.space == MemorySpace::kActivation) sum.activations += kib;
        if (op.kind != OpKind::kMatmul) continue;
        sum.matmul_steps += loop.trips;
        sum.flop += 2 * loop.trips * op.rows * op.columns * op.depth;
      }
    }
  }
  return sum;
}

const KernelWork& WorkOf(const Program& program, const std::string& kernel) {
  for (const KernelWork& work : program.works) {
    if (work.name == kernel) return work;
  }
  ADD_FAILURE() << "no work of " << kernel;
  return program.works.front();
}

struct Expected {
  const char* kernel;
  std::int64_t steps;
  double weights, cache, activations, stores;
};

class Qwen3Traffic : public ::testing::TestWithParam<Expected> {};

// One page of 256 tokens. Weights of vector kernels are norm weights, rope rows and hidden states.
TEST_P(Qwen3Traffic, IsThatOfItsTiles) {
  static const Program kProgram = EmitText("{layers: 1, workload: {seq_lens: 256}}");
  const Traffic sum = Sum(WorkOf(kProgram, GetParam().kernel));
  EXPECT_EQ(sum.matmul_steps, GetParam().steps);
  EXPECT_DOUBLE_EQ(sum.weights, GetParam().weights);
  EXPECT_DOUBLE_EQ(sum.cache, GetParam().cache);
  EXPECT_DOUBLE_EQ(sum.activations, GetParam().activations);
  EXPECT_DOUBLE_EQ(sum.stores, GetParam().stores);
}

INSTANTIATE_TEST_SUITE_P(
    Base, Qwen3Traffic,
    ::testing::Values(Expected{"q_proj", 20, 2560, 0, 160, 16}, Expected{"k_proj", 20, 2560, 0, 160, 16},
                      Expected{"v_proj", 20, 2560, 0, 160, 16}, Expected{"out_proj", 20, 2560, 0, 160, 16},
                      Expected{"gate_proj", 20, 2560, 0, 160, 16}, Expected{"up_proj", 20, 2560, 0, 160, 16},
                      Expected{"down_proj", 68, 8704, 0, 544, 16}, Expected{"lm_head", 40, 640, 0, 160, 4},
                      Expected{"copy_hidden", 0, 160, 0, 0, 160}, Expected{"rmsnorm", 0, 20, 0, 320, 160},
                      Expected{"post_rmsnorm", 0, 20, 0, 640, 160}, Expected{"final_rmsnorm", 0, 20, 0, 320, 160},
                      Expected{"qk_norm", 0, 0, 0, 384, 384}, Expected{"rope_kv_cache", 0, 1, 0, 28, 36},
                      Expected{"silu", 0, 0, 0, 32, 8}, Expected{"out_proj_residual", 0, 0, 0, 24, 16},
                      Expected{"down_proj_residual", 0, 0, 0, 32, 8}, Expected{"lm_head_store", 0, 0, 0, 4, 4},
                      Expected{"qk_matmul", 2, 0, 128, 8, 32}, Expected{"softmax", 0, 0, 0, 32, 16.25},
                      Expected{"sv_matmul", 2, 0, 128, 16, 16}, Expected{"online_softmax", 0, 0, 0, 16.25, 2.5}),
    [](const auto& test) { return test.param.kernel; });

TEST(Qwen3Kernels, AttentionGrowsByThePage) {
  const Program one = EmitText("{layers: 1, lm_head: false, workload: {seq_lens: 256}}");
  const Program two = EmitText("{layers: 1, lm_head: false, workload: {seq_lens: 257}}");
  EXPECT_DOUBLE_EQ(Sum(WorkOf(two, "qk_matmul")).cache, 2 * Sum(WorkOf(one, "qk_matmul")).cache);
  EXPECT_DOUBLE_EQ(Sum(WorkOf(two, "qk_matmul")).activations, 8);  // the queries are loaded once
  EXPECT_EQ(Sum(WorkOf(two, "sv_matmul")).flop, 2 * Sum(WorkOf(one, "sv_matmul")).flop);
  EXPECT_DOUBLE_EQ(Sum(WorkOf(two, "online_softmax")).stores, 2.5);
}

TEST(Qwen3Kernels, AMatmulDoesAllItsFlop) {
  const Program program = EmitText("{layers: 1}");
  EXPECT_EQ(Sum(WorkOf(program, "q_proj")).flop, 2LL * 16 * 256 * 5120);
  EXPECT_EQ(Sum(WorkOf(program, "down_proj")).flop, 2LL * 16 * 256 * 17408);
  EXPECT_EQ(Sum(WorkOf(program, "lm_head")).flop, 2LL * 16 * 64 * 5120);
}

TEST(Qwen3Kernels, PipelineStagesTouchDownProjAndLmHeadAlone) {
  for (const int stages : {1, 2}) {
    const Program program = EmitText("{layers: 1, pipeline_stages: " + std::to_string(stages) + "}");
    for (const KernelWork& work : program.works) {
      const bool pipelined = work.name == "down_proj" || work.name == "lm_head";
      for (const auto& slot : work.slots) {
        EXPECT_TRUE(slot.empty() || slot[0].stage == (pipelined ? stages : 1)) << work.name;
      }
    }
  }
}

}  // namespace
}  // namespace npusched
