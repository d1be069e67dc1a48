#include "reports/summary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "reports/summary_json.h"
#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

constexpr std::string_view kFanOut = R"(
  machine 1 2
  task X alloc 0 0.5 0.5
  task A aic 0.5 1 1
  task silu.0 aiv 1 2 14 after A,X by A
  task silu.1 aiv 2 3 14 after A,X by A
  task silu.2 aiv 3 4 14 after A,X by A
  task end dummy 4 5 40 after silu.0,silu.1,silu.2 by silu.2
  row A AIC_0 2 3 13 13.5
  row silu.0 AIV_0 15 16 26 26.5
  row silu.1 AIV_1 15 16 20.000001 20.5
  row silu.2 AIV_0 15.5 26 30 30.5
)";

const KernelSummary& Kernel(const VariantSummary& summary, std::string_view name) {
  for (const KernelSummary& kernel : summary.kernels) {
    if (kernel.name == name) return kernel;
  }
  throw std::runtime_error("no such kernel");
}

TEST(Summary, CountsTasksThatReachACoreApart) {
  const WrittenRun run = ParseRun(kFanOut);
  const VariantSummary summary = Summarize(run.input(), run.trace);
  EXPECT_EQ(summary.tasks.total, 4U);
  EXPECT_EQ(summary.tasks.aic, 1U);
  EXPECT_EQ(summary.tasks.aiv, 3U);
  EXPECT_EQ(summary.tasks.allocs, 1U);
  EXPECT_EQ(summary.tasks.dummies, 1U);
  EXPECT_EQ(summary.kernels.size(), 2U);
}

TEST(Summary, MeasuresAKernelOverItsRows) {
  const WrittenRun run = ParseRun(kFanOut);
  const VariantSummary summary = Summarize(run.input(), run.trace);
  const KernelSummary& silu = Kernel(summary, "silu");
  EXPECT_EQ(silu.count, 3U);
  EXPECT_EQ(silu.core, CoreShape::kAiv);
  EXPECT_EQ(silu.busy, Us(18) + 1);
  EXPECT_EQ(silu.mean, Us(6));
  EXPECT_EQ(silu.first_start, Us(16));
  EXPECT_EQ(silu.last_end, Us(30));
  EXPECT_EQ(silu.distinct_cores, 2U);
}

TEST(Summary, PeakConcurrencyIsHalfOpen) {
  // silu.2 starts at the instant silu.0 ends: two at once; a picosecond earlier: three, if silu.1 still runs.
  WrittenRun run = ParseRun(kFanOut);
  EXPECT_EQ(Kernel(Summarize(run.input(), run.trace), "silu").peak_concurrency, 2U);
  run.trace.rows[2].end = Us(26);
  run.trace.rows[3].start = Us(26);
  EXPECT_EQ(Kernel(Summarize(run.input(), run.trace), "silu").peak_concurrency, 2U);
  run.trace.rows[3].start -= 1;
  EXPECT_EQ(Kernel(Summarize(run.input(), run.trace), "silu").peak_concurrency, 3U);
}

TEST(Summary, RowsWithoutLengthNeverOverlap) {
  WrittenRun run = ParseRun(kFanOut);
  for (DispatchRow& row : run.trace.rows) row.end = row.start;
  run.trace.last_end = run.trace.first_start + Us(100);
  EXPECT_EQ(Kernel(Summarize(run.input(), run.trace), "silu").peak_concurrency, 1U);
}

TEST(Summary, UtilisationIsOfAllCoresOverTheMakespan) {
  const WrittenRun run = ParseRun(kFanOut);
  const VariantSummary summary = Summarize(run.input(), run.trace);
  EXPECT_EQ(summary.makespan, Us(27));
  EXPECT_DOUBLE_EQ(summary.aic_utilisation_pct, 100.0 * 10 / 27);
  EXPECT_DOUBLE_EQ(summary.aiv_utilisation_pct, 100.0 * 18.000001 / 54);
}

TEST(Summary, ARunWithoutRowsIsAllZeros) {
  const WrittenRun run = ParseRun("machine 1 1\n task X dummy 0 1 1");
  const VariantSummary summary = Summarize(run.input(), run.trace);
  EXPECT_EQ(summary.makespan, 0);
  EXPECT_EQ(summary.aic_utilisation_pct, 0);
  EXPECT_TRUE(summary.kernels.empty());
}

// -- summary.json

ScenarioSummary TwoVariants() {
  const WrittenRun run = ParseRun(kFanOut);
  VariantSummary summary = Summarize(run.input(), run.trace);
  summary.name = "inferred";
  ScenarioSummary result{.scenario = "silu_fanout", .variants = {summary, summary}};
  result.variants[1].name = "manual, all";
  result.variants[1].point = {{"program.vocab_chunk", "64"}, {"program.windows", "on_with_silu"}};
  return result;
}

