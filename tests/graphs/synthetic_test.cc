#include "graphs/synthetic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "graphs/critical_path.h"
#include "graphs/inference.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

Program Emit(const std::string& program) {
  Result<Program> result = EmitSynthetic(*ParseYaml(program, "test.yaml"));
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().ToString());
  return result.ok() ? *std::move(result) : Program{};
}

std::string EmitError(const std::string& program) {
  const Result<Program> result = EmitSynthetic(*ParseYaml(program, "test.yaml"));
  return result.ok() ? "" : result.error().ToString();
}

// "tasks/pairs/chain" of the inferred graph.
std::string Shape(const std::string& text) {
  const Program program = Emit(text);
  const Result<Inference> inference = Infer(program);
  if (!inference.ok()) return inference.error().ToString();
  return std::to_string(program.tasks.size()) + "/" +
         std::to_string(CountEdges(program, inference->graph).unique_pairs) + "/" +
         std::to_string(LongestChain(program, inference->graph));
}

TEST(Synthetic, AChainIsAsLongAsItsTasks) {
  EXPECT_EQ(Shape("{pattern: chain, tasks: 1, duration_us: 1}"), "1/0/1");
  EXPECT_EQ(Shape("{pattern: chain, tasks: 100, duration_us: 1}"), "100/99/100");
}

TEST(Synthetic, IndependentTasksHaveNoEdge) {
  EXPECT_EQ(Shape("{pattern: independent, tasks: 100, duration_us: 1}"), "100/0/1");
}

TEST(Synthetic, ForkJoinFansOutAndInEveryRound) {
  EXPECT_EQ(Shape("{pattern: fork_join, width: 1, depth: 1, duration_us: 1}"), "3/2/3");
  EXPECT_EQ(Shape("{pattern: fork_join, width: 33, depth: 2, duration_us: 1}"), "69/132/5");
}

TEST(Synthetic, LayeredTasksFollowDistinctTasksOfTheLayerBefore) {
  EXPECT_EQ(Shape("{pattern: layered, width: 10, depth: 5, degree: 3, duration_us: 1}"), "50/120/5");
  // no more producers than the layer has
  EXPECT_EQ(Shape("{pattern: layered, width: 2, depth: 5, degree: 3, duration_us: 1}"), "10/16/5");
}

TEST(Synthetic, RandomTasksFollowEarlierOnes) {
  // 0, 1 and 2 producers for the first three, then two for each
  EXPECT_EQ(Shape("{pattern: random, tasks: 50, degree: 2, duration_us: 1}").substr(0, 6), "50/97/");
}

TEST(Synthetic, ACertainEdgeIsAlwaysThereAndAnImpossibleOneNever) {
  EXPECT_EQ(Shape("{pattern: random, tasks: 20, edge_probability: 1, duration_us: 1}"), "20/190/20");
  EXPECT_EQ(Shape("{pattern: random, tasks: 20, edge_probability: 0, duration_us: 1}"), "20/0/1");
}

TEST(Synthetic, EdgesComeAsOftenAsTheirProbability) {
  const Program program = Emit("{pattern: layered, width: 200, depth: 11, edge_probability: 0.1, duration_us: 1}");
  const auto reads = static_cast<double>(program.args.size() - program.tasks.size());
  EXPECT_NEAR(reads, 10 * 200 * 200 * 0.1, 4 * 190);  // four standard deviations of sqrt(n p (1 - p))
}

TEST(Synthetic, DurationsAreGivenOrDrawn) {
  for (const Picoseconds duration : Emit("{pattern: chain, tasks: 9, duration_us: 2.5}").durations) {
    EXPECT_EQ(duration, 2'500'000);
  }
  const Program drawn = Emit("{pattern: chain, tasks: 100, duration_us: {random: [5, 7]}}");
  ASSERT_EQ(drawn.durations.size(), 100U);
  for (const Picoseconds duration : drawn.durations) {
    EXPECT_GE(duration, 5'000'000);
    EXPECT_LE(duration, 7'000'000);
  }
  EXPECT_GT(std::set(drawn.durations.begin(), drawn.durations.end()).size(), 90U);
}

TEST(Synthetic, CoresAreAsAsked) {
  const auto count_aic = [](const Program& program) {
    int aic = 0;
    for (const Task& task : program.tasks) aic += task.core == CoreShape::kAic ? 1 : 0;
    return aic;
  };
  EXPECT_EQ(count_aic(Emit("{pattern: chain, tasks: 100, duration_us: 1, core: aic}")), 100);
  EXPECT_EQ(count_aic(Emit("{pattern: chain, tasks: 100, duration_us: 1, core: aiv}")), 0);
  const int mixed = count_aic(Emit("{pattern: chain, tasks: 100, duration_us: 1, core: mixed}"));
  EXPECT_GT(mixed, 30);
  EXPECT_LT(mixed, 70);
}

TEST(Synthetic, TheSeedDecides) {
  const std::string head =
      "{pattern: random, tasks: 100, degree: 3, core: mixed, duration_us: {random: [1, 9]}, seed: ";
  const auto buffers = [&](const std::string& seed) {
    std::vector<std::pair<BufferId, RegionId>> reads;
    const Program program = Emit(head + seed + "}");
    for (const Arg& arg : program.args) reads.emplace_back(arg.buffer, arg.region);
    return std::pair(reads, program.durations);
  };
  EXPECT_EQ(buffers("1"), buffers("1"));
  EXPECT_NE(buffers("1").first, buffers("2").first);
  EXPECT_NE(buffers("1").second, buffers("2").second);
}

TEST(Synthetic, BadInputIsRefusedWithItsPlace) {
  EXPECT_EQ(EmitError("{pattern: chain, tasks: 0, duration_us: 1}"),
            "test.yaml:1:25: program.tasks: expected an integer between 1 and 20000000, got '0'");
  EXPECT_THAT(EmitError("{pattern: chian, tasks: 1, duration_us: 1}"), HasSubstr("did you mean 'chain'?"));
  EXPECT_THAT(EmitError("{tasks: 1, duration_us: 1}"), HasSubstr("program.pattern: expected a value"));
  EXPECT_THAT(EmitError("{pattern: chain, tasks: 1}"), HasSubstr("program.duration_us: expected a value"));
  EXPECT_THAT(EmitError("{pattern: chain, tasks: 1, width: 2, duration_us: 1}"), HasSubstr("'chain' does not use it"));
  EXPECT_THAT(EmitError("{pattern: chain, tasks: 1, duration_us: -1}"), HasSubstr("got '-1'"));
  EXPECT_THAT(EmitError("{pattern: chain, tasks: 1, duration_us: .nan}"), HasSubstr("finite"));
  EXPECT_THAT(EmitError("{pattern: chain, tasks: 1, duration_us: {random: [2, 1]}}"), HasSubstr("between 2 and"));
  EXPECT_THAT(EmitError("{pattern: random, tasks: 9, degree: 1, edge_probability: 0.5, duration_us: 1}"),
              HasSubstr("not both"));
  EXPECT_THAT(EmitError("{pattern: layered, width: 500000, depth: 500000, degree: 1, duration_us: 1}"),
              HasSubstr("expected at most 20000000 tasks"));
  EXPECT_THAT(EmitError("{pattern: random, tasks: 1000000, edge_probability: 0.5, duration_us: 1}"),
              HasSubstr("producers a task"));
}

}  // namespace
}  // namespace npusched
