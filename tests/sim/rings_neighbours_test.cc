// The runtime's limits, one step to each side: what still fits and what no
// longer does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/heap_ring.h"
#include "tests/sim/bounded.h"

namespace npusched::testing {
namespace {

using ::testing::HasSubstr;

std::string Names(int count) {
  std::string names;
  for (int i = 0; i < count; ++i) names += " p" + std::to_string(i);
  return names;
}

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// -- slots

TEST(RingsNeighbours, AScopeMayHoldOneTaskLessThanItsRingHasSlots) {
  for (const int slots : {7, 8, 9}) {
    for (const int tasks : {slots - 2, slots - 1, slots}) {
      Bounded limits("ALLOC" + Names(tasks));
      limits.runtime.rings.slots.fill(slots);
      const std::string message = limits.Message();
      if (tasks < slots) {
        EXPECT_EQ(message, "ok") << tasks << " tasks, " << slots << " slots";
      } else {
        EXPECT_THAT(message, HasSubstr("code 1 "));
        EXPECT_THAT(message, HasSubstr(kAtOnce));
        EXPECT_THAT(message, HasSubstr("submit of task " + std::to_string(slots - 1)));
      }
    }
  }
}

TEST(RingsNeighbours, TheInnermostScopeCounts) {
  // Ring 0 holds 6 of 7 tasks when an inner scope takes over in ring 1; then
  // the outer one gets a seventh and an eighth.
  Bounded fits("ALLOC a b c d e f\nbegin\nALLOC g h i j k l m\nclose\nALLOC n");
  fits.runtime.rings.slots.fill(8);
  EXPECT_EQ(fits.Message(), "ok");
  Bounded full("ALLOC a b c d e f\nbegin\nALLOC g h i j k l m\nclose\nALLOC n o");
  full.runtime.rings.slots.fill(8);
  EXPECT_THAT(full.Message(), HasSubstr("code 1 "));
}

TEST(RingsNeighbours, ATaskOfAnOpenScopePinsAllBehindIt) {
  // p and three inner scopes of two fill seven of eight slots; the fourth scope
  // finds none, though all are complete.
  const std::string outer = "begin\nbegin\nbegin\nALLOC p\n";
  Bounded three(outer + Repeat("begin\nALLOC a b\nclose\n", 3));
  three.runtime.rings.slots.fill(8);
  EXPECT_EQ(three.Message(), "ok");
  Bounded four(outer + Repeat("begin\nALLOC a b\nclose\n", 4));
  four.runtime.rings.slots.fill(8);
  EXPECT_THAT(four.Message(), HasSubstr("code 3 "));
  EXPECT_THAT(four.Message(), HasSubstr(kAtOnce));
  EXPECT_THAT(four.Message(), HasSubstr("submit of task 7 "));
}

TEST(RingsNeighbours, WithoutThatTaskTheScopesComeAndGo) {
  Bounded limits("begin\nbegin\nbegin\n" + Repeat("begin\nALLOC a b\nclose\n", 20));
  limits.runtime.rings.slots.fill(8);
  EXPECT_EQ(limits.Message(), "ok");
}

TEST(RingsNeighbours, BackPressureLetsSevenGoAndHoldsTheEighth) {
  for (const int tasks : {7, 8}) {
    Bounded limits("begin\nAIC A 50us\nclose\n" + Repeat("begin\nAIV B 1us\nclose\n", tasks - 1));
    limits.runtime.rings.slots.fill(8);
    const auto result = limits.Run();
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->ring_waits.size(), tasks == 8 ? 1U : 0U);
  }
}

// -- heap

TEST(RingsNeighbours, TheHeapHoldsExactlyItsSize) {
  Bounded limits("ALLOC A B out 4096");
  limits.runtime.rings.heap_bytes.fill(8192);
  EXPECT_EQ(limits.Message(), "ok");
  limits.runtime.rings.heap_bytes.fill(8191);
  EXPECT_THAT(limits.Message(), HasSubstr("code 2 "));
  EXPECT_THAT(limits.Message(), HasSubstr(kAtOnce));
  EXPECT_THAT(limits.Message(), HasSubstr("(B)"));
}

TEST(RingsNeighbours, OutputsAreRoundedUpTo1024Bytes) {
  for (const auto& [bytes, fits] : {std::pair{8192, true}, std::pair{7169, true}, std::pair{8193, false}}) {
    Bounded limits("AIC A out " + std::to_string(bytes));
    limits.runtime.rings.heap_bytes.fill(8192);
    EXPECT_EQ(limits.Message() == "ok", fits) << bytes;
    if (!fits) {
      EXPECT_THAT(limits.Message(), HasSubstr(kAfterStall));
    }
  }
}

TEST(RingsNeighbours, ATaskWithoutOutputsNeedsNoHeap) {
  Bounded limits("ALLOC A out 8192\nAIC B 1us");
  limits.runtime.rings.heap_bytes.fill(8192);
  EXPECT_EQ(limits.Message(), "ok");
}

TEST(HeapRingNeighbours, AtTheEndMeansUpToTheLastByte) {
  HeapRing exact(100);
  EXPECT_TRUE(exact.Allocate(100));
  HeapRing over(100);
  EXPECT_FALSE(over.Allocate(101));
}

TEST(HeapRingNeighbours, AtTheStartMeansStrictlyBelowTheTail) {
  // [50, 90) is taken; 10 are left at the end.
  for (const auto& [bytes, fits] :
       {std::pair{10, true}, std::pair{11, true}, std::pair{49, true}, std::pair{50, false}}) {
    HeapRing heap(100);
    EXPECT_TRUE(heap.Allocate(50));
    EXPECT_TRUE(heap.Allocate(40));
    heap.Free(50);
    EXPECT_EQ(heap.Allocate(bytes), fits) << bytes;
    EXPECT_EQ(heap.top(), bytes <= 10 ? 90 + bytes : fits ? bytes : 90);
  }
}

TEST(HeapRingNeighbours, WhatWasLeftAtTheEndStaysLostUntilTheTailComesAround) {
  HeapRing heap(100);
  EXPECT_TRUE(heap.Allocate(50));
  EXPECT_TRUE(heap.Allocate(40));
  heap.Free(50);
  EXPECT_TRUE(heap.Allocate(20));   // at the start
  EXPECT_FALSE(heap.Allocate(30));  // 20 to 50: not strictly
  EXPECT_TRUE(heap.Allocate(29));
  heap.Free(90);
  EXPECT_TRUE(heap.Allocate(40));  // the tail is at 90: 49 to 89
  EXPECT_FALSE(heap.Allocate(1));
}

TEST(HeapRingNeighbours, AnEmptyHeapWrapsBeforeItRebases) {
  // Empty at 70: what fits below the tail goes to the start and leaves the tail
  // where it is.
  HeapRing heap(100);
  EXPECT_TRUE(heap.Allocate(70));
  heap.Free(70);
  EXPECT_TRUE(heap.Allocate(40));
  EXPECT_FALSE(heap.Allocate(30));  // 40 to 70: not strictly
  EXPECT_TRUE(heap.Allocate(29));
  // As large as the tail or larger: both ends go back to 0, and all behind is
  // free.
  HeapRing rebased(100);
  EXPECT_TRUE(rebased.Allocate(70));
  rebased.Free(70);
  EXPECT_TRUE(rebased.Allocate(70));
  EXPECT_TRUE(rebased.Allocate(30));
}

// -- dependency entries

TEST(RingsNeighbours, AsManyConsumersOfOneProducerAsThereAreEntries) {
  for (const int consumers : {8, 9, 10}) {
    Bounded limits("AIC A 100us\nAIV" + Names(consumers) + " after A");
    limits.runtime.rings.dep_entries.fill(8);
    const std::string message = limits.Message();
    if (consumers == 8) {
      EXPECT_EQ(message, "ok");
      continue;
    }
    EXPECT_THAT(message, HasSubstr("code 4 "));
    EXPECT_THAT(message, HasSubstr(kAtOnce));
    EXPECT_THAT(message, HasSubstr("(p8)"));
  }
}

TEST(RingsNeighbours, EntriesComeBackOnceSixtyFourTasksRetired) {
  // Eight consumers take all entries; then `fillers` tasks leave, and a
  // consumer of one more producer needs an entry.
  for (const int fillers : {54, 55}) {
    std::string text = "begin\nAIC A 85us\n";
    for (int i = 0; i < 8; ++i) text += "AIV c" + std::to_string(i) + " after A 1us\n";
    text += "close\n" + Repeat("begin\nAIV f 1us\nclose\n", fillers) + "begin\nAIC B 100us\nAIV C after B 1us\nclose";
    Bounded limits(text);
    limits.runtime.submit.user_code = 10 * kPsPerUs;
    limits.runtime.rings.dep_entries.fill(8);
    const std::string message = limits.Message();
    if (9 + fillers >= 64) {
      EXPECT_EQ(message, "ok");
    } else {
      EXPECT_THAT(message, HasSubstr("code 4 "));
      EXPECT_THAT(message, HasSubstr("(C)"));
    }
  }
}

TEST(RingsNeighbours, CompleteProducersNeedNoEntryHoweverMany) {
  Bounded complete("ALLOC" + Names(20) + "\nAIV C after" + Names(20));
  complete.runtime.rings.dep_entries.fill(1);
  EXPECT_EQ(complete.Message(), "ok");
  Bounded one_runs("AIC P 100us\nALLOC" + Names(20) + "\nAIV C after P" + Names(20));
  one_runs.runtime.rings.dep_entries.fill(20);
  EXPECT_THAT(one_runs.Message(), HasSubstr("code 4 "));
  one_runs.runtime.rings.dep_entries.fill(21);
  EXPECT_EQ(one_runs.Message(), "ok");
}

// -- spill

TEST(RingsNeighbours, SixtyFourProducersNeedNoSpillEntry) {
  for (const auto& [producers, spill, fits] :
       {std::tuple{64, 1, true}, std::tuple{65, 1, true}, std::tuple{66, 1, false}, std::tuple{66, 2, true}}) {
    Bounded limits("ALLOC" + Names(producers) + "\nAIV C after" + Names(producers));
    limits.runtime.rings.spill_entries.fill(spill);
    const std::string message = limits.Message();
    EXPECT_EQ(message == "ok", fits) << producers << " producers, " << spill << " entries: " << message;
    if (!fits) {
      EXPECT_THAT(message, HasSubstr("code 4 "));
      EXPECT_THAT(message, HasSubstr(kAfterStall));
    }
  }
}

// -- tensor map

TEST(RingsNeighbours, TheMapHolds65536Regions) {
  const std::string full = "ALLOC" + Names(16) + " records 4096\n";
  EXPECT_EQ(Bounded(full).Message(), "ok");
  const std::string message = Bounded(full + "ALLOC one records 1").Message();
  EXPECT_THAT(message, HasSubstr("code 11 "));
  EXPECT_THAT(message, HasSubstr("(one)"));
  EXPECT_THAT(message, HasSubstr(kAfterStall));
}

// -- sync_start

TEST(RingsNeighbours, SyncStartMayBeAsWideAsTheMachine) {
  for (const auto& [line, fits] : {std::pair{"MIX S blocks 2 sync", true}, std::pair{"MIX S blocks 3 sync", false},
                                   std::pair{"AIC S blocks 2 sync", true}, std::pair{"AIC S blocks 3 sync", false},
                                   std::pair{"AIV S blocks 4 sync", true}, std::pair{"AIV S blocks 5 sync", false},
                                   std::pair{"AIV S blocks 5", true}}) {
    Bounded limits(line);
    limits.machine.clusters = 2;
    limits.runtime.scheduler.poll_core = limits.runtime.scheduler.iteration = 1;
    EXPECT_EQ(limits.Message() == "ok", fits) << line;
    if (!fits) {
      EXPECT_THAT(limits.Message(), HasSubstr("code 7 "));
    }
  }
}

// -- progress

TEST(RingsNeighbours, AnOrchestratorThatTakesTooLongIsToBlame) {
  Bounded limits("AIC A 1us");
  limits.runtime.submit.user_code = 11'000'000 * kPsPerUs;
  EXPECT_THAT(limits.Message(), HasSubstr("code 100 (scheduler timeout, S5)"));
  limits.runtime.submit.user_code = 9'000'000 * kPsPerUs;
  EXPECT_EQ(limits.Message(), "ok");
}

TEST(RingsNeighbours, AnotherTaskThatCompletesIsProgress) {
  // Two kernels of 9 s and 18 s side by side: neither pause is longer than 10
  // s.
  EXPECT_EQ(Bounded("AIC A 9000000us\nAIV B 18000000us").Message(), "ok");
  EXPECT_THAT(Bounded("AIC A 9000000us\nAIV B 20000000us").Message(), HasSubstr("code 100 (scheduler timeout, S1)"));
}

TEST(RingsNeighbours, TheOrchestratorsCodeComesBeforeTheSchedulers) {
  // A kernel of 11 s would time out at 10 s; the full ring gives up at half a
  // second.
  Bounded limits("begin\nAIC A 11000000us\nclose\n" + Repeat("begin\nAIV B 1us\nclose\n", 7));
  limits.runtime.rings.slots.fill(8);
  EXPECT_THAT(limits.Message(), HasSubstr("code 3 "));
}

}  // namespace
}  // namespace npusched::testing
