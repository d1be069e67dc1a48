#include "graphs/lifetimes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graphs/inference.h"
#include "tests/graphs/tiny_program.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "owner->user uses held risk"; the first `in_scope` tasks stand in a scope of their own, which then ends.
std::vector<std::string> Lifetimes(const std::string& text, TaskId in_scope) {
  Program program = TinyProgram(text);
  program.scopes.push_back({.depth = 2, .parent = 0, .first_task = 0, .end_task = in_scope});
  for (TaskId t = 0; t < in_scope; ++t) program.tasks[t].scope = 1;
  std::vector<std::string> texts;
  for (const LifetimeGroup& group : FindLifetimes(program, Infer(program)->graph).groups) {
    texts.push_back(fmt::format("{}->{} {} {}{}", group.owner, group.user, group.uses, group.held_by_ring,
                                group.risk == LifetimeRisk::kAfterScope ? " after scope" : ""));
  }
  return texts;
}

// The shape of paged attention in a MANUAL scope: `up` reads what `sf` created, but waits for `pv` alone.
TEST(Lifetimes, AReaderThatRetainsNothingMayComeTooLate) {
  EXPECT_THAT(Lifetimes("sf manual: OUTPUT m[0:8], OUTPUT p[0:8]\n pv manual: INPUT p[0:8], OUTPUT o[0:8] <- sf\n"
                        "up manual: INPUT o[0:8], INPUT m[0:8] <- pv\n next:",
                        3),
              ElementsAre("sf->up 1 0"));
}

TEST(Lifetimes, AnExplicitDepOnTheOwnerKeepsTheMemory) {
  EXPECT_THAT(Lifetimes("sf manual: OUTPUT m[0:8]\n pv manual: <- sf\n up manual: INPUT m[0:8] <- pv sf\n next:", 3),
              IsEmpty());
  EXPECT_THAT(Lifetimes("sf manual: OUTPUT m[0:8]\n pv manual: <- sf\n up manual: INPUT m[0:8] <- pv ~sf\n next:", 3),
              ElementsAre("sf->up 1 0"));  // it waits, but retains nothing
}

TEST(Lifetimes, ACreatorEdgeKeepsTheMemory) {
  EXPECT_THAT(Lifetimes("sf: OUTPUT m[0:8]\n up: INPUT m[0:8]\n next:", 2), IsEmpty());
}

TEST(Lifetimes, AConsumerThatRetainsAndComesAfterTheReaderKeepsTheMemory) {
  EXPECT_THAT(Lifetimes("sf manual: OUTPUT m[0:8]\n up manual: INPUT m[0:8] <- ~sf\n x manual: <- up\n"
                        "last manual: <- x sf\n next:",
                        4),
              IsEmpty());
  EXPECT_THAT(Lifetimes("sf manual: OUTPUT m[0:8]\n up manual: INPUT m[0:8] <- ~sf\n last manual: <- sf\n next:", 3),
              ElementsAre("sf->up 1 0"));
}

TEST(Lifetimes, MemoryStaysWhileTheScopeOfItsOwnerIsOpen) {
  EXPECT_THAT(Lifetimes("sf manual: OUTPUT m[0:8]\n up manual: INPUT m[0:8] <- ~sf", 2), IsEmpty());
}

TEST(Lifetimes, ATaskAfterTheScopeMayFindTheOwnerConsumed) {
  EXPECT_THAT(Lifetimes("sf: OUTPUT m[0:8]\n up: INPUT m[0:8]\n next:", 1), ElementsAre("sf->up 1 0 after scope"));
}

TEST(Lifetimes, AnOlderTaskOfTheRingHoldsTheMemoryBack) {
  EXPECT_THAT(
      Lifetimes("h manual: OUTPUT h[0:8]\n sf manual: OUTPUT m[0:8]\n up manual: INPUT m[0:8] <- ~sf h\n next:", 3),
      ElementsAre("sf->up 1 1"));
}

}  // namespace
}  // namespace npusched
