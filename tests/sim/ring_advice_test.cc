// The size that a deadlock's message suggests works, and one less does not.
#include "sim/ring_advice.h"

#include <gtest/gtest.h>

#include "tests/sim/tiny_program.h"

namespace npusched::testing {
namespace {

using Outcome = RingAdvice::Outcome;

struct Wedged {
  TinyProgram tiny;
  Machine machine;
  RuntimeConfig runtime = FreeRuntime(1);

  explicit Wedged(const std::string& text) : tiny(text) { machine.clusters = 1; }
  [[nodiscard]] RunInput input() const { return {tiny.program, tiny.inference, machine, runtime, {}}; }
  [[nodiscard]] RingAdvice Advice() const {
    Deadlock deadlock;
    EXPECT_FALSE(RunNative(input(), &deadlock).ok());
    return AdviseSize(input(), deadlock);
  }
};

// `set` gives the run a size.
template <typename Set>
void ExpectSmallest(Wedged& wedged, std::int64_t smallest, std::int64_t unit, const Set& set) {
  const RingAdvice advice = wedged.Advice();
  EXPECT_EQ(advice.outcome, Outcome::kSmallest);
  EXPECT_EQ(advice.size, smallest);
  set(wedged.runtime.rings, advice.size);
  EXPECT_TRUE(RunNative(wedged.input()).ok());
  set(wedged.runtime.rings, advice.size - unit);
  EXPECT_FALSE(RunNative(wedged.input()).ok());
}

TEST(RingAdviceTest, SlotsOfAScopeAreItsTasksAndOne) {
  Wedged wedged("ALLOC A B C D E F G H I J K");
  wedged.runtime.rings.slots.fill(4);
  ExpectSmallest(wedged, 12, 1, [](RingSizes& sizes, std::int64_t size) { sizes.slots.fill(size); });
}

TEST(RingAdviceTest, SlotsThatAClosedScopeHoldsCountToo) {
  // P holds ring 3 while the scopes below it come and go: it and the eight tasks of the others stay.
  Wedged wedged(
      "begin\nbegin\nbegin\nAIC P 1us\nbegin\nAIC A B 1us\nclose\nbegin\nAIC C D 1us\nclose\nbegin\nAIC E F "
      "1us\nclose\n"
      "begin\nAIC G H 1us\nclose\n");
  wedged.runtime.rings.slots.fill(8);
  ExpectSmallest(wedged, 10, 1, [](RingSizes& sizes, std::int64_t size) { sizes.slots.fill(size); });
}

TEST(RingAdviceTest, HeapIsAWholeNumberOfItsPieces) {
  Wedged wedged("AIC A B C out 4096\nAIC D out 100");
  wedged.runtime.rings.heap_bytes.fill(5000);
  ExpectSmallest(wedged, 13 * 1024, 1, [](RingSizes& sizes, std::int64_t size) { sizes.heap_bytes.fill(size); });
}

TEST(RingAdviceTest, DependencyEntriesAreThoseOfTheLargestScope) {
  Wedged wedged("AIC A 100us\nAIV B C D E F G H I J K after A");
  wedged.runtime.rings.dep_entries.fill(8);
  ExpectSmallest(wedged, 10, 1, [](RingSizes& sizes, std::int64_t size) { sizes.dep_entries.fill(size); });
}

TEST(RingAdviceTest, MapEntriesAreShared) {
  Wedged wedged("ALLOC A B C records 4");
  wedged.runtime.rings.tensor_map_entries = 8;
  ExpectSmallest(wedged, 12, 1, [](RingSizes& sizes, std::int64_t size) { sizes.tensor_map_entries = size; });
}

TEST(RingAdviceTest, RingsOfDifferentSizesChangeAlone) {
  Wedged wedged("begin\nALLOC A B C D E F\nclose\n");
  wedged.runtime.rings.slots = {16, 4, 16, 16};
  const RingAdvice advice = wedged.Advice();
  EXPECT_EQ(Describe(advice), "rings.slots of ring 1 7 is the smallest that completes");
  wedged.runtime.rings.slots = {16, 7, 16, 16};
  EXPECT_TRUE(RunNative(wedged.input()).ok());
}

TEST(RingAdviceTest, WhatNoSizeMendsIsSaid) {
  // More slots help ring 1, but then ring 2 is too small.
  Wedged wedged("begin\nALLOC A B C D E F\nbegin\nALLOC G H I J\nclose\nclose\n");
  wedged.runtime.rings.slots = {16, 4, 4, 16};
  EXPECT_EQ(wedged.Advice().outcome, Outcome::kHelpless);
}

TEST(RingAdviceTest, ATimeoutHasNoSize) {
  Wedged wedged("AIC A 11000000us");
  EXPECT_EQ(wedged.Advice().outcome, Outcome::kNone);
  EXPECT_EQ(Describe(wedged.Advice()), "");
}

}  // namespace
}  // namespace npusched::testing
