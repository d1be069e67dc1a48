// The program itself, as a user calls it: what it prints where, and its exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "sim/simgrid_engine.h"
#include "tests/scenarios/temp_folder.h"

namespace npusched {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kChain = R"(schema: npusched.scenario/1
name: chain
program: {kind: synthetic, pattern: chain, tasks: 3, duration_us: 10}
hardware: tiny
runtime: tmr_2026_08
variants: [{name: a}, {name: b, set: {program.tasks: 6}}]
)";

struct Called {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class Commands : public ::testing::Test {
 protected:
  // Runs `npusched ARGUMENTS` in the test's folder.
  [[nodiscard]] Called Call(const std::string& arguments) const {
    const std::string command =
        "cd '" + folder_.path().string() + "' && '" NPUSCHED_BINARY "' " + arguments + " >stdout.txt 2>stderr.txt";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, *ReadFile(folder_.path() / "stdout.txt", 1U << 28U),
            *ReadFile(folder_.path() / "stderr.txt", 1U << 28U)};
  }

  TempFolder folder_;
};

TEST_F(Commands, RunWritesPerfettosFormatWhenAsked) {
  (void)folder_.Write("chain.yaml", kChain);
  ASSERT_EQ(Call("run chain.yaml").exit_code, 0);
  EXPECT_FALSE(fs::exists(folder_.path() / "out/chain/a.pftrace"));
  ASSERT_EQ(Call("run chain.yaml --pftrace --all-flows").exit_code, 0);
  EXPECT_TRUE(fs::exists(folder_.path() / "out/chain/a.pftrace"));
  EXPECT_TRUE(fs::exists(folder_.path() / "out/chain/b.pftrace"));
}

TEST_F(Commands, CompareShowsWhatDiffersAndNamesForeignFiles) {
  (void)folder_.Write("chain.yaml", kChain);
  ASSERT_EQ(Call("run chain.yaml --out one").exit_code, 0);
  ASSERT_EQ(Call("run chain.yaml --set program.duration_us=20 --out two").exit_code, 0);
  const Called called = Call("compare one/summary.json two/summary.json --html two.html");
  EXPECT_EQ(called.exit_code, 0);
  EXPECT_THAT(called.out, HasSubstr("kernels.link.mean_us"));
  EXPECT_THAT(called.out, HasSubstr("+100.0 %"));
  EXPECT_TRUE(fs::exists(folder_.path() / "two.html"));
  EXPECT_THAT(Call("compare one/summary.json one/summary.json").out, HasSubstr("a: the same in all"));
  const Called foreign = Call("compare one/summary.json chain.yaml");
  EXPECT_EQ(foreign.exit_code, 2);
  EXPECT_THAT(foreign.err, HasSubstr("chain.yaml: expected JSON"));
}

TEST_F(Commands, RunDrawsAllVariantsWhenAsked) {
  (void)folder_.Write("chain.yaml", kChain);
  ASSERT_EQ(Call("run chain.yaml").exit_code, 0);
  EXPECT_FALSE(fs::exists(folder_.path() / "out/chain/chain.svg"));
  ASSERT_EQ(Call("run chain.yaml --svg --highlight link --window 0:50").exit_code, 0);
  const Result<std::string> svg = ReadFile(folder_.path() / "out/chain/chain.svg", 1U << 20U);
  ASSERT_TRUE(svg.ok());
  EXPECT_THAT(*svg, HasSubstr("link: 3 on 1 core"));
  EXPECT_THAT(*svg, HasSubstr("link: 6 on 1 core"));
}

TEST_F(Commands, RunRefusesKernelsAndWindowsThatAreNone) {
  (void)folder_.Write("chain.yaml", kChain);
  Called called = Call("run chain.yaml --svg --highlight lnik");
  EXPECT_EQ(called.exit_code, 2);
  EXPECT_THAT(called.err, HasSubstr("got 'lnik', did you mean 'link'?"));
  for (const char* window : {"5:5", "5", "-1:5", "1:2x", "nan:5"}) {
    called = Call(std::string("run chain.yaml --svg --window=") + window);
    EXPECT_EQ(called.exit_code, 2) << window;
    EXPECT_THAT(called.err, HasSubstr("--window")) << window;
  }
}