TEST(SummaryJson, HasEveryFixedField) {
  const auto json = nlohmann::json::parse(SummaryJson(TwoVariants()));
  EXPECT_EQ(json["schema"], "npusched.summary/1");
  EXPECT_EQ(json["scenario"], "silu_fanout");
  EXPECT_EQ(json["engine"], "native");
  for (const char* path : {"/name",
                           "/point",
                           "/tasks/total",
                           "/tasks/allocs",
                           "/tasks/by_kernel/silu",
                           "/tasks/by_core/aic",
                           "/tasks/by_core/aiv",
                           "/tasks/by_core/mix",
                           "/edges/unique_pairs",
                           "/edges/creator",
                           "/edges/tensormap",
                           "/edges/explicit",
                           "/longest_chain_tasks",
                           "/critical_path_us",
                           "/makespan_us",
                           "/wall_s/emit",
                           "/wall_s/infer",
                           "/wall_s/simulate",
                           "/kernels/silu/count",
                           "/kernels/silu/core",
                           "/kernels/silu/mean_us",
                           "/kernels/silu/busy_us",
                           "/kernels/silu/first_start_us",
                           "/kernels/silu/last_end_us",
                           "/kernels/silu/distinct_cores",
                           "/kernels/silu/peak_concurrency",
                           "/bounds_us/critical_path",
                           "/bounds_us/aic_work",
                           "/bounds_us/aiv_work",
                           "/bounds_us/memory_bandwidth",
                           "/bounds_us/orchestrator",
                           "/bounds_us/scheduler",
                           "/bound_by",
                           "/overhead_pct/aic",
                           "/overhead_pct/aiv",
                           "/overhead_pct/all",
                           "/overhead_pct/has",
                           "/captured_overhead_pct/aic",
                           "/attribution_us/kernel",
                           "/attribution_us/dependency_wait",
                           "/attribution_us/orchestrator",
                           "/attribution_us/scheduler",
                           "/attribution_us/core_busy",
                           "/attribution_us/ring_full",
                           "/engine_agreement/native_us",
                           "/engine_agreement/simgrid_us",
                           "/engine_agreement/max_task_difference_us",
                           "/races",
                           "/race_pairs/raw",
                           "/status"}) {
    EXPECT_TRUE(json["variants"][0].contains(nlohmann::json::json_pointer(path))) << path;
  }
}

TEST(SummaryJson, HoldsTheFiguresToThePicosecond) {
  const auto variant = nlohmann::json::parse(SummaryJson(TwoVariants()))["variants"][0];
  EXPECT_EQ(variant["makespan_us"], 27.0);
  EXPECT_EQ(variant["kernels"]["silu"]["busy_us"], 18.000001);
  EXPECT_EQ(variant["tasks"]["by_kernel"]["silu"], 3);
  EXPECT_EQ(variant["bound_by"], "critical_path");
  Picoseconds sum = 0;
  for (const auto& [cause, us] : variant["attribution_us"].items()) sum += FromUs(us);
  EXPECT_EQ(sum, FromUs(variant["makespan_us"]));
}

TEST(SummaryJson, PointsKeepTheirType) {
  const auto point = nlohmann::json::parse(SummaryJson(TwoVariants()))["variants"][1]["point"];
  EXPECT_EQ(point["program.vocab_chunk"], 64);
  EXPECT_EQ(point["program.windows"], "on_with_silu");
}

TEST(SummaryJson, AnEngineThatDidNotRunHasNoFigures) {
  ScenarioSummary summary = TwoVariants();
  EXPECT_TRUE(VariantJson(summary.variants[0])["engine_agreement"]["simgrid_us"].is_null());
  summary.variants[0].agreement = EngineAgreement{.simgrid = Us(27.5), .max_task_difference = Us(0.5)};
  EXPECT_EQ(VariantJson(summary.variants[0])["engine_agreement"]["simgrid_us"], 27.5);
}

TEST(SummaryJson, TheSameRunGivesTheSameBytes) { EXPECT_EQ(SummaryJson(TwoVariants()), SummaryJson(TwoVariants())); }

// -- summary.csv

TEST(SummaryCsv, HasOneLineAVariantAndAColumnForEachKeyOfAPoint) {
  const std::string csv = SummaryCsv(TwoVariants());
  std::vector<std::string> lines;
  std::istringstream stream(csv);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].substr(0, 78), "scenario,variant,program.vocab_chunk,program.windows,tasks,allocs,unique_pairs");
  EXPECT_EQ(lines[1].substr(0, 27), "silu_fanout,inferred,,,4,1,");
  EXPECT_EQ(lines[2].substr(0, 46), "silu_fanout,\"manual, all\",64,on_with_silu,4,1,");
  EXPECT_EQ(std::count(lines[0].begin(), lines[0].end(), ','), std::count(lines[1].begin(), lines[1].end(), ','));
}

TEST(SummaryCsv, ADeadlockLeavesItsTimesEmpty) {
  ScenarioSummary summary = TwoVariants();
  summary.variants[0].status = "deadlock";
  summary.variants[0].deadlock.emplace().code = 1;
  const std::string csv = SummaryCsv(summary);
  const auto commas = [](std::string_view line) { return std::count(line.begin(), line.end(), ','); };
  const std::size_t first = csv.find('\n') + 1;
  const std::size_t second = csv.find('\n', first) + 1;
  const std::string wedged = csv.substr(first, second - first - 1);
  EXPECT_EQ(commas(wedged), commas(csv.substr(0, first)));
  EXPECT_TRUE(wedged.ends_with(",,,,deadlock")) << wedged;
}

}  // namespace
}  // namespace npusched
