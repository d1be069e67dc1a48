#include "graphs/capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graphs/submit_trace.h"
#include "graphs/task_ids.h"
#include "tests/graphs/capture_fixture.h"

namespace npusched {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Picoseconds kTick = 20'000;

std::vector<std::string> KernelNames(const Program& program) {
  std::vector<std::string> names;
  for (TaskId t = 0; t < program.tasks.size(); ++t) names.push_back(program.KernelName(t));
  return names;
}

TEST(Captures, TasksComeInOrderOfSubmissionAllocsIncluded) {
  const Program program = SmallCapture().Read().program;
  EXPECT_EQ(program.name, "small");
  EXPECT_THAT(KernelNames(program), ElementsAre("load", "scale", "alloc", "gather", "dummy", "store"));
  EXPECT_THAT(RuntimeTaskIds(program), ElementsAre(0, 1, 4294967296, 4294967297, 2, 3));
  EXPECT_EQ(program.tasks[1].block_num, 2U);
  EXPECT_EQ(program.tasks[3].core, CoreShape::kMix);
  EXPECT_EQ(program.tasks[3].slots, 3);
  EXPECT_EQ(program.tasks[4].core, CoreShape::kDummy);
}

TEST(Captures, DurationsAreThoseOfTheRows) {
  const Program program = SmallCapture().Read().program;
  EXPECT_EQ(program.GivenDuration(0, kSlotAic, 0), 300 * kTick);
  EXPECT_EQ(program.GivenDuration(1, kSlotAiv0, 0), 200 * kTick);  // the block dispatched first
  EXPECT_EQ(program.GivenDuration(1, kSlotAiv0, 1), 250 * kTick);
  EXPECT_EQ(program.GivenDuration(3, kSlotAic, 0), 200 * kTick);
  EXPECT_EQ(program.GivenDuration(3, kSlotAiv0, 0), 300 * kTick);
}

TEST(Captures, TimesCountFromTheFirstThingRecorded) {
  const CaptureTiming timing = *SmallCapture().Read().timing;
  EXPECT_EQ(timing.level, 4);
  EXPECT_EQ(timing.clusters, 2U);
  EXPECT_EQ(timing.threads(), 2U);
  EXPECT_EQ(timing.makespan(), 1340 * kTick);
  EXPECT_EQ(timing.submits[0].begin, 0);
  EXPECT_EQ(timing.submits[2].end, 132 * kTick);
  EXPECT_EQ(timing.rows[0].dispatch, 56 * kTick);
  EXPECT_EQ(timing.rows[0].receive, 65 * kTick);
  EXPECT_EQ(timing.completed[4], 1225 * kTick);
}

TEST(Captures, InferenceFindsTheRecordedRowsAgain) {
  const Capture capture = SmallCapture().Read();
  ASSERT_TRUE(capture.edges.has_value());
  const Inference inference = *Infer(capture.program, {.record_rows = true});
  const RowComparison comparison = CompareRows(*capture.edges, inference.rows);
  EXPECT_TRUE(comparison.identical()) << comparison.ToString(capture.program);
  EXPECT_EQ(comparison.recorded_rows, 8U);
}

TEST(Captures, ARowThatIsMissingOrChangedIsNoticed) {
  SmallCapture files;
  files.Change(kDeps, "\"covered\"", "\"other\"");
  Capture capture = files.Read();
  const std::vector<EdgeRow> rows = Infer(capture.program, {.record_rows = true})->rows;
  EXPECT_EQ(CompareRows(*capture.edges, rows).differences, 1U);
  capture.edges->erase(capture.edges->begin() + 1);
  EXPECT_EQ(CompareRows(*capture.edges, rows).differences, 2U);
}

TEST(Captures, OutputsGetTheBuffersThatOthersSayTheyCreated) {
  const Program program = SmallCapture().Read().program;
  ASSERT_EQ(program.Args(2).size(), 1U);  // of the alloc, which has no row
  EXPECT_EQ(program.Args(2)[0].buffer, program.Args(3)[1].buffer);
  EXPECT_EQ(program.Args(0)[1].buffer, program.Args(1)[0].buffer);
  EXPECT_EQ(program.buffers[program.Args(0)[1].buffer].creator, 0U);
  EXPECT_EQ(program.buffers[program.Args(0)[1].buffer].size_bytes, 8192);
}

TEST(Captures, DepsAloneAreEnough) {
  const SmallCapture files;
  files.Remove(kRecords);
  files.Remove(kNames);
  const Capture capture = files.Read();
  EXPECT_FALSE(capture.timing.has_value());
  EXPECT_THAT(KernelNames(capture.program),
              ElementsAre("func_0_a", "func_1_b", "alloc", "func_2_c", "dummy", "func_4_e"));
  EXPECT_TRUE(CompareRows(*capture.edges, Infer(capture.program, {.record_rows = true})->rows).identical());
  EXPECT_THAT(capture.program.warnings, Contains(HasSubstr("no timing file")));
  EXPECT_THAT(capture.program.warnings, Contains(HasSubstr("no name map")));
}

TEST(Captures, OlderNamesAndLowerLevelsAreRead) {
  SmallCapture files;
  files.Write("l2_perf_records.json", files.Text(kRecords));
  files.Remove(kRecords);
  files.Change("l2_perf_records.json", "\"chip_swimlane_level\":4", "\"chip_swimlane_level\":1");
  std::string text = files.Text("l2_perf_records.json");
  text.resize(text.find(",\n\"aicpu_tasks\""));
  files.Write("l2_perf_records.json", text + "}");
  const Capture capture = files.Read();
  EXPECT_EQ(capture.timing->rows[0].dispatch, -1);
  EXPECT_EQ(capture.timing->makespan(), 1340 * kTick);
  EXPECT_EQ(capture.program.tasks.size(), 6U);  // the alloc is placed by its number
  EXPECT_THAT(capture.program.warnings, Contains(HasSubstr("order is that of tasks[]")));
}

TEST(Captures, IdsMayBeNumbersInDepsAndTextsInTimes) {
  SmallCapture files;
  files.Change(kDeps, "\"pred\": \"4294967296\"", "\"pred\": 4294967296");
  files.Change(kDeps, "\"task_id\": \"0\"", "\"task_id\": 0");
  files.Change(kRecords, "[0, 4294967297, 2,", "[0, \"4294967297\", 2,");
  EXPECT_EQ(files.Read().program.tasks.size(), 6U);
}

TEST(Captures, EdgesOfTwoIdsStandForThemselves) {
  SmallCapture files;
  files.Remove(kRecords);
  files.Write(kDeps, R"({"tasks":[{"task_id":"0","kernel_ids":[0,-1,-1]},{"task_id":"1","kernel_ids":[-1,1,-1]}],
                         "edges":[{"pred":"0","succ":"1"}]})");
  const Capture capture = files.Read();
  EXPECT_FALSE(capture.edges.has_value());
  ASSERT_EQ(capture.program.Deps(1).size(), 1U);
  EXPECT_THAT(capture.program.warnings, Contains(HasSubstr("kept as explicit")));
}

