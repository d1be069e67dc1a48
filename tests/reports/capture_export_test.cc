#include "reports/capture_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "graphs/export.h"
#include "graphs/submit_trace.h"
#include "graphs/task_ids.h"
#include "reports/overhead.h"
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

// When a task counts as ready: at the end of its last producer's kernel, or when a scheduler had seen that and the task
// was submitted.
enum class Ready { kEnded, kSeen };

struct FileTask {
  std::int64_t dispatch = kNever;
  std::int64_t ready = -1;
  std::int64_t done = -1;  // what its consumers wait for
  std::array<bool, 2> types{};
};

// The tasks of a capture, by id, from its files alone.
std::map<std::int64_t, FileTask> TasksOfFiles(const nlohmann::json& records, const nlohmann::json& deps, Ready rule) {
  std::map<std::int64_t, FileTask> tasks;
  for (std::size_t i = 0; i < records["aicore_tasks"].size(); ++i) {
    const auto row = records["aicore_tasks"][i].get<std::vector<std::int64_t>>();
    const auto seen = records["aicpu_tasks"][i].get<std::vector<std::int64_t>>();
    FileTask& task = tasks[row[1]];
    task.types[records["metadata"]["core_types"][static_cast<std::size_t>(row[0])] == "aic" ? 0 : 1] = true;
    task.dispatch = std::min(task.dispatch, seen[2]);
    task.done = std::max(task.done, rule == Ready::kEnded ? row[4] : seen[3]);
  }
  for (const auto& thread : records["aicpu_scheduler_phases"]) {
    for (const auto& phase : thread) {
      if (rule == Ready::kSeen && (phase["kind"] == "dummy_task" || phase["kind"] == "predicated_skip")) {
        tasks[phase["task_id"].get<std::int64_t>()].done = phase["start_cycles"].get<std::int64_t>();
      }
    }
  }
  for (const auto& edge : deps["edges"]) {
    const auto pred = tasks.find(std::stoll(edge["pred"].get<std::string>()));
    const auto succ = tasks.find(std::stoll(edge["succ"].get<std::string>()));
    if (pred != tasks.end() && succ != tasks.end())
      succ->second.ready = std::max(succ->second.ready, pred->second.done);
  }
  for (const auto& submit : records["aicpu_orchestrator_phases"][0]) {
    const auto task = tasks.find(submit["task_id"].get<std::int64_t>());
    if (rule == Ready::kSeen && task != tasks.end()) {
      task->second.ready = std::max(task->second.ready, submit["end_cycles"].get<std::int64_t>());
    }
  }
  return tasks;
}

// The shares of AIC, AIV, all and has, instant by instant. `cores`: how many there are of each type.
std::array<Picoseconds, 4> OverheadOfFiles(const nlohmann::json& records, const std::map<std::int64_t, FileTask>& tasks,
                                           const std::array<std::ptrdiff_t, 2>& cores) {
  std::vector<std::array<std::int64_t, 3>> rows;  // type, start, end
  std::set<std::int64_t> instants;
  for (const auto& row : records["aicore_tasks"]) {
    const bool aic = records["metadata"]["core_types"][row[0].get<std::size_t>()] == "aic";
    rows.push_back({aic ? 0 : 1, row[3].get<std::int64_t>(), row[4].get<std::int64_t>()});
    instants.insert({rows.back()[1], rows.back()[2]});
  }
  const std::int64_t first = *instants.begin();
  const std::int64_t last = *instants.rbegin();
  for (const auto& [id, task] : tasks) {
    for (const std::int64_t t : {task.ready, task.dispatch}) {
      if (t > first && t < last) instants.insert(t);
    }
  }
  std::array<Picoseconds, 4> shares{};
  for (auto at = instants.begin(); std::next(at) != instants.end(); ++at) {
    std::array<bool, 2> ready{};
    std::array<bool, 2> over{};
    for (std::size_t type = 0; type < 2; ++type) {
      const auto runs = [&](const auto& row) {
        return row[0] == static_cast<std::int64_t>(type) && row[1] <= *at && *at < row[2];
      };
      ready[type] = std::ranges::any_of(tasks, [&](const auto& entry) {
        const FileTask& task = entry.second;
        return task.types[type] && task.ready >= 0 && task.ready <= *at && *at < task.dispatch;
      });
      over[type] = ready[type] && std::ranges::count_if(rows, runs) < cores[type];
    }
    const Picoseconds span = *std::next(at) - *at;
    if (over[0]) shares[0] += span;
    if (over[1]) shares[1] += span;
    if (over[0] && over[1]) shares[2] += span;
    if ((ready[0] || ready[1]) && over == ready) shares[3] += span;
  }
  return shares;
}

TEST(CaptureExport, OverheadComputedFromTheFilesIsThatOfTheSummary) {
  const Exported run;
  const RunInput input{run.program, run.inference, run.machine, run.runtime, {}};
  const nlohmann::json records = run.Records();
  const nlohmann::json deps = nlohmann::json::parse(ExportDeps(run.program, run.inference.rows));
  const auto as_list = [](const Overhead& o) { return std::array{o.aic, o.aiv, o.all, o.has}; };

  const Overhead seen = MeasureOverhead(input, run.trace);
  EXPECT_GT(seen.has, 0);
  EXPECT_EQ(OverheadOfFiles(records, TasksOfFiles(records, deps, Ready::kSeen), {2, 4}), as_list(seen));

  std::array<std::set<CoreId>, 2> used;
  for (const DispatchRow& row : run.trace.rows) used[run.machine.IsAic(row.core) ? 0 : 1].insert(row.core);
  const Overhead ended = MeasureCapturedOverhead(input, run.trace);
  EXPECT_NE(as_list(ended), as_list(seen));
  EXPECT_EQ(
      OverheadOfFiles(records, TasksOfFiles(records, deps, Ready::kEnded), {std::ssize(used[0]), std::ssize(used[1])}),
      as_list(ended));
}

}  // namespace
}  // namespace npusched