TEST_F(Commands, RunPrintsTheTableAndWritesTheFolder) {
  (void)folder_.Write("chain.yaml", kChain);
  const Called called = Call("run chain.yaml");
  EXPECT_EQ(called.exit_code, 0) << called.err;
  EXPECT_THAT(called.out, StartsWith("chain (native)\n"));
  EXPECT_THAT(called.err, HasSubstr("results in out/chain"));
  EXPECT_TRUE(fs::exists(folder_.path() / "out/chain/summary.json"));
  EXPECT_TRUE(fs::exists(folder_.path() / "out/chain/b.trace.json"));
}

TEST_F(Commands, JsonOnStandardOutputIsTheSummary) {
  (void)folder_.Write("chain.yaml", kChain);
  const Called called = Call("run chain.yaml --json --out here");
  EXPECT_EQ(called.exit_code, 0) << called.err;
  EXPECT_EQ(called.out, *ReadFile(folder_.path() / "here/summary.json", 1U << 28U));
  const auto json = nlohmann::json::parse(called.out);
  EXPECT_EQ(json["variants"][1]["tasks"]["total"], 6);
  EXPECT_EQ(json["variants"][0]["wall_s"]["emit"], 0);  // the same inputs give the same bytes
}

TEST_F(Commands, VerifyPrintsItsVerdictAndWritesIt) {
  const std::string verify = "verify " NPUSCHED_SOURCE_DIR "/scenarios/verify_small.yaml --variant rope_manual --out v";
  Called called = Call(verify);
  EXPECT_EQ(called.exit_code, 0) << called.err;
  EXPECT_THAT(called.out, StartsWith("rope_manual: pass\n"));
  EXPECT_EQ(nlohmann::json::parse(*ReadFile(folder_.path() / "v/verify.json", 1U << 20U))["verdict"], "pass");

  called = Call(verify + " --set program.rope=unfenced --json");
  EXPECT_EQ(called.exit_code, 1) << called.err;
  EXPECT_EQ(called.out, *ReadFile(folder_.path() / "v/verify.json", 1U << 20U));
  EXPECT_EQ(nlohmann::json::parse(called.out)["verdict"], "fail");

  called = Call(verify + " --set program.rope=unfenced --quiet");
  EXPECT_EQ(called.exit_code, 1);
  EXPECT_EQ(called.out + called.err, "");
  EXPECT_THAT(Call("verify " NPUSCHED_SOURCE_DIR "/scenarios/verify_small.yaml --variant rope_manul").err,
              HasSubstr("did you mean 'rope_manual'?"));
}

TEST_F(Commands, QuietPrintsNothing) {
  (void)folder_.Write("chain.yaml", kChain);
  const Called called = Call("run chain.yaml --quiet");
  EXPECT_EQ(called.exit_code, 0);
  EXPECT_EQ(called.out + called.err, "");
}

TEST_F(Commands, AFailedExpectationExitsWithOne) {
  (void)folder_.Write("chain.yaml", std::string(kChain) + "expect:\n  - {metric: makespan_us, at_most: 1}\n");
  const Called called = Call("run chain.yaml --quiet");
  EXPECT_EQ(called.exit_code, 1);
  EXPECT_THAT(called.err, StartsWith("chain.yaml:8:5: expectation failed: a: makespan_us is "));
  EXPECT_EQ(called.out, "");
}

TEST_F(Commands, ARuntimeThatStopsExitsWithFourAndNamesItsCode) {
  (void)folder_.Write("q.yaml",
                      "schema: npusched.scenario/1\nname: q\nprogram: {kind: qwen3_decode, layers: 1, lm_head: false}\n"
                      "hardware: ascend_a2a3\nruntime: tmr_2026_08\n");
  const Called called = Call("run q.yaml --quiet --set runtime.rings.heap_bytes=4096");
  EXPECT_EQ(called.exit_code, 4);
  EXPECT_THAT(called.err, HasSubstr("base: runtime code 2"));
  EXPECT_THAT(called.err, ::testing::ContainsRegex("rings.heap_bytes [0-9]+ is the smallest that completes"));
  EXPECT_TRUE(fs::exists(folder_.path() / "out/q/summary.json"));
  EXPECT_FALSE(fs::exists(folder_.path() / "out/q/base.trace.json"));
}

