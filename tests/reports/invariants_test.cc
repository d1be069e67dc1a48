// Each law is broken once, in a run written down in text.
#include "reports/invariants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kRun = R"(
  machine 1 1
  task A aic 0 1 1
  task B aic 1 2 14 after A by A
  row A AIC_0 2 3 13 13.5
  row B AIC_0 15 16 26 26.5
)";

WrittenRun Good() { return ParseRun(kRun); }

std::string Law(const WrittenRun& run) {
  const Status status = CheckInvariants(run.input(), run.trace);
  if (status.ok()) return "";
  EXPECT_EQ(status.error().kind, ErrorKind::kInternal);
  return status.error().message;
}

TEST(Invariants, HoldOfASoundRun) { EXPECT_EQ(Law(Good()), ""); }

TEST(Invariants, ATaskHasARowForEachBlock) {
  WrittenRun run = Good();
  run.program.tasks[1].block_num = 2;
  EXPECT_THAT(Law(run), HasSubstr("task 1 has 1 rows, not 2"));
}

TEST(Invariants, ACubeTaskRunsOnACubeCore) {
  WrittenRun run = Good();
  run.trace.rows[1].core = 1;
  EXPECT_THAT(Law(run), HasSubstr("task 1 block 0 slot 0 ran on core 1"));
}

TEST(Invariants, AReadyTaskIsDispatchedNoEarlierUnlessItIsStaged) {
  WrittenRun run = Good();
  run.trace.rows[1].dispatch = Us(14);
  EXPECT_EQ(Law(run), "");
  run.trace.rows[1].dispatch = Us(14) - 1;
  EXPECT_THAT(Law(run), HasSubstr("task 1 on core 0: submit 2000000, ready 14000000, dispatch 13999999"));
  run.trace.rows[1].gated = true;
  EXPECT_EQ(Law(run), "");
}

TEST(Invariants, ACoreRunsOneRowAtATime) {
  WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 2 2
    row A AIC_0 2 3 13 13.5
    row B AIC_0 3 13 23 23.5
  )");
  EXPECT_EQ(Law(run), "");
  run.trace.rows[1].start -= 1;
  EXPECT_THAT(Law(run), HasSubstr("core 0 runs task 0 from 3000000 to 13000000 ps and task 1 from 12999999 ps"));
}

TEST(Invariants, AConsumerIsReadyAfterItsProducersCompleted) {
  WrittenRun run = Good();
  run.trace.tasks[1].ready = run.trace.tasks[0].complete;
  EXPECT_EQ(Law(run), "");
  run.trace.tasks[1].ready -= 1;
  EXPECT_THAT(Law(run), HasSubstr("its producer 0"));
}

TEST(Invariants, SubmitsDoNotOverlap) {
  WrittenRun run = Good();
  run.trace.tasks[1].submit_begin = Us(1) - 1;
  EXPECT_THAT(Law(run), HasSubstr("task 1 is submitted from 999999"));
}

TEST(Invariants, TheMakespanHoldsTheWork) {
  WrittenRun run = Good();
  run.trace.last_end -= 1;  // 23 us: 20 of work and a gap of 3
  EXPECT_THAT(Law(run), HasSubstr("attribution"));
  run.trace.last_end = run.trace.first_start + Us(20) - 1;
  EXPECT_THAT(Law(run), HasSubstr("below the critical path"));
}

TEST(Invariants, GrahamsBoundIsAskedOfListSchedulingOnly) {
  WrittenRun run = Good();
  run.runtime.policies.pending_slots = PendingSlots::kUnused;
  EXPECT_TRUE(IsListScheduling(run.input(), run.trace));
  EXPECT_THAT(Law(run), HasSubstr("exceeds Graham's bound"));  // an idle gap of 3 us on one core
  run.runtime.scheduler.iteration = 1;
  EXPECT_FALSE(IsListScheduling(run.input(), run.trace));
  EXPECT_EQ(Law(run), "");
}

}  // namespace
}  // namespace npusched
