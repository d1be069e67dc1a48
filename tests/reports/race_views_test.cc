#include "reports/race_views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graphs/inference.h"
#include "tests/graphs/tiny_program.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

struct Analysed {
  RaceReport races;
  LifetimeReport lifetimes;
  RedundantEdges redundant;
};
Analysed Analyse(const Program& program) {
  const Result<Inference> inference = Infer(program);
  return {FindRaces(program, inference->graph), FindLifetimes(program, inference->graph),
          FindRedundantEdges(program, inference->graph)};
}
Program Unfenced() {
  Program program = TinyProgram("a: INOUT x[0:8]!\n b: INPUT x[4:12]\n c: INPUT x[0:4] <- b");
  program.names = {"tile"};
  program.buffers[0].name = 0;
  return program;
}

TEST(RaceViews, TheTextNamesBothTasksTheRegionTheOptOutAndTheFence) {
  EXPECT_EQ(RacesText(Analyse(Unfenced()).races), R"(  races          RAW 2, WAW 0, WAR 0 pairs of tasks
    RAW a -> b on tile, 1 pair
      argument 0 of a is manual_dep
      e.g. task 0 FLOAT32 [8] at 0 by [1] and task 1 FLOAT32 [8] at 4 by [1]
    RAW a -> c on tile, 1 pair
      argument 0 of a is manual_dep
      e.g. task 0 FLOAT32 [8] at 0 by [1] and task 2 FLOAT32 [4] at 0 by [1]
  missing deps
    b after a, 1 dep, e.g. task 1 after task 0
)");
}

TEST(RaceViews, NoRaceIsOneLine) { EXPECT_EQ(RacesText(RaceReport{}), "  races          none\n"); }

TEST(RaceViews, JsonHasAnObjectForEachGroup) {
  const auto json = RacesJson(Analyse(Unfenced()).races.groups);
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[0]["hazard"], "RAW");
  EXPECT_EQ(json[0]["earlier"], "a");
  EXPECT_EQ(json[0]["later"], "b");
  EXPECT_EQ(json[0]["tensor"], "tile");
  EXPECT_EQ(json[0]["pairs"], 1);
  EXPECT_EQ(json[0]["reason"], "opt_out");
  EXPECT_EQ(json[0]["opt_outs"]["earlier"], "manual_dep");
  EXPECT_EQ(json[0]["opt_outs"]["later"], "none");
  EXPECT_EQ(json[0]["example"]["later"]["start_offset"], 4);
  EXPECT_EQ(json[1]["fence"]["deps"], 1);
  EXPECT_EQ(json[1]["fence"]["example"]["task"], 2);
}

TEST(RaceViews, AnAssumptionIsSaid) {
  const RaceReport report = Analyse(TinyProgram("a: NO_DEP x[0:8]\n b: INPUT x[0:8]")).races;
  EXPECT_FALSE(report.certain());
  EXPECT_EQ(RaceTitle(report.groups[0]),
            "RAW a -> b on (an unnamed tensor), 1 pair (if its NO_DEP argument is both read and written)");
}

TEST(RaceViews, LifetimesAndRedundantEdgesHaveALineEach) {
  Program program = TinyProgram("m manual: OUTPUT x[0:8]\n a manual: <- m\n b manual: INPUT x[0:8] <- a\n c: <- a b");
  program.scopes.push_back({.depth = 2, .parent = 0, .first_task = 0, .end_task = 3});
  for (TaskId t = 0; t < 3; ++t) program.tasks[t].scope = 1;
  const Analysed found = Analyse(program);
  EXPECT_THAT(LifetimesText(found.lifetimes),
              HasSubstr("(an unnamed tensor) of m, used by b: 1 use that no edge retains, e.g. task 2 after task 0"));
  EXPECT_EQ(LifetimesJson(found.lifetimes)[0]["risk"], "not_retained");
  EXPECT_THAT(RedundantText(found.redundant), HasSubstr("    c after a, explicit 1 edge, e.g. task 3 after task 1\n"));
  EXPECT_EQ(RedundantJson(found.redundant)["groups"][0]["edges"], 1);
}

}  // namespace
}  // namespace npusched
