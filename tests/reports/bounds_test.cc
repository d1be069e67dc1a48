#include "reports/bounds.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

constexpr std::string_view kForkJoin = R"(
  machine 1 2
  task A aic 0 1 1
  task B aiv 1 2 14 after A by A
  task C aiv 2 3 14 after A by A
  task D aic 3 4 30 after B,C by B
  row A AIC_0 2 3 13 13.5
  row B AIV_0 15 16 26 26.5
  row C AIV_1 15 16 20 20.5
  row D AIC_0 31 32 40 40.5
  phase 0 complete 13.5 14.5
  phase 1 dispatch 14.5 15.5
  phase 0 complete 40.5 41
)";

TEST(Bounds, CriticalPathFollowsTheLongestBranch) {
  const WrittenRun run = ParseRun(kForkJoin);
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kCriticalPath], Us(10 + 10 + 8));
}

TEST(Bounds, CriticalPathTakesTheLongestRowOfATaskNotItsSpread) {
  // Two blocks of A run one after the other, 10 and 4: no path is longer than 10 + 5.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 2 20 after A by A
    row A AIC_0 2 3 13 13.5
    row A AIC_0 2 14 18 18.5
    row B AIC_0 21 22 27 27.5
  )");
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kCriticalPath], Us(15));
}

TEST(Bounds, CriticalPathPassesADummyButNotAnAlloc) {
  for (const auto& [shape, length] : {std::pair("dummy", Us(15)), std::pair("alloc", Us(10))}) {
    const WrittenRun run = ParseRun(fmt::format(R"(
      machine 1 1
      task A aic 0 1 1
      task X {} 1 2 14 after A by A
      task B aic 2 3 15 after X by X
      row A AIC_0 2 3 13 13.5
      row B AIC_0 16 17 22 22.5
    )",
                                                shape));
    EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kCriticalPath], length) << shape;
  }
}

TEST(Bounds, WorkIsSharedByTheCoresOfATypeRoundedUp) {
  WrittenRun run = ParseRun(kForkJoin);
  run.trace.rows[1].end += 1;  // 14 us and a picosecond on two AIVs
  const Bounds bounds = ComputeBounds(run.input(), run.trace);
  EXPECT_EQ(bounds[Bound::kAicWork], Us(18));
  EXPECT_EQ(bounds[Bound::kAivWork], Us(7) + 1);
}

TEST(Bounds, MemoryTakesTheSlowestOfHbmAndBothWaysOfL2) {
  WrittenRun run = ParseRun(kForkJoin);
  run.costs.resize(1);
  run.costs[0].slots[kSlotAic] = {.hbm_bytes = 1000, .l2_read_bytes = 1000, .l2_write_bytes = 1000};
  run.program.tasks[run.Id("A")].work = 0;
  run.program.tasks[run.Id("D")].work = 0;
  run.machine.hbm_bytes_per_s = 1e9;
  run.machine.l2_read_bytes_per_s = 3e9;
  run.machine.l2_write_bytes_per_s = 2e9;
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kMemoryBandwidth], Us(2));
  run.costs[0].slots[kSlotAic].l2_read_bytes = 6000;
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kMemoryBandwidth], Us(4));
  run.costs[0].slots[kSlotAic].l2_write_bytes = 5000;
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kMemoryBandwidth], Us(5));
}

TEST(Bounds, MemoryNeverExceedsTheMakespanWhenSharesOutpaceIt) {
  WrittenRun run = ParseRun(kForkJoin);
  run.costs.resize(1);
  run.costs[0].slots[kSlotAic].hbm_bytes = 1'000'000'000;
  run.program.tasks[run.Id("A")].work = 0;
  run.machine.hbm_bytes_per_s = 1e9;
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kMemoryBandwidth], run.trace.makespan());
}

TEST(Bounds, AGivenDurationHasNoTraffic) {
  WrittenRun run = ParseRun(kForkJoin);
  run.costs.resize(1);
  run.costs[0].slots[kSlotAic].hbm_bytes = 1000;
  run.program.tasks[run.Id("A")].work = 0;
  run.machine.hbm_bytes_per_s = 1e9;
  run.program.durations = {Us(10), -1, -1, -1};
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kMemoryBandwidth], 0);
}

TEST(Bounds, OrchestratorCountsFromTheFirstStartToTheLastSubmitThatReachesACore) {
  // First start 3, last submit to a core 12: [3, 4) of B, [10, 12) of C; the alloc after it does not count.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 4 4
    task C aic 10 12 12
    task X alloc 12 13 13
    row A AIC_0 2 3 8 8.5
    row B AIC_0 9 10 12 12.5
    row C AIC_0 13 14 15 15.5
  )");
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kOrchestrator], Us(3));
}

TEST(Bounds, SchedulerWorkIsClippedToTheWindowAndSharedByTheThreads) {
  const WrittenRun run = ParseRun(kForkJoin);  // the phase after the last end is outside
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kScheduler], Us(1));
}

TEST(Bounds, TheLargestBindsAndATieTakesTheFirst) {
  Bounds bounds;
  EXPECT_EQ(bounds.Binding(), Bound::kCriticalPath);
  bounds[Bound::kOrchestrator] = 5;
  EXPECT_EQ(bounds.Binding(), Bound::kOrchestrator);
  bounds[Bound::kAivWork] = 5;
  EXPECT_EQ(bounds.Binding(), Bound::kAivWork);
}

TEST(Bounds, NoneOfThemExceedsTheMakespan) {
  const WrittenRun run = ParseRun(kForkJoin);
  const Bounds bounds = ComputeBounds(run.input(), run.trace);
  for (const Picoseconds bound : bounds.values) EXPECT_LE(bound, run.trace.makespan());
}

TEST(Bounds, AreZeroWhenNothingRan) {
  const WrittenRun run = ParseRun("machine 1 1\n task X dummy 0 1 1");
  EXPECT_EQ(ComputeBounds(run.input(), run.trace).values, Bounds{}.values);
}

TEST(Bounds, TheRuntimeMakesTheCriticalPathLonger) {
  WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aiv 1 2 14 after A by A
    row A AIC_0 2 3 13 13.5
    row B AIV_0 15 16.25 26 26.5
  )");
  EXPECT_EQ(CriticalPathWithRuntime(run.input(), run.trace), Us(19.75));
  run.runtime.link = {.write_visible = Us(0.1), .finish_visible = Us(0.5), .setup = Us(0.3)};
  run.runtime.scheduler.complete_task = Us(0.4);
  EXPECT_EQ(CriticalPathWithRuntime(run.input(), run.trace), Us(19.75 + 0.5 + 0.4 + 0.1 + 0.3));
  run.trace.rows[1].gated = true;
  EXPECT_EQ(CriticalPathWithRuntime(run.input(), run.trace), Us(19.75 + 0.5 + 0.4 + 0.1));
}

TEST(Bounds, TheNextBoundIsTheLargestOfTheOthers) {
  Bounds bounds;
  bounds[Bound::kAivWork] = 7;
  bounds[Bound::kScheduler] = 5;
  bounds[Bound::kOrchestrator] = 6;
  EXPECT_EQ(bounds.Binding(), Bound::kAivWork);
  EXPECT_EQ(bounds.Next(), Bound::kOrchestrator);
}

}  // namespace
}  // namespace npusched
