#include "reports/chrome_trace.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

using Json = nlohmann::json;
using Lane = std::pair<int, int>;

constexpr std::string_view kRun = R"(
  machine 1 2
  task A aic 0 1 1
  task B aiv 1 2 14 after A by A
  task C aiv 2 3 3
  task D aic 3 4 30 after B,C by B
  row C AIV_1 3.5 4 12 12.5
  row A AIC_0 2 3 13 13.5
  row B AIV_0 15 16 26 26.5
  row D AIC_0 31 32 40.000001 40.5
  phase 0 complete 13.5 14
  phase 1 dispatch 14.5 15
)";

Json Events(const WrittenRun& run) {
  std::string text;
  AppendChromeTrace(run.input(), run.trace, Attribute(run.input(), run.trace), text);
  return Json::parse(text)["traceEvents"];
}

Lane LaneOf(const Json& event) { return {event["pid"], event["tid"]}; }

std::map<Lane, std::string> LaneNames(const Json& events) {
  std::map<Lane, std::string> names;
  for (const Json& event : events) {
    if (event["name"] == "thread_name") names[LaneOf(event)] = event["args"]["name"];
  }
  return names;
}

std::vector<Json> Slices(const Json& events, const std::string& category) {
  std::vector<Json> slices;
  for (const Json& event : events) {
    if (event["ph"] == "X" && event["cat"] == category) slices.push_back(event);
  }
  return slices;
}

TEST(ChromeTrace, NamesEveryLane) {
  std::set<std::string> names;
  for (const auto& [lane, name] : LaneNames(Events(ParseRun(kRun)))) EXPECT_TRUE(names.insert(name).second) << name;
  EXPECT_EQ(names, (std::set<std::string>{"Orchestrator", "Scheduler 0", "Scheduler 1", "AIC_0", "AIV_0", "AIV_1"}));
}

TEST(ChromeTrace, DrawsEveryRowOnItsCoreWithAllItsTimes) {
  const WrittenRun run = ParseRun(kRun);
  const Json events = Events(run);
  auto names = LaneNames(events);
  const std::vector<Json> slices = Slices(events, "kernel");
  ASSERT_EQ(slices.size(), run.trace.rows.size());
  const Json& last = slices.back();
  EXPECT_EQ(last["name"], "D");
  EXPECT_EQ(names[LaneOf(last)], "AIC_0");
  EXPECT_EQ(last["ts"], 32);
  EXPECT_EQ(last["dur"], 8.000001);
  EXPECT_EQ(last["args"], (Json{{"task", 3},
                                {"block", 0},
                                {"submit_us", 4},
                                {"ready_us", 30},
                                {"dispatch_us", 31},
                                {"receive_us", 31.001},
                                {"start_us", 32},
                                {"end_us", 40.000001},
                                {"finish_us", 40.5},
                                {"waited", "26 us for producer B #1"}}));
}

TEST(ChromeTrace, SaysWhyARowWaited) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 1 2 2
    task C aic 2 3 3
    row A AIC_0 1 3 13 13.5
    row B AIC_0 4 14 20 20.5
    row C AIC_0 21 22 30 30.5
  )");
  const std::vector<Json> slices = Slices(Events(run), "kernel");
  EXPECT_EQ(slices[0]["args"]["waited"], "no wait: dispatched when submitted");
  EXPECT_EQ(slices[1]["args"]["waited"], "9 us behind A #0 on the core");
  EXPECT_EQ(slices[2]["args"]["waited"], "18 us in the ready queue");
}

TEST(ChromeTrace, DrawsSubmitsAndSchedulerPhases) {
  const Json events = Events(ParseRun(kRun));
  auto names = LaneNames(events);
  const std::vector<Json> submits = Slices(events, "submit");
  ASSERT_EQ(submits.size(), 4U);
  EXPECT_EQ(names[LaneOf(submits[1])], "Orchestrator");
  EXPECT_EQ(submits[1]["ts"], 1);
  EXPECT_EQ(submits[1]["dur"], 1);
  const std::vector<Json> phases = Slices(events, "scheduler");
  ASSERT_EQ(phases.size(), 2U);
  EXPECT_EQ(names[LaneOf(phases[1])], "Scheduler 1");
  EXPECT_EQ(phases[1]["name"], "dispatch");
}

