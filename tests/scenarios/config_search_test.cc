#include "scenarios/config_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/scenarios/temp_folder.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

class ConfigSearchTest : public ::testing::Test {
 protected:
  void TearDown() override { ::unsetenv("NPUSCHED_CONFIG_PATH"); }

  [[nodiscard]] std::string Find(const std::string& spec, const std::string& scenario = "scenarios/a.yaml") const {
    const ConfigSearch search(folder_.path() / scenario);
    const Result<ConfigNode> parsed = ParseYaml(spec, (folder_.path() / scenario).string());
    const Result<ConfigNode> found = search.Resolve(*parsed, "hardware");
    return found.ok() ? EmitYaml(*found) : found.error().ToString();
  }

  TempFolder folder_;
};

TEST_F(ConfigSearchTest, ConfigsAboveTheScenarioComeBeforeTheBuiltOnes) {
  EXPECT_THAT(Find("tiny"), HasSubstr("clusters"));
  (void)folder_.Write("configs/hardware/tiny.yaml", "mine: 1\n");
  EXPECT_EQ(Find("tiny"), "mine: 1\n");
  (void)folder_.Write("scenarios/configs/hardware/tiny.yaml", "mine: 2\n");
  EXPECT_EQ(Find("tiny"), "mine: 2\n");
}

TEST_F(ConfigSearchTest, TheEnvironmentComesFirstInItsOrder) {
  (void)folder_.Write("configs/hardware/tiny.yaml", "mine: 1\n");
  (void)folder_.Write("x/hardware/tiny.yaml", "mine: 3\n");
  (void)folder_.Write("y/hardware/tiny.yaml", "mine: 4\n");
  const std::string listed = (folder_.path() / "none").string() + "::" + (folder_.path() / "x").string() + ":" +
                             (folder_.path() / "y").string();
  ::setenv("NPUSCHED_CONFIG_PATH", listed.c_str(), 1);
  EXPECT_EQ(Find("tiny"), "mine: 3\n");
}

TEST_F(ConfigSearchTest, ExtendsMergesOverTheNamedOne) {
  (void)folder_.Write("configs/hardware/a.yaml", "{x: 1, m: {p: 1, q: 2}}");
  (void)folder_.Write("configs/hardware/b.yaml", "{extends: a, m: {q: 3}}");
  EXPECT_EQ(Find("{extends: b, x: 9}"), "x: 9\nm:\n  p: 1\n  q: 3\n");
}

TEST_F(ConfigSearchTest, APathIsRelativeToTheFileThatSaysIt) {
  (void)folder_.Write("scenarios/hw/b.yaml", "{extends: ./a.yaml}");
  (void)folder_.Write("scenarios/hw/a.yaml", "{x: 1}");
  EXPECT_EQ(Find("hw/b.yaml"), "x: 1\n");
}

TEST_F(ConfigSearchTest, ACycleIsPrinted) {
  (void)folder_.Write("configs/hardware/a.yaml", "{extends: b}");
  (void)folder_.Write("configs/hardware/b.yaml", "{extends: a}");
  EXPECT_THAT(Find("a"), HasSubstr("expected no cycle, got a.yaml -> b.yaml -> a.yaml"));
}

TEST_F(ConfigSearchTest, AFileThatIsNoMapIsRefused) {
  (void)folder_.Write("configs/hardware/a.yaml", "[1]");
  EXPECT_THAT(Find("a"), HasSubstr("a.yaml:1:1: hardware: expected a map of keys"));
  EXPECT_THAT(Find("[a]"), HasSubstr("expected the name of a hardware config, a path or a map"));
}

}  // namespace
}  // namespace npusched
