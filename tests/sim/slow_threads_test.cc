// Threads that work slower than others, and cores that start late.
#include <gtest/gtest.h>

#include "sim/engine.h"
#include "tests/sim/tiny_program.h"

namespace npusched::testing {
namespace {

constexpr Picoseconds kNs = kPsPerNs;

// One task on thread 1's only core: a poll takes 100 ns, the loop 100, preparing 50, writing 5.
Picoseconds DispatchOf(const std::vector<double>& factors) {
  const TinyProgram tiny("AIC A B 1us");
  Machine machine;
  machine.clusters = 2;
  RuntimeConfig runtime = FreeRuntime(2);
  runtime.scheduler.iteration = 100 * kNs;
  runtime.scheduler.dispatch_block = 50 * kNs;
  runtime.scheduler.publish_block = 5 * kNs;
  runtime.thread_cost_factor = factors;
  return RunNative({tiny.program, tiny.inference, machine, runtime, {}})->rows[1].dispatch;
}

TEST(SlowThreads, PrepareLongerAndWriteAlike) {
  EXPECT_EQ(DispatchOf({}), 55 * kNs);
  EXPECT_EQ(DispatchOf({2}), 55 * kNs);  // thread 0
  EXPECT_EQ(DispatchOf({1, 2}), 105 * kNs);
  EXPECT_EQ(DispatchOf({1, 1.5}), 80 * kNs);
}

TEST(StartJitter, DelaysTheFirstKernelOfACoreAndNoOther) {
  const TinyProgram tiny("AIC A 1us\nAIC B after A 1us");
  Machine machine;
  machine.clusters = 1;
  RuntimeConfig runtime = FreeRuntime(1);
  runtime.link.start_jitter = 2000 * kNs;
  runtime.link.start_jitter_seed = 7;
  const RunTrace trace = *RunNative({tiny.program, tiny.inference, machine, runtime, {}});
  EXPECT_EQ(trace.rows[0].start, ColdStart(runtime.link, 0));
  EXPECT_GT(trace.rows[0].start, 0);
  EXPECT_EQ(trace.rows[1].start, trace.rows[0].end);
}

}  // namespace
}  // namespace npusched::testing
