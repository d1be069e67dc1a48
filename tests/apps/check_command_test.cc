// A regression check as CI runs it: each kind of change to the real program is caught, nothing changed is silent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

#include "base/atomic_file.h"
#include "tests/scenarios/temp_folder.h"

namespace npusched {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CheckCommand : public ::testing::Test {
 protected:
  [[nodiscard]] std::pair<int, std::string> Check(const std::string& arguments) const {
    const std::string command = "cd '" + folder_.path().string() +
                                "' && '" NPUSCHED_BINARY "' check '" NPUSCHED_SOURCE_DIR
                                "/scenarios/silu_fanout.yaml' --baseline b.yaml " +
                                arguments + " >out.txt 2>&1";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, *ReadFile(folder_.path() / "out.txt", 1U << 28U)};
  }

  TempFolder folder_;
};

TEST_F(CheckCommand, NothingChangedIsSilent) {
  EXPECT_EQ(Check("--update --quiet"), std::pair(0, std::string()));
  EXPECT_EQ(Check(""), std::pair(0, std::string()));
  EXPECT_EQ(Check("--junit j.xml"), std::pair(0, std::string()));
  EXPECT_THAT(*ReadFile(folder_.path() / "j.xml", 1U << 20U), HasSubstr("failures=\"0\""));
}

TEST_F(CheckCommand, EachChangeIsCaughtWithItsReason) {
  ASSERT_EQ(Check("--update").first, 0);
  const auto [dropped, dropped_text] = Check("--set program.silu=inferred");  // the opt-out of the second variant
  EXPECT_EQ(dropped, 1);
  EXPECT_THAT(dropped_text, AllOf(HasSubstr("silu_manual: 67 edges appeared: silu -> silu by tensormap"),
                                  HasSubstr("silu_manual: 1360 edges went: silu -> down_proj by explicit"),
                                  HasSubstr("joined the critical path: silu")));
  const auto [tiles, tiles_text] = Check("--set program.tiles.mlp_out_chunk=512");
  EXPECT_EQ(tiles, 1);
  EXPECT_THAT(tiles_text, HasSubstr("kernel silu lost tasks: 34, the baseline has 68"));
  const auto [slower, slower_text] = Check("--set hardware.vector.ops.exp.head_cycles=80");
  EXPECT_EQ(slower, 1);
  EXPECT_THAT(slower_text, HasSubstr("kernel silu takes"));
}

TEST_F(CheckCommand, UpdateKeepsTheTolerances) {
  ASSERT_EQ(Check("--update").first, 0);
  std::string text = *ReadFile(folder_.path() / "b.yaml", 1U << 20U);
  text.replace(text.find("makespan_us: 0.5"), 16, "makespan_us: 100");
  ASSERT_TRUE(WriteFileAtomically(folder_.path() / "b.yaml", text).ok());
  ASSERT_EQ(Check("--update").first, 0);
  EXPECT_EQ(*ReadFile(folder_.path() / "b.yaml", 1U << 20U), text);
}

TEST_F(CheckCommand, AMissingBaselineIsBadInput) {
  const auto [code, text] = Check("");
  EXPECT_EQ(code, 2);
  EXPECT_THAT(text, HasSubstr("b.yaml"));
}

}  // namespace
}  // namespace npusched
