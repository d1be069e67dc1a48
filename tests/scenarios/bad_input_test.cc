// tests/data/bad: each file says in its first line what the tool must say of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scenarios/program.h"
#include "scenarios/scenario.h"

namespace npusched {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(NPUSCHED_SOURCE_DIR) / "tests/data/bad";

std::vector<std::string> BadFiles() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Validate(const fs::path& file) {
  const Result<Scenario> scenario = LoadScenario(file, {});
  if (!scenario.ok()) {
    return scenario.error().ToString();
  }
  const Result<CaseList> cases = CaseList::Open(*scenario);
  if (!cases.ok()) {
    return cases.error().ToString();
  }
  for (std::size_t i = 0; i < cases->size(); ++i) {
    const Result<Case> one = cases->Make(i);
    if (!one.ok()) {
      return one.error().ToString();
    }
    if (const Result<CaseProgram> program = EmitCase(*one); !program.ok()) {
      return program.error().ToString();
    }
  }
  return "ok";
}

class BadInput : public ::testing::TestWithParam<std::string> {};

TEST_P(BadInput, SaysWhatItsFirstLineStates) {
  const fs::path file = kFolder / (GetParam() + ".yaml");
  std::ifstream stream(file);
  std::string first;
  std::getline(stream, first);
  ASSERT_TRUE(first.starts_with("# expect: ")) << first;
  EXPECT_EQ(Validate(file), kFolder.string() + "/" + first.substr(10));
}

INSTANTIATE_TEST_SUITE_P(Corpus, BadInput, ::testing::ValuesIn(BadFiles()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace npusched
