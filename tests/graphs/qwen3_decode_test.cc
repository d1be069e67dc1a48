#include "graphs/qwen3_decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/graphs/qwen3_fixture.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr const char* kOneLayer = "{layers: 1, lm_head: false}";

std::vector<TaskId> TasksOf(const Program& program, const std::string& kernel) {
  std::vector<TaskId> tasks;
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (program.KernelName(t) == kernel) tasks.push_back(t);
  }
  return tasks;
}

const Region& RegionOf(const Program& program, const Arg& arg) { return program.regions[arg.region]; }

TEST(Qwen3Decode, ALayerHas587Tasks) {
  const Program program = EmitText(kOneLayer);
  EXPECT_THAT(
      CountByKernel(program),
      UnorderedElementsAre(std::pair("copy_hidden", 1), std::pair("rmsnorm", 1), std::pair("q_proj", 20),
                           std::pair("k_proj", 4), std::pair("v_proj", 4), std::pair("qk_norm", 1),
                           std::pair("rope_kv_cache", 16), std::pair("qk_matmul", 64), std::pair("softmax", 64),
                           std::pair("sv_matmul", 64), std::pair("online_softmax", 64), std::pair("out_proj", 20),
                           std::pair("out_proj_residual", 20), std::pair("post_rmsnorm", 1), std::pair("gate_proj", 68),
                           std::pair("up_proj", 68), std::pair("silu", 68), std::pair("down_proj", 20),
                           std::pair("down_proj_residual", 20), std::pair("alloc_tensors", 176)));
  EXPECT_EQ(Tasks(program), 588);
}

