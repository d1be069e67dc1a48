#include "reports/overhead.h"

#include <gtest/gtest.h>

#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

TEST(Overhead, CountsAnIdleCoreBesideReadyWork) {
  // B is ready from A's finish at 12 to its dispatch at 15; AIV_1 idles all the while, the AIC has no work.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aiv 0 1 1
    task B aiv 1 2 13 after A by A
    row A AIV_0 2 3 10 12
    row B AIV_1 15 16 20 20.5
  )");
  const Overhead overhead = MeasureOverhead(run.input(), run.trace);
  EXPECT_EQ(overhead.aiv, Us(3));
  EXPECT_EQ(overhead.aic, 0);
  EXPECT_EQ(overhead.all, 0);
  EXPECT_EQ(overhead.has, Us(3));
}

TEST(Overhead, NoneWhileEveryCoreOfTheTypeRuns) {
  // B waits 4..10 for the only AIC, from 10 to 11 the AIC idles beside it.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 4 4
    row A AIC_0 2 3 10 10.5
    row B AIC_0 11 12 20 20.5
  )");
  EXPECT_EQ(MeasureOverhead(run.input(), run.trace).aic, Us(1));
}

TEST(Overhead, ReadyWorkWaitsForItsOwnSubmit) {
  // A finished at 10.5, but the orchestrator submits B only at 12.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 12 12 after A
    row A AIC_0 2 3 10 10.5
    row B AIC_0 14 15 20 20.5
  )");
  EXPECT_EQ(MeasureOverhead(run.input(), run.trace).aic, Us(2));
}

TEST(Parked, CountsAnIdleCoreBesideATaskBehindAnother) {
  // B is written at 4 behind A, which ends at 10; the second AIC runs C from 6 to 9.
  const WrittenRun run = ParseRun(R"(
    machine 2 1
    task A aic 0 1 1
    task B aic 1 2 2
    task C aic 2 3 3
    row A AIC_0 2 3 10 10.5
    row B AIC_0 4 11 20 20.5
    row C AIC_1 5 6 9 9.5
  )");
  EXPECT_EQ(MeasureParked(run.input(), run.trace).aic, Us(2 + 1));
  EXPECT_EQ(MeasureParked(run.input(), run.trace).aiv, 0);
}

TEST(Parked, NoneOnceTheTaskBeforeHasEnded) {
  const WrittenRun run = ParseRun(R"(
    machine 2 1
    task A aic 0 1 1
    task B aic 1 2 2
    row A AIC_0 2 3 10 10.5
    row B AIC_0 10 12 20 20.5
  )");
  EXPECT_EQ(MeasureParked(run.input(), run.trace).aic, 0);
}

TEST(Overhead, AMixTaskCountsForBothTypes) {
  const WrittenRun run = ParseRun(R"(
    machine 2 1
    task A aiv 0 1 1
    task M mix 1 5 5
    row A AIV_0 2 3 10 10.5
    row M AIC_1 7 8 9 9.5
    row M AIV_2 7 8 9 9.5
    row M AIV_3 7 8 9 9.5
  )");
  const Overhead overhead = MeasureOverhead(run.input(), run.trace);
  EXPECT_EQ(overhead.aic, Us(2));
  EXPECT_EQ(overhead.aiv, Us(2));
  EXPECT_EQ(overhead.all, Us(2));
  EXPECT_EQ(overhead.has, Us(2));
}

TEST(Overhead, HasIsNotCountedWhileOneTypeWithReadyWorkIsFull) {
  // AIC work waits 4..6 beside an idle AIC; AIV work waits 4..6 while both AIVs run: aic, but not has.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task V.0 aiv 0 1 1
    task V.1 aiv 0 1 1
    task V.2 aiv 1 4 4
    task C aic 1 4 4
    row V.0 AIV_0 2 3 10 10.5
    row V.1 AIV_1 2 3 10 10.5
    row C AIC_0 6 7 9 9.5
    row V.2 AIV_0 6 10 12 12.5
  )");
  const Overhead overhead = MeasureOverhead(run.input(), run.trace);
  EXPECT_EQ(overhead.aic, Us(2));
  EXPECT_EQ(overhead.aiv, 0);
  EXPECT_EQ(overhead.has, 0);
}

TEST(Overhead, OnlyInsideTheWindowOfTheMakespan) {
  // A's own wait before the first start is no part of the makespan.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    row A AIC_0 5 6 10 10.5
  )");
  EXPECT_EQ(MeasureOverhead(run.input(), run.trace).aic, 0);
}

TEST(Overhead, SpansSayWhenAndSumToTheTotal) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aiv 0 1 1
    task B aiv 1 2 12
    row A AIV_0 8 10 20 20.5
    row B AIV_1 15 16 26 26.5
  )");
  const OverheadSpans spans = FindOverhead(run.input(), run.trace);
  ASSERT_EQ(spans.aiv.size(), 1U);  // B is ready from its submit on; A runs on one of two cores
  EXPECT_EQ(spans.aiv[0].begin, Us(10));
  EXPECT_EQ(spans.aiv[0].end, Us(15));
  EXPECT_EQ(MeasureOverhead(run.input(), run.trace).aiv, Us(5));
  EXPECT_TRUE(spans.aic.empty());
}

TEST(CapturedOverhead, AConsumerIsReadyWhenItsProducerEndsNotWhenThatIsSeen) {
  // A ends at 10, is seen at 12, B is dispatched at 15: 5 and not 3. AIV_0 and AIV_1 both run something.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aiv 0 1 1
    task B aiv 1 2 13 after A by A
    row A AIV_0 2 3 10 12
    row B AIV_1 15 16 20 20.5
  )");
  EXPECT_EQ(MeasureCapturedOverhead(run.input(), run.trace).aiv, Us(5));
}

TEST(CapturedOverhead, AConsumerIsReadyBeforeItsSubmit) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 12 12 after A
    row A AIC_0 2 3 10 10.5
    row B AIC_0 14 15 20 20.5
  )");
  EXPECT_EQ(MeasureCapturedOverhead(run.input(), run.trace).aic, Us(4));
}

TEST(CapturedOverhead, ATaskWithoutProducersIsNeverReadyBeforeItsDispatch) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 4 4
    row A AIC_0 2 3 10 10.5
    row B AIC_0 11 12 20 20.5
  )");
  EXPECT_EQ(MeasureCapturedOverhead(run.input(), run.trace).aic, 0);
}

TEST(CapturedOverhead, CoresThatRanNothingAreNotThere) {
  // C waits 10..15 while A's core runs B: the other AIV idles, but the capture knows only one.
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aiv 0 1 1
    task B aiv 0 1 1
    task C aiv 1 2 2 after A
    row A AIV_0 2 3 10 10.5
    row B AIV_0 9 10 14 14.5
    row C AIV_0 15 16 20 20.5
  )");
  EXPECT_EQ(MeasureCapturedOverhead(run.input(), run.trace).aiv, Us(1));
}

}  // namespace
}  // namespace npusched
