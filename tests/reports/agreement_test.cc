#include "reports/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

WrittenRun Pair() {
  return ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aiv 1 2 14 after A by A
    row A AIC_0 2 3 13 13.5
    row B AIV_0 15 16 203 203.5
  )");
}

TEST(Agreement, OneRunAgreesWithItselfWhateverTheOrderOfItsRows) {
  const WrittenRun run = Pair();
  RunTrace other = run.trace;
  std::swap(other.rows[0], other.rows[1]);
  EXPECT_EQ(CompareEngines(run.trace, other).max_task_difference, 0);
  EXPECT_EQ(CompareEngines(run.trace, other).simgrid, Us(200));
  EXPECT_EQ(Disagreement(run.input(), run.trace, other), "");
}

TEST(Agreement, EveryStartAndEndCountsToThePicosecond) {
  const WrittenRun run = Pair();
  RunTrace other = run.trace;
  other.rows[0].end += 1;
  EXPECT_EQ(Disagreement(run.input(), run.trace, other), "");
  other.rows[0].end += 1;
  EXPECT_EQ(CompareEngines(run.trace, other).max_task_difference, 2);
  EXPECT_THAT(Disagreement(run.input(), run.trace, other), HasSubstr("disagree by 2 ps: task 0 block 0"));
}

TEST(Agreement, WithSharedMemoriesHalfAPercentOfTheMakespanIsAllowed) {
  WrittenRun run = Pair();
  run.machine.sharing = true;
  RunTrace other = run.trace;
  other.last_end += Us(1);
  EXPECT_EQ(Disagreement(run.input(), run.trace, other), "");
  other.last_end += 1;
  EXPECT_THAT(Disagreement(run.input(), run.trace, other), HasSubstr("more than 0.5 % apart"));
}

TEST(Agreement, ABlockThatOnlyOneEngineRanIsADisagreement) {
  const WrittenRun run = Pair();
  RunTrace other = run.trace;
  other.rows[1].block = 1;
  EXPECT_EQ(CompareEngines(run.trace, other).max_task_difference, kNever);
  EXPECT_THAT(Disagreement(run.input(), run.trace, other), HasSubstr("not dispatch the same blocks"));
  other.rows.pop_back();
  EXPECT_THAT(Disagreement(run.input(), run.trace, other), HasSubstr("not dispatch the same blocks"));
}

}  // namespace
}  // namespace npusched
