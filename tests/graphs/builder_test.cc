#include "graphs/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "graphs/kernel_ops.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;

// The tags of the arguments of every submit but allocs: i INPUT, o OUTPUT_EXISTING, x INOUT, n NO_DEP.
std::vector<std::string> Tags(const Program& program) {
  std::vector<std::string> tags;
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (program.tasks[t].core == CoreShape::kAlloc) continue;
    std::string& text = tags.emplace_back();
    for (const Arg& arg : program.Args(t)) text += "i?xon"[static_cast<int>(arg.tag)];
  }
  return tags;
}

std::vector<std::string> Names(const Program& program) {
  std::vector<std::string> names;
  for (TaskId t = 0; t < program.tasks.size(); ++t) names.push_back(program.KernelName(t));
  return names;
}

class BuilderTest : public ::testing::Test {
 protected:
  Tensor Fresh(const char* name = "t") { return b_.Create(name, DType::kFloat32, {16, 256}); }

  Builder b_{"test"};
  Launch k_ = b_.Kernel("k", CoreShape::kAiv);
  Tensor x_ = b_.External("x", DType::kFloat32, {16, 256});
};

TEST_F(BuilderTest, AWriteOutsideLoopsIsOutputExisting) {
  b_.Submit(k_).In(x_).Out(x_);
  EXPECT_THAT(Tags(b_.Finish()), ElementsAre("io"));
}

TEST_F(BuilderTest, AParallelLoopWritesOutputExisting) {
  b_.Parallel(2, [&](std::int64_t) { b_.Submit(k_).Out(x_); });
  EXPECT_THAT(Tags(b_.Finish()), ElementsAre("o", "o"));
}

TEST_F(BuilderTest, AnySequentialLoopAroundMakesInOut) {
  b_.Sequential(1, [&](std::int64_t) {
    b_.Parallel(1, [&](std::int64_t) {
      const Tensor fresh = Fresh();
      b_.Submit(k_).Out(x_, fresh);
    });
  });
  EXPECT_THAT(Tags(b_.Finish()), ElementsAre("xx"));
}

TEST_F(BuilderTest, ASecondStatementThatWritesABufferIsInOut) {
  b_.Submit(k_).Out(x_);
  b_.Submit(k_).Out(b_.Rows(x_, 3, 1));
  EXPECT_THAT(Tags(b_.Finish()), ElementsAre("o", "x"));
}

TEST_F(BuilderTest, ALoopIsOneStatementOfTheBodyAroundIt) {
  b_.Parallel(2, [&](std::int64_t) { b_.Submit(k_).Out(x_); });
  b_.Parallel(2, [&](std::int64_t) { b_.Submit(k_).Out(x_); });
  EXPECT_THAT(Tags(b_.Finish()), ElementsAre("o", "o", "x", "x"));
}

TEST_F(BuilderTest, AnEarlierStatementOfTheSameIterationCounts) {
  b_.Parallel(2, [&](std::int64_t) {
    b_.Submit(k_).Out(x_);
    b_.Parallel(1, [&](std::int64_t) { b_.Submit(k_).Out(x_); });
  });
  EXPECT_THAT(Tags(b_.Finish()), ElementsAre("o", "x", "o", "x"));
}

TEST_F(BuilderTest, ASequentialLoopBeforeCountsAsAWriter) {
  b_.Sequential(1, [&](std::int64_t) { b_.Submit(k_).Out(x_); });
  b_.Submit(k_).Out(x_);
  EXPECT_THAT(Tags(b_.Finish()), ElementsAre("x", "x"));
}

TEST_F(BuilderTest, AReaderBeforeIsNoWriter) {
  b_.Submit(k_).In(x_);
  b_.Submit(k_).Out(x_);
  EXPECT_THAT(Tags(b_.Finish()), ElementsAre("i", "o"));
}

TEST_F(BuilderTest, AnOptedOutWriteStillCountsAsAWriter) {
  b_.Submit(k_).NoDepOut(x_);
  b_.Submit(k_).Out(x_);
  const Program program = b_.Finish();
  EXPECT_THAT(Tags(program), ElementsAre("n", "x"));
  EXPECT_EQ(program.args[0].access, Access::kWrite);
}

TEST_F(BuilderTest, ReadAndWrittenIsInOut) {
  b_.Submit(k_).InOut(x_);
  EXPECT_THAT(Tags(b_.Finish()), ElementsAre("x"));
}

TEST_F(BuilderTest, TensorsOfABodyShareOneAllocAtItsTop) {
  b_.Parallel(1, [&](std::int64_t) {
    const Tensor a = Fresh("a");
    const Tensor c = Fresh("c");
    b_.Submit(k_).Out(a);
    b_.Submit(k_).In(a).Out(c);
  });
  const Program program = b_.Finish();
  EXPECT_THAT(Names(program), ElementsAre("alloc_tensors", "k", "k"));
  ASSERT_EQ(program.Args(0).size(), 2U);
  EXPECT_EQ(program.Args(0)[0].tag, ArgTag::kOutput);
  EXPECT_EQ(program.buffers[program.Args(0)[1].buffer].creator, 0U);
  EXPECT_EQ(program.buffers[x_.buffer].creator, kNoTask);
}

