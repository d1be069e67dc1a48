#include "reports/attribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "reports/bounds.h"
#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

using testing::ElementsAre;

std::array<Picoseconds, kCauses> Totals(double kernel, double dependency, double orchestrator, double scheduler,
                                        double core_busy) {
  return {Us(kernel), Us(dependency), Us(orchestrator), Us(scheduler), Us(core_busy), 0, 0, 0};
}

// The totals sum to the makespan, and the segments lie end to end over it.
void ExpectTiles(const WrittenRun& run, const Attribution& attribution) {
  EXPECT_EQ(std::accumulate(attribution.totals.begin(), attribution.totals.end(), Picoseconds{0}),
            run.trace.makespan());
  Picoseconds at = run.trace.last_end;
  for (const Segment& segment : attribution.segments) {
    EXPECT_EQ(segment.end, at);
    EXPECT_LT(segment.begin, segment.end);
    at = segment.begin;
  }
  EXPECT_EQ(at, run.trace.first_start);
}

TEST(Attribution, AChainIsKernelsAndTheSchedulerBetweenThem) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aiv 1 2 14 after A by A
    row A AIC_0 2 3 13 13.5
    row B AIV_0 15 16.25 26 26.5
  )");
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution.totals, Totals(19.75, 0, 0, 3.25, 0));
  ExpectTiles(run, attribution);
}

TEST(Attribution, EverythingBeforeALateSubmitIsTheOrchestrators) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 15 20 20
    row A AIC_0 2 3 13 13.5
    row B AIC_0 21 22 30 30.5
  )");
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution.totals, Totals(8, 0, 17, 2, 0));
  ExpectTiles(run, attribution);
}

TEST(Attribution, WhatASubmitWaitsForIsTheRings) {
  WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 40 40
    row A AIC_0 1 2 10 10
    row B AIC_0 40 42 50 50
  )");
  run.trace.ring_waits.push_back({.task = run.Id("B"), .begin = Us(5), .end = Us(38)});
  const Attribution walk = Attribute(run.input(), run.trace);
  EXPECT_EQ(walk.totals[static_cast<std::size_t>(Cause::kRingFull)], Us(33));
  EXPECT_EQ(walk.totals[static_cast<std::size_t>(Cause::kOrchestrator)], Us(2) + Us(3));  // [38, 40) and [2, 5)
  EXPECT_EQ(ComputeBounds(run.input(), run.trace)[Bound::kOrchestrator], Us(5));
}

TEST(Attribution, AQueueWaitIsCoreBusyUntilACoreIsFreeThenTheSchedulers) {
  // B is ready at 4. The AIC is A's until 13; B is dispatched at 15.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 4 4
    row A AIC_0 2 3 13 13.5
    row B AIC_0 15 16 20 20.5
  )");
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution.totals, Totals(4, 0, 1, 3, 9));
  ExpectTiles(run, attribution);
}

TEST(Attribution, AFreeCoreOfTheTypeMakesAQueueWaitTheSchedulers) {
  const WrittenRun run = ParseRun(R"(
    machine 2 1
    task A aic 0 1 1
    task B aic 1 4 4
    row A AIC_0 2 3 13 13.5
    row B AIC_1 15 16 20 20.5
  )");
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution.totals, Totals(4, 0, 1, 12, 0));
  ExpectTiles(run, attribution);
}

TEST(Attribution, APendingSlotWaitsForTheRowBeforeOnTheCore) {
  // B goes behind A at 5; A ends at 13, the core switches until 13.8.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 4 4
    row A AIC_0 2 3 13 15
    row B AIC_0 5 13.8 20 20.5
  )");
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution.totals, Totals(6.2, 0, 1, 0.8, 9));
  ExpectTiles(run, attribution);
}

TEST(Attribution, ACoreThatGoesOnToItsPendingTaskSwitches) {
  // As above, 0.5 of the 0.8 being the core's own switch; the rest was the way of the write.
  WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 4 4
    row A AIC_0 2 3 13 15
    row B AIC_0 5 13.8 20 20.5
  )");
  run.runtime.link.switch_pending = Us(0.5);
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution[Cause::kSwitch], Us(0.5));
  EXPECT_EQ(attribution[Cause::kScheduler], Us(0.3));
  EXPECT_EQ(attribution[Cause::kCoreBusy], Us(9));
  ExpectTiles(run, attribution);
}

TEST(Attribution, ARowWrittenWhenTheOneBeforeHadEndedDoesNotSwitch) {
  WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 4 4
    row A AIC_0 2 3 13 15
    row B AIC_0 13 14 20 20.5
  )");
  run.runtime.link.switch_pending = Us(0.5);
  EXPECT_EQ(Attribute(run.input(), run.trace)[Cause::kSwitch], 0);
}

