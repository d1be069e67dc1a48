// What must not matter does not: scaled time, other names, edges that others imply. And no run beats the best schedule.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/oracle/best_makespan.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/random_case.h"

namespace npusched::oracle {
namespace {

constexpr std::uint64_t kPrograms = 500;

// Every time that the case states, times `factor`.
void Scale(RandomCase& one, Picoseconds factor) {
  for (Picoseconds& duration : one.program.durations) duration = duration < 0 ? duration : factor * duration;
  for (Picoseconds& duration : one.program.row_durations.values) duration *= factor;
  for (KernelCost& cost : one.costs) {
    for (SlotCost& slot : cost.slots) slot.duration *= factor;
  }
  SubmitCosts& submit = one.runtime.submit;
  SchedulerCosts& thread = one.runtime.scheduler;
  LinkCosts& link = one.runtime.link;
  RingSizes& rings = one.runtime.rings;
  for (Picoseconds* cost : {&submit.user_code,      &submit.slot,
                            &submit.heap,           &submit.sync,
                            &submit.explicit_dep,   &submit.lookup,
                            &submit.lookup_entry,   &submit.insert,
                            &submit.payload_tensor, &submit.fanin_edge,
                            &submit.finalize,       &submit.scope_end,
                            &thread.poll_core,      &thread.iteration,
                            &thread.complete_task,  &thread.complete_edge,
                            &thread.complete_dummy, &thread.dispatch_block,
                            &thread.publish_block,  &thread.stage_early,
                            &thread.drain,          &thread.release_task,
                            &thread.wire_task,      &link.write_visible,
                            &link.finish_visible,   &link.setup,
                            &link.switch_pending,   &rings.stall_timeout,
                            &rings.progress_timeout}) {
    *cost *= factor;
  }
}

TEST(Metamorphic, TimesScaleWithAllDurationsAndCosts) {
  constexpr Picoseconds kFactor = 7;
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
    SCOPED_TRACE(seed);
    RandomCase one = MakeRandomCase(seed);
    one.runtime.link.cold_start.clear();  // interpolated, so rounded
    one.runtime.thread_cost_factor.clear();
    one.runtime.link.start_jitter = 0;
    Result<RunTrace> run = RunNative(one.input());
    Scale(one, kFactor);
    const Result<RunTrace> scaled = RunNative(one.input());
    ASSERT_EQ(run.ok(), scaled.ok());
    if (!run.ok()) continue;
    for (DispatchRow& row : run->rows) {
      for (Picoseconds* t : {&row.dispatch, &row.receive, &row.start, &row.end, &row.finish}) *t *= kFactor;
    }
    for (TaskTimes& times : run->tasks) {
      for (Picoseconds* t : {&times.submit_begin, &times.submit, &times.ready, &times.complete}) *t *= kFactor;
    }
    for (RingWait& wait : run->ring_waits) wait = {wait.task, wait.resource, wait.begin * kFactor, wait.end * kFactor};
    run->waits.resolve *= kFactor;
    EXPECT_EQ(Difference(*run, *scaled), "");
  }
}

TEST(Metamorphic, NamesChangeNothing) {
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
    SCOPED_TRACE(seed);
    RandomCase one = MakeRandomCase(seed);
    const Result<RunTrace> run = RunNative(one.input());
    for (Kernel& kernel : one.program.kernels) kernel.name.insert(0, "the ");
    for (std::string& name : one.runtime.policies.early_kernels) name.insert(0, "the ");
    for (std::string& name : one.program.names) name += "'";
    const Result<RunTrace> renamed = RunNative(one.input());
    ASSERT_EQ(run.ok(), renamed.ok());
    if (run.ok()) {
      EXPECT_EQ(Difference(*run, *renamed), "");
    }
  }
}

// The graph with an edge from each producer of a producer, where edges cost nothing.
TaskGraph WithImpliedEdges(const TaskGraph& graph) {
  std::vector<std::uint64_t> first = {0};
  std::vector<ProducerEdge> edges;
  for (TaskId t = 0; t < graph.size(); ++t) {
    std::vector<ProducerEdge> own(graph.Producers(t).begin(), graph.Producers(t).end());
    for (const ProducerEdge& edge : graph.Producers(t)) {
      for (const ProducerEdge& before : graph.Producers(edge.producer)) {
        if (std::ranges::count(own, before.producer, &ProducerEdge::producer) == 0) {
          own.push_back({before.producer, kFromExplicit, kWait});
        }
      }
    }
    std::ranges::sort(own, {}, &ProducerEdge::producer);
    edges.insert(edges.end(), own.begin(), own.end());
    first.push_back(edges.size());
  }
  return {first, edges};
}

TEST(Metamorphic, AnImpliedEdgeChangesNoReadiness) {
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
    SCOPED_TRACE(seed);
    RandomCase one = MakeRandomCase(seed);
    const bool allocs =
        std::ranges::any_of(one.program.tasks, [](const Task& t) { return t.core == CoreShape::kAlloc; });
    if (allocs) continue;  // an alloc waits for nothing: what is before it is not before what is after it
    Draw draw(1);
    const RingSizes ample = RandomRuntime(draw).rings;
    one.runtime.rings.slots.fill(16384);
    one.runtime.rings.dep_entries.fill(16384);
    one.runtime.rings.spill_entries.fill(16384);
    one.runtime.rings.tensor_map_entries = 65536;
    one.runtime.rings.heap_bytes.fill(std::int64_t{1} << 30);
    one.runtime.rings.progress_timeout = 1000 * ample.progress_timeout;
    one.runtime.policies.early_dispatch = EarlyDispatch::kOff;
    one.runtime.submit.fanin_edge = one.runtime.scheduler.complete_edge = 0;
    const Result<RunTrace> run = RunNative(one.input());
    one.inference.graph = WithImpliedEdges(one.inference.graph);
    const Result<RunTrace> implied = RunNative(one.input());
    ASSERT_EQ(run.ok(), implied.ok());
    for (TaskId t = 0; run.ok() && t < run->tasks.size(); ++t) EXPECT_EQ(run->tasks[t].ready, implied->tasks[t].ready);
  }
}

TEST(BestMakespan, NoRunBeatsTheBestSchedule) {
  int searched = 0;
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
    SCOPED_TRACE(seed);
    const RandomCase one = MakeRandomCase(seed);
    const Result<RunTrace> run = RunNative(one.input());
    if (!run.ok() || run->rows.empty() || run->rows.size() > kMostSearchedRows) continue;
    EXPECT_GE(run->makespan(), BestMakespan(one.input(), *run));
    ++searched;
  }
  EXPECT_GT(searched, 20);
}

TEST(BestMakespan, IsTheOptimumOfASmallGraph) {
  // Two AIC cores: 3 + 3 beside 2 + 2 + 2. Longest first would take 7.
  RandomCase one;
  one.machine.clusters = 2;
  RunTrace trace;
  for (const Picoseconds length : {3, 3, 2, 2, 2}) {
    const auto task = static_cast<TaskId>(one.program.tasks.size());
    one.program.tasks.push_back({.core = CoreShape::kAic, .slots = 1});
    trace.rows.push_back({.task = task, .start = 0, .end = length});
  }
  one.inference.graph = TaskGraph(std::vector<std::uint64_t>(6, 0), {});
  EXPECT_EQ(BestMakespan(one.input(), trace), 6);
}

}  // namespace
}  // namespace npusched::oracle
