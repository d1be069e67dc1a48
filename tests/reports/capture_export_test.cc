#include "reports/capture_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "graphs/submit_trace.h"
#include "graphs/task_ids.h"
#include "tests/sim/tiny_program.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;

// Every shape of task there is, on two clusters and two threads.
struct Exported {
  Program program;
  Inference inference;
  Machine machine;
  RuntimeConfig runtime = testing::FreeRuntime(2);
  RunTrace trace;

  Exported() {
    program =
        ReadSubmitTrace(std::filesystem::path(NPUSCHED_SOURCE_DIR) / "tests/data/traces/all_shapes.json")->program;
    inference = *Infer(program, {.record_rows = true});
    machine.clusters = 2;
    runtime.submit.user_code = 200'000;
    runtime.submit.scope_end = 30'000;
    runtime.submit.finalize = 500'000;
    runtime.scheduler = {.poll_core = 100'000,
                         .iteration = 115'000,
                         .complete_task = 300'000,
                         .complete_edge = 90'000,
                         .complete_dummy = 200'000,
                         .dispatch_block = 50'000,
                         .publish_block = 5'000,
                         .stage_early = 400'000,
                         .drain = 2'000'000,
                         .release_task = 60'000};
    runtime.link = {.write_visible = 140'000, .finish_visible = 180'000, .setup = 300'000, .switch_pending = 500'000};
    runtime.policies.early_dispatch = EarlyDispatch::kFlagged;
    trace = *RunNative({program, inference, machine, runtime, {}});
  }
  [[nodiscard]] nlohmann::json Records(std::int64_t clock_hz = 1'000'000'000'000) const {
    std::string text;
    WriteCaptureRecords({program, inference, machine, runtime, {}}, trace, {.clock_hz = clock_hz},
                        [&text](std::string_view piece) { text += piece; });
    return nlohmann::json::parse(text);
  }
};

// Whether a phase of one of `kinds` of `thread` is under way at `tick`.
bool UnderWay(const nlohmann::json& records, std::size_t thread, std::int64_t tick,
              const std::vector<std::string>& kinds) {
  for (const auto& phase : records["aicpu_scheduler_phases"][thread]) {
    const bool meant = std::ranges::find(kinds, phase["kind"].get<std::string>()) != kinds.end();
    if (meant && phase["start_cycles"] <= tick && tick <= phase["end_cycles"]) return true;
  }
  return false;
}

TEST(CaptureExport, EveryFinishAndDispatchLiesInAPhaseOfTheThreadThatOwnsTheCore) {
  const nlohmann::json records = Exported().Records();
  std::size_t completed = 0;
  for (const auto& row : records["aicpu_tasks"]) {
    const std::size_t thread = records["metadata"]["core_to_thread"][row[0].get<std::size_t>()];
    EXPECT_TRUE(UnderWay(records, thread, row[2], {"dispatch", "early_dispatch", "drain"})) << row;
    EXPECT_TRUE(UnderWay(records, thread, row[3], {"complete"})) << row;
  }
  for (const auto& thread : records["aicpu_scheduler_phases"]) {
    for (const auto& phase : thread) completed += phase["kind"] == "complete" ? phase["tasks_processed"].get<int>() : 0;
  }
  EXPECT_EQ(completed, records["aicore_tasks"].size());
}

TEST(CaptureExport, ACoarserClockKeepsTheOrderOfEveryRow) {
  const nlohmann::json records = Exported().Records(50'000'000);
  for (std::size_t i = 0; i < records["aicore_tasks"].size(); ++i) {
    const auto core = records["aicore_tasks"][i].get<std::vector<std::int64_t>>();
    const auto cpu = records["aicpu_tasks"][i].get<std::vector<std::int64_t>>();
    EXPECT_EQ(core[0], cpu[0]);
    EXPECT_EQ(core[2], cpu[1]);
    EXPECT_LE(cpu[2], core[3] - core[5]);
    EXPECT_LT(core[3], core[4]);
    EXPECT_LE(core[4], cpu[3]);
  }
}

TEST(CaptureExport, ASubmitLeavesOutTheProgramsOwnTimeAndTheScopeEnds) {
  const Exported run;
  const nlohmann::json records = run.Records();
  const auto& submits = records["aicpu_orchestrator_phases"][0];
  ASSERT_EQ(submits.size(), run.program.tasks.size());
  const auto gap = [&](std::size_t t) {
    return submits[t]["start_cycles"].get<std::int64_t>() - submits[t - 1]["end_cycles"].get<std::int64_t>();
  };
  EXPECT_EQ(gap(3), 200'000);
  EXPECT_EQ(gap(4), 230'000);  // a scope ends before it
  EXPECT_EQ(submits[4]["task_id"], RuntimeTaskIds(run.program)[4]);
}

TEST(CaptureExport, WhatNeverReachesACoreHasAMarker) {
  const nlohmann::json records = Exported().Records();
  std::vector<std::string> markers;
  for (const auto& thread : records["aicpu_scheduler_phases"]) {
    for (const auto& phase : thread) {
      if (phase.contains("task_id")) markers.push_back(phase["kind"]);
    }
  }
  std::ranges::sort(markers);
  EXPECT_THAT(markers, ElementsAre("dummy_task", "predicated_skip"));
}

TEST(CaptureExport, AKernelWithoutLengthLastsOneTickAndIsNamed) {
  Exported run;
  run.trace.rows[3].end = run.trace.rows[3].start;
  const nlohmann::json records = run.Records();
  ASSERT_EQ(records["simulator"]["instant_rows"].size(), 1U);
  const auto& row = records["aicore_tasks"][records["simulator"]["instant_rows"][0].get<std::size_t>()];
  EXPECT_EQ(row[4].get<std::int64_t>(), row[3].get<std::int64_t>() + 1);
}

}  // namespace
}  // namespace npusched
