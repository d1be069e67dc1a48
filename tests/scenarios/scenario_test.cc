#include "scenarios/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "hw_models/runtime_config.h"
#include "scenarios/case.h"
#include "tests/scenarios/temp_folder.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kChain = R"(schema: npusched.scenario/1
name: chain
program: {kind: synthetic, pattern: chain, tasks: 4, duration_us: 10}
hardware: tiny
runtime: tmr_2026_08
)";

std::string TasksOf(const Case& one) { return one.program.Find("tasks")->scalar; }

std::vector<Case> CasesOf(const Scenario& scenario) {
  const Result<CaseList> list = CaseList::Open(scenario);
  EXPECT_TRUE(list.ok()) << list.error().ToString();
  std::vector<Case> cases;
  for (std::size_t i = 0; i < list->size(); ++i) {
    Result<Case> one = list->Make(i);
    EXPECT_TRUE(one.ok()) << one.error().ToString();
    cases.push_back(*std::move(one));
  }
  return cases;
}

TEST(Scenario, WithoutVariantsThereIsOne) {
  const TempFolder folder;
  const Result<Scenario> scenario = LoadScenario(folder.Write("a.yaml", kChain), {});
  ASSERT_TRUE(scenario.ok()) << scenario.error().ToString();
  const std::vector<Case> cases = CasesOf(*scenario);
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].label, "base");
  EXPECT_GT(cases[0].machine.clusters, 0U);
}

TEST(Scenario, VariantsAreCrossedWithTheSweepLastAxisFastest) {
  const TempFolder folder;
  const std::string text = std::string(kChain) +
                           "variants: [{name: a}, {name: b, set: {hardware.clusters: 3}}]\n"
                           "sweep: {program.tasks: [1, 2], runtime.schedulers: [1, 3]}\n";
  const Result<Scenario> scenario = LoadScenario(folder.Write("a.yaml", text), {});
  ASSERT_TRUE(scenario.ok()) << scenario.error().ToString();
  const std::vector<Case> cases = CasesOf(*scenario);
  std::vector<std::string> labels;
  for (const Case& one : cases) {
    labels.push_back(one.label);
  }
  EXPECT_THAT(labels, ElementsAre("a@tasks=1,schedulers=1", "a@tasks=1,schedulers=3", "a@tasks=2,schedulers=1",
                                  "a@tasks=2,schedulers=3", "b@tasks=1,schedulers=1", "b@tasks=1,schedulers=3",
                                  "b@tasks=2,schedulers=1", "b@tasks=2,schedulers=3"));
  EXPECT_EQ(cases[7].machine.clusters, 3U);
  EXPECT_EQ(cases[7].runtime_config.schedulers, 3U);
  EXPECT_EQ(TasksOf(cases[7]), "2");
  EXPECT_EQ(cases[0].point[0], (PointValue{"program.tasks", "1"}));
}

TEST(Scenario, TheCommandLineHasTheLastWord) {
  const TempFolder folder;
  const auto file =
      folder.Write("a.yaml", std::string(kChain) + "variants: [{name: a, set: {program.tasks: 8}}, {name: b}]\n");
  const Result<Scenario> scenario = LoadScenario(file, {"program.tasks=16", "hardware=ascend_a2a3"});
  ASSERT_TRUE(scenario.ok()) << scenario.error().ToString();
  const std::vector<Case> cases = CasesOf(*scenario);
  EXPECT_EQ(TasksOf(cases[0]), "16");
  EXPECT_EQ(TasksOf(cases[1]), "16");
  EXPECT_EQ(cases[0].machine.name, "ascend_a2a3");
}

TEST(Scenario, ASweptKeyCannotBeOverridden) {
  const TempFolder folder;
  const auto file = folder.Write("a.yaml", std::string(kChain) + "sweep: {program.tasks: [1, 2]}\n");
  const Result<Scenario> scenario = LoadScenario(file, {"program.tasks=16"});
  ASSERT_FALSE(scenario.ok());
  EXPECT_THAT(scenario.error().ToString(),
              HasSubstr("--set:1:1: program.tasks: expected a key that the scenario does"));
}

TEST(Scenario, AnOverrideOfAnUnknownKeyIsRefusedAtItsValue) {
  const TempFolder folder;
  const Result<Scenario> scenario = LoadScenario(folder.Write("a.yaml", kChain), {"hardware.cluster=2"});
  ASSERT_TRUE(scenario.ok());
  const Result<Case> one = CaseList::Open(*scenario)->Make(0);
  ASSERT_FALSE(one.ok());
  EXPECT_THAT(one.error().ToString(), HasSubstr("--set:1:18: hardware.cluster: unknown key"));
  EXPECT_THAT(one.error().ToString(), HasSubstr("did you mean 'clusters'?"));
}

