// The native engine and the oracle tell the same of every scenario of the library, memories not shared.
#include <gtest/gtest.h>

#include <filesystem>

#include "reports/invariants.h"
#include "scenarios/case.h"
#include "scenarios/program.h"
#include "tests/oracle/compare.h"

namespace npusched::oracle {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Library() {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(NPUSCHED_SOURCE_DIR) / "scenarios")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().stem().string());
  }
  std::ranges::sort(files);
  return files;
}

class ScenarioOracle : public ::testing::TestWithParam<std::string> {};

TEST_P(ScenarioOracle, NativeTellsTheSame) {
  constexpr std::size_t kMostTasks = 12'000;  // the oracle takes its time
  const auto scenario = LoadScenario(fs::path(NPUSCHED_SOURCE_DIR) / "scenarios" / (GetParam() + ".yaml"), {});
  ASSERT_TRUE(scenario.ok());
  const Result<CaseList> cases = CaseList::Open(*scenario);
  ASSERT_TRUE(cases.ok());
  for (std::size_t i = 0; i < cases->size(); ++i) {
    Result<Case> one = cases->Make(i);
    ASSERT_TRUE(one.ok());
    SCOPED_TRACE(one->label);
    one->machine.sharing = false;
    const Result<CaseProgram> program = EmitCase(*one);
    ASSERT_TRUE(program.ok());
    if (program->program.tasks.size() > kMostTasks) continue;
    const Result<Inference> inference = Infer(program->program);
    const auto costs = PriceKernels(program->program.works, one->machine);
    const RunInput input{program->program, *inference, one->machine, one->runtime_config, *costs};
    const Result<RunTrace> run = RunNative(input);
    EXPECT_EQ(Difference(run, Consult(input)), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Library, ScenarioOracle, ::testing::ValuesIn(Library()),
                         [](const auto& file) { return file.param; });

}  // namespace
}  // namespace npusched::oracle