TEST(Captures, ATaskWithoutRowsTakesTheMedianOfItsKernel) {
  SmallCapture files;
  files.Change(kRecords, ",\n[3, 3, 1, 5001330, 5001430, 14]", "");
  files.Change(kRecords, ",\n[3, 1, 5001306, 5001450]", "");
  files.Change(kDeps, R"("kernel_ids": [-1, 4, -1])", R"("kernel_ids": [-1, 1, -1])");
  const Program program = files.Read().program;
  EXPECT_EQ(program.durations[5], 200 * kTick);
  EXPECT_THAT(program.warnings, Contains(HasSubstr("1 tasks have no rows (t3)")));
}

TEST(Captures, UnknownMembersArePassedOver) {
  SmallCapture files;
  files.Change(kDeps, "{\"tasks\"", "{\"more\": {\"deep\": [1, {}]}, \"tasks\"");
  files.Change(kRecords, "\"num_cores\": 6", "\"num_cores\": 6, \"other\": \"x\"");
  EXPECT_EQ(files.Read().program.tasks.size(), 6U);
}

struct Damage {
  const char* name;
  const char* file;
  const char* from;
  const char* to;
  const char* error;  // how it begins, "*" for any text
};

class DamagedCapture : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedCapture, IsOneClearError) {
  SmallCapture files;
  files.Change(GetParam().file, GetParam().from, GetParam().to);
  EXPECT_THAT(files.Error(), HasSubstr(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    Files, DamagedCapture,
    ::testing::Values(
        Damage{"TaskTwice", kDeps, R"("task_id": "1")", R"("task_id": "0")",
               "/deps.json:/tasks/1/task_id: task 0 is listed twice"},
        Damage{"HexId", kDeps, R"("task_id": "1")", R"("task_id": "0x1")",
               "/deps.json:/tasks/1/task_id: expected an integer"},
        Damage{"RingTooHigh", kDeps, R"("task_id": "1")", R"("task_id": "17179869184")",
               "/tasks/1/task_id: is no task id"},
        Damage{"TwoKernelIds", kDeps, "[0, -1, -1]", "[0, -1]",
               "/deps.json:/tasks/0/kernel_ids: expected [aic, aiv0, aiv1]; got 2 entries"},
        Damage{"NullKernelId", kDeps, "[0, -1, -1]", "[0, null, -1]", "/deps.json:/tasks/0/kernel_ids/1: expected"},
        Damage{"UnknownTensor", kDeps, "\"tensors\":[\n{", "\"tensors\":[\n{\"gone\": 1}, {",
               "/deps.json:/tensors/0/tensor_id: is missing"},
        Damage{"UnknownTag", kDeps, "\"INOUT\"", "\"INOT\"", "did you mean \"INOUT\"?"},
        Damage{"UnknownDType", kDeps, "FLOAT32", "FLOAT31", "/deps.json:/tasks/0/args/0/dtype"},
        Damage{"SelfEdge", kDeps, R"("pred": "0", "succ": "1")", R"("pred": "1", "succ": "1")",
               "/deps.json:/edges/0: is a cycle of one"},
        Damage{"Cycle", kDeps, R"("pred": "4294967297", "succ": "2", "arg": -1)",
               R"("pred": "3", "succ": "2", "arg": -1)",
               "/deps.json:/edges/3: runs backwards: t2 waits for t3, which is submitted later; with other edges that "
               "is a cycle"},
        Damage{"UnknownSuccessor", kDeps, R"("succ": "2")", R"("succ": "77")",
               "/deps.json:/edges/3/succ: task 77 is not in /tasks"},
        Damage{"UnknownProducer", kDeps, R"("pred": "2")", R"("pred": "77")",
               "/deps.json:/edges/4/pred: task 77 is neither"},
        Damage{"NoEdges", kDeps, "\"edges\":", "\"egdes\":", "edges is missing"},
        Damage{"NoLevel", kRecords, "\"chip_swimlane_level\":4,", "", "/chip_swimlane_level: is missing"},
        Damage{"LevelFive", kRecords, "level\":4", "level\":5", "expected an integer in 1..4; got 5"},
        Damage{"NoClock", kRecords, "clock_freq_hz", "clock", "/metadata/clock_freq_hz: is missing"},
        Damage{"UpperCaseCore", kRecords, "\"aic\"", "\"AIC\"", "/metadata/core_types/0: expected \"aic\" or \"aiv\""},
        Damage{"MissingColumn", kRecords, "5000090, 5000390, 15]", "5000090, 5000390]",
               "/aicore_tasks/0: expected [core, task, reg_task_id, start, end, receive_to_start]; got 5 columns"},
        Damage{"ExtraColumn", kRecords, "5000066, 5000410]", "5000066, 5000410, 1]", "/aicpu_tasks/0: expected"},
        Damage{"UnknownCore", kRecords, "[4, 1, 1, 5000480", "[9, 1, 1, 5000480",
               "/aicore_tasks/2: names core 9; the capture has cores 0..5"},
        Damage{"NegativeTime", kRecords, "5000090, 5000390", "-5000090, 5000390",
               "/aicore_tasks/0/3: expected an integer of at least 0; got -5000090"},
        Damage{"EndsBeforeStart", kRecords, "5000090, 5000390", "5000390, 5000090",
               "/aicore_tasks/0: ends at 5000090 before it starts"},
        Damage{"RowTwice", kRecords, "[0, 4294967297, 2,", "[0, 4294967297, 1,",
               "/aicore_tasks/3: has core 0 and reg_task_id 1, as row 0 has"},
        Damage{"UnknownTask", kRecords, "[0, 0, 1, 5000090", "[0, 99, 1, 5000090",
               "/aicore_tasks/0/1: task 99 (t99) is not in the tasks"},
        Damage{"NoJoin", kRecords, "[0, 1, 5000066, 5000410],\n", "",
               "/aicore_tasks/0: core 0, reg_task_id 1 has no row in aicpu_tasks"},
        Damage{"JoinTooMany", kRecords, "\"aicpu_tasks\":[\n", "\"aicpu_tasks\":[\n[0, 7, 5000066, 5000410],\n",
               "/aicpu_tasks/0: core 0, reg_task_id 7 has no row in aicore_tasks"},
        Damage{"WrongCoreType", kDeps, "\"kernel_ids\": [0, -1, -1]", "\"kernel_ids\": [-1, 0, -1]",
               "ran on core 0, of a type that it has no kernel for"},
        Damage{"RowsTooFew", kDeps, "\"block_num\": 2", "\"block_num\": 3",
               "/aicore_tasks: has 2 rows of task 1 (t1); expected 3"},
        Damage{"SubmitMissing", kRecords, "\"submit_idx\": 3", "\"submit_idx\": 9", "submit_idx 3 is missing"},
        Damage{"SubmitTwice", kRecords, "\"submit_idx\": 3", "\"submit_idx\": 2", "submit_idx 2 is there twice"},
        Damage{"HostRun", kRecords, "\"clock_freq_hz\"", "\"orchestrator_source\":\"host\",\"clock_freq_hz\"",
               "/metadata/orchestrator_source"},
        Damage{"NameOfNoNumber", kNames, "\"0\"", "\"zero\"", "\"zero\" is no kernel id"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Captures, ATruncatedFileIsAnErrorWhereverItEnds) {
  const SmallCapture files;
  for (const char* file : {kDeps, kRecords, kNames}) {
    const std::string text = files.Text(file);
    for (std::size_t size = 0; size + 2 < text.size(); size += 97) {
      files.Write(file, text.substr(0, size));
      EXPECT_THAT(files.Error(), HasSubstr(file)) << size;
    }
    files.Write(file, text);
  }
}

TEST(Captures, TwoNameMapsOrNoDepsAreErrors) {
  const SmallCapture files;
  files.Write("name_map_other.json", "{}");
  EXPECT_THAT(files.Error(), HasSubstr("has 2 name maps, name_map_other.json and name_map_small.json"));
  files.Remove(kDeps);
  EXPECT_THAT(files.Error(), HasSubstr("has no deps.json"));
  EXPECT_FALSE(ReadCapture(files.path() / "nowhere").ok());
}

}  // namespace
}  // namespace npusched
