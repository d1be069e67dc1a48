#include "graphs/critical_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/graphs/tiny_program.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;

struct Counted {
  Program program;
  Inference inference;
};
Counted Count(const std::string& text) {
  Counted counted;
  counted.program = TinyProgram(text);
  Result<Inference> inferred = Infer(counted.program);
  EXPECT_TRUE(inferred.ok());
  counted.inference = *std::move(inferred);
  return counted;
}

TEST(EdgeCounts, PairsJoinedByACreatorAloneAreApart) {
  const Counted counted = Count(R"(
    m: OUTPUT x[0:8]
    a: INOUT x[0:8]
    b: INPUT x[0:8]
    c: <- b a a
  )");
  const EdgeCounts counts = CountEdges(counted.program, counted.inference.graph);
  EXPECT_EQ(counts.unique_pairs, 3U);  // a-b, a-c, b-c
  EXPECT_EQ(counts.creator, 2U);       // m-a, m-b
  EXPECT_EQ(counts.tensormap, 1U);
  EXPECT_EQ(counts.explicit_deps, 2U);
  EXPECT_EQ(counts.all_pairs, 5U);
}

TEST(EdgeCounts, APairWithTwoReasonsCountsOnceAndUnderBoth) {
  const Counted counted = Count(R"(
    a: INOUT x[0:8]
    b: INPUT x[0:8] <- a
  )");
  const EdgeCounts counts = CountEdges(counted.program, counted.inference.graph);
  EXPECT_EQ(counts.unique_pairs, 1U);
  EXPECT_EQ(counts.tensormap, 1U);
  EXPECT_EQ(counts.explicit_deps, 1U);
}

TEST(EdgeCounts, DummiesCountAndAllocsDoNot) {
  const Counted counted = Count(R"(
    n alloc: OUTPUT x[0:8]
    d dummy: <- n
    a:       INPUT x[0:8] <- d
  )");
  const EdgeCounts counts = CountEdges(counted.program, counted.inference.graph);
  EXPECT_EQ(counts.unique_pairs, 1U);  // d-a
  EXPECT_EQ(counts.creator, 1U);       // n-a, the one place where allocs appear
}

TEST(LongestChain, RunsThroughDummiesWithoutCountingThem) {
  const Counted counted = Count(R"(
    a:
    d dummy: <- a
    b:       <- d
    c:       <- b
  )");
  EXPECT_EQ(LongestChain(counted.program, counted.inference.graph), 3U);
}

TEST(LongestChain, LeavesOutCreatorsAndCountsALoneTask) {
  const Counted counted = Count(R"(
    m: OUTPUT x[0:8]
    a: INPUT x[0:8]
  )");
  EXPECT_EQ(LongestChain(counted.program, counted.inference.graph), 1U);
}

TEST(CriticalPath, FollowsTheLongerBranch) {
  const Counted counted = Count(R"(
    a:
    b: <- a
    c: <- a
    d: <- b c
  )");
  const CriticalPath path = FindCriticalPath(counted.inference.graph, std::vector<Picoseconds>{5, 10, 11, 1});
  EXPECT_EQ(path.length, 17);
  EXPECT_THAT(path.tasks, ElementsAre(0, 2, 3));
}

TEST(CriticalPath, TakesTheLowerIdAtATie) {
  const Counted counted = Count(R"(
    a:
    b: <- a
    c: <- a
    d: <- b c
    e: <- b c
  )");
  const CriticalPath path = FindCriticalPath(counted.inference.graph, std::vector<Picoseconds>{5, 10, 10, 1, 1});
  EXPECT_EQ(path.length, 16);
  EXPECT_THAT(path.tasks, ElementsAre(0, 1, 3));
}

TEST(CriticalPath, CountsAMissingDurationAsNone) {
  const Counted counted = Count("a:\n b: <- a\n");
  EXPECT_EQ(FindCriticalPath(counted.inference.graph, std::vector<Picoseconds>{-1, 4}).length, 4);
}

}  // namespace
}  // namespace npusched
