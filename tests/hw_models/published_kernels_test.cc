// The kernels whose times were published and may be fitted, priced on ascend_a2a3. The table it prints is the one of
// docs/cost_model.md. Works are those of the decode program, at the sizes of the published runs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "graphs/builder.h"
#include "graphs/kernel_ops.h"
#include "graphs/qwen3_attention_kernels.h"
#include "graphs/qwen3_kernels.h"
#include "hw_models/kernel_cost.h"
#include "tests/hw_models/small_machine.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

// The sizes that the published runs had where they differ from the decode program's.
Qwen3Sizes Sizes() {
  Qwen3Sizes s;
  s.hidden = 5120;
  s.num_heads = 40;
  s.num_kv_heads = 8;
  s.head_dim = 128;
  s.kv_hidden = 1024;
  s.intermediate = 17408;
  s.batch_tile = 16;
  s.input_proj_k = s.q_out = s.kv_out = s.k_chunk = 256;
  s.q_head_batch = 5;
  s.q_head_pad = 16;
  s.block_size = 128;
  s.mlp_out_chunk = 512;
  s.down_out = 128;
  return s;
}

template <typename Member>
KernelWork OfAttention(std::int64_t pages, Member member) {
  Builder b("attention");
  const Launch launch = DeclareAttentionKernels(b, Sizes(), pages).*member;
  return b.Finish().works[launch.work];
}

KernelWork Projection(std::int64_t depth, std::int64_t step, std::int64_t columns, std::int32_t stage) {
  return MatmulWork("projection", {.rows = 16, .columns = columns, .depth = depth, .step = step, .stage = stage});
}

// Two blocks of 256 columns in one task.
KernelWork LmHead512() {
  KernelWork work = Projection(5120, 512, 256, 1);
  std::vector<Loop>& loops = work.slots[kSlotAic];
  loops.insert(loops.end(), {loops[0], loops[1]});
  return work;
}

// 24 cores in 4 x 6, base tiles of 128 x 256, K in steps of 256, double buffered; operands come from L2.
KernelWork Gemm(std::int64_t size) {
  const std::int64_t tiles = (size / 128) * (size / 256) / 24;
  std::vector<Loop> loops;
  for (std::int64_t i = 0; i < tiles; ++i) {
    loops.push_back(
        {size / 256,
         2,
         {Load(kActivation, kBf16, 128, 256, 0), Load(kActivation, kBf16, 256, 256, 1), Matmul(128, 256, 256)}});
    loops.push_back({1, 1, {Store(kActivation, kFp32, 128, 256, 2)}});
  }
  return {.name = "gemm", .slots = {std::move(loops), {}, {}}};
}

struct Row {
  std::string id;
  double published_us;
  KernelWork work;
  double allowed_pct;  // docs/cost_model.md says why where it is large
  int cores = 24;      // that ran it at the same time
};

std::vector<Row> Rows() {
  return {{"down_proj_n128", 135, Projection(17408, 256, 128, 1), 30},
          {"down_proj_n256", 180, Projection(17408, 256, 256, 1), 15, 20},
          {"out_proj_splitk", 22, Projection(1024, 64, 512, 2), 5},
          {"lm_head_n512", 110, LmHead512(), 5},
          {"rope_16", 36, RopeWork(Sizes(), Sizes().q_head_pad - Sizes().q_head_batch), 15},
          {"silu_n512", 2.82, SiluWork(Sizes()), 15},
          {"down_residual_n128", 2.59, OnAiv("down_residual", ResidualLoops(16, 128, kFp32, kBf16)), 37},
          {"rmsnorm_5120", 23.95, RmsNormWork("rmsnorm", kBf16, 16, 5120, 512), 10},
          {"qk_8blocks", 29.35, OfAttention(8, &AttentionKernels::qk_matmul), 32},
          {"softmax_8blocks", 19.40, OfAttention(8, &AttentionKernels::softmax), 20},
          {"sv_8blocks", 31.65, OfAttention(8, &AttentionKernels::sv_matmul), 35},
          {"online_8blocks", 20.82, OfAttention(8, &AttentionKernels::online_softmax), 37},
          {"online_16x4096", 86.4, OfAttention(32, &AttentionKernels::online_softmax), 45},
          {"gemm_1536", 38.8, Gemm(1536), 15},
          {"gemm_3072", 206.7, Gemm(3072), 15}};
}

// While `cores` stream the same kernel, each gets at most its part of HBM.
double Price(const KernelWork& work, int cores) {
  const Machine machine = ConfiguredMachine("ascend_a2a3");
  const SlotCost cost = CostOf(work, machine);
  return std::max(ToUs(cost.unshared), static_cast<double>(cost.hbm_bytes) * cores / machine.hbm_bytes_per_s * 1e6);
}

TEST(PublishedKernels, StayWithinTheErrorsThatTheDocsState) {
  std::vector<double> errors;
  std::string table = "| kernel | published us | model us | error % |\n|---|---:|---:|---:|\n";
  for (const Row& row : Rows()) {
    const double us = Price(row.work, row.cores);
    const double error = 100 * (us / row.published_us - 1);
    errors.push_back(std::abs(error));
    table += fmt::format("| {} | {} | {:.2f} | {:+.1f} |\n", row.id, row.published_us, us, error);
    EXPECT_LE(std::abs(error), row.allowed_pct) << row.id;
  }
  std::sort(errors.begin(), errors.end());
  fmt::print("{}", table);
  EXPECT_LE(errors[errors.size() / 2], 15) << "the median";
}

TEST(PublishedKernels, AStreamOfWeightsOn24CoresGivesEachAbout48GBPerSecond) {
  const SlotCost cost = CostOf(LmHead512(), ConfiguredMachine("ascend_a2a3"));
  EXPECT_NEAR(static_cast<double>(cost.hbm_bytes) / (Price(LmHead512(), 24) * 1e3), 48, 2);
}

// 24 blocks in the time of 72 submits of at least 0.47 us, the fastest published: else the cores bind, not the submits.
TEST(PublishedKernels, AnLmHeadBlockOf64ColumnsIsShorterThanTheSubmitsOf24) {
  const KernelWork block = MatmulWork(
      "lm_head", {.rows = 16, .columns = 64, .depth = 5120, .step = 128, .stage = 1, .weights_by_column = true});
  EXPECT_LT(Price(block, 24), 72 * 0.47);
}

}  // namespace
}  // namespace npusched
