#include "reports/swimlane_svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/swimlane_lanes.h"
#include "tests/reports/run_fixture.h"
#include "tests/reports/svg_fixture.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kRun = R"(
  machine 2 2
  task A aic 0 1 1
  task B aiv 1 2 14 after A by A
  task C aiv 2 3 3
  row C AIV_1 3.5 4 12 12.5
  row A AIC_0 2 3 13 13.5
  row B AIV_3 15 16 26 26.5
  phase 1 complete 13.5 14
)";

std::string Draw(const WrittenRun& run, const SwimlaneOptions& options = {}, const std::string& title = "Why?") {
  const RunInput input = run.input();
  const std::vector<SwimlanePanel> panels = {{"base", input, run.trace}};
  return SwimlaneSvg(title, panels, options);
}

// Bars stand in the groups of their lanes.
std::size_t CountBars(std::string_view svg) {
  std::size_t bars = 0;
  for (std::size_t at = svg.find("<g "); at != std::string_view::npos; at = svg.find("<g ", at + 1)) {
    bars += Count(svg.substr(at, svg.find("</g>", at) - at), "<rect");
  }
  return bars;
}

TEST(SwimlaneSvg, IsWellFormedWhateverTheNames) {
  EXPECT_FALSE(WellFormed("<a><b></a>"));
  WrittenRun run = ParseRun(kRun);
  run.program.kernels[0].name = "a<b>&\"c\xff";
  const std::string svg = Draw(run, {}, "1 < 2 && \"3\"\n?");
  EXPECT_TRUE(WellFormed(svg)) << svg;
  EXPECT_THAT(svg, HasSubstr("a&lt;b&gt;&amp;&quot;c\xEF\xBF\xBD"));
  EXPECT_THAT(svg, HasSubstr("<title>1 &lt; 2 &amp;&amp; &quot;3&quot; ?</title>"));
  EXPECT_TRUE(WellFormed(SwimlaneSvg("", {}, {})));
}

TEST(SwimlaneSvg, DrawsOneBarPerSubmitPhaseAndRowWhenWide) { EXPECT_EQ(CountBars(Draw(ParseRun(kRun))), 3U + 1U + 3U); }

TEST(SwimlaneSvg, LeavesOutLanesWithoutWork) {
  const std::string svg = Draw(ParseRun(kRun));
  for (const char* lane : {">Orchestrator<", ">Scheduler 1<", ">AIC 0<", ">AIV 1<", ">AIV 3<"}) {
    EXPECT_THAT(svg, HasSubstr(lane));
  }
  for (const char* lane : {">Scheduler 0<", ">AIC 1<", ">AIV 0<", ">AIV 2<"}) EXPECT_THAT(svg, Not(HasSubstr(lane)));
}

TEST(SwimlaneSvg, AWindowCutsBarsAndLanes) {
  const std::string svg = Draw(ParseRun(kRun), {.highlight = "", .from = Us(13), .to = Us(17)});
  EXPECT_EQ(CountBars(svg), 2U);  // a phase, and B from 16 on
  EXPECT_THAT(svg, HasSubstr("x=\"595.5\" width=\"198.1\""));
  EXPECT_THAT(svg, Not(HasSubstr(">AIC 0<")));  // A ends at 13
}

TEST(SwimlaneSvg, SaysMakespanBoundAndWhereTheHighlightedKernelRan) {
  const std::string svg = Draw(ParseRun(kRun), {.highlight = "B"});
  EXPECT_THAT(svg, HasSubstr("makespan 23.0 us, bound by critical_path 20.0 us"));
  EXPECT_THAT(svg, HasSubstr("B: 1 on 1 core, one after another, from 16.0 to 26.0 us"));
  EXPECT_THAT(svg, HasSubstr(">everything else<"));
}

TEST(SwimlaneSvg, TheSameRunsGiveTheSameBytes) { EXPECT_EQ(Draw(ParseRun(kRun)), Draw(ParseRun(kRun))); }

TEST(SwimlaneSvg, StaysSmallHoweverManyTasks) {
  std::string text = "machine 1 1\n";
  for (int i = 0; i < 20000; ++i) {
    text += "task k" + std::to_string(i % 2) + "." + std::to_string(i) + " aiv 0 0.5 1\n";
    const int start = 2 + 2 * i;
    text += "row k" + std::to_string(i % 2) + "." + std::to_string(i) + " AIV_0 1 " + std::to_string(start) + " " +
            std::to_string(start + 1) + " " + std::to_string(start + 2) + "\n";
  }
  EXPECT_LT(Draw(ParseRun(text)).size(), 100'000U);
}

TEST(SwimlaneLanes, MergesNarrowNeighboursOfOneKernelAcrossNarrowGaps) {
  EXPECT_THAT(MergeBars({{0, 9, 1}, {18, 27, 1}}, 10, false), ElementsAre(Bar{0, 27, 1}));
  EXPECT_THAT(MergeBars({{0, 9, 1}, {19, 28, 1}}, 10, false), ElementsAre(Bar{0, 9, 1}, Bar{19, 28, 1}));
  EXPECT_THAT(MergeBars({{0, 10, 1}, {11, 20, 1}}, 10, false), ElementsAre(Bar{0, 10, 1}, Bar{11, 20, 1}));
}

TEST(SwimlaneLanes, MergesOtherKernelsOnlyWithinHalfAPixelInTheLongestsLook) {
  EXPECT_THAT(MergeBars({{0, 3, 1}, {9, 16, 2}}, 10, false), ElementsAre(Bar{0, 16, 2}));
  EXPECT_THAT(MergeBars({{0, 3, 1}, {10, 16, 2}}, 10, false), ElementsAre(Bar{0, 3, 1}, Bar{10, 16, 2}));
  EXPECT_THAT(MergeBars({{0, 3, 0}, {4, 9, kGrey}}, 10, true), ElementsAre(Bar{0, 9, 0}));
}

}  // namespace
}  // namespace npusched
