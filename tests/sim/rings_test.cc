// The runtime's bounded resources, and how it gives up: codes and times as observed.
#include "sim/rings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/heap_ring.h"
#include "tests/sim/bounded.h"

namespace npusched::testing {
namespace {

using ::testing::HasSubstr;

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(HeapRingTest, AllocationsAreContiguousAndWrapOnlyBelowTheTail) {
  HeapRing heap(100);
  EXPECT_TRUE(heap.Allocate(60));
  EXPECT_FALSE(heap.Allocate(41));
  EXPECT_TRUE(heap.Allocate(40));  // up to the very end
  heap.Free(60);
  EXPECT_FALSE(heap.Allocate(60));  // below the tail only strictly less fits
  EXPECT_TRUE(heap.Allocate(59));
  EXPECT_FALSE(heap.Allocate(1));
}

TEST(HeapRingTest, AnEmptyHeapRebasesToItsStart) {
  HeapRing heap(100);
  EXPECT_TRUE(heap.Allocate(70));
  heap.Free(70);
  EXPECT_FALSE(heap.Allocate(101));
  EXPECT_TRUE(heap.Allocate(100));
  EXPECT_EQ(heap.top(), 100);
}

TEST(RingsTest, AScopeThatHoldsAllSlotsDeadlocksAtOnce) {
  Bounded bounded("ALLOC A B C D E F G H");
  bounded.runtime.rings.slots.fill(8);
  EXPECT_THAT(bounded.Message(), HasSubstr("code 1 "));
  EXPECT_THAT(bounded.Message(), HasSubstr(kAtOnce));
  EXPECT_THAT(bounded.Message(), HasSubstr("ring 0: rings.slots is 8"));
  bounded.runtime.rings.slots.fill(9);
  EXPECT_EQ(bounded.Message(), "ok");
}

TEST(RingsTest, ATaskOfAnOuterScopePinsTheRingBelowIt) {
  // Depth 4 and deeper share ring 3: the task of depth 4 holds its slot while inner scopes come and go.
  Bounded bounded("begin\nbegin\nbegin\nAIC P 1us\n" + Repeat("begin\nAIC A B 1us\nclose\n", 4));
  bounded.runtime.rings.slots.fill(8);
  EXPECT_THAT(bounded.Message(), HasSubstr("code 3 "));
  EXPECT_THAT(bounded.Message(), HasSubstr("ring 3"));
}

TEST(RingsTest, SlotsHeldByAClosedScopeTimeOutAfterTheStall) {
  Bounded bounded("begin\nAIC A 1000000us\nAIC B C after A 1us\nclose\n" + Repeat("begin\nAIC D E F 1us\nclose\n", 2));
  bounded.runtime.rings.slots.fill(8);
  EXPECT_THAT(bounded.Message(), HasSubstr("code 3 "));
  EXPECT_THAT(bounded.Message(), HasSubstr(kAfterStall));
}

TEST(RingsTest, BackPressureEndsWhenTheOldestTaskLeaves) {
  std::string text = "begin\nAIC A 50us\nclose\n";
  for (int i = 0; i < 7; ++i) text += "begin\nAIV B 1us\nclose\n";
  Bounded bounded(text);
  bounded.runtime.rings.slots.fill(8);
  const auto result = bounded.Run();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->tasks[6].submit, 0);
  ASSERT_EQ(result->ring_waits.size(), 1U);
  EXPECT_EQ(result->ring_waits[0].task, 7U);
  EXPECT_EQ(result->ring_waits[0].end, 50 * kPsPerUs);
  EXPECT_EQ(result->tasks[7].submit, 50 * kPsPerUs);
}

TEST(RingsTest, AFullHeapDeadlocksAtOnceWhenItsScopeIsOpen) {
  Bounded bounded("AIC A B C out 4096");
  bounded.runtime.rings.heap_bytes.fill(8192);
  EXPECT_THAT(bounded.Message(), HasSubstr("code 2 "));
  EXPECT_THAT(bounded.Message(), HasSubstr(kAtOnce));
  EXPECT_THAT(bounded.Message(), HasSubstr("task 2 (C)"));
}

TEST(RingsTest, ARequestAboveTheHeapTimesOutAfterTheStall) {
  Bounded bounded("AIC A out 9216");
  bounded.runtime.rings.heap_bytes.fill(8192);
  EXPECT_THAT(bounded.Message(), HasSubstr("code 2 "));
  EXPECT_THAT(bounded.Message(), HasSubstr(kAfterStall));
}

TEST(RingsTest, DependencyEntriesOfManyConsumersRunOut) {
  Bounded bounded("AIC A 100us\nAIV B C D E F G H I after A\nAIV J after A");
  bounded.runtime.rings.dep_entries.fill(8);
  EXPECT_THAT(bounded.Message(), HasSubstr("code 4 "));
  EXPECT_THAT(bounded.Message(), HasSubstr(kAtOnce));
  EXPECT_THAT(bounded.Message(), HasSubstr("(J)"));
}

TEST(RingsTest, ASubmitNeedsAnEntryForEachProducerUnlessAllAreComplete) {
  // Eight of the producers are allocs, complete at once; one runs.
  Bounded nine("AIC P 100us\nALLOC a b c d e f g h\nAIV C after P a b c d e f g h");
  nine.runtime.rings.dep_entries.fill(8);
  EXPECT_THAT(nine.Message(), HasSubstr("code 4 "));
  Bounded eight("AIC P 100us\nALLOC a b c d e f g\nAIV C after P a b c d e f g");
  eight.runtime.rings.dep_entries.fill(8);
  EXPECT_EQ(eight.Message(), "ok");
  Bounded complete("ALLOC a b c d e f g h i\nAIV C after a b c d e f g h i");
  complete.runtime.rings.dep_entries.fill(8);
  EXPECT_EQ(complete.Message(), "ok");
}

TEST(RingsTest, ProducersBeyondSixtyFourSpillAndTimeOutAfterTheStall) {
  std::string names;
  for (int i = 0; i < 72; ++i) names += " p" + std::to_string(i);
  std::string first_65;
  for (int i = 0; i < 65; ++i) first_65 += " p" + std::to_string(i);
  Bounded bounded("ALLOC" + names + "\nAIV C after" + names + "\nAIV D after" + first_65);
  bounded.runtime.rings.spill_entries.fill(8);
  EXPECT_THAT(bounded.Message(), HasSubstr("code 4 "));
  EXPECT_THAT(bounded.Message(), HasSubstr("(D)"));
  EXPECT_THAT(bounded.Message(), HasSubstr(kAfterStall));
  bounded.runtime.rings.spill_entries.fill(9);
  EXPECT_EQ(bounded.Message(), "ok");
}

TEST(RingsTest, SyncStartWiderThanTheMachineIsRefusedAtSubmit) {
  EXPECT_THAT(Bounded("MIX S blocks 2 sync").Message(), HasSubstr("code 7 "));
  EXPECT_THAT(Bounded("AIV S blocks 3 sync").Message(), HasSubstr("code 7 "));
  EXPECT_EQ(Bounded("AIV S blocks 2 sync").Message(), "ok");
  EXPECT_EQ(Bounded("MIX S blocks 1 sync").Message(), "ok");
}

TEST(RingsTest, ATensorMapThatNothingLeavesTimesOutAfterTheStall) {
  Bounded bounded("ALLOC A B records 4\nALLOC C records 1");
  bounded.runtime.rings.tensor_map_entries = 8;
  EXPECT_THAT(bounded.Message(), HasSubstr("code 11 "));
  EXPECT_THAT(bounded.Message(), HasSubstr(kAfterStall));
  bounded.runtime.rings.tensor_map_entries = 9;
  EXPECT_EQ(bounded.Message(), "ok");
}

TEST(RingsTest, AMapThatIsShortTakesBackWhatRetiredTasksRecorded) {
  Bounded bounded("begin\nALLOC A records 8\nclose\nALLOC B records 8");
  bounded.runtime.rings.tensor_map_entries = 8;
  EXPECT_EQ(bounded.Message(), "ok");
}

TEST(RingsTest, AKernelOfElevenSecondsTimesOut) {
  EXPECT_THAT(Bounded("AIC A 11000000us").Message(), HasSubstr("code 100 (scheduler timeout, S1)"));
  EXPECT_EQ(Bounded("AIC A 9000000us").Message(), "ok");
}

TEST(RingSamples, FollowTheTasksOfARing) {
  const Bounded bounded("AIC A B 1us");
  const Result<RunTrace> trace = bounded.Run();
  ASSERT_TRUE(trace.ok()) << bounded.Message();
  ASSERT_FALSE(trace->ring_samples.empty());
  std::uint32_t most = 0;
  Picoseconds before = 0;
  for (const RingSample& sample : trace->ring_samples) {
    EXPECT_LE(before, sample.time);
    before = sample.time;
    most = std::max(most, sample.tasks);
  }
  EXPECT_EQ(most, 2U);
  EXPECT_LT(trace->ring_samples.back().tasks, most);  // the run is over when all completed, released or not
}

}  // namespace
}  // namespace npusched::testing
