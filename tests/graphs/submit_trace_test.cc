#include "graphs/submit_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "graphs/json_fields.h"
#include "tests/graphs/trace_fixture.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The small trace with one more member in its first task, or first argument.
std::string WithTaskKey(const std::string& member) {
  return Changed(kSmallTrace, "\"name\": \"write\",", "\"name\": \"write\", " + member + ",");
}
std::string WithArgKey(const std::string& member) {
  return Changed(kSmallTrace, "\"tag\": \"INOUT\",", "\"tag\": \"INOUT\", " + member + ",");
}

TEST(SubmitTrace, ReadsTasksArgumentsAndBuffers) {
  const Program program = ParseGood(kSmallTrace).program;
  EXPECT_EQ(program.name, "small");
  ASSERT_EQ(program.tasks.size(), 2U);
  EXPECT_EQ(program.KernelName(1), "read");
  EXPECT_EQ(program.tasks[0].core, CoreShape::kAic);
  EXPECT_EQ(program.tasks[0].slots, 1U << kSlotAic);
  EXPECT_EQ(program.tasks[1].slots, 1U << kSlotAiv0);
  EXPECT_EQ(program.tasks[0].block_num, 2U);
  EXPECT_EQ(program.buffers[0].size_bytes, 128);
  EXPECT_EQ(program.buffers[0].creator, kNoTask);
  const Region& window = program.regions[program.Args(0)[0].region];
  EXPECT_EQ(window.start_offset, 4);
  EXPECT_EQ(window.rank, 2);
  EXPECT_EQ(program.Deps(1)[0].task, 0U);
  EXPECT_EQ(program.Deps(1)[0].flags, kWait | kRetain);
  EXPECT_THAT(program.durations, IsEmpty());
}

