// The published shapes of the decode layer: how many submits, blocks, core rows, allocs and explicit dependencies,
// and what graph inference makes of them.
#include <gtest/gtest.h>

#include <bit>
#include <ostream>
#include <string>
#include <vector>

#include "graphs/critical_path.h"
#include "graphs/inference.h"
#include "tests/graphs/qwen3_fixture.h"

namespace npusched {
namespace {

struct Counts {
  std::int64_t submits = 0, blocks = 0, rows = 0, dummies = 0, allocs = 0, deps = 0;

  friend bool operator==(const Counts&, const Counts&) = default;
};

void PrintTo(const Counts& c, std::ostream* out) {
  *out << c.submits << " submits, " << c.blocks << " blocks, " << c.rows << " rows, " << c.dummies << " dummies, "
       << c.allocs << " allocs, " << c.deps << " deps";
}

Counts CountsOf(const Program& program) {
  Counts c;
  for (const Task& task : program.tasks) {
    c.allocs += task.core == CoreShape::kAlloc ? 1 : 0;
    c.dummies += task.core == CoreShape::kDummy ? 1 : 0;
    if (task.core == CoreShape::kAlloc || task.core == CoreShape::kDummy) continue;
    ++c.submits;
    c.blocks += task.block_num;
    c.rows += std::int64_t{task.block_num} * std::popcount(task.slots);
  }
  c.deps = static_cast<std::int64_t>(program.deps.size());
  return c;
}

struct Expected {
  std::string program;
  Counts counts;
  std::uint64_t edges;
  std::uint32_t chain;
};

void PrintTo(const Expected& expected, std::ostream* out) { *out << expected.program; }

class Qwen3Shapes : public ::testing::TestWithParam<Expected> {};

TEST_P(Qwen3Shapes, HasTheseCountsEdgesAndThisChain) {
  const Program program = EmitText(GetParam().program);
  EXPECT_EQ(CountsOf(program), GetParam().counts);
  const Result<Inference> inference = Infer(program);
  ASSERT_TRUE(inference.ok());
  EXPECT_EQ(CountEdges(program, inference->graph).unique_pairs, GetParam().edges);
  EXPECT_EQ(LongestChain(program, inference->graph), GetParam().chain);
}

std::string Looped(const std::string& shape, const std::string& more = "") {
  return "{shape: " + shape + ", layers: 1, lm_head: false" + more + "}";
}
std::string Alone(const std::string& shape, const std::string& more = "") {
  return Looped(shape, ", layer_loop: false" + more);
}

// copy_hidden and one layer: a task and an alloc more than the layer has. 308 and 489 alone begin with the layer.
INSTANTIATE_TEST_SUITE_P(
    Layer, Qwen3Shapes,
    ::testing::Values(Expected{Looped("base", ", windows: off"), {588, 588, 588, 0, 176, 0}, 1333, 158},
                      Expected{Alone("base", ", windows: off"), {588, 588, 588, 0, 176, 0}, 3235, 121},
                      Expected{Alone("308_before"), {567, 567, 607, 0, 181, 0}, 3574, 100},
                      Expected{Alone("308_after"), {567, 567, 607, 0, 181, 0}, 3555, 81},
                      Expected{Looped("275_before"), {569, 569, 569, 0, 208, 0}, 2227, 236},
                      Expected{Looped("275_after"), {529, 529, 529, 0, 188, 0}, 2147, 216},
                      Expected{Looped("349", ", windows: off"), {588, 588, 972, 0, 176, 0}, 1397, 157},
                      Expected{Looped("349"), {588, 588, 972, 0, 176, 0}, 1803, 100},
                      Expected{Looped("349", ", windows: on_with_silu"), {588, 588, 972, 0, 176, 0}, 3076, 33},
                      Expected{Alone("349", ", windows: off"), {588, 588, 972, 0, 176, 0}, 3779, 120},
                      Expected{Alone("349"), {588, 588, 972, 0, 176, 0}, 4140, 82},
                      Expected{Alone("349", ", windows: on_with_silu"), {588, 588, 972, 0, 176, 0}, 5413, 15},
                      Expected{Looped("360"), {262, 524, 652, 0, 94, 0}, 763, 119},
                      Expected{Alone("360"), {262, 524, 652, 0, 94, 0}, 1540, 52},
                      Expected{Looped("387"), {53, 348, 692, 0, 4, 0}, 111, 45},
                      Expected{Alone("387"), {53, 348, 692, 0, 4, 0}, 156, 11},
                      Expected{Looped("420"), {27, 227, 571, 0, 3, 0}, 60, 25},
                      Expected{Alone("420"), {27, 227, 571, 0, 3, 0}, 60, 10},
                      Expected{Looped("449"), {354, 496, 544, 0, 3, 987}, 1009, 15},
                      Expected{Looped("489"), {353, 495, 543, 0, 3, 987}, 1008, 14},
                      Expected{Alone("489"), {352, 494, 542, 0, 2, 987}, 1006, 13},
                      // a chunk of one layer, with its copies, tiling and first norm; one dep is x_gamma0's
                      Expected{Looped("558_before"), {430, 531, 579, 0, 3, 1281}, 1286, 18},
                      Expected{Looped("558_after"), {426, 531, 579, 0, 3, 1281}, 1282, 14},
                      Expected{Looped("head"), {269, 440, 488, 13, 3, 633}, 590, 12}));

// A layer's rope writes the caches whole and so waits for that of the layer before: an edge more a layer. copy_out,
// final_rmsnorm and lm_head add one each.
INSTANTIATE_TEST_SUITE_P(
    Forwards, Qwen3Shapes,
    ::testing::Values(
        Expected{"{shape: 449, layers: 2, lm_head: false}", {708, 992, 1088, 0, 5, 1974}, 2020, 30},
        Expected{"{shape: 558_before, layers: 2}", {853, 1055, 1151, 0, 5, 2557}, 2566, 33},
        Expected{"{shape: 558_after, layers: 2}", {845, 1055, 1151, 0, 5, 2553}, 2554, 25},
        Expected{"{shape: head, layers: 40, lm_head: false}", {10'604, 17'288, 19'208, 481, 81, 25'281}, 23'522, 363},
        Expected{"{shape: 275_before}", {22'722, 22'722, 22'722, 0, 8'281, 0}, 89'120, 9'402},
        Expected{"{shape: 275_after}", {21'122, 21'122, 21'122, 0, 7'481, 0}, 85'920, 8'602},
        Expected{"{shape: 489}", {14'083, 19'786, 21'706, 0, 81, 39'480}, 40'361, 523}));

// The heads by themselves; those of pull request 391 begin with a copy.
INSTANTIATE_TEST_SUITE_P(
    Heads, Qwen3Shapes,
    ::testing::Values(Expected{"{layers: 0}", {4753, 4753, 4753, 0, 2377, 0}, 4752, 3},
                      Expected{"{layers: 0, lm_head_form: 391_149}", {151, 151, 151, 0, 1, 0}, 150, 3},
                      Expected{"{layers: 0, lm_head_form: 391_297}", {299, 299, 299, 0, 1, 0}, 298, 3},
                      Expected{"{layers: 0, lm_head_form: 489}", {2, 25, 25, 0, 1, 0}, 1, 2}));

// Arguments and work must agree: a load reads what is passed, a store writes it, in its dtype. A pipe carries both
// fp32 scores and bf16 exponentials.
class Qwen3ShapeWork : public ::testing::TestWithParam<const char*> {};

TEST_P(Qwen3ShapeWork, NamesArgumentsThatFit) {
  const Program program = EmitText(std::string("{layers: 1, shape: ") + GetParam() + "}");
  int checked = 0;
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (!program.ReachesCore(t)) continue;
    for (const std::vector<Loop>& slot : program.works[program.tasks[t].work].slots) {
      for (const Loop& loop : slot) {
        for (const Op& op : loop.body) {
          if (op.kind != OpKind::kLoad && op.kind != OpKind::kStore) continue;
          ASSERT_LT(op.arg, program.Args(t).size()) << program.KernelName(t);
          const Arg& arg = program.Args(t)[op.arg];
          const std::string& tensor = program.names[program.buffers[arg.buffer].name];
          const bool pipe = tensor.ends_with("pipe") || tensor == "workspace";
          EXPECT_TRUE(pipe || op.dtype == program.regions[arg.region].dtype) << program.KernelName(t) << ' ' << tensor;
          EXPECT_EQ(op.kind == OpKind::kStore && arg.tag == ArgTag::kInput, false) << program.KernelName(t);
          EXPECT_EQ(op.atomic, arg.access == Access::kAccumulate && op.kind == OpKind::kStore) << program.KernelName(t);
          ++checked;
        }
      }
    }
  }
  EXPECT_GT(checked, 100);
}

INSTANTIATE_TEST_SUITE_P(All, Qwen3ShapeWork,
                         ::testing::Values("base", "308_before", "275_after", "349", "360", "387", "420", "449", "489",
                                           "558_after", "head"));

// Trips over pages of each block of a kernel, on the slot that it fills first.
std::vector<std::int64_t> PagesOfBlocks(const Program& program, const std::string& kernel, int slot) {
  std::vector<std::int64_t> pages;
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (program.KernelName(t) != kernel) continue;
    for (std::uint32_t block = 0; block < program.tasks[t].block_num; ++block) {
      const Loop& loop = program.works[program.WorkOf(t, block)].slots[slot].front();
      pages.push_back(loop.body.empty() ? 0 : loop.trips);
    }
  }
  return pages;
}

// Pages of 128 tokens: 1, 2 and 32 of them.
constexpr const char* kUneven = ", layers: 1, workload: {seq_lens: [1, 129, 4096]}}";

TEST(Qwen3Blocks, ABlockOfASequenceIsAsLongAsItsContext) {
  const Program program = EmitText(std::string("{shape: 387, lm_head: false") + kUneven);
  const std::vector<std::int64_t> fused = PagesOfBlocks(program, "fa_fused", kSlotAic);  // pairs of heads
  EXPECT_EQ(fused, (std::vector<std::int64_t>{2, 2, 2, 2, 4, 4, 4, 4, 64, 64, 64, 64}));
  const std::vector<std::int64_t> online = PagesOfBlocks(program, "online_softmax", kSlotAiv0);
  ASSERT_EQ(online.size(), 24U);
  EXPECT_EQ(online[7], 1);
  EXPECT_EQ(online[8], 2);
  EXPECT_EQ(online[16], 32);
}

TEST(Qwen3Blocks, BlocksThatAreDealtPagesTakeThemInTurn) {
  const Program program = EmitText(std::string("{shape: 489, lm_head: false") + kUneven);
  const std::vector<std::int64_t> fused = PagesOfBlocks(program, "fa_fused", kSlotAic);  // 35 pages of 8 heads
  ASSERT_EQ(fused.size(), 24U);
  for (std::size_t block = 0; block < 24; ++block) EXPECT_EQ(fused[block], block < 11 ? 16 : 8) << block;
  const std::vector<std::int64_t> online = PagesOfBlocks(program, "online_softmax", kSlotAiv0);  // 24 heads
  ASSERT_EQ(online.size(), 48U);
  for (std::size_t block = 0; block < 48; ++block) {
    EXPECT_EQ(online[block], block < 8 ? 1 : block < 16 ? 2 : block < 24 ? 32 : 0) << block;
  }
}

struct Traffic {
  const char* shape;
  const char* kernel;
  double weights, loads, stores;  // KiB of a block, on all its cores; loads without weights and cache
};

void PrintTo(const Traffic& traffic, std::ostream* out) { *out << traffic.shape << ' ' << traffic.kernel; }

class Qwen3ShapeTraffic : public ::testing::TestWithParam<Traffic> {};

TEST_P(Qwen3ShapeTraffic, IsThatOfItsTiles) {
  const Program program = EmitText(std::string("{layers: 1, shape: ") + GetParam().shape + "}");
  double weights = 0, loads = 0, stores = 0;
  for (const KernelWork& work : program.works) {
    if (work.name != GetParam().kernel) continue;
    for (const auto& slot : work.slots) {
      for (const Loop& loop : slot) {
        for (const Op& op : loop.body) {
          const double kib = static_cast<double>(loop.trips * op.rows * op.columns * SizeOf(op.dtype)) / 1024;
          if (op.kind == OpKind::kStore) stores += kib;
          if (op.kind == OpKind::kLoad && op.space == MemorySpace::kWeight) weights += kib;
          if (op.kind == OpKind::kLoad && op.space == MemorySpace::kActivation) loads += kib;
        }
      }
    }
  }
  EXPECT_DOUBLE_EQ(weights, GetParam().weights);
  EXPECT_DOUBLE_EQ(loads, GetParam().loads);
  EXPECT_DOUBLE_EQ(stores, GetParam().stores);
}

// A product that crosses the pipe is stored and loaded once more.
INSTANTIATE_TEST_SUITE_P(
    Kernels, Qwen3ShapeTraffic,
    ::testing::Values(Traffic{"308_before", "out_proj_residual", 2560, 160 + 16 + 8, 16 + 16},
                      Traffic{"275_before", "q_proj", 2560, 640, 16}, Traffic{"275_before", "kv_proj", 5120, 1280, 32},
                      Traffic{"275_before", "out_proj", 640, 160, 4}, Traffic{"275_before", "down_proj", 4352, 544, 8},
                      Traffic{"275_after", "down_proj", 8704, 544, 16}, Traffic{"275_after", "q_pad", 0, 0, 352},
                      Traffic{"420", "gate_up_silu", 5120, 160 + 32, 32 + 8},
                      Traffic{"420", "down_proj", 8704, 544 + 16 + 16, 16 + 8}, Traffic{"489", "q_proj", 1280, 80, 32},
                      Traffic{"head", "q_proj", 1024, 64, 32}, Traffic{"489", "out_proj", 1024, 32, 32},
                      Traffic{"489", "gate_proj", 2048, 32, 64}, Traffic{"489", "gate_seed", 0, 0, 1088},
                      Traffic{"489", "residual_rms_cast", 4, 96, 64}, Traffic{"head", "residual_rms_cast", 4, 128, 96},
                      Traffic{"head", "mlp_out_seed", 0, 0, 2816}, Traffic{"head", "dcr_xgamma", 4, 128, 96},
                      Traffic{"558_after", "dcr_xgamma", 4, 128, 96}, Traffic{"558_after", "q_proj", 1024, 64, 32},
                      Traffic{"558_after", "qk_norm", 0, 48.0625, 48}, Traffic{"489", "down_cast_residual", 0, 96, 32},
                      Traffic{"489", "lm_head", 33 * 1920.0, 33 * 160.0, 33 * 12.0}));

}  // namespace
}  // namespace npusched