TEST_F(Commands, AccuracySetsPredictionsBesideMeasurements) {
  (void)folder_.Write("chain.yaml", kChain);
  const std::string rows =
      "schema: npusched.published/1\nrows:\n"
      "  - {id: links, kind: check, value: 8, unit: tasks, scenario: chain.yaml, variant: b, metric: tasks.total}\n";
  (void)folder_.Write("mine.yaml", rows);
  Called called = Call("accuracy --published mine.yaml --out here");
  EXPECT_EQ(called.exit_code, 0) << called.err;
  EXPECT_THAT(called.out, HasSubstr("1 rows: median error 25.0 %, worst -25.0 % (links)"));
  EXPECT_TRUE(fs::exists(folder_.path() / "here/accuracy.md"));
  const auto json = nlohmann::json::parse(*ReadFile(folder_.path() / "here/accuracy.json", 1U << 20U));
  EXPECT_EQ(json[0]["predicted"], 6);
  (void)folder_.Write("mine.yaml", rows + "  - {id: other, kind: check, value: 8, unit: tasks}\n");
  called = Call("accuracy --published mine.yaml");
  EXPECT_EQ(called.exit_code, 2);
  EXPECT_THAT(called.err, StartsWith("mine.yaml:4:5: row other: expected scenario, variant and metric"));
}

TEST_F(Commands, AccuracyExitsWithFourWhenTheRuntimeStops) {
  (void)folder_.Write("mine.yaml",
                      "schema: npusched.published/1\nrows:\n"
                      "  - {id: silu_cores_inferred, kind: check, value: 1, unit: cores}\n");
  const Called called = Call("accuracy --published mine.yaml --json --set runtime.rings.heap_bytes=4096");
  EXPECT_EQ(called.exit_code, 4);
  EXPECT_THAT(called.err, HasSubstr("runtime code 2"));
  EXPECT_THAT(called.err, HasSubstr("(row silu_cores_inferred)"));
  EXPECT_TRUE(nlohmann::json::parse(called.out)[0]["predicted"].is_null());
}

TEST_F(Commands, BadInputExitsWithTwoAndOneLine) {
  (void)folder_.Write("bad.yaml", "schema: npusched.scenario/1\nname: [\n");
  for (const char* command : {"run bad.yaml", "graph bad.yaml", "validate bad.yaml", "run nowhere.yaml"}) {
    const Called called = Call(command);
    EXPECT_EQ(called.exit_code, 2) << command;
    EXPECT_EQ(called.out, "");
    EXPECT_EQ(std::count(called.err.begin(), called.err.end(), '\n'), 1) << called.err;
    EXPECT_THAT(called.err, ::testing::MatchesRegex("^(bad|nowhere)\\.yaml:[0-9]+:[0-9]+: .*\n$"));
  }
  EXPECT_FALSE(fs::exists(folder_.path() / "out"));
}

TEST_F(Commands, BadArgumentsExitWithTwo) {
  (void)folder_.Write("chain.yaml", kChain);
  for (const char* command :
       {"", "rnu chain.yaml", "run", "run chain.yaml --engine magic", "run chain.yaml --jobs 0",
        "run chain.yaml --set nonsense", "graph chain.yaml --variant c", "graph chain.yaml --format png"}) {
    EXPECT_EQ(Call(command).exit_code, 2) << command;
  }
  EXPECT_THAT(Call("graph chain.yaml --variant bb").err, HasSubstr("expected a variant of chain (a, b), got 'bb'"));
}

TEST_F(Commands, BothEnginesAgreeOnARun) {
  (void)folder_.Write("chain.yaml", kChain);
  if (!HasSimGrid()) {
    EXPECT_EQ(Call("run chain.yaml --engine both").exit_code, 2);
    EXPECT_THAT(Call("run chain.yaml --engine simgrid").err, HasSubstr("no SimGrid"));
    return;
  }
  const Called both = Call("run chain.yaml --engine both --json");
  ASSERT_EQ(both.exit_code, 0) << both.err;
  const auto json = nlohmann::json::parse(both.out);
  EXPECT_EQ(json["engine"], "both");
  const auto& variant = json["variants"][1];
  EXPECT_EQ(variant["engine_agreement"]["native_us"], variant["makespan_us"]);
  EXPECT_EQ(variant["engine_agreement"]["simgrid_us"], variant["makespan_us"]);
  EXPECT_EQ(variant["engine_agreement"]["max_task_difference_us"], 0);
  const Called simgrid = Call("run chain.yaml --engine simgrid --json");
  const auto alone = nlohmann::json::parse(simgrid.out);
  EXPECT_EQ(alone["variants"][1]["engine_agreement"]["native_us"], nullptr);
  EXPECT_EQ(alone["variants"][1]["makespan_us"], variant["makespan_us"]);
  EXPECT_EQ(alone["variants"][1]["fingerprint"], variant["fingerprint"]);
}