TEST(SubmitTrace, ReadsTheOptionalKeysOfATask) {
  const Program program = ParseGood(WithTaskKey(R"x("depth": 1, "kernel_ids": [3, -1, -1], "early_dispatch": true,
    "sync_start": true, "predicate": false, "duration_us": 1.5, "task_id": "0", "rt_fanin": [], "anything": {})x"))
                              .program;
  EXPECT_TRUE(program.tasks[0].early_dispatch);
  EXPECT_TRUE(program.tasks[0].sync_start);
  EXPECT_TRUE(program.tasks[0].predicate_false);
  EXPECT_EQ(program.kernels[program.tasks[0].kernel].ids[0], 3);
  EXPECT_THAT(program.durations, ElementsAre(1'500'000, -1));
}

TEST(SubmitTrace, ReadsTheOptionalKeysOfAnArgument) {
  const Program program =
      ParseGood(WithArgKey(R"("manual_dep": true, "version": 2, "buffer_bytes": 64, "owner": 1)")).program;
  const Arg& arg = program.Args(0)[0];
  EXPECT_TRUE(arg.manual_dep);
  EXPECT_EQ(program.views[arg.view].version, 2);
  EXPECT_EQ(program.views[arg.view].buffer_bytes, 64);
  EXPECT_EQ(program.views[arg.view].owner, 1);
  const Program unowned = ParseGood(WithArgKey(R"("owner": null)")).program;
  EXPECT_EQ(unowned.views[unowned.Args(0)[0].view].owner, -2);
  EXPECT_EQ(ParseGood(kSmallTrace).program.Args(0)[0].view, kNoId);
}

TEST(SubmitTrace, ABuffersManualDepDoesNotPassToItsViews) {
  const Program program =
      ParseGood(Changed(kSmallTrace, "\"creator_task\"", "\"manual_dep\": true, \"creator_task\"")).program;
  EXPECT_EQ(RowsOf(program).size(), 2U);
}

TEST(SubmitTrace, ExplicitDepFlagsMayBeOneForAllOrOneForEach) {
  for (const char* flags : {"1", "[1]"}) {
    const std::string text = Changed(kSmallTrace, "\"explicit_deps\": [0],",
                                     std::string("\"explicit_deps\": [0], \"explicit_dep_flags\": ") + flags + ",");
    EXPECT_EQ(ParseGood(text).program.Deps(1)[0].flags, kWait) << flags;
  }
}

TEST(SubmitTrace, KernelIdsGiveTheSlotsOfAMixTask) {
  const std::string mix = Changed(kSmallTrace, "\"core\": \"aic\",", "\"core\": \"mix\", \"kernel_ids\": [-1, 3, 4],");
  EXPECT_EQ(ParseGood(mix).program.tasks[0].slots, 0b110);
  const std::string plain = Changed(kSmallTrace, "\"core\": \"aic\",", "\"core\": \"mix\",");
  EXPECT_EQ(ParseGood(plain).program.tasks[0].slots, 0b111);
}

TEST(SubmitTrace, ScopesComeFromTheEvents) {
  const std::string text = Changed(kSmallTrace, R"([[0, "begin_auto"], [2, "end"]])",
                                   R"([[0, "begin_auto"], [1, "begin_manual"], [2, "end"], [2, "end"]])");
  const Program program =
      ParseGood(Changed(text, R"("block_num": 1, "scope": "auto")", R"("block_num": 1, "scope": "manual")")).program;
  ASSERT_EQ(program.scopes.size(), 2U);
  EXPECT_EQ(program.scopes[1].kind, ScopeKind::kManual);
  EXPECT_EQ(program.scopes[1].depth, 2);
  EXPECT_EQ(program.scopes[1].parent, 0U);
  EXPECT_EQ(program.scopes[1].first_task, 1U);
  EXPECT_EQ(program.scopes[1].end_task, 2U);
  EXPECT_EQ(program.tasks[0].ring, 0);
  EXPECT_EQ(program.tasks[1].ring, 1);
  EXPECT_TRUE(program.tasks[1].manual_scope);
  EXPECT_EQ(program.scope_events.size(), 4U);
}

TEST(SubmitTrace, WithoutEventsScopesComeFromTheTasks) {
  std::string text = Changed(kSmallTrace, R"("scope_events": [[0, "begin_auto"], [2, "end"]],)", "");
  EXPECT_EQ(ParseGood(text).program.scopes.size(), 1U);
  text = Changed(text, R"("block_num": 1, "scope": "auto")", R"("block_num": 1, "scope": "manual")");
  const Program program = ParseGood(text).program;
  ASSERT_EQ(program.scopes.size(), 2U);
  EXPECT_EQ(program.scopes[1].kind, ScopeKind::kManual);
  EXPECT_EQ(program.tasks[1].ring, 1);
  const Program deep = ParseGood(Changed(text, "\"name\": \"write\",", "\"name\": \"write\", \"depth\": 6,")).program;
  EXPECT_EQ(deep.tasks[0].ring, 3);
}

TEST(SubmitTrace, ATaskThatContradictsTheEventsIsWarnedOf) {
  const Program program = ParseGood(WithTaskKey("\"depth\": 3")).program;
  EXPECT_EQ(program.tasks[0].ring, 2);
  ASSERT_EQ(program.warnings.size(), 1U);
  EXPECT_THAT(program.warnings[0], HasSubstr("task 0 says scope auto at depth 3, scope_events say auto at depth 1"));
}

TEST(SubmitTrace, GzipIsReadAndWritten) {
  const auto folder = std::filesystem::temp_directory_path() / "npusched_submit_trace_test";
  const auto path = folder / "small.json.gz";
  const Program program = ParseGood(kSmallTrace).program;
  ASSERT_TRUE(WriteSubmitTrace(program, nullptr, path).ok());
  const Result<SubmitTrace> again = ReadSubmitTrace(path);
  ASSERT_TRUE(again.ok()) << again.error().ToString();
  EXPECT_EQ(FormatSubmitTrace(again->program), FormatSubmitTrace(program));
  EXPECT_LT(std::filesystem::file_size(path), FormatSubmitTrace(program).size());
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_FALSE(ReadSubmitTrace(path).ok());
  std::filesystem::remove_all(folder);
}

TEST(SubmitTrace, RowsOfATaskMayLastDifferently) {
  const std::string rows = "\"block_num\": 2, \"row_durations_us\": [1.5, 2]";
  const Program program = ParseGood(Changed(kSmallTrace, "\"block_num\": 2", rows)).program;
  EXPECT_EQ(program.GivenDuration(0, kSlotAic, 0), 1'500'000);
  EXPECT_EQ(program.GivenDuration(0, kSlotAic, 1), 2'000'000);
  EXPECT_EQ(program.GivenDuration(1, kSlotAiv0, 0), -1);
  const Program again = ParseGood(FormatSubmitTrace(program)).program;
  EXPECT_EQ(again.GivenDuration(0, kSlotAic, 1), 2'000'000);
  EXPECT_EQ(ParseError(Changed(kSmallTrace, "\"block_num\": 2", "\"block_num\": 2, \"row_durations_us\": [1]")),
            "t.json:/tasks/0/row_durations_us: expected 2 entries, one for each core of each block; got 1");
}

TEST(SubmitTrace, WritesEveryOptionalKeyThatMatters) {
  SubmitTrace trace = ParseGood(kSmallTrace);
  Program& program = trace.program;
  program.views = {{.buffer_bytes = 96, .owner = -2, .version = 3}};
  program.args[0].view = 0;
  program.args[1].manual_dep = true;
  program.tasks[0].predicate_false = true;
  program.deps[0].flags = kWait;
  program.durations = {-1, 2'000'001};
  program.buffers[0].address = 0xFFFF'FFFF'FFFF'FF00U;
  const Program again = ParseGood(FormatSubmitTrace(program)).program;
  EXPECT_EQ(again.views[again.args[0].view].buffer_bytes, 96);
  EXPECT_EQ(again.views[again.args[0].view].owner, -2);
  EXPECT_EQ(again.views[again.args[0].view].version, 3);
  EXPECT_TRUE(again.args[1].manual_dep);
  EXPECT_TRUE(again.tasks[0].predicate_false);
  EXPECT_EQ(again.deps[0].flags, kWait);
  EXPECT_THAT(again.durations, ElementsAre(-1, 2'000'001));
  EXPECT_EQ(again.buffers[0].address, 0xFFFF'FFFF'FFFF'FF00U);
}

}  // namespace
}  // namespace npusched
