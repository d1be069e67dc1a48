#include "graphs/fences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graphs/inference.h"
#include "tests/graphs/qwen3_fixture.h"
#include "tests/graphs/tiny_program.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;

std::vector<TaskPair> Fence(const std::string& text, std::vector<TaskPair> pairs) {
  const Program program = TinyProgram(text);
  return MinimalFence(program, Infer(program)->graph, std::move(pairs));
}
RedundantEdges Redundant(const Program& program) { return FindRedundantEdges(program, Infer(program)->graph); }

TEST(MinimalFence, LeavesOutWhatFollowsFromTheOthers) {
  EXPECT_THAT(Fence("a:\n b:\n c:", {{0, 1}, {0, 2}, {1, 2}}), ElementsAre(TaskPair{0, 1}, TaskPair{1, 2}));
  EXPECT_THAT(Fence("a:\n b:\n c:", {{0, 2}, {1, 2}}), ElementsAre(TaskPair{0, 2}, TaskPair{1, 2}));
}

TEST(MinimalFence, UsesThePathsOfTheGraph) {
  EXPECT_THAT(Fence("a:\n b:\n c: <- b", {{0, 1}, {0, 2}}), ElementsAre(TaskPair{0, 1}));
  EXPECT_THAT(Fence("a:\n b: <- a\n c:", {{0, 2}, {1, 2}}), ElementsAre(TaskPair{1, 2}));
}

TEST(RedundantEdges, AreThoseThatAPathImplies) {
  const RedundantEdges found = Redundant(TinyProgram("a:\n b: <- a\n c: <- a b\n d: <- c b"));
  EXPECT_EQ(found.explicit_edges, 2U);  // a-c, b-d
  EXPECT_EQ(found.inferred_edges, 0U);
  ASSERT_EQ(found.groups.size(), 2U);
  EXPECT_EQ(found.groups[0].example, (TaskPair{0, 2}));
}

TEST(RedundantEdges, AnEdgeThatKeepsMemoryIsNone) {
  // c touches what m owns: its creator edge holds the memory, although b orders it.
  EXPECT_EQ(Redundant(TinyProgram("m: OUTPUT x[0:8]\n b: INOUT x[0:8]\n c: INPUT x[0:8]")).groups.size(), 0U);
  // So does an explicit one, where there is no creator edge.
  const char* manual = "m manual: OUTPUT x[0:8]\n b manual: INPUT x[0:8] <- m\n c manual: INPUT x[0:8] <- m b";
  EXPECT_EQ(Redundant(TinyProgram(manual)).groups.size(), 0U);
}

TEST(RedundantEdges, ADepThatInferenceFindsTooIsDoubled) {
  const RedundantEdges found = Redundant(TinyProgram("a: INOUT x[0:8]\n b: INPUT x[0:8] <- a"));
  EXPECT_EQ(found.doubled, 1U);
  EXPECT_EQ(found.groups.size(), 0U);
}

// The pull request puts a dep on rope before qk_matmul and before sv_matmul; the second follows.
TEST(RedundantEdges, HalfOfTheManualRopeDepsFollowFromTheOthers) {
  const RedundantEdges found = Redundant(EmitText("{layers: 1, lm_head: false, rope: manual, silu: manual}"));
  EXPECT_EQ(found.explicit_edges, 64U);
  EXPECT_EQ(found.groups[0].producer, "rope_kv_cache");
  EXPECT_EQ(found.groups[0].consumer, "sv_matmul");
}

}  // namespace
}  // namespace npusched
