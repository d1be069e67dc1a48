// Export, import, replay: nothing may be lost on the way.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graphs/capture.h"
#include "hw_models/calibration.h"
#include "scenarios/case.h"
#include "scenarios/runner.h"
#include "tests/scenarios/temp_folder.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

const std::string kAllShapes = "{kind: submit_trace, path: " NPUSCHED_SOURCE_DIR "/tests/data/traces/all_shapes.json}";
const std::string kLayer = "{kind: qwen3_decode, layers: 1, lm_head: false, silu: manual}";

std::string Text(const std::string& program, const std::string& more = "") {
  return "schema: npusched.scenario/1\nname: s\nprogram: " + program + "\nhardware: tiny\nruntime: tmr_2026_08\n" +
         more;
}

class CaptureRoundTrip : public ::testing::Test {
 protected:
  VariantSummary Run(const std::string& text, const std::vector<std::string>& set = {}, bool capture = false) {
    const Result<Scenario> scenario = LoadScenario(folder_.Write("s.yaml", text), set);
    EXPECT_TRUE(scenario.ok()) << (scenario.ok() ? "" : scenario.error().ToString());
    RunOptions options;
    if (capture) options.capture = folder_.path() / "captured";
    Result<RunOutcome> outcome = RunScenario(*scenario, options);
    EXPECT_TRUE(outcome.ok()) << (outcome.ok() ? "" : outcome.error().ToString());
    return outcome.ok() ? outcome->summary.variants.front() : VariantSummary{};
  }
  static constexpr const char* kCapture = "{kind: capture, path: captured/base}";

  TempFolder folder_;
};

TEST_F(CaptureRoundTrip, AReplayHasTheMakespanAndTheFingerprintOfTheRun) {
  for (const std::string& program : {kAllShapes, kLayer}) {
    const VariantSummary run = Run(Text(program), {"hardware.clusters=8"}, /*capture=*/true);
    const VariantSummary replay = Run(Text(kCapture), {"hardware.clusters=8"});
    EXPECT_EQ(replay.makespan, run.makespan);
    EXPECT_EQ(replay.fingerprint, run.fingerprint);
    ASSERT_TRUE(replay.replay.has_value());
    EXPECT_EQ(replay.replay->captured, run.makespan);
    for (const KernelReplay& kernel : replay.replay->kernels)
      EXPECT_EQ(kernel.captured, kernel.predicted) << kernel.name;
  }
}

// Blocks that compete for memory last differently: every row keeps its own duration.
TEST_F(CaptureRoundTrip, AReplayKeepsWhatEachRowLostToSharedMemory) {
  const std::vector<std::string> set = {"hardware=ascend_a2a3"};
  for (const char* shape : {"420", "head"}) {  // MIX and SPMD; and sync_start, staged early
    const std::string program = fmt::format("{{kind: qwen3_decode, layers: 1, lm_head: false, shape: {}}}", shape);
    const VariantSummary run = Run(Text(program), set, /*capture=*/true);
    const VariantSummary replay = Run(Text(kCapture), set);
    EXPECT_EQ(replay.makespan, run.makespan) << shape;
    EXPECT_EQ(replay.fingerprint, run.fingerprint) << shape;
  }
}

// Windows that no compiler proves and what opted-out arguments are used for: without them the capture would race.
TEST_F(CaptureRoundTrip, ACaptureRacesAsItsRunDid) {
  for (const char* silu : {"manual", "unfenced"}) {
    const std::vector<std::string> set = {std::string("program.silu=") + silu};
    const VariantSummary run = Run(Text(kLayer), set, /*capture=*/true);
    const VariantSummary replay = Run(Text(kCapture));
    EXPECT_EQ(replay.race_pairs, run.race_pairs) << silu;
    EXPECT_EQ(replay.races.empty(), std::string(silu) == "manual");
  }
}