TEST_F(BuilderTest, AnAllocTakesSixteenTensors) {
  for (const int tensors : {16, 17}) {
    Builder b("allocs");
    for (int i = 0; i < tensors; ++i) b.Create("t", DType::kFloat32, {1});
    EXPECT_EQ(b.Finish().tasks.size(), tensors == 16 ? 1U : 2U);
  }
}

TEST_F(BuilderTest, ATensorOfARunTimeShapeIsAllocatedAloneAtItsPlace) {
  Fresh();
  b_.Submit(k_).In(x_);
  b_.CreateAlone("run_time", DType::kFloat32, {3});
  EXPECT_THAT(Names(b_.Finish()), ElementsAre("alloc_tensors", "k", "alloc_tensors"));
}

TEST_F(BuilderTest, HeapTensorsAreRoundedUpTo1024Bytes) {
  const Tensor small = b_.Create("small", DType::kBFloat16, {513});
  const Tensor outside = b_.External("outside", DType::kBFloat16, {513});
  const Program program = b_.Finish();
  EXPECT_EQ(program.buffers[small.buffer].size_bytes, 2048);
  EXPECT_EQ(program.buffers[outside.buffer].size_bytes, 1026);
}

TEST_F(BuilderTest, EveryIterationIsAScopeOneRingDeeper) {
  const auto nest = [&](auto&& self, int depth) -> void {
    b_.Submit(k_).In(x_);
    if (depth < 5) b_.Parallel(1, [&](std::int64_t) { self(self, depth + 1); });
  };
  nest(nest, 1);
  const Program program = b_.Finish();
  std::vector<int> rings;
  for (const Task& task : program.tasks) rings.push_back(task.ring);
  EXPECT_THAT(rings, ElementsAre(0, 1, 2, 3, 3));
  EXPECT_EQ(program.scopes[4].depth, 5);
  EXPECT_EQ(program.scopes[4].parent, 3U);
  EXPECT_EQ(program.scope_events.size(), 10U);
}

TEST_F(BuilderTest, ScopesKnowTheTasksSubmittedWhileOpen) {
  b_.Submit(k_).In(x_);
  b_.Scope(ScopeKind::kManual, [&] {
    b_.Submit(k_).In(x_);
    b_.Parallel(2, [&](std::int64_t) { b_.Submit(k_).In(x_); });  // opens no scope in there
  });
  const Program program = b_.Finish();
  ASSERT_EQ(program.scopes.size(), 2U);
  EXPECT_EQ(program.scopes[1].first_task, 1U);
  EXPECT_EQ(program.scopes[1].end_task, 4U);
  EXPECT_EQ(program.scopes[0].end_task, 4U);
  EXPECT_FALSE(program.tasks[0].manual_scope);
  EXPECT_TRUE(program.tasks[3].manual_scope);
  EXPECT_EQ(program.scope_events[1].kind, ScopeEvent::Kind::kBeginManual);
  EXPECT_EQ(program.scope_events[2].before, 4U);
}

TEST_F(BuilderTest, EqualRegionsShareAnId) {
  const Tensor y = b_.External("y", DType::kFloat32, {16, 256});
  EXPECT_EQ(y.region, x_.region);
  EXPECT_EQ(b_.Columns(x_, 128, 64).region, b_.Slice(y, {0, 128}, {16, 64}).region);
  EXPECT_NE(b_.Columns(x_, 128, 64).region, b_.Columns(x_, 64, 64).region);
}

TEST_F(BuilderTest, AWindowKeepsTheStridesOfTheWhole) {
  const Tensor window = b_.Columns(b_.Rows(x_, 2, 4), 128, 64);
  const Program program = b_.Finish();
  const Region& region = program.regions[window.region];
  EXPECT_EQ(region.start_offset, 2 * 256 + 128);
  EXPECT_EQ(region.shape[0], 4);
  EXPECT_EQ(region.shape[1], 64);
  EXPECT_EQ(region.strides[0], 256);
  EXPECT_EQ(region.strides[1], 1);
}

TEST_F(BuilderTest, ManualDepStaysWithTheWholeAndNotWithItsWindows) {
  const Tensor opted = ManualDep(x_);
  b_.Submit(k_).In(opted, b_.Rows(opted, 0, 1));
  const Program program = b_.Finish();
  EXPECT_TRUE(program.args[0].manual_dep);
  EXPECT_FALSE(program.args[1].manual_dep);
}