TEST(ChromeTrace, NamesThePhasesThatWholeRunsHave) {
  const Json events = Events(ParseRun(std::string(kRun) + "  phase 0 release 50 51\n"));
  const auto named = [](const Json& event) { return event["name"] == "release"; };
  EXPECT_EQ(std::count_if(events.begin(), events.end(), named), 1);
}

TEST(ChromeTrace, FlowsJoinExistingSlicesOfTheCriticalChain) {
  const Json events = Events(ParseRun(kRun));
  std::map<Lane, std::vector<Json>> slices;
  std::map<int, Json> starts;
  std::map<int, Json> ends;
  for (const Json& event : events) {
    if (event["ph"] == "X") slices[LaneOf(event)].push_back(event);
    if (event["ph"] == "s") starts[event["id"]] = event;
    if (event["ph"] == "f") ends[event["id"]] = event;
  }
  const auto slice_at = [&](const Json& flow) {
    for (const Json& slice : slices[LaneOf(flow)]) {
      const double begin = slice["ts"];
      if (flow["ts"] >= begin && flow["ts"] < begin + slice["dur"].get<double>()) return slice;
    }
    return Json();
  };
  ASSERT_EQ(starts.size(), 2U);  // A -> B -> D
  ASSERT_EQ(ends.size(), 2U);
  std::vector<std::pair<std::string, std::string>> arrows;
  for (const auto& [id, start] : starts) {
    const Json to = slice_at(ends[id]);
    arrows.emplace_back(slice_at(start).value("name", "none"), to.value("name", "none"));
    EXPECT_EQ(ends[id]["bp"], "e");
    EXPECT_EQ(ends[id]["ts"], to["ts"]);
  }
  EXPECT_EQ(arrows, (std::vector<std::pair<std::string, std::string>>{{"B", "D"}, {"A", "B"}}));
}

TEST(ChromeTrace, AnArrowLeavesTheSubmitThatWasWaitedFor) {
  const Json events = Events(ParseRun(R"(
    machine 1 1
    task A aic 0 1 1
    task B aic 15 20 20
    row A AIC_0 2 3 13 13.5
    row B AIC_0 21 22 30 30.5
  )"));
  auto names = LaneNames(events);
  int arrows = 0;
  for (const Json& event : events) {
    if (event["ph"] != "s") continue;
    EXPECT_EQ(names[LaneOf(event)], "Orchestrator");
    EXPECT_EQ(event["ts"], 19.99);
    ++arrows;
  }
  EXPECT_EQ(arrows, 1);
}

TEST(ChromeTrace, CountersFollowStartsEndsAndQueues) {
  std::map<std::string, std::map<double, Json>> counters;
  for (const Json& event : Events(ParseRun(kRun))) {
    if (event["ph"] == "C") counters[event["name"]][event["ts"]] = event["args"];
  }
  EXPECT_EQ(counters["running cores"][3], (Json{{"AIC", 1}, {"AIV", 0}}));
  EXPECT_EQ(counters["running cores"][4], (Json{{"AIC", 1}, {"AIV", 1}}));
  EXPECT_EQ(counters["running cores"].rbegin()->second, (Json{{"AIC", 0}, {"AIV", 0}}));
  EXPECT_EQ(counters["ready tasks"][14], (Json{{"AIC", 0}, {"AIV", 1}, {"MIX", 0}}));
  EXPECT_EQ(counters["ready tasks"][15], (Json{{"AIC", 0}, {"AIV", 0}, {"MIX", 0}}));
}

TEST(ChromeTrace, EscapesKernelNames) {
  WrittenRun run = ParseRun(kRun);
  run.program.kernels[0].name = "a\"b\\";
  EXPECT_EQ(Slices(Events(run), "kernel")[1]["name"], "a\"b\\");
}

}  // namespace
}  // namespace npusched
