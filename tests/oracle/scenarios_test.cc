// The engines and the oracle tell the same of every scenario of the library.
#include <gtest/gtest.h>

#include <filesystem>

#include "reports/agreement.h"
#include "scenarios/case.h"
#include "scenarios/program.h"
#include "sim/simgrid_engine.h"
#include "tests/oracle/compare.h"

namespace npusched::oracle {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kMostSimGridTasks = 1'000;  // its actors are threads there, and slow
#else
constexpr std::size_t kMostSimGridTasks = 100'000;
#endif
constexpr std::size_t kMostOracleTasks = 12'000;

std::vector<std::string> Library() {
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(NPUSCHED_SOURCE_DIR) / "scenarios")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().stem().string());
  }
  std::ranges::sort(files);
  return files;
}

class EveryScenario : public ::testing::TestWithParam<std::string> {
 protected:
  // Calls `check(input)` for each case that is not too large, with the memories shared or not.
  template <typename Check>
  void ForEachCase(bool sharing, std::size_t most_tasks, const Check& check) {
    const auto scenario = LoadScenario(fs::path(NPUSCHED_SOURCE_DIR) / "scenarios" / (GetParam() + ".yaml"), {});
    ASSERT_TRUE(scenario.ok());
    const Result<CaseList> cases = CaseList::Open(*scenario);
    ASSERT_TRUE(cases.ok());
    for (std::size_t i = 0; i < cases->size(); ++i) {
      Result<Case> one = cases->Make(i);
      ASSERT_TRUE(one.ok());
      SCOPED_TRACE(one->label);
      one->machine.sharing = sharing;
      const Result<CaseProgram> program = EmitCase(*one);
      ASSERT_TRUE(program.ok());
      if (program->program.tasks.size() > most_tasks) continue;
      const Result<Inference> inference = Infer(program->program);
      const auto costs = PriceKernels(program->program.works, one->machine);
      check(RunInput{program->program, *inference, one->machine, one->runtime_config, *costs});
    }
  }
};

TEST_P(EveryScenario, NativeTellsTheSameAsTheOracle) {
  ForEachCase(/*sharing=*/false, kMostOracleTasks,
              [](const RunInput& input) { EXPECT_EQ(Difference(RunNative(input), Consult(input)), ""); });
}

TEST_P(EveryScenario, NativeTellsTheSameAsSimGrid) {
  if (!HasSimGrid()) GTEST_SKIP() << "built without SimGrid";
  ForEachCase(/*sharing=*/false, kMostSimGridTasks, [](const RunInput& input) {
    const Result<RunTrace> native = RunNative(input);
    const Result<RunTrace> simgrid = RunSimGrid(input);
    ASSERT_EQ(native.ok(), simgrid.ok());
    if (native.ok()) {
      EXPECT_EQ(Difference(*native, *simgrid), "");
    } else {
      EXPECT_EQ(native.error().message, simgrid.error().message);
    }
  });
}

TEST_P(EveryScenario, WithSharedMemoriesTheMakespansAreWithinHalfAPercent) {
  if (!HasSimGrid()) GTEST_SKIP() << "built without SimGrid";
  ForEachCase(/*sharing=*/true, kMostSimGridTasks, [](const RunInput& input) {
    const Result<RunTrace> native = RunNative(input);
    const Result<RunTrace> simgrid = RunSimGrid(input);
    ASSERT_EQ(native.ok(), simgrid.ok());
    if (native.ok()) {
      EXPECT_EQ(Disagreement(input, *native, *simgrid), "");
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Library, EveryScenario, ::testing::ValuesIn(Library()),
                         [](const auto& file) { return file.param; });

}  // namespace
}  // namespace npusched::oracle