TEST_F(Commands, ARuntimeThatStopsStopsInBothEnginesAlike) {
  (void)folder_.Write("chain.yaml", kChain);
  const std::string narrow = " --quiet --set runtime.rings.progress_timeout_ms=0.001";
  const Called native = Call("run chain.yaml" + narrow);
  EXPECT_EQ(native.exit_code, 4);
  if (!HasSimGrid()) return;
  EXPECT_EQ(Call("run chain.yaml --engine both" + narrow).exit_code, 4);
  const Called simgrid = Call("run chain.yaml --engine simgrid" + narrow);
  EXPECT_EQ(simgrid.exit_code, 4);
  // A sanitizer may say of SimGrid's stacks that it cannot unwind them.
  EXPECT_THAT(simgrid.err, HasSubstr(native.err.substr(0, native.err.find('\n') + 1)));
}

TEST_F(Commands, AnUnknownCommandIsNamedWithTheNearest) {
  const Called called = Call("rnu chain.yaml");
  EXPECT_EQ(called.exit_code, 2);
  EXPECT_THAT(called.err, HasSubstr("unknown command 'rnu'"));
  EXPECT_THAT(called.err, HasSubstr("did you mean 'run'?"));
}

TEST_F(Commands, HelpAndVersionExitWithZero) {
  for (const char* command : {"--help", "run --help", "graph --help", "validate --help", "schema --help"}) {
    const Called called = Call(command);
    EXPECT_EQ(called.exit_code, 0) << command;
    EXPECT_THAT(called.out, HasSubstr("Example"));
  }
  EXPECT_THAT(Call("--version").out, StartsWith("npusched "));
}

TEST_F(Commands, SetTakesSeveralAndKeepsThePositionals) {
  (void)folder_.Write("chain.yaml", kChain);
  const Called called = Call("run --set program.tasks=5 --set hardware.clusters=2 chain.yaml --json");
  EXPECT_EQ(called.exit_code, 0) << called.err;
  EXPECT_EQ(nlohmann::json::parse(called.out)["variants"][0]["tasks"]["total"], 5);
}

TEST_F(Commands, GraphCountsEveryVariantAndExportsOne) {
  (void)folder_.Write("chain.yaml", kChain);
  const Called counts = Call("graph chain.yaml --json");
  EXPECT_EQ(counts.exit_code, 0) << counts.err;
  const auto json = nlohmann::json::parse(counts.out);
  EXPECT_EQ(json["variants"][0]["longest_chain_tasks"], 3);
  EXPECT_EQ(json["variants"][1]["edges"]["unique_pairs"], 5);
  const Called dot = Call("graph chain.yaml --variant b --format dot");
  EXPECT_EQ(dot.exit_code, 0);
  EXPECT_THAT(dot.out, StartsWith("digraph"));
  EXPECT_EQ(Call("graph chain.yaml -o g.graphml").exit_code, 0);
  EXPECT_THAT(*ReadFile(folder_.path() / "g.graphml", 1U << 28U), StartsWith("<?xml"));
}

constexpr const char* kSilu = R"(schema: npusched.scenario/1
name: silu
program: {kind: qwen3_decode, layers: 1, lm_head: false, silu: unfenced}
hardware: ascend_a2a3
runtime: tmr_2026_08
)";

TEST_F(Commands, GraphFindsRacesAndExitsWithOne) {
  (void)folder_.Write("silu.yaml", kSilu);
  const Called racy = Call("graph silu.yaml --races --redundant");
  EXPECT_EQ(racy.exit_code, 1);
  EXPECT_THAT(racy.out, HasSubstr("RAW silu -> down_proj on mlp_tile, 1360 pairs\n"));
  EXPECT_THAT(racy.out, HasSubstr("down_proj after silu, 1360 deps"));
  EXPECT_THAT(racy.out, HasSubstr("softmax, inferred 64 edges"));
  EXPECT_THAT(racy.err, HasSubstr("silu.yaml: races\n"));
  EXPECT_EQ(Call("graph silu.yaml --races --set program.silu=manual").exit_code, 0);
}

TEST_F(Commands, ExplainTellsWhyATaskStartedWhenItDid) {
  (void)folder_.Write("silu.yaml", kSilu);
  const Called why = Call("explain silu.yaml down_proj --set program.silu=inferred");
  EXPECT_EQ(why.exit_code, 0);
  EXPECT_THAT(why.out, StartsWith("base: down_proj (task "));
  EXPECT_THAT(why.out, HasSubstr("waits for it: it wrote mlp_tile"));
  EXPECT_EQ(nlohmann::json::parse(Call("explain silu.yaml silu#0 --json").out)["variant"], "base");
  const Called wrong = Call("explain silu.yaml silo");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean 'silu'?"));
  EXPECT_EQ(Call("explain silu.yaml 0").exit_code, 2);  // an alloc
}

