// Wrong traces: each is refused with the place, what was expected, and the nearest name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "graphs/submit_trace.h"
#include "tests/graphs/trace_fixture.h"

namespace npusched {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct BadTrace {
  const char* name;
  const char* from;
  const char* to;
  const char* place;    // start of the message
  const char* message;  // part of it
};

class SubmitTraceError : public ::testing::TestWithParam<BadTrace> {};

TEST_P(SubmitTraceError, IsRefusedWithItsPlace) {
  const BadTrace& bad = GetParam();
  EXPECT_THAT(ParseError(Changed(kSmallTrace, bad.from, bad.to)), AllOf(StartsWith(bad.place), HasSubstr(bad.message)));
}

constexpr BadTrace kBadTraces[] = {
    {"NoJson", "\"case\":", "\"case\"", "t.json:1:", "is no JSON"},
    {"WrongSchema", "trace/1", "trace/2", "t.json:/schema", "expected \"npusched.submit_trace/1\""},
    {"NoTaskName", "\"name\": \"read\",", "", "t.json:/tasks/1/name", "is missing"},
    {"UnknownCore", "\"aic\"", "\"aix\"", "t.json:/tasks/0/core",
     "expected one of aic, aiv, mix, dummy, alloc; got \"aix\"; did you mean"},
    {"UnknownTag", "\"INPUT\"", "\"INPT\"", "t.json:/tasks/1/args/0/tag", "did you mean \"INPUT\"?"},
    {"UnknownDtype", "FLOAT32", "FLOAT31", "t.json:/buffers/0/dtype", "did you mean \"FLOAT32\"?"},
    {"UnknownScopeKind", "\"scope\": \"auto\"", "\"scope\": \"automatic\"", "t.json:/tasks/0/scope", "auto, manual"},
    {"UnknownEvent", "\"end\"", "\"finish\"", "t.json:/scope_events/1/1", "begin_auto, begin_manual, end"},
    {"IdsOutOfOrder", "\"id\": 1", "\"id\": 2", "t.json:/tasks/1/id", "expected 1"},
    {"UnknownBuffer", "\"INPUT\", \"buffer\": 7", "\"INPUT\", \"buffer\": 8", "t.json:/tasks/1/args/0/buffer",
     "buffer 8 is not in /buffers"},
    {"CreatorOutOfRange", "null", "2", "t.json:/buffers/0/creator_task", "an integer in 0..1"},
    {"DependencyOutOfRange", "[0],", "[2],", "t.json:/tasks/1/explicit_deps/0", "an integer in 0..1"},
    {"AbsurdBlocks", "\"block_num\": 2", "\"block_num\": 1152921504606846976", "t.json:/tasks/0/block_num",
     "got 1152921504606846976"},
    {"NoBlocks", "\"block_num\": 2", "\"block_num\": 0", "t.json:/tasks/0/block_num", "an integer in 1.."},
    {"BlocksOfText", "\"block_num\": 2", "\"block_num\": \"two\"", "t.json:/tasks/0/block_num", "got \"two\""},
    {"NegativeDuration", "\"block_num\": 2", "\"duration_us\": -1", "t.json:/tasks/0/duration_us", "got -1"},
    {"NanDuration", "\"block_num\": 2", "\"duration_us\": NaN", "t.json:5:", "is no JSON"},
    {"InfiniteDuration", "\"block_num\": 2", "\"duration_us\": 1e999", "t.json", "is no JSON"},
    {"DurationOfText", "\"block_num\": 2", "\"duration_us\": \"NaN\"", "t.json:/tasks/0/duration_us", "a number"},
    {"NegativeOffset", "\"start_offset\": 4", "\"start_offset\": -4", "t.json:/tasks/0/args/0/start_offset", "-4"},
    {"NegativeShape", "[4, 4]", "[4, -4]", "t.json:/tasks/0/args/0/shape/1", "got -4"},
    {"HugeShape", "[4, 4]", "[1152921504606846976, 1152921504606846976]", "t.json:/tasks/0/args/0/shape", "too many"},
    {"TooManyDimensions", "[4, 4]", "[1, 1, 1, 1, 4, 4]", "t.json:/tasks/0/args/0/shape", "1 to 5 sizes"},
    {"NoDimensions", "[4, 4]", "[]", "t.json:/tasks/0/args/0/shape", "1 to 5 sizes"},
    {"StridesOfOtherRank", "\"strides\": [8, 1]", "\"strides\": [1]", "t.json:/tasks/0/args/0/strides", "expected 2"},
    {"StrideOfZero", "\"strides\": [8, 1]", "\"strides\": [0, 1]", "t.json:/tasks/0/args/0/strides/0", "at least 1"},
    {"NegativeSize", "\"size_bytes\": 128", "\"size_bytes\": -1", "t.json:/buffers/0/size_bytes", "got -1"},
    {"TwoKernelIds", "\"core\": \"aic\"", "\"core\": \"aic\", \"kernel_ids\": [1, 2]", "t.json:/tasks/0/kernel_ids",
     "[aic, aiv0, aiv1]"},
    {"KernelOnAForeignCore", "\"core\": \"aic\"", "\"core\": \"aic\", \"kernel_ids\": [1, 2, -1]",
     "t.json:/tasks/0/kernel_ids", "expected core mix"},
    {"DepFlagsOfOtherLength", "[0],", "[0], \"explicit_dep_flags\": [3, 3],", "t.json:/tasks/1/explicit_dep_flags",
     "each of 1"},
    {"UnknownDepFlags", "[0],", "[0], \"explicit_dep_flags\": [2],", "t.json:/tasks/1/explicit_dep_flags/0", "got 2"},
    {"AutoInsideManual", "[2, \"end\"]", "[1, \"begin_manual\"], [1, \"begin_auto\"]", "t.json:/scope_events/2",
     "AUTO scope inside a MANUAL one"},
    {"EndWithoutScope", "[2, \"end\"]", "[2, \"end\"], [2, \"end\"]", "t.json:/scope_events/2", "none is open"},
    {"EventsOutOfOrder", "[0, \"begin_auto\"]", "[1, \"begin_auto\"], [0, \"begin_auto\"]", "t.json:/scope_events/1/0",
     "an integer in 1..2"},
    {"TaskOutsideScopes", "[2, \"end\"]", "[1, \"end\"]", "t.json:/tasks/1/scope", "no scope is open"},
    {"TasksAreNoList", "\"tasks\": [", "\"tasks\": 3, \"more\": [", "t.json:/tasks", "expected a list; got 3"},
    {"ABufferIsNoObject", "\"buffers\": [", "\"buffers\": [5, ", "t.json:/buffers/0", "expected an object; got 5"},
    {"ABufferTwice", "\"buffers\": [",
     R"("buffers": [{"id": 7, "dtype": "INT8", "shape": [1], "size_bytes": 1, "creator_task": null}, )",
     "t.json:/buffers/1/id", "defined twice"},
};

INSTANTIATE_TEST_SUITE_P(Traces, SubmitTraceError, ::testing::ValuesIn(kBadTraces),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(SubmitTraceErrors, NoTasksAtAll) {
  EXPECT_THAT(ParseError(R"({"schema": "npusched.submit_trace/1", "buffers": [], "tasks": []})"),
              HasSubstr("t.json:/tasks: has no tasks"));
  EXPECT_THAT(ParseError("[]"), HasSubstr("expected an object; got a list"));
  EXPECT_THAT(ParseError(""), HasSubstr("is no JSON"));
}

TEST(SubmitTraceErrors, AFileThatIsNotThere) {
  const Result<SubmitTrace> trace = ReadSubmitTrace("/nowhere/trace.json");
  ASSERT_FALSE(trace.ok());
  EXPECT_THAT(trace.error().ToString(), HasSubstr("/nowhere/trace.json"));
}

TEST(SubmitTraceErrors, ACycleNamesTheFileAndTheDependency) {
  const SubmitTrace trace = ParseGood(Changed(kSmallTrace, "\"explicit_deps\": []", "\"explicit_deps\": [1]"));
  const Result<Inference> inferred = Infer(trace.program);
  ASSERT_FALSE(inferred.ok());
  EXPECT_THAT(inferred.error().ToString(),
              HasSubstr("t.json:/tasks/0/explicit_deps/0: the dependencies form a cycle of 2 tasks: 0 'write' -> 1 "
                        "'read' (explicit+tensormap) -> 0 'write' (explicit)"));
}

}  // namespace
}  // namespace npusched