TEST_F(CaptureRoundTrip, CalibrationFindsTheCostsThatMadeTheRun) {
  const std::vector<std::string> set = {"hardware.clusters=8",
                                        "runtime.submit.lookup_ns=200",
                                        "runtime.scheduler.poll_core_ns=70",
                                        "runtime.scheduler.complete_task_ns=500",
                                        "runtime.scheduler.dispatch_block_ns=300",
                                        "runtime.link.setup_ns=250",
                                        "runtime.link.switch_pending_ns=700",
                                        "runtime.submit.user_code_ns=333"};
  (void)Run(Text(kLayer), set, /*capture=*/true);
  const Result<Capture> capture = ReadCapture(folder_.path() / "captured/base");
  ASSERT_TRUE(capture.ok()) << capture.error().ToString();
  const Result<Scenario> plain = LoadScenario(folder_.Write("s.yaml", Text(kLayer)), {});
  const RuntimeConfig base = CaseList::Open(*plain)->Make(0)->runtime_config;
  const Calibration found = Calibrate(*capture, *Infer(capture->program), base);
  const auto value = [&](std::string_view key) {
    const auto at = std::ranges::find(found.costs, key, &CostEstimate::key);
    return at == found.costs.end() ? -1 : at->value_ns;
  };
  EXPECT_NEAR(value("submit.lookup_ns"), 200, 4);
  EXPECT_NEAR(value("submit.user_code_ns"), 333, 6);
  EXPECT_NEAR(value("submit.insert_ns"), 150, 3);
  EXPECT_NEAR(value("scheduler.poll_core_ns"), 70, 1.4);
  EXPECT_NEAR(value("scheduler.complete_task_ns"), 500, 10);
  EXPECT_NEAR(value("scheduler.complete_edge_ns"), 93, 1.9);
  EXPECT_NEAR(value("scheduler.dispatch_block_ns"), 300, 6);
  EXPECT_NEAR(value("link.setup_ns"), 250, 5);
  EXPECT_NEAR(value("link.switch_pending_ns"), 700, 14);
  EXPECT_NEAR(value("link.finish_visible_ns"), 180, 3.6);
}

// MIX and SPMD tasks, sync_start drains; few completions between long waits.
TEST_F(CaptureRoundTrip, CalibrationOfDrainsFindsTheCostsThatMadeTheRun) {
  const std::string program = "{kind: sync_start_stress, case: Case1}";
  const std::vector<std::string> set = {"hardware=ascend_a2a3",
                                        "runtime.scheduler.poll_core_ns=70",
                                        "runtime.scheduler.iteration_ns=150",
                                        "runtime.scheduler.complete_task_ns=500",
                                        "runtime.scheduler.complete_edge_ns=120",
                                        "runtime.scheduler.drain_ns=9000",
                                        "runtime.scheduler.release_task_ns=100"};
  (void)Run(Text(program), set, /*capture=*/true);
  const Result<Capture> capture = ReadCapture(folder_.path() / "captured/base");
  ASSERT_TRUE(capture.ok()) << capture.error().ToString();
  const Result<Scenario> plain = LoadScenario(folder_.Write("s.yaml", Text(program)), {});
  const RuntimeConfig base = CaseList::Open(*plain)->Make(0)->runtime_config;
  const Calibration found = Calibrate(*capture, *Infer(capture->program), base);
  const auto off_pct = [&](std::string_view key, double truth) {
    const auto at = std::ranges::find(found.costs, key, &CostEstimate::key);
    return at == found.costs.end() || !at->told ? 100 : 100 * std::abs(at->value_ns - truth) / truth;
  };
  EXPECT_LT(off_pct("scheduler.poll_core_ns", 70), 2);
  EXPECT_LT(off_pct("scheduler.iteration_ns", 150), 2);
  EXPECT_LT(off_pct("scheduler.complete_task_ns", 500), 2);
  EXPECT_LT(off_pct("scheduler.complete_edge_ns", 120), 2);
  EXPECT_LT(off_pct("scheduler.drain_ns", 9000), 2);
  EXPECT_LT(off_pct("scheduler.release_task_ns", 100), 2);
}

TEST_F(CaptureRoundTrip, ACalibrationIsAMachineAndARuntime) {
  const VariantSummary run = Run(Text(kLayer), {"hardware.clusters=8"}, /*capture=*/true);
  const Result<Capture> capture = ReadCapture(folder_.path() / "captured/base");
  const Result<Scenario> plain = LoadScenario(folder_.Write("s.yaml", Text(kLayer)), {});
  const RuntimeConfig base = CaseList::Open(*plain)->Make(0)->runtime_config;
  const Calibration found = Calibrate(*capture, *Infer(capture->program), base);
  (void)folder_.Write("my.yaml", EmitYaml(CalibrationYaml(found, "tiny", "tmr_2026_08")));
  const VariantSummary replay = Run(Text(kCapture), {"hardware=./my.yaml", "runtime=./my.yaml"});
  EXPECT_NEAR(ToUs(replay.makespan), ToUs(run.makespan), 0.02 * ToUs(run.makespan));
  const VariantSummary modelled = Run(Text(kLayer), {"hardware=./my.yaml", "runtime=./my.yaml"});
  EXPECT_NEAR(ToUs(modelled.makespan), ToUs(run.makespan), 0.1 * ToUs(run.makespan));
}

