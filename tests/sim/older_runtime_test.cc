// What the runtime did differently before the summer of 2026, each rule with exact times.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "sim/engine.h"
#include "tests/sim/tiny_program.h"

namespace npusched::testing {
namespace {

constexpr Picoseconds kNs = kPsPerNs;

// Dispatches in order, as "task@core".
std::string Dispatches(const std::string& text, std::uint32_t clusters, const RuntimeConfig& runtime) {
  const TinyProgram tiny(text);
  Machine machine;
  machine.clusters = clusters;
  const Result<RunTrace> trace = RunNative({tiny.program, tiny.inference, machine, runtime, {}});
  if (!trace.ok()) return trace.error().message;
  std::string out;
  for (const DispatchRow& row : trace->rows) {
    out += (out.empty() ? "" : " ") + tiny.names[row.task] + "@" + std::to_string(row.core);
  }
  return out;
}

RuntimeConfig Looping(std::uint32_t schedulers) {
  RuntimeConfig runtime = FreeRuntime(schedulers);
  runtime.scheduler.iteration = 100 * kNs;
  return runtime;
}

RuntimeConfig Local(std::uint32_t schedulers, std::uint32_t entries) {
  RuntimeConfig runtime = Looping(schedulers);
  runtime.policies.ready_buffers = ReadyBuffers::kLocal;
  runtime.policies.local_ready_entries = entries;
  return runtime;
}

constexpr const char* kFanOut = R"(
  AIC P 1us
  AIV A B C D after P 1us
)";

TEST(LocalReadyBuffers, TheNewestReleasedTaskGoesFirst) {
  // The fan-out is told newest first: D, C, B, A. A queue serves D first, a buffer A.
  EXPECT_EQ(Dispatches(kFanOut, 2, Looping(1)), "P@0 D@2 C@3 B@4 A@5");
  EXPECT_EQ(Dispatches(kFanOut, 2, Local(1, 64)), "P@0 A@2 B@3 C@4 D@5");
}

TEST(LocalReadyBuffers, WhatDoesNotFitGoesToTheQueueAndIsServedAfterwards) {
  EXPECT_EQ(Dispatches(kFanOut, 2, Local(1, 2)), "P@0 C@2 D@3 B@4 A@5");
  EXPECT_EQ(Dispatches(kFanOut, 2, Local(1, 4)), "P@0 A@2 B@3 C@4 D@5");
}

TEST(LocalReadyBuffers, AnotherThreadSeesOnlyWhatIsLeftAfterThePass) {
  // Thread 0 takes its two AIVs from its buffer; the rest goes to the queue as it came, and thread 1 takes it.
  EXPECT_EQ(Dispatches(kFanOut, 2, Local(2, 64)), "P@0 A@2 B@3 D@4 C@5");
  EXPECT_EQ(Dispatches(kFanOut, 2, Looping(2)), "P@0 D@2 C@3 B@4 A@5");
}

TEST(LocalReadyBuffers, WhatIsMoreThanTheThreadsCoresIsSharedFirst) {
  // Six come as F, E, D, C, B, A. Kept: the two idle cores take A and B. Shared: the buffer keeps as many as the thread
  // has cores, F and E, so those are served, and D to A are in the queue for the other thread.
  constexpr const char* kWide = R"(
  AIC P 1us
  AIV A B C D E F after P 1us
)";
  RuntimeConfig runtime = Local(2, 64);
  EXPECT_EQ(Dispatches(kWide, 2, runtime), "P@0 A@2 B@3 F@4 E@5 D@2 C@3");
  runtime.policies.local_excess = LocalExcess::kShared;
  EXPECT_EQ(Dispatches(kWide, 2, runtime), "P@0 E@2 F@3 D@4 C@5 B@2 A@3");
}

