#include "graphs/cycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/graphs/tiny_program.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ErrorOf(const Program& program) {
  const Result<Inference> inferred = Infer(program);
  EXPECT_FALSE(inferred.ok());
  return inferred.ok() ? "" : inferred.error().ToString();
}

TEST(Cycle, ADependencyOnItselfIsNamed) {
  EXPECT_THAT(ErrorOf(TinyProgram("a:\n b: <- 1\n")), HasSubstr("task 1 'b' depends on itself"));
}

TEST(Cycle, ADependencyOnALaterTaskWithoutACycleIsNamed) {
  const std::string error = ErrorOf(TinyProgram("a: <- 1\n b:\n"));
  EXPECT_THAT(error, HasSubstr("/tasks/0/explicit_deps/0: task 0 'a' depends explicitly on task 1 'b'"));
  EXPECT_THAT(error, HasSubstr("submitted later"));
}

TEST(Cycle, ADependencyOnNoTaskIsNamed) {
  EXPECT_THAT(ErrorOf(TinyProgram("a: <- 7\n")), HasSubstr("depends on task 7; the program has 1 tasks"));
}

TEST(Cycle, PrintsTheCycleWithTheReasonOfEachEdge) {
  EXPECT_THAT(ErrorOf(TinyProgram(R"(
    a: INOUT x[0:8] <- 2
    b: INPUT x[0:8], OUTPUT y[0:8]
    c: INPUT y[0:8]
  )")),
              HasSubstr("/tasks/0/explicit_deps/0: the dependencies form a cycle of 3 tasks: "
                        "0 'a' -> 1 'b' (tensormap) -> 2 'c' (creator) -> 0 'a' (explicit)"));
}

TEST(Cycle, PrintsTheShortestOfSeveral) {
  EXPECT_THAT(ErrorOf(TinyProgram(R"(
    a: <- 3
    b: <- a
    c: <- b 3
    d: <- c
  )")),
              HasSubstr("a cycle of 2 tasks: 2 'c' -> 3 'd' (explicit) -> 2 'c' (explicit)"));
}

TEST(Cycle, MayRunThroughSeveralBackEdges) {
  const ProducerEdge after0{0, kFromExplicit, kWait};
  const ProducerEdge after2{2, kFromExplicit, kWait};
  const TaskGraph graph({0, 0, 0, 1, 2}, {after0, after2});  // 0 -> 2 -> 3, and 1 apart
  const std::vector<BackEdge> one = {{3, 1, 0}};
  const std::vector<BackEdge> both = {{3, 1, 0}, {1, 0, 0}};
  EXPECT_THAT(ShortestCycle(graph, one), IsEmpty());
  EXPECT_THAT(ShortestCycle(graph, both), ElementsAre(0, 2, 3, 1));
}

TEST(Cycle, AVeryLongCycleIsFoundAndAbbreviated) {
  constexpr TaskId kTasks = 50'000;
  Program program = TinyProgram("t:\n");
  program.tasks.resize(kTasks, program.tasks[0]);
  for (TaskId t = 0; t < kTasks; ++t) {
    program.tasks[t].first_dep = t;
    program.deps.push_back({(t + 1) % kTasks, kWait});  // every task but the last waits for the next one
  }
  const std::string error = ErrorOf(program);
  EXPECT_THAT(error, HasSubstr("a cycle of 50000 tasks"));
  EXPECT_THAT(error, HasSubstr("more"));
  EXPECT_LT(error.size(), 1000U);
}

}  // namespace
}  // namespace npusched
