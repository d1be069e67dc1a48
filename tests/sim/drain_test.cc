// Drains in a whole run, where threads act at the same time.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace npusched::testing
