// What must hold of every run: 1,000 random programs on the native engine, small machines, all shapes.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "graphs/synthetic.h"
#include "reports/invariants.h"
#include "reports/summary.h"
#include "tests/sim/tiny_program.h"

namespace npusched {
namespace {

struct RandomRun {
  Program program;
  Inference inference;
  Machine machine;
  RuntimeConfig runtime;
  RunTrace trace;

  [[nodiscard]] RunInput input() const { return {program, inference, machine, runtime, {}}; }
};

RandomRun RunSeed(std::uint64_t seed) {
  constexpr SyntheticPattern kPatterns[] = {SyntheticPattern::kLayered, SyntheticPattern::kForkJoin,
                                            SyntheticPattern::kRandom, SyntheticPattern::kIndependent};
  RandomRun run;
  run.program = EmitSynthetic({.pattern = kPatterns[seed % 4],
                               .tasks = 12 + static_cast<std::int64_t>(seed % 30),
                               .width = 2 + static_cast<std::int64_t>(seed % 7),
                               .depth = 5,
                               .degree = 2,
                               .seed = seed,
                               .core = SyntheticCore::kMixed,
                               .shortest = kPsPerUs / 10,
                               .longest = 10 * kPsPerUs});
  for (TaskId t = 0; t < run.program.tasks.size(); ++t) {
    Task& task = run.program.tasks[t];
    const std::uint64_t draw = seed / 4 + std::uint64_t{7} * t;
    if (!run.program.ReachesCore(t)) continue;
    if (draw % 6 == 0) task.core = CoreShape::kMix;
    if (draw % 6 == 0) task.slots = draw % 4 == 0 ? 7 : 6;
    if (draw % 9 == 1) task.core = CoreShape::kDummy;
    task.block_num = draw % 5 == 2 ? 3 : 1;
  }
  run.inference = *Infer(run.program);
  run.machine.clusters = 1 + static_cast<std::uint32_t>(seed % 3);
  run.runtime = testing::FreeRuntime(1 + static_cast<std::uint32_t>(seed % 2));
  run.runtime.submit = {.user_code = seed % 3 == 0 ? kPsPerUs : kPsPerUs / 10, .lookup_entry = 25'003};
  run.runtime.scheduler = {.poll_core = 100'000,
                           .iteration = 20'000,
                           .complete_task = 300'001,
                           .complete_edge = 100'000,
                           .complete_dummy = 100'000,
                           .dispatch_block = 60'000,
                           .publish_block = 5'000,
                           .stage_early = 460'000,
                           .drain = 12'000'000,
                           .release_task = 60'000};
  run.runtime.link = {.write_visible = 140'000, .finish_visible = 180'000, .setup = 300'000, .switch_pending = 800'007};
  run.trace = *RunNative(run.input());
  return run;
}

// Whether all seats of the task are taken at `t`, from the definition.
bool FullAt(const RandomRun& run, const Task& task, Picoseconds t) {
  std::vector<bool> taken(run.machine.core_count(), false);
  for (const DispatchRow& row : run.trace.rows) {
    if (row.dispatch <= t && t < row.end) taken[row.core] = true;
  }
  for (std::uint32_t c = 0; c < run.machine.clusters; ++c) {
    const CoreId aiv = run.machine.clusters + 2 * c;
    const bool cores[kSlots] = {taken[c], taken[aiv], taken[aiv + 1]};
    if (task.core == CoreShape::kAic && !cores[0]) return false;
    if (task.core == CoreShape::kAiv && !(cores[1] && cores[2])) return false;
    bool any = false;
    for (int slot = 0; slot < kSlots; ++slot) any = any || (((task.slots >> slot) & 1) != 0 && cores[slot]);
    if (task.core == CoreShape::kMix && !any) return false;
  }
  return true;
}

// What the trace says of one segment of the walk.
void ExpectAgrees(const RandomRun& run, const Segment& segment) {
  const TaskTimes& times = run.trace.tasks[segment.task];
  if (segment.cause == Cause::kOrchestrator) {
    EXPECT_LE(segment.end, times.submit);
  }
  if (segment.row == kNoId) return;
  const DispatchRow& row = run.trace.rows[segment.row];
  EXPECT_EQ(row.task, segment.task);
  if (segment.cause == Cause::kKernel) {
    EXPECT_GE(segment.begin, row.start);
    EXPECT_EQ(segment.end, row.end - row.contention);
    return;
  }
  if (segment.cause == Cause::kMemoryContention) {
    EXPECT_EQ(segment.end, row.end);
    EXPECT_EQ(segment.end - segment.begin, row.contention);
    return;
  }
  if (segment.cause == Cause::kSwitch) {
    EXPECT_TRUE(row.pending);
    EXPECT_LE(segment.end - segment.begin, run.runtime.link.switch_pending);
    EXPECT_LE(segment.end, row.start);
  }
  if (segment.end <= row.dispatch && segment.begin >= times.ready) {  // in a ready queue
    const bool busy = segment.cause == Cause::kCoreBusy;
    EXPECT_EQ(FullAt(run, run.program.tasks[segment.task], segment.begin), busy);
    EXPECT_EQ(FullAt(run, run.program.tasks[segment.task], segment.end - 1), busy);
  }
}

TEST(RandomRuns, AttributionTilesTheMakespanAndAgreesWithTheTrace) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const RandomRun run = RunSeed(seed);
    const Attribution attribution = Attribute(run.input(), run.trace);
    ASSERT_EQ(std::accumulate(attribution.totals.begin(), attribution.totals.end(), Picoseconds{0}),
              run.trace.makespan());
    Picoseconds at = run.trace.last_end;
    for (const Segment& segment : attribution.segments) {
      ASSERT_EQ(segment.end, at);
      ASSERT_LT(segment.begin, at);
      at = segment.begin;
      ExpectAgrees(run, segment);
    }
    ASSERT_EQ(at, run.trace.first_start);
  }
}

TEST(RandomRuns, NoLawIsBroken) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const RandomRun run = RunSeed(seed);
    const Status status = CheckInvariants(run.input(), run.trace);
    EXPECT_TRUE(status.ok()) << status.error().message;
  }
}

TEST(RandomRuns, NoBoundAndNoOverheadExceedsTheMakespan) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    const RandomRun run = RunSeed(seed);
    const VariantSummary summary = Summarize(run.input(), run.trace);
    for (const Picoseconds bound : summary.bounds.values) EXPECT_LE(bound, summary.makespan);
    EXPECT_LE(summary.critical_path_with_runtime, summary.makespan);
    EXPECT_GE(summary.critical_path_with_runtime, summary.bounds[Bound::kCriticalPath]);
    const Overhead& overhead = summary.overhead;
    EXPECT_LE(overhead.all, std::min(overhead.aic, overhead.aiv));
    EXPECT_LE(overhead.all, overhead.has);
    EXPECT_LE(overhead.has, overhead.aic + overhead.aiv - overhead.all);
    EXPECT_LE(std::max(overhead.aic, overhead.aiv), summary.makespan);
    for (const KernelSummary& kernel : summary.kernels) EXPECT_LE(kernel.peak_concurrency, kernel.distinct_cores);
  }
}

}  // namespace
}  // namespace npusched