TEST(Scenario, AVariantMayTakeAnotherMachine) {
  const TempFolder folder;
  const auto file =
      folder.Write("a.yaml", std::string(kChain) +
                                 "variants: [{name: a}, {name: b, set: {hardware: {extends: tiny, clusters: 7}}}]\n");
  const Result<Scenario> scenario = LoadScenario(file, {});
  ASSERT_TRUE(scenario.ok());
  EXPECT_EQ(CasesOf(*scenario)[1].machine.clusters, 7U);
}

TEST(Scenario, TheRuntimesOfEachMonthDifferInWhatChangedThen) {
  const TempFolder folder;
  const std::string variants =
      "variants: [{name: may, set: {runtime: tmr_2026_05}}, {name: june, set: {runtime: tmr_2026_06}}, {name: "
      "august}]\n";
  std::string text = kChain;
  const Result<Scenario> scenario = LoadScenario(folder.Write("a.yaml", text + variants), {});
  ASSERT_TRUE(scenario.ok());
  std::vector<Policies> policies;
  for (const Case& one : CasesOf(*scenario)) policies.push_back(ReadRuntimeConfig(one.runtime)->policies);
  const auto& [may, june, august] = std::tie(policies[0], policies[1], policies[2]);
  EXPECT_EQ(may.publication, Publication::kEach);
  EXPECT_EQ(june.publication, Publication::kTogether);
  EXPECT_EQ(may.local_excess, LocalExcess::kKept);
  EXPECT_EQ(june.local_excess, LocalExcess::kShared);
  EXPECT_EQ(june.wiring, Wiring::kScheduler0);
  EXPECT_EQ(june.ready_buffers, ReadyBuffers::kLocal);
  EXPECT_EQ(august.wiring, Wiring::kOrchestrator);
  EXPECT_EQ(august.ready_buffers, ReadyBuffers::kGlobal);
}

TEST(Scenario, ModelIsShortForTheProgramsModel) {
  const TempFolder folder;
  const std::string text =
      "schema: npusched.scenario/1\nname: q\nprogram: {kind: qwen3_decode, layers: 1}\nhardware: tiny\n"
      "runtime: tmr_2026_08\nvariants: [{name: a, set: {model.max_seq: 2048}}]\n";
  const Result<Scenario> scenario = LoadScenario(folder.Write("a.yaml", text), {});
  ASSERT_TRUE(scenario.ok());
  EXPECT_EQ(CasesOf(*scenario)[0].program.Find("model")->Find("max_seq")->scalar, "2048");
}

TEST(Scenario, ExtendsMergesAndKeepsPathsRelativeToTheirOwnFile) {
  const TempFolder folder;
  (void)folder.Write("deep/base.yaml", kChain);
  const auto file = folder.Write("a.yaml", "extends: deep/base.yaml\nname: mine\nprogram: {tasks: 9}\n");
  const Result<Scenario> scenario = LoadScenario(file, {});
  ASSERT_TRUE(scenario.ok()) << scenario.error().ToString();
  EXPECT_EQ(scenario->name, "mine");
  EXPECT_EQ(TasksOf(CasesOf(*scenario)[0]), "9");
  const Location in_base = scenario->program.Find("pattern")->where;
  EXPECT_EQ(scenario->search.RelativeTo(in_base, "x.json"), folder.path() / "deep" / "x.json");
  EXPECT_EQ(scenario->search.RelativeTo({"--set", 1, 1, ""}, "x.json"), folder.path() / "x.json");
}

TEST(Scenario, OddSweepValuesStillMakeFileNames) {
  const TempFolder folder;
  const std::string text =
      "schema: npusched.scenario/1\nname: q\nprogram: {kind: qwen3_decode, layers: 1}\nhardware: tiny\n"
      "runtime: tmr_2026_08\nsweep: {program.workload.seq_lens: [{random: [1, 2]}, {random: [1, 3]}, 5]}\n";
  const Result<Scenario> scenario = LoadScenario(folder.Write("a.yaml", text), {});
  ASSERT_TRUE(scenario.ok()) << scenario.error().ToString();
  const std::vector<Case> cases = CasesOf(*scenario);
  EXPECT_NE(cases[0].label, cases[1].label);
  EXPECT_EQ(cases[0].label.find_first_of("/{}[]: "), std::string::npos) << cases[0].label;
  EXPECT_EQ(cases[2].label, "base@seq_lens=5");
}

TEST(Scenario, ASweepThatExplodesIsRefusedBeforeItIsBuilt) {
  const TempFolder folder;
  std::string values;
  for (int i = 0; i < 400; ++i) {
    values += std::to_string(i) + ",";
  }
  const std::string text =
      std::string(kChain) + "sweep: {program.tasks: [" + values + "], program.seed: [" + values + "]}\n";
  const Result<Scenario> scenario = LoadScenario(folder.Write("a.yaml", text), {});
  ASSERT_TRUE(scenario.ok());
  const Result<CaseList> cases = CaseList::Open(*scenario);
  ASSERT_FALSE(cases.ok());
  EXPECT_THAT(cases.error().ToString(), HasSubstr("expected at most 100000 points"));
}

}  // namespace
}  // namespace npusched