TEST(Attribution, WhatSharedMemoryCostsIsNotTheKernels) {
  WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    row A AIC_0 2 3 13 13.5
  )");
  run.trace.rows[0].contention = Us(4);
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution[Cause::kMemoryContention], Us(4));
  EXPECT_EQ(attribution[Cause::kKernel], Us(6));
  ExpectTiles(run, attribution);
}

TEST(Attribution, RowsQueuedBehindOneAnotherLeaveNoGapOnTheirCore) {
  // C waits for the AIC from 4 to 21: A runs to 13, B behind it to 20; the switch between them frees nothing.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 2 2
    task C aic 2 4 4
    row A AIC_0 2 3 13 15
    row B AIC_0 3.5 13.8 20 20.5
    row C AIC_0 21 22 30 30.5
  )");
  EXPECT_EQ(Attribute(run.input(), run.trace).totals, Totals(8, 0, 1, 2, 16));
}

TEST(Attribution, AMixTaskWaitsForAWholeCluster) {
  // Cluster 0 lacks its AIC until 13, cluster 1 its AIV_2 until 10: busy to 10, then the scheduler is late.
  const WrittenRun run = ParseRun(R"(
    machine 2 1
    task A aic 0 1 1
    task V aiv 1 2 2
    task M mix 2 4 4
    row A AIC_0 2 3 13 13.5
    row V AIV_2 3 4 10 10.5
    row M AIC_1 11 12 15 15.5
    row M AIV_2 11 12 20 20.5
    row M AIV_3 11 12 15 15.5
  )");
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution.totals, Totals(8, 0, 1, 2, 6));
  ExpectTiles(run, attribution);
}

TEST(Attribution, ADummyOnTheChainIsADependencyWait) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task X dummy 1 2 14 after A by A
    task B aic 2 3 16 after X by X
    row A AIC_0 2 3 13 13.5
    row B AIC_0 17 18 25 25.5
  )");
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution.totals, Totals(17, 2, 0, 3, 0));
  ExpectTiles(run, attribution);
}

TEST(Attribution, FollowsTheRowOfAProducerThatWasSeenLast) {
  // Both blocks of A end before B is ready; the one that ended first was seen last and held B up.
  const WrittenRun run = ParseRun(R"(
    machine 2 2
    task A aic 0 1 1
    task B aic 1 2 15 after A by A
    row A AIC_0 2 3 11 14
    row A AIC_1 2 3 13 13.5
    row B AIC_0 16 17 20 20.5
  )");
  EXPECT_EQ(Attribute(run.input(), run.trace).totals, Totals(3 + 8, 0, 0, 6, 0));
}

TEST(Attribution, StopsAtTheFirstStart) {
  // B was released by A, but another task started first: the walk is cut inside A's wait.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task Z aiv 0 1 1
    task A aic 1 2 2
    row Z AIV_0 2 3 4 4.5
    row A AIC_0 5 6 10 10.5
  )");
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution.totals, Totals(4, 0, 0, 3, 0));
  ExpectTiles(run, attribution);
}

TEST(Attribution, ARowPlacedBeforeItsReleaseWaitsFromTheRelease) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aiv 1 2 14 after A by A
    row A AIC_0 2 3 13 13.5
    row B AIV_0 5 14.5 20 20.5
  )");
  const Attribution attribution = Attribute(run.input(), run.trace);
  EXPECT_EQ(attribution.totals, Totals(15.5, 0, 0, 1.5, 0));
  ExpectTiles(run, attribution);
}

TEST(Attribution, ATieOfTheLastEndTakesTheLowestTask) {
  const WrittenRun run = ParseRun(R"(
    machine 2 1
    task A aic 0 1 1
    task B aic 1 2 2
    row B AIC_1 2 3 13 13.5
    row A AIC_0 2 5 13 13.5
  )");
  EXPECT_EQ(Attribute(run.input(), run.trace).segments.front().task, run.Id("A"));
}

TEST(Attribution, AWalkToTimeZeroIncludesWhatCameBeforeTheFirstStart) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    row A AIC_0 2 3 13 13.5
  )");
  const Attribution walk = WalkBack(run.input(), run.trace, 0, 0);
  EXPECT_EQ(walk.totals, Totals(10, 0, 1, 2, 0));
  std::vector<Cause> causes;
  for (const Segment& segment : walk.segments) causes.push_back(segment.cause);
  EXPECT_THAT(causes, ElementsAre(Cause::kKernel, Cause::kScheduler, Cause::kScheduler, Cause::kOrchestrator));
}

TEST(Attribution, IsEmptyWhenNothingRan) {
  const WrittenRun run = ParseRun("machine 1 1\n task X dummy 0 1 1");
  EXPECT_TRUE(Attribute(run.input(), run.trace).segments.empty());
}

}  // namespace
}  // namespace npusched