TEST(Qwen3Decode, TheForwardHas28234TasksAnd9377Allocs) {
  const Program program = EmitText("{}");
  EXPECT_EQ(Tasks(program), 28'234);
  EXPECT_EQ(Allocs(program), 9'377);
  EXPECT_EQ(TasksOf(program, "lm_head").size(), 2'376U);
  EXPECT_EQ(TasksOf(program, "lm_head_store").size(), 2'376U);
}

TEST(Qwen3Decode, WiderVocabularyBlocksCutTheForward) {
  const Program program = EmitText("{vocab_chunk: 512}");
  EXPECT_EQ(Tasks(program), 24'076);
  EXPECT_EQ(Allocs(program), 7'298);
  EXPECT_EQ(TasksOf(program, "lm_head").size(), 297U);
}

TEST(Qwen3Decode, OneLayerWithTheHeadHas5341Tasks) { EXPECT_EQ(Tasks(EmitText("{layers: 1}")), 5'341); }

TEST(Qwen3Decode, TheHeadAloneReadsTheHiddenStates) {
  const Program program = EmitText("{layers: 0, vocab_chunk: 512}");
  EXPECT_THAT(CountByKernel(program),
              UnorderedElementsAre(std::pair("final_rmsnorm", 1), std::pair("lm_head", 297),
                                   std::pair("lm_head_store", 297), std::pair("alloc_tensors", 298)));
  const Arg& input = program.Args(TasksOf(program, "final_rmsnorm")[0])[0];
  EXPECT_EQ(program.names[program.buffers[input.buffer].name], "hidden_states");
}

TEST(Qwen3Decode, AllocsGatherTheTensorsOfABody) {
  const Program program = EmitText(kOneLayer);
  std::map<std::size_t, int> by_tensors;
  for (const TaskId t : TasksOf(program, "alloc_tensors")) ++by_tensors[program.Args(t).size()];
  // the layer 8; 64 pairs of heads 10; resid1, post_norm and mlp_tile 3; 68 MLP blocks 2; current_hidden,
  // normed and one accumulator of each of the 40 output blocks 1
  EXPECT_THAT(by_tensors, UnorderedElementsAre(std::pair(8, 1), std::pair(10, 64), std::pair(3, 1), std::pair(2, 68),
                                               std::pair(1, 42)));
}

TEST(Qwen3Decode, SubmitsAttentionSequenceBySequence) {
  const Program program = EmitText(kOneLayer);
  const TaskId rope = TasksOf(program, "rope_kv_cache")[3];
  std::vector<std::string> names;
  for (TaskId t = rope; t < rope + 6; ++t) names.push_back(program.KernelName(t));
  EXPECT_THAT(names,
              ElementsAre("rope_kv_cache", "alloc_tensors", "qk_matmul", "softmax", "sv_matmul", "online_softmax"));
  EXPECT_EQ(program.KernelName(rope + 21), "rope_kv_cache");
}

TEST(Qwen3Decode, WritersAreInOutUnderTheLayerLoop) {
  const Program looped = EmitText(kOneLayer);
  const Program alone = EmitText("{layers: 1, lm_head: false, layer_loop: false}");
  for (const char* kernel : {"rmsnorm", "q_proj", "rope_kv_cache", "softmax", "post_rmsnorm"}) {
    EXPECT_EQ(looped.Args(TasksOf(looped, kernel)[0]).back().tag, ArgTag::kInOut) << kernel;
    EXPECT_EQ(alone.Args(TasksOf(alone, kernel)[0]).back().tag, ArgTag::kOutputExisting) << kernel;
  }
  for (const char* kernel : {"out_proj", "out_proj_residual", "gate_proj", "silu", "down_proj_residual"}) {
    EXPECT_EQ(alone.Args(TasksOf(alone, kernel)[0]).back().tag, ArgTag::kInOut) << kernel;
  }
  EXPECT_EQ(looped.Args(TasksOf(looped, "copy_hidden")[0]).back().tag, ArgTag::kOutputExisting);
}

TEST(Qwen3Decode, WindowsDecideWhatAWriterPasses) {
  for (const auto& [windows, q_columns, mlp_columns] :
       {std::tuple("off", 5120, 17408), {"on", 256, 17408}, {"on_with_silu", 256, 256}}) {
    const Program program = EmitText(std::string("{layers: 1, lm_head: false, windows: ") + windows + "}");
    const Arg& q = program.Args(TasksOf(program, "q_proj")[3]).back();
    const Arg& mlp = program.Args(TasksOf(program, "silu")[3]).back();
    EXPECT_EQ(RegionOf(program, q).shape[1], q_columns) << windows;
    EXPECT_EQ(RegionOf(program, mlp).shape[1], mlp_columns) << windows;
    const Arg& row = program.Args(TasksOf(program, "online_softmax")[4]).back();
    EXPECT_EQ(RegionOf(program, row).start_offset, 5120) << windows;  // row 1, whole
    EXPECT_EQ(RegionOf(program, row).shape[1], 5120) << windows;
  }
}

TEST(Qwen3Decode, ManualRopeOptsOutAndPutsTheDepsBack) {
  const Program program = EmitText("{layers: 1, lm_head: false, rope: manual}");
  const std::vector<TaskId> ropes = TasksOf(program, "rope_kv_cache");
  int opted_out = 0;
  for (const Arg& arg : program.Args(ropes[0])) opted_out += arg.tag == ArgTag::kNoDep ? 1 : 0;
  EXPECT_EQ(opted_out, 3);
  for (const char* kernel : {"qk_matmul", "sv_matmul"}) {
    const TaskId task = TasksOf(program, kernel)[7];  // the last pair of sequence 1
    ASSERT_EQ(program.Deps(task).size(), 1U);
    EXPECT_EQ(program.Deps(task)[0].task, ropes[1]);
  }
  EXPECT_EQ(program.deps.size(), 128U);
}

TEST(Qwen3Decode, ManualSiluListsAll68TasksForEveryDownProjection) {
  const Program program = EmitText("{layers: 1, lm_head: false, silu: manual}");
  EXPECT_EQ(program.deps.size(), 1360U);
  const Arg& written = program.Args(TasksOf(program, "silu")[0]).back();
  EXPECT_EQ(written.tag, ArgTag::kNoDep);
  EXPECT_EQ(written.access, Access::kWrite);
  EXPECT_EQ(program.regions[written.touched].shape[1], 256);
  EXPECT_TRUE(program.Args(TasksOf(program, "down_proj")[0])[0].manual_dep);
}

TEST(Qwen3Decode, UnfencedOptsOutAndForgets) {
  const Program program = EmitText("{layers: 1, lm_head: false, silu: unfenced, rope: unfenced}");
  EXPECT_EQ(program.deps.size(), 0U);
  EXPECT_EQ(program.Args(TasksOf(program, "silu")[0]).back().tag, ArgTag::kNoDep);
  EXPECT_EQ(program.Args(TasksOf(program, "rope_kv_cache")[0]).back().tag, ArgTag::kNoDep);
}

TEST(Qwen3Decode, EverySequenceTouchesItsOwnRowsOfTheCache) {
  const Program program = EmitText("{layers: 2, lm_head: false, workload: {seq_lens: 300}}");
  const std::vector<TaskId> ropes = TasksOf(program, "rope_kv_cache");
  ASSERT_EQ(ropes.size(), 32U);
  constexpr std::int64_t kHead = std::int64_t{256} * 128;  // elements of a page: tokens x head_dim
  constexpr std::int64_t kPage = 8 * kHead;
  for (const int task : {1, 17}) {
    const Region& slot = program.regions[program.Args(ropes[task])[7].touched];
    // 16 pages a sequence; position 299 is token 43 of its second page
    EXPECT_EQ(slot.start_offset, (task * 16 + 1) * kPage + std::int64_t{43} * 128);
    EXPECT_EQ(slot.shape[0], 8);
    EXPECT_EQ(slot.strides[0], kHead);
  }
  const Region& pages = program.regions[program.Args(TasksOf(program, "qk_matmul")[5])[2].touched];
  EXPECT_EQ(pages.start_offset, 16 * kPage + 2 * kHead);  // sequence 1, heads 2 and 3
  EXPECT_EQ(pages.shape[0], 2);
}

TEST(Qwen3Decode, ReadersStateWhatTheyLoadOfWhatTheyPass) {
  const Program program = EmitText("{layers: 2, workload: {batch: 17, seq_lens: 300}}");
  const auto loaded = [&](const char* kernel, std::size_t task, std::size_t arg) {
    const Arg& a = program.Args(TasksOf(program, kernel)[task])[arg];
    EXPECT_EQ(a.region, program.buffers[a.buffer].whole);  // passed whole all the same
    return program.regions[a.touched];
  };
  const Region gate = loaded("gate_proj", std::size_t{68} * 2 + 3, 1);  // layer 1, first tile, block 3
  EXPECT_EQ(gate.start_offset, std::int64_t{5120} * 17408 + std::int64_t{3} * 256);
  EXPECT_THAT(std::vector(gate.shape.begin(), gate.shape.begin() + 2), ElementsAre(5120, 256));
  EXPECT_EQ(loaded("rmsnorm", 3, 0).start_offset, 16 * 5120);  // layer 1, the second tile's rows
  EXPECT_EQ(loaded("rmsnorm", 3, 1).start_offset, 5120);
  EXPECT_EQ(loaded("qk_matmul", 5, 3).start_offset, 16);  // sequence 1's row of the block table
  EXPECT_EQ(loaded("softmax", 5, 0).shape[0], 2 * 16);    // two pages of padded query rows
  EXPECT_EQ(loaded("lm_head", 1, 1).start_offset, 64 * 5120);
  EXPECT_EQ(program.scalars[TasksOf(program, "softmax")[5]], 300);
}

TEST(Qwen3Decode, ContextsChangeTheWorkAndNotTheCount) {
  const Program mixed = EmitText("{layers: 1, lm_head: false, workload: {seq_lens: [1, 256, 257, 4096]}}");
  std::vector<std::int64_t> pages;
  for (const TaskId t : TasksOf(mixed, "qk_matmul")) {
    pages.push_back(mixed.works[mixed.tasks[t].work].slots[kSlotAic][1].trips);
  }
  EXPECT_THAT(pages, ElementsAre(1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 16, 16, 16, 16));
  EXPECT_EQ(Tasks(mixed), 588 - 12 * 17);
}

TEST(Qwen3Decode, ABatchAbove16RunsInTiles) {
  const Program program = EmitText("{layers: 1, workload: {batch: 17}, vocab_chunk: 512}");
  std::map<std::string, int> counts = CountByKernel(program);
  EXPECT_EQ(counts["copy_hidden"], 2);
  EXPECT_EQ(counts["q_proj"], 40);
  EXPECT_EQ(counts["rope_kv_cache"], 17);
  EXPECT_EQ(counts["silu"], 136);
  EXPECT_EQ(counts["lm_head"], 594);
}

TEST(Qwen3Decode, TheSameScenarioEmitsTheSameProgram) {
  const char* scenario = "{layers: 2, workload: {seq_lens: {random: [1, 4096], seed: 7}}}";
  const Program one = EmitText(scenario);
  const Program two = EmitText(scenario);
  ASSERT_EQ(one.tasks.size(), two.tasks.size());
  EXPECT_TRUE(one.works == two.works);
  EXPECT_TRUE(one.regions == two.regions);
  EXPECT_TRUE(
      std::equal(one.args.begin(), one.args.end(), two.args.begin(), two.args.end(), [](const Arg& a, const Arg& b) {
        return a.buffer == b.buffer && a.region == b.region && a.tag == b.tag && a.touched == b.touched;
      }));
}

// Arguments and work must agree: a load reads what is passed, a store writes it, in its dtype.
TEST(Qwen3Decode, LoadsAndStoresNameArgumentsThatFit) {
  const Program program = EmitText("{layers: 1, vocab_chunk: 512}");
  int checked = 0;
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (!program.ReachesCore(t)) continue;
    for (const std::vector<Loop>& slot : program.works[program.tasks[t].work].slots) {
      for (const Loop& loop : slot) {
        for (const Op& op : loop.body) {
          if (op.kind != OpKind::kLoad && op.kind != OpKind::kStore) continue;
          ASSERT_LT(op.arg, program.Args(t).size()) << program.KernelName(t);
          const Arg& arg = program.Args(t)[op.arg];
          EXPECT_EQ(op.dtype, RegionOf(program, arg).dtype) << program.KernelName(t) << " arg " << int{op.arg};
          EXPECT_EQ(op.kind == OpKind::kStore, arg.access == Access::kWrite) << program.KernelName(t);
          ++checked;
        }
      }
    }
  }
  EXPECT_GT(checked, 588);
}

}  // namespace
}  // namespace npusched
