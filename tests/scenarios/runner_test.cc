#include "scenarios/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/scenarios/temp_folder.h"

namespace npusched {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kLayered = R"(schema: npusched.scenario/1
name: layered
program: {kind: synthetic, pattern: layered, width: 6, depth: 4, degree: 2, seed: 3, core: mixed, duration_us: 10}
hardware: tiny
runtime: tmr_2026_08
variants: [{name: a}, {name: b, set: {program.seed: 4}}]
sweep: {runtime.schedulers: [1, 2]}
)";

std::map<std::string, std::string> FilesOf(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    files[entry.path().filename().string()] = *ReadFile(entry.path(), 1U << 30U);
  }
  return files;
}

Result<RunOutcome> RunFile(const fs::path& file, const fs::path& out, int jobs) {
  const Result<Scenario> scenario = LoadScenario(file, {});
  if (!scenario.ok()) {
    return scenario.error();
  }
  return RunScenario(*scenario, {.out = out, .jobs = jobs});
}

TEST(Runner, TheSameInputsGiveTheSameBytesWhateverTheJobs) {
  const TempFolder folder;
  const fs::path file = folder.Write("a.yaml", kLayered);
  ASSERT_TRUE(RunFile(file, folder.path() / "one", 1).ok());
  ASSERT_TRUE(RunFile(file, folder.path() / "two", 4).ok());
  const auto one = FilesOf(folder.path() / "one");
  EXPECT_EQ(one, FilesOf(folder.path() / "two"));
  std::set<std::string> names;
  for (const auto& [name, text] : one) {
    names.insert(name);
    EXPECT_FALSE(text.empty()) << name;
  }
  EXPECT_EQ(names,
            (std::set<std::string>{"a@schedulers=1.tasks.csv", "a@schedulers=1.trace.json", "a@schedulers=2.tasks.csv",
                                   "a@schedulers=2.trace.json", "b@schedulers=1.tasks.csv", "b@schedulers=1.trace.json",
                                   "b@schedulers=2.tasks.csv", "b@schedulers=2.trace.json", "report.html",
                                   "scenario.resolved.yaml", "summary.csv", "summary.json"}));
}

TEST(Runner, TheResolvedScenarioRunsToTheSameSummary) {
  const TempFolder folder;
  const fs::path file = folder.Write("deep/a.yaml", kLayered);
  ASSERT_TRUE(RunFile(file, folder.path() / "one", 1).ok());
  const Result<RunOutcome> again = RunFile(folder.path() / "one/scenario.resolved.yaml", folder.path() / "two", 1);
  ASSERT_TRUE(again.ok()) << again.error().ToString();
  EXPECT_EQ(FilesOf(folder.path() / "one")["summary.json"], FilesOf(folder.path() / "two")["summary.json"]);
}

TEST(Runner, AScenarioPinsTheFingerprintOfItsRuns) {
  const TempFolder folder;
  const Result<RunOutcome> first = RunFile(folder.Write("a.yaml", kLayered), "", 1);
  ASSERT_TRUE(first.ok());
  std::set<std::string> fingerprints;
  for (const VariantSummary& variant : first->summary.variants) fingerprints.insert(variant.fingerprint);
  EXPECT_EQ(fingerprints.size(), 4U);
  const auto pinned = [&](const std::string& fingerprint) {
    const std::string expect =
        "expect:\n  - {variant: a, point: {runtime.schedulers: 2}, metric: fingerprint, equals: '";
    const Result<RunOutcome> run = RunFile(folder.Write("b.yaml", kLayered + expect + fingerprint + "'}\n"), "", 4);
    EXPECT_TRUE(run.ok());
    return run->ExpectationsMet();
  };
  EXPECT_TRUE(pinned(first->summary.variants[1].fingerprint));
  EXPECT_FALSE(pinned(first->summary.variants[0].fingerprint));
}