TEST(WiringByThread0, ATaskIsReadyOnceTheThreadLinkedIt) {
  const TinyProgram tiny("AIC A 1us\nAIC B after A 1us");
  Machine machine;
  machine.clusters = 1;
  RuntimeConfig runtime = Looping(1);
  runtime.submit.user_code = 200 * kNs;
  runtime.submit.fanin_edge = 30 * kNs;
  runtime.scheduler.wire_task = 50 * kNs;
  const auto ready = [&](TaskId task) {
    const Result<RunTrace> trace = RunNative({tiny.program, tiny.inference, machine, runtime, {}});
    EXPECT_EQ(trace->tasks[0].submit, 200 * kNs);
    return trace->tasks[task].ready;
  };
  EXPECT_EQ(ready(0), 200 * kNs);
  runtime.policies.wiring = Wiring::kScheduler0;
  runtime.policies.wiring_batch = 32;
  EXPECT_EQ(ready(0), 250 * kNs);  // the loop looks at 200, links until 250
  const RunTrace trace = *RunNative({tiny.program, tiny.inference, machine, runtime, {}});
  EXPECT_EQ(trace.tasks[1].submit, 400 * kNs);  // no edge is charged to the orchestrator
  EXPECT_EQ(trace.tasks[1].released_by, 0U);
}

TEST(WiringByThread0, ABatchEndsWhereDispatchGoesOn) {
  const TinyProgram tiny("AIC A B C 1us");
  Machine machine;
  machine.clusters = 4;
  RuntimeConfig runtime = Looping(1);
  runtime.policies.wiring = Wiring::kScheduler0;
  runtime.scheduler.wire_task = 50 * kNs;
  const auto dispatched = [&](TaskId task, std::uint32_t batch) {
    runtime.policies.wiring_batch = batch;
    return RunNative({tiny.program, tiny.inference, machine, runtime, {}})->rows[task].dispatch;
  };
  EXPECT_EQ(dispatched(0, 3), 150 * kNs);  // all three are linked first
  EXPECT_EQ(dispatched(0, 2), 100 * kNs);
  EXPECT_EQ(dispatched(2, 2), 250 * kNs);  // the next iteration begins at 200
}

TEST(Publication, EachBlockIsWrittenWhenItIsPreparedOrAllTogether) {
  const TinyProgram tiny("AIC A B 1us");
  Machine machine;
  machine.clusters = 2;
  RuntimeConfig runtime = FreeRuntime(1);
  runtime.scheduler = {.iteration = 100 * kNs, .dispatch_block = 50 * kNs, .publish_block = 5 * kNs};
  const auto dispatched = [&](TaskId task, Publication publication) {
    runtime.policies.publication = publication;
    return RunNative({tiny.program, tiny.inference, machine, runtime, {}})->rows[task].dispatch;
  };
  EXPECT_EQ(dispatched(0, Publication::kTogether), 105 * kNs);
  EXPECT_EQ(dispatched(1, Publication::kTogether), 110 * kNs);
  EXPECT_EQ(dispatched(0, Publication::kEach), 55 * kNs);
  EXPECT_EQ(dispatched(1, Publication::kEach), 110 * kNs);
}

TEST(ColdStart, ACoresFirstTaskSetsUpLonger) {
  const TinyProgram tiny("AIC A 1us\nAIC B after A 1us");
  Machine machine;
  machine.clusters = 1;
  RuntimeConfig runtime = Looping(1);
  runtime.link.setup = 300 * kNs;
  runtime.link.cold_start = {0, 1000 * kNs};
  const RunTrace trace = *RunNative({tiny.program, tiny.inference, machine, runtime, {}});
  const Picoseconds cold = ColdStart(runtime.link, 0);
  EXPECT_GT(cold, 0);
  EXPECT_EQ(trace.rows[0].start - trace.rows[0].receive, 300 * kNs + cold);
  EXPECT_EQ(trace.rows[1].start - trace.rows[1].receive, 300 * kNs);
}

TEST(ColdStart, TheCoresSpreadOverTheQuantiles) {
  LinkCosts link;
  EXPECT_EQ(ColdStart(link, 7), 0);
  link.cold_start = {0, 530 * kNs, 1770 * kNs, 3390 * kNs, 5310 * kNs};
  std::vector<Picoseconds> cold;
  for (CoreId core = 0; core < 72; ++core) cold.push_back(ColdStart(link, core));
  std::ranges::sort(cold);
  EXPECT_NEAR(static_cast<double>(cold[36]), 1'770'000, 100'000);
  EXPECT_NEAR(static_cast<double>(cold[18]), 530'000, 80'000);
  EXPECT_NEAR(static_cast<double>(cold[54]), 3'390'000, 150'000);
  EXPECT_GE(cold.front(), 0);
  EXPECT_LE(cold.back(), 5'310'000);
}

}  // namespace
}  // namespace npusched::testing
