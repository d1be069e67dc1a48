// Exact times of tiny programs, worked out by hand.
#include "sim/engine.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/tiny_program.h"

namespace npusched::testing {
namespace {

constexpr Picoseconds kNs = kPsPerNs;

struct Bench {
  TinyProgram tiny;
  Machine machine;
  RuntimeConfig runtime;

  Bench(const std::string& text, std::uint32_t clusters, std::uint32_t schedulers) : tiny(text) {
    machine.clusters = clusters;
    runtime = FreeRuntime(schedulers);
  }
  RunTrace Run() const { return *RunNative({tiny.program, tiny.inference, machine, runtime, {}}); }
  const DispatchRow& Row(const RunTrace& trace, const std::string& name) const {
    return *std::ranges::find(trace.rows, tiny.ids.at(name), &DispatchRow::task);
  }
};

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

// One task on one core; a poll every 200 ns from 455 ns on once it runs.
Bench OneTask() {
  Bench bench("AIC A 1us", 1, 1);
  bench.runtime.submit.user_code = 200 * kNs;
  bench.runtime.scheduler = {.poll_core = 100 * kNs,
                             .iteration = 100 * kNs,
                             .complete_task = 300 * kNs,
                             .complete_edge = 0,
                             .complete_dummy = 0,
                             .dispatch_block = 50 * kNs,
                             .publish_block = 5 * kNs,
                             .stage_early = 0,
                             .drain = 0,
                             .release_task = 0};
  bench.runtime.link = {
      .write_visible = 140 * kNs, .finish_visible = 180 * kNs, .setup = 300 * kNs, .switch_pending = 300 * kNs};
  return bench;
}

TEST(EngineTest, EveryStepOfOneTaskTakesItsCost) {
  const Bench bench = OneTask();
  const RunTrace trace = bench.Run();
  ASSERT_EQ(trace.rows.size(), 1U);
  const DispatchRow& row = trace.rows[0];
  EXPECT_EQ(trace.tasks[0].submit, 200 * kNs);
  EXPECT_EQ(trace.tasks[0].ready, 200 * kNs);
  EXPECT_EQ(row.dispatch, 255 * kNs);  // the look at the queues at 200 ns, 50 to prepare, 5 to write
  EXPECT_EQ(row.receive, 395 * kNs);
  EXPECT_EQ(row.start, 695 * kNs);
  EXPECT_EQ(row.end, 1695 * kNs);
  EXPECT_EQ(row.finish, 2055 * kNs);  // visible at 1875, polled at 455 + 8 * 200
  EXPECT_EQ(trace.tasks[0].complete, 2355 * kNs);
  EXPECT_EQ(trace.makespan(), 1000 * kNs);
}

TEST(EngineTest, ATaskVisibleAfterTheLookWaitsForTheNext) {
  Bench bench = OneTask();
  bench.runtime.submit.user_code = 200 * kNs + 1;
  EXPECT_EQ(bench.Run().rows[0].dispatch, 355 * kNs);
}

TEST(EngineTest, AFinishVisibleAtThePollIsSeenAndOnePicosecondLaterIsNot) {
  Bench bench = OneTask();
  bench.runtime.link.finish_visible = 360 * kNs;
  EXPECT_EQ(bench.Run().rows[0].finish, 2055 * kNs);
  bench.runtime.link.finish_visible += 1;
  EXPECT_EQ(bench.Run().rows[0].finish, 2255 * kNs);
}

TEST(EngineTest, ConsumersAreToldOneByOneNewestFirst) {
  Bench bench("AIC A 1us\nAIV B C D after A 1us", 1, 1);
  bench.runtime.scheduler.complete_task = 300 * kNs;
  bench.runtime.scheduler.complete_edge = 100 * kNs;
  const RunTrace trace = bench.Run();
  const Picoseconds finish = bench.Row(trace, "A").finish;
  EXPECT_EQ(trace.tasks[3].ready, finish + 400 * kNs);
  EXPECT_EQ(trace.tasks[2].ready, finish + 500 * kNs);
  EXPECT_EQ(trace.tasks[1].ready, finish + 600 * kNs);
  EXPECT_EQ(trace.tasks[1].released_by, 0U);
}

TEST(EngineTest, AChainWithoutOverheadTakesTheSumOfItsKernels) {
  const Bench bench("AIC A 2us\nAIV B after A 3us\nAIC C after B 5us", 2, 1);
  EXPECT_EQ(bench.Run().makespan(), 10 * kPsPerUs);
}

TEST(EngineTest, IndependentTasksFillAllCoresWaveByWave) {
  Bench bench(Repeat("AIC A 2us\n", 9), 4, 1);
  EXPECT_EQ(bench.Run().makespan(), 6 * kPsPerUs);  // 4 + 4 + 1
  bench.runtime.schedulers = 2;
  EXPECT_EQ(bench.Run().makespan(), 6 * kPsPerUs);
}

TEST(EngineTest, ForkAndJoinWaitsForTheLastBranch) {
  const Bench bench("AIC F 1us\nAIV A after F 2us\nAIV B after F 7us\nAIV C after F 3us\nAIC J after A B C 1us", 2, 1);
  EXPECT_EQ(bench.Run().makespan(), 9 * kPsPerUs);
}

TEST(EngineTest, APendingTaskStartsAfterTheSwitchWithoutTheScheduler) {
  Bench bench("AIC A B 1us", 1, 1);
  bench.runtime.link = {
      .write_visible = 100 * kNs, .finish_visible = 0, .setup = 200 * kNs, .switch_pending = 350 * kNs};
  bench.runtime.scheduler.iteration = 10 * kNs;
  const RunTrace trace = bench.Run();
  EXPECT_TRUE(bench.Row(trace, "B").pending);
  EXPECT_EQ(bench.Row(trace, "B").start, bench.Row(trace, "A").end + 350 * kNs);
}

TEST(EngineTest, WithoutPendingSlotsTheSchedulerMakesEveryRoundTrip) {
  Bench bench("AIC A B 1us", 1, 1);
  bench.runtime.policies.pending_slots = PendingSlots::kUnused;
  bench.runtime.link = {
      .write_visible = 100 * kNs, .finish_visible = 0, .setup = 200 * kNs, .switch_pending = 350 * kNs};
  bench.runtime.scheduler.iteration = 10 * kNs;
  const RunTrace trace = bench.Run();
  EXPECT_FALSE(bench.Row(trace, "B").pending);
  EXPECT_GE(bench.Row(trace, "B").dispatch, bench.Row(trace, "A").finish);
}

TEST(EngineTest, APollMakesLaterCoresWaitBehindACompletion) {
  Bench bench("AIC A B 1us", 2, 1);
  bench.runtime.scheduler.poll_core = 100 * kNs;
  bench.runtime.scheduler.iteration = 100 * kNs;
  const Picoseconds alone = bench.Row(bench.Run(), "B").finish;
  bench.runtime.scheduler.complete_task = 7 * kNs;
  const RunTrace trace = bench.Run();
  EXPECT_EQ(bench.Row(trace, "A").finish + 107 * kNs, bench.Row(trace, "B").finish);
  EXPECT_EQ(alone + 7 * kNs, bench.Row(trace, "B").finish);
}

TEST(EngineTest, ConsumersOfSpmdWaitForEveryBlock) {
  const Bench bench("AIV S blocks 5 3us\nAIC C after S 1us", 1, 1);
  const RunTrace trace = bench.Run();
  EXPECT_EQ(std::ranges::count(trace.rows, 0U, &DispatchRow::task), 5);
  EXPECT_EQ(bench.Row(trace, "C").start, 9 * kPsPerUs);  // 2 + 2 + 1 blocks on two cores
}

TEST(EngineTest, RowsOfOneTaskMayLastDifferently) {
  Bench bench("AIV S blocks 2", 1, 1);
  bench.tiny.program.durations = {-1};
  bench.tiny.program.row_durations = {.first = {0, 2}, .values = {3 * kPsPerUs, 5 * kPsPerUs}};
  for (const bool sharing : {false, true}) {
    bench.machine.sharing = sharing;
    const RunTrace trace = bench.Run();
    for (const DispatchRow& row : trace.rows) EXPECT_EQ(row.end - row.start, (row.block == 0 ? 3 : 5) * kPsPerUs);
  }
}

TEST(EngineTest, BlocksOfOneTaskMayHaveTheirOwnWork) {
  Bench bench("AIV S blocks 3", 2, 1);
  bench.tiny.program.durations.clear();
  bench.tiny.program.tasks[0].first_block_work = 1;
  bench.tiny.program.block_works = {0, 1, 0, 1};  // the first of another task
  std::vector<KernelCost> costs(2);
  for (std::size_t work = 0; work < 2; ++work) {
    SlotCost& cost = costs[work].slots[kSlotAiv0];
    cost.duration = cost.unshared = cost.unshared_missing = (work == 0 ? 3 : 5) * kPsPerUs;
  }
  bench.tiny.program.works.resize(2);
  for (const bool sharing : {false, true}) {
    bench.machine.sharing = sharing;
    const auto trace = RunNative({bench.tiny.program, bench.tiny.inference, bench.machine, bench.runtime, costs});
    ASSERT_TRUE(trace.ok());
    ASSERT_EQ(trace->rows.size(), 3U);
    for (const DispatchRow& row : trace->rows) EXPECT_EQ(row.end - row.start, (row.block == 1 ? 3 : 5) * kPsPerUs);
  }
}

TEST(EngineTest, AllocsCompleteInTheOrchestratorAndDummiesInTheScheduler) {
  Bench bench("ALLOC N\nDUMMY D\nAIC A after N D 1us", 1, 1);
  bench.runtime.submit.user_code = 100 * kNs;
  bench.runtime.scheduler.iteration = 1000 * kNs;
  bench.runtime.scheduler.complete_dummy = 20 * kNs;
  const RunTrace trace = bench.Run();
  EXPECT_EQ(trace.tasks[0].complete, 100 * kNs);
  EXPECT_EQ(trace.tasks[1].complete, 1020 * kNs);
  EXPECT_EQ(trace.tasks[2].ready, 1020 * kNs);
}

}  // namespace
}  // namespace npusched::testing