TEST(Runner, TheResolvedScenarioFindsTheTraceOfAVariant) {
  const TempFolder folder;
  const std::string task = R"("core": "aic", "scope": "auto")";
  for (const char* name : {"one", "two"}) {
    (void)folder.Write(std::string("deep/") + name + ".json",
                       R"({"schema": "npusched.submit_trace/1", "buffers": [], "tasks": [{"id": 0, "name": ")" +
                           std::string(name) + R"(", "duration_us": 1, )" + task + "}]}");
  }
  const fs::path file = folder.Write("deep/a.yaml",
                                     "schema: npusched.scenario/1\nname: t\nprogram: {kind: submit_trace, path: "
                                     "one.json}\nhardware: tiny\nruntime: tmr_2026_08\nvariants: [{name: a}, {name: b, "
                                     "set: {program.path: two.json}}]\n");
  ASSERT_TRUE(RunFile(file, folder.path() / "out", 1).ok());
  const Result<RunOutcome> again = RunFile(folder.path() / "out/scenario.resolved.yaml", folder.path() / "two", 1);
  ASSERT_TRUE(again.ok()) << again.error().ToString();
  EXPECT_EQ(again->summary.variants[1].kernels[0].name, "two");
}

TEST(Runner, TheResolvedScenarioStatesDefaultsAndItsInputs) {
  const TempFolder folder;
  const std::string qwen =
      "schema: npusched.scenario/1\nname: q\nprogram: {kind: qwen3_decode, layers: 1, lm_head: false}\n"
      "hardware: ascend_a2a3\nruntime: tmr_2026_08\nvariants: [{name: manual, set: {program.silu: manual}}, {name: "
      "b}]\n";
  const auto resolved = [&](const std::string& name, const std::string& text) {
    EXPECT_TRUE(RunFile(folder.Write(name + ".yaml", text), folder.path() / name, 1).ok());
    return *ParseYaml(FilesOf(folder.path() / name)["scenario.resolved.yaml"], "resolved");
  };
  const ConfigNode first = resolved("one", qwen);
  const ConfigNode* program = first.Find("program");
  EXPECT_EQ(program->Find("model_config")->scalar, "qwen3_14b");
  EXPECT_EQ(program->Find("silu")->scalar, "inferred");  // the default, not the first variant's
  EXPECT_EQ(program->Find("workload")->Find("batch")->scalar, "16");
  EXPECT_EQ(program->Find("tiles")->Find("vocab_chunk")->scalar, "64");
  const std::string hash = first.Find("tool")->Find("inputs")->scalar;
  EXPECT_EQ(hash.size(), 16U);
  EXPECT_EQ(resolved("two", qwen).Find("tool")->Find("inputs")->scalar, hash);
  EXPECT_NE(resolved("three", qwen + "question: other\n").Find("tool")->Find("inputs")->scalar, hash);
}

TEST(Runner, ExpectationsAreCheckedOnTheResults) {
  const TempFolder folder;
  const std::string chain =
      "schema: npusched.scenario/1\nname: c\nprogram: {kind: synthetic, pattern: chain, tasks: 3, duration_us: 10}\n"
      "hardware: tiny\nruntime: tmr_2026_08\nexpect: [{metric: makespan_us, at_least: ";
  const Result<RunOutcome> met = RunFile(folder.Write("a.yaml", chain + "30}]\n"), "", 1);
  ASSERT_TRUE(met.ok()) << met.error().ToString();
  EXPECT_TRUE(met->ExpectationsMet());
  const Result<RunOutcome> failed = RunFile(folder.Write("b.yaml", chain + "3000}]\n"), "", 1);
  ASSERT_TRUE(failed.ok());
  EXPECT_FALSE(failed->ExpectationsMet());
  EXPECT_THAT(failed->expectations[0].text, HasSubstr("expected at least 3000"));
}

TEST(Runner, TheErrorOfTheEarliestCaseIsTheOneShown) {
  const TempFolder folder;
  const fs::path file = folder.Write(
      "a.yaml",
      "schema: npusched.scenario/1\nname: c\nprogram: {kind: synthetic, pattern: chain, tasks: 3, duration_us: 10}\n"
      "hardware: tiny\nruntime: tmr_2026_08\nsweep:\n  program.tasks: [5, -1, 6, -2]\n");
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Result<RunOutcome> outcome = RunFile(file, folder.path() / "out", 4);
    ASSERT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.error().ToString(), HasSubstr("a.yaml:7:22: program.tasks: expected an integer"));
  }
  EXPECT_FALSE(fs::exists(folder.path() / "out/summary.json"));
}