TEST_F(Commands, RunWarnsOfRacesUnlessToldNotToLook) {
  (void)folder_.Write("silu.yaml", kSilu);
  const Called racy = Call("run silu.yaml --json");
  EXPECT_EQ(racy.exit_code, 0);
  EXPECT_THAT(racy.err, HasSubstr("warning: base: race: RAW silu -> down_proj on mlp_tile, 1360 pairs: argument 2"));
  const auto races = nlohmann::json::parse(racy.out)["variants"][0];
  EXPECT_EQ(races["race_pairs"]["raw"], 1360);
  EXPECT_EQ(races["races"][0]["fence"]["deps"], 1360);
  (void)folder_.Write("silent.yaml", std::string(kSilu) + "races: false\n");
  const Called silent = Call("run silent.yaml --json");
  EXPECT_THAT(silent.err, ::testing::Not(HasSubstr("race")));
  EXPECT_TRUE(nlohmann::json::parse(silent.out)["variants"][0]["race_pairs"]["raw"].is_null());
}

TEST_F(Commands, ARecordedRowThatIsMissingOrChangedIsNoticed) {
  const fs::path source = fs::path(NPUSCHED_SOURCE_DIR) / "tests/data/traces/directed_02.json";
  auto trace = nlohmann::ordered_json::parse(*ReadFile(source, 1U << 28U));
  (void)folder_.Write("t.yaml",
                      "schema: npusched.scenario/1\nname: t\nprogram: {kind: submit_trace, path: t.json}\n"
                      "hardware: tiny\nruntime: tmr_2026_08\n");
  (void)folder_.Write("t.json", trace.dump());
  EXPECT_EQ(Call("graph t.yaml").exit_code, 0);

  auto removed = trace;
  removed["edges"].erase(removed["edges"].begin() + 3);
  (void)folder_.Write("t.json", removed.dump());
  const Called noticed = Call("graph t.yaml");
  EXPECT_EQ(noticed.exit_code, 1);
  EXPECT_THAT(noticed.err, EndsWith("t.yaml: the inferred rows differ from the recorded ones\n"));

  auto changed = trace;
  changed["edges"].back()["arg"] = changed["edges"].back()["arg"].get<int>() + 1;
  (void)folder_.Write("t.json", changed.dump());
  EXPECT_EQ(Call("graph t.yaml").exit_code, 1);
}

TEST_F(Commands, ValidateGoesOnAfterABadFile) {
  (void)folder_.Write("chain.yaml", kChain);
  (void)folder_.Write("bad.yaml", "name: x\n");
  const Called called = Call("validate bad.yaml chain.yaml");
  EXPECT_EQ(called.exit_code, 2);
  EXPECT_EQ(called.out, "chain.yaml: ok, 2 cases\n");
  EXPECT_FALSE(fs::exists(folder_.path() / "out"));
}

TEST_F(Commands, SchemaIsJson) {
  const Called called = Call("schema");
  EXPECT_EQ(called.exit_code, 0);
  EXPECT_TRUE(nlohmann::json::parse(called.out).contains("$defs"));
}

TEST_F(Commands, AnInterruptExitsWith130AndLeavesNoHalfWrittenFile) {
  const fs::path file =
      folder_.Write("big.yaml",
                    "schema: npusched.scenario/1\nname: big\nprogram: {kind: synthetic, pattern: chain, "
                    "duration_us: 10}\nhardware: tiny\nruntime: tmr_2026_08\n"
                    "sweep: {program.tasks: [2000, 2001, 2002, 2003, 1000000]}\n");
  const fs::path out = folder_.path() / "out";
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::execl(NPUSCHED_BINARY, "npusched", "run", file.c_str(), "--quiet", "--out", out.c_str(), nullptr);
    ::_exit(127);
  }
  // The first files stand, the last case is far from done.
  for (int wait = 0; wait < 600 && !fs::exists(out); ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ::kill(child, SIGINT);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_FALSE(fs::exists(out / "summary.json"));
  if (fs::exists(out)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(out)) {
      EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
    }
  }
}

}  // namespace
}  // namespace npusched