TEST_F(BuilderTest, TheFilledSlotsOfAWorkGiveTheCore) {
  const Loop loop{1, 1, {ops::Vector(VectorOp::kAdd, 1, 1)}};
  const Launch aic = b_.Kernel(KernelWork{"a", {{loop}, {}, {}}});
  const Launch aiv = b_.Kernel(KernelWork{"b", {{}, {loop}, {}}});
  const Launch mix = b_.Kernel(KernelWork{"c", {{loop}, {loop}, {}}});
  EXPECT_EQ(aic.core, CoreShape::kAic);
  EXPECT_EQ(aiv.core, CoreShape::kAiv);
  EXPECT_EQ(mix.core, CoreShape::kMix);
  EXPECT_EQ(mix.slots, 0b011);
}

TEST_F(BuilderTest, WorksOfOneNameShareTheirKernel) {
  const Loop loop{1, 1, {ops::Vector(VectorOp::kAdd, 1, 1)}};
  const Launch one = b_.Kernel(KernelWork{"same", {{}, {loop}, {}}});
  const Launch two = b_.Kernel(KernelWork{"same", {{}, {loop, loop}, {}}});
  EXPECT_EQ(one.kernel, two.kernel);
  EXPECT_NE(one.work, two.work);
}

TEST_F(BuilderTest, ASubmissionCarriesDepsBlocksAndFlags) {
  const TaskId first = b_.Submit(k_).In(x_);
  const TaskId dummy = b_.Dummy();
  const std::vector<TaskId> both = {first, dummy};
  b_.Submit(k_).Deps(both).Blocks(24).SyncStart().Early().Lasting(7);
  const Program program = b_.Finish();
  ASSERT_EQ(program.Deps(2).size(), 2U);
  EXPECT_EQ(program.Deps(2)[1].task, dummy);
  EXPECT_EQ(program.Deps(2)[1].flags, kWait | kRetain);
  EXPECT_EQ(program.tasks[1].core, CoreShape::kDummy);
  EXPECT_EQ(program.tasks[2].block_num, 24U);
  EXPECT_TRUE(program.tasks[2].sync_start);
  EXPECT_TRUE(program.tasks[2].early_dispatch);
  EXPECT_THAT(program.durations, ElementsAre(-1, -1, 7));
}

KernelWork Copies(std::int64_t trips) {
  KernelWork work;
  work.name = "copy";
  work.slots[kSlotAiv0] = {{.trips = trips, .body = {ops::Load(MemorySpace::kActivation, DType::kFloat32, 1, 8, 0)}}};
  return work;
}

TEST_F(BuilderTest, BlocksThatDifferHaveAWorkEach) {
  const std::vector<KernelWork> blocks = {Copies(2), Copies(3), Copies(2)};
  const Launch copy = b_.KernelOfBlocks(blocks);
  b_.Submit(copy).In(x_);
  b_.Submit(b_.Kernel(Copies(4))).In(x_).Blocks(2);
  const Program program = b_.Finish();
  EXPECT_EQ(program.tasks[0].block_num, 3U);
  EXPECT_EQ(program.works.size(), 3U);
  for (std::uint32_t block = 0; block < 3; ++block) {
    EXPECT_EQ(program.works[program.WorkOf(0, block)], blocks[block]) << block;
  }
  EXPECT_EQ(program.works[program.WorkOf(1, 1)], Copies(4));
  EXPECT_EQ(program.kernels[program.tasks[0].kernel].name, "copy");
}

TEST_F(BuilderTest, BlocksThatAreAlikeShareOneWork) {
  const std::vector<KernelWork> blocks(5, Copies(2));
  b_.Submit(b_.KernelOfBlocks(blocks)).In(x_);
  const Program program = b_.Finish();
  EXPECT_EQ(program.tasks[0].block_num, 5U);
  EXPECT_EQ(program.works.size(), 1U);
  EXPECT_EQ(program.tasks[0].first_block_work, kNoId);
  EXPECT_EQ(program.WorkOf(0, 4), program.tasks[0].work);
}

using BuilderDeathTest = BuilderTest;

TEST_F(BuilderDeathTest, RefusesMisuseOfTheLanguage) {
  EXPECT_DEATH(b_.Slice(x_, {0, 200}, {16, 57}), "region.shape");
  EXPECT_DEATH(
      {
        b_.Submit(k_).In(x_);
        Fresh();
      },
      "at_top_");
  EXPECT_DEATH(b_.Scope(ScopeKind::kManual, [&] { Fresh(); }), "InManual");
  EXPECT_DEATH(b_.Kernel("k", CoreShape::kAic), "core == core");
  EXPECT_DEATH(b_.Submit(k_).Dep(0), "task < id_");
  const std::vector<KernelWork> blocks = {Copies(2), Copies(3)};
  EXPECT_DEATH(b_.Submit(b_.KernelOfBlocks(blocks)).Blocks(2), "first_block_work == kNoId");
}

}  // namespace
}  // namespace npusched
