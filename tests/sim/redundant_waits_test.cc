// Waits that others imply: which go, what they leave behind, and what that changes.
#include "sim/redundant_waits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/engine.h"
#include "tests/sim/tiny_program.h"

namespace npusched::testing {
namespace {

// The waits that are left of the last task, by name.
std::string LeftOf(const std::string& text, std::uint32_t within) {
  const TinyProgram tiny(text);
  const TaskGraph kept = WithoutRedundantWaits(tiny.program, tiny.inference.graph, within);
  std::string left;
  for (const ProducerEdge& edge : kept.Producers(kept.size() - 1)) left += tiny.names[edge.producer];
  return left;
}

constexpr char kTriangle[] = "AIC A\nAIC B after A\nAIC C after A B";

TEST(RedundantWaits, AWaitThatAnotherImpliesGoes) { EXPECT_EQ(LeftOf(kTriangle, kAnyDistance), "B"); }

TEST(RedundantWaits, TheProducerMustLieWithinTheWindow) {
  EXPECT_EQ(LeftOf(kTriangle, 2), "B");
  EXPECT_EQ(LeftOf(kTriangle, 1), "AB");
  EXPECT_EQ(LeftOf("AIC A\nAIC B after A\nAIC x y\nAIC C after A B", 4), "B");
  EXPECT_EQ(LeftOf("AIC A\nAIC B after A\nAIC x y\nAIC C after A B", 3), "AB");
}

TEST(RedundantWaits, APathMayBeLong) {
  EXPECT_EQ(LeftOf("AIC A\nAIC B after A\nDUMMY D after B\nAIC E after D\nAIC C after A E", kAnyDistance), "E");
}

TEST(RedundantWaits, TwoProducersSideBySideStay) { EXPECT_EQ(LeftOf("AIC A B\nAIC C after A B", kAnyDistance), "AB"); }

TEST(RedundantWaits, NoPathGoesThroughAnAlloc) {
  EXPECT_EQ(LeftOf("AIC A\nALLOC N after A\nAIC C after A N", kAnyDistance), "AN");
}

TEST(RedundantWaits, TheWaitForAnAllocGoesToo) {
  EXPECT_EQ(LeftOf("ALLOC N\nAIC B after N\nAIC C after N B", kAnyDistance), "B");
}

// Telling a consumer takes 1 us, all else nothing. A runs 5 us, B after it 5 us, C after both 1 us.
RunTrace RunTriangle(std::uint32_t within, std::int64_t dep_entries = 16384) {
  const TinyProgram tiny("AIC A 5us\nAIC B after A 5us\nAIC C after A B 1us");
  Machine machine;
  machine.clusters = 2;
  RuntimeConfig runtime = FreeRuntime(1);
  runtime.scheduler.complete_edge = kPsPerUs;
  runtime.rings.dep_entries.fill(dep_entries);
  runtime.policies.drop_redundant_within = within;
  return *RunNative({tiny.program, tiny.inference, machine, runtime, {}});
}

TEST(RedundantWaits, ADroppedOneIsNotTold) {
  // A tells C, then B; B starts at 7 without the policy and at 6 with it.
  const RunTrace all = RunTriangle(0);
  EXPECT_EQ(all.rows[1].start, 7 * kPsPerUs);
  EXPECT_EQ(all.rows[2].start, 13 * kPsPerUs);
  EXPECT_EQ(all.waits, (WaitCounts{.linked = 3, .redundant = 0, .dep_entries = 3, .resolve = 3 * kPsPerUs}));
  const RunTrace kept = RunTriangle(kAnyDistance);
  EXPECT_EQ(kept.rows[1].start, 6 * kPsPerUs);
  EXPECT_EQ(kept.rows[2].start, 12 * kPsPerUs);
  EXPECT_EQ(kept.waits, (WaitCounts{.linked = 2, .redundant = 1, .dep_entries = 2, .resolve = 2 * kPsPerUs}));
}

TEST(RedundantWaits, ADroppedOneTakesNoDependencyEntry) {
  const TinyProgram tiny("AIC A 5us\nAIC B after A 5us\nAIC C after A B 1us");
  Machine machine;
  machine.clusters = 2;
  RuntimeConfig runtime = FreeRuntime(1);
  const auto completes = [&](std::int64_t entries) {
    runtime.rings.dep_entries.fill(entries);
    return RunNative({tiny.program, tiny.inference, machine, runtime, {}}).ok();
  };
  EXPECT_TRUE(completes(3));
  EXPECT_FALSE(completes(2));
  runtime.policies.drop_redundant_within = kAnyDistance;
  EXPECT_TRUE(completes(2));
  EXPECT_FALSE(completes(1));
}

TEST(RedundantWaits, ADroppedOneStillRetains) {
  // Ring 1 holds two tasks at a time: A leaves only when C is released, however the wait went.
  const TinyProgram tiny(
      "begin\nAIC A 1us\nclose\nAIC B after A 1us\nAIC C after A B 50us\nbegin\nAIV X 1us\nclose\n"
      "begin\nAIV Y 1us\nclose");
  Machine machine;
  machine.clusters = 1;
  RuntimeConfig runtime = FreeRuntime(1);
  runtime.rings.slots[1] = 3;
  runtime.policies.drop_redundant_within = kAnyDistance;
  const RunTrace trace = *RunNative({tiny.program, tiny.inference, machine, runtime, {}});
  EXPECT_EQ(trace.tasks[tiny.ids.at("X")].submit, 0);
  EXPECT_EQ(trace.tasks[tiny.ids.at("Y")].submit, 52 * kPsPerUs);
}

TEST(RedundantWaits, ADroppedUnflaggedProducerNoLongerDisqualifies) {
  // A is not flagged, B is: once only B is waited for, C is staged while B runs.
  const TinyProgram tiny("AIC A 5us\nAIC B early after A 5us\nAIV C after A B 1us");
  Machine machine;
  machine.clusters = 1;
  RuntimeConfig runtime = FreeRuntime(1);
  const auto staged = [&] {
    return RunNative({tiny.program, tiny.inference, machine, runtime, {}})->rows.back().gated;
  };
  EXPECT_FALSE(staged());
  runtime.policies.drop_redundant_within = kAnyDistance;
  EXPECT_TRUE(staged());
}

}  // namespace
}  // namespace npusched::testing