TEST_F(CaptureRoundTrip, EditsChangeTasksAndTheEdgesFollow) {
  const std::string edit =
      "variants: [{name: base, edit: [{split: {kernel: silu, into: 2}}, {duration: {kernel: q_proj, scale: 0.5}}]}]\n";
  const VariantSummary plain = Run(Text(kLayer), {"hardware.clusters=8"}, /*capture=*/true);
  const VariantSummary edited = Run(Text(kCapture, edit), {"hardware.clusters=8"});
  const auto count = [](const VariantSummary& run, std::string_view kernel) {
    return std::ranges::find(run.kernels, kernel, &KernelSummary::name)->count;
  };
  EXPECT_EQ(count(edited, "silu"), 2 * count(plain, "silu"));
  EXPECT_GT(edited.edges.unique_pairs, plain.edges.unique_pairs);
  EXPECT_FALSE(edited.replay.has_value());
  // The same change to the emitted program gives the same run.
  EXPECT_EQ(Run(Text(kLayer, edit), {"hardware.clusters=8"}).fingerprint, edited.fingerprint);
}

// The what-ifs of docs/captures.md.
TEST_F(CaptureRoundTrip, AManualBufferRacesUntilItsFenceIsAdded) {
  const auto edited = [](const std::string& edits) { return "variants: [{name: base, edit: [" + edits + "]}]\n"; };
  const std::string manual = "{manual: {buffer: mlp_tile}}";
  (void)Run(Text("{kind: qwen3_decode, layers: 1, lm_head: false}"), {"hardware.clusters=8"}, /*capture=*/true);
  const std::vector<std::string> set = {"hardware.clusters=8"};
  const VariantSummary captured = Run(Text(kCapture), set);
  const VariantSummary alone = Run(Text(kCapture, edited(manual)), set);
  const VariantSummary fenced = Run(Text(kCapture, edited(manual + ", {add_deps: {from: silu, to: down_proj}}")), set);
  ASSERT_EQ(alone.races.size(), 1U);
  EXPECT_EQ(alone.races[0].pairs, 1360U);
  EXPECT_EQ(alone.races[0].tensor, "mlp_tile");
  EXPECT_TRUE(captured.races.empty() && fenced.races.empty());
  EXPECT_LT(fenced.longest_chain_tasks, captured.longest_chain_tasks);
  EXPECT_GT(fenced.edges.unique_pairs, captured.edges.unique_pairs);
  EXPECT_GT(fenced.makespan, alone.makespan);
}

TEST_F(CaptureRoundTrip, AWrongEditNamesItsPlace) {
  const auto error = [&](const std::string& edit) {
    const Result<Scenario> scenario =
        LoadScenario(folder_.Write("s.yaml", Text(kAllShapes, "variants: [{name: a, edit: [" + edit + "]}]\n")), {});
    if (!scenario.ok()) return scenario.error().ToString();
    const Result<RunOutcome> outcome = RunScenario(*scenario, {});
    return outcome.ok() ? std::string() : outcome.error().ToString();
  };
  EXPECT_THAT(error("{splt: {kernel: scale, into: 2}}"), HasSubstr("unknown edit 'splt'"));
  EXPECT_THAT(error("{split: {kernel: scale}}"), HasSubstr("edit[0].split.into: expected a value"));
  EXPECT_THAT(error("{split: {kernel: scael, into: 2}}"),
              HasSubstr("nothing is called 'scael'; did you mean 'scale'?"));
  EXPECT_THAT(error("{manual: {buffer: q}}"), HasSubstr("nothing is called 'q'"));
  EXPECT_THAT(error("{tag: {kernel: scale, arg: 7, to: INPUT}}"), HasSubstr("expected one at 7"));
  EXPECT_THAT(error("{drop_deps: {from: scale, to: attend}}"), HasSubstr("drops no dependency"));
  EXPECT_EQ(error("{drop_deps: {from: scale, to: fence}}, {blocks: {kernel: project, to: 2}}"), "");
}

}  // namespace
}  // namespace npusched
