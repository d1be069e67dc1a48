// Drains in a whole run, where threads act at the same time.
#include <gtest/gtest.h>

#include "sim/deadlock.h"
#include "sim/engine.h"
#include "tests/sim/tiny_program.h"

namespace npusched::testing {
namespace {

// Thread 0 is busy with V when thread 1 asks for A's drain, and goes on to B in the same pass.
TEST(DrainTest, AThreadThatFindsASecondSyncTaskLeavesTheFirstDrainAlone) {
  const TinyProgram tiny("AIV V 1us\nMIX A blocks 2 sync 5us\nMIX B blocks 2 sync 5us");
  Machine machine;
  machine.clusters = 2;
  RuntimeConfig runtime = FreeRuntime(2);
  runtime.submit.user_code = FromUs(0.25);
  runtime.scheduler.dispatch_block = FromUs(1);
  runtime.scheduler.iteration = FromUs(0.1);
  runtime.scheduler.poll_core = FromUs(0.1);
  const auto result = RunNative({tiny.program, tiny.inference, machine, runtime, {}});
  ASSERT_TRUE(result.ok()) << result.error().message;
  ASSERT_EQ(result->rows.size(), 13U);
  for (const DispatchRow& row : result->rows) EXPECT_GT(row.finish, 0) << row.task;
  EXPECT_GT(result->tasks[2].complete, result->tasks[1].complete);
}

// S wants both cube cores; L has one of them until 5 us. Threads whose polls cost nothing meet again and again.
TEST(DrainTest, TimePassesWhileThreadsWithFreePollsWaitForCores) {
  const TinyProgram tiny("AIC L 5us\nAIC S blocks 2 sync 1us");
  Machine machine;
  machine.clusters = 2;
  RuntimeConfig runtime = FreeRuntime(2);
  runtime.submit.user_code = FromUs(0.25);
  runtime.scheduler.iteration = FromUs(0.1);
  for (const Picoseconds poll : {FromUs(0), FromUs(0.01)}) {
    runtime.scheduler.poll_core = poll;
    const auto result = RunNative({tiny.program, tiny.inference, machine, runtime, {}});
    ASSERT_TRUE(result.ok()) << result.error().message;
    ASSERT_EQ(result->rows.size(), 3U);
    const Picoseconds freed = result->tasks[0].complete;
    EXPECT_EQ(result->rows[1].start, result->rows[2].start);
    EXPECT_GE(result->rows[1].start, freed);
    EXPECT_LE(result->rows[1].start, freed + FromUs(0.1));
  }
}

// Nothing will ever free the core: the runtime gives up instead of the simulation going on forever.
TEST(DrainTest, ADrainThatNeverGetsItsCoresTimesOut) {
  const TinyProgram tiny("AIC L 1000us\nAIC S blocks 2 sync 1us");
  Machine machine;
  machine.clusters = 2;
  RuntimeConfig runtime = FreeRuntime(2);
  runtime.submit.user_code = FromUs(0.25);
  runtime.scheduler.iteration = FromUs(0.1);
  runtime.rings.progress_timeout = FromUs(100);
  Deadlock deadlock;
  const auto result = RunNative({tiny.program, tiny.inference, machine, runtime, {}}, &deadlock);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(deadlock.code, RuntimeCode::kTimeout);
  EXPECT_EQ(deadlock.detected, FromUs(100));
}

}  // namespace
}  // namespace npusched::testing