TEST(Runner, ASubmitTraceIsFoundBesideItsScenario) {
  const TempFolder folder;
  fs::copy_file(fs::path(NPUSCHED_SOURCE_DIR) / "tests/data/traces/vector_example.json", folder.path() / "t.json");
  const fs::path file =
      folder.Write("a.yaml",
                   "schema: npusched.scenario/1\nname: t\nprogram: {kind: submit_trace, path: t.json}\n"
                   "hardware: tiny\nruntime: tmr_2026_08\n");
  const Result<RunOutcome> outcome = RunFile(file, folder.path() / "out", 1);
  ASSERT_TRUE(outcome.ok()) << outcome.error().ToString();
  EXPECT_GT(outcome->summary.variants[0].tasks.total, 0U);
  const Result<RunOutcome> again = RunFile(folder.path() / "out/scenario.resolved.yaml", folder.path() / "two", 1);
  ASSERT_TRUE(again.ok()) << again.error().ToString();
}

TEST(Runner, ADeadlockedCaseLeavesTheOthersTheirResults) {
  const TempFolder folder;
  const fs::path file = folder.Write("a.yaml", R"(schema: npusched.scenario/1
name: wedged
program: {kind: bgemm, gemms: 8, tile: 16, tiles: 1, group: 8}
hardware: ascend_a2a3
runtime: tmr_2026_08
sweep: {runtime.rings.slots: [9, 17]}
)");
  const Result<RunOutcome> run = RunFile(file, folder.path() / "out", 2);
  ASSERT_TRUE(run.ok()) << run.error().ToString();
  ASSERT_EQ(run->deadlocks.size(), 1U);
  EXPECT_EQ(run->deadlocks[0].kind, ErrorKind::kDeadlock);
  EXPECT_THAT(run->deadlocks[0].ToString(), HasSubstr("rings.slots 17 is the smallest that completes"));
  const auto json = nlohmann::json::parse(FilesOf(folder.path() / "out").at("summary.json"));
  const auto& wedged = json["variants"][0];
  EXPECT_EQ(wedged["status"], "deadlock");
  EXPECT_EQ(wedged["tasks"]["total"], 16);
  EXPECT_TRUE(wedged["makespan_us"].is_null());
  EXPECT_EQ(wedged["deadlock"]["code"], 1);
  EXPECT_EQ(wedged["deadlock"]["ring"], 1);
  EXPECT_EQ(wedged["deadlock"]["task"], 8);
  EXPECT_EQ(wedged["deadlock"]["resource"], "slots");
  EXPECT_EQ(wedged["deadlock"]["smallest_size"], 17);
  EXPECT_EQ(json["variants"][1]["status"], "ok");
  EXPECT_GT(json["variants"][1]["makespan_us"], 0);
  EXPECT_FALSE(json["variants"][1].contains("deadlock"));
}

TEST(Runner, ADeadlockThatIsExpectedIsNoFailureAndItsTimesAre) {
  const TempFolder folder;
  const fs::path file = folder.Write("a.yaml", R"(schema: npusched.scenario/1
name: wedged
program: {kind: bgemm, gemms: 8, tile: 16, tiles: 1, group: 8}
hardware: ascend_a2a3
runtime: tmr_2026_08
variants: [{name: wedged, set: {runtime.rings.slots: 9}}, {name: fits}]
expect:
  - {variant: wedged, metric: status, equals: deadlock}
  - {variant: wedged, metric: deadlock.smallest_size, equals: 17}
  - {metric: makespan_us, of: wedged, over: fits, at_most: 100}
)");
  const Result<RunOutcome> run = RunFile(file, folder.path() / "out", 2);
  ASSERT_TRUE(run.ok()) << run.error().ToString();
  EXPECT_TRUE(run->deadlocks.empty());
  EXPECT_TRUE(run->expectations[0].met);
  EXPECT_TRUE(run->expectations[1].met);
  EXPECT_FALSE(run->expectations[2].met);
  EXPECT_THAT(run->expectations[2].text, HasSubstr("did not complete"));
}

}  // namespace
}  // namespace npusched
