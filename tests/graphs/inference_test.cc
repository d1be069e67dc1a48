#include "graphs/inference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/graphs/tiny_program.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Inference InferTiny(const Program& program) {
  Result<Inference> inferred = Infer(program, {.record_rows = true});
  EXPECT_TRUE(inferred.ok());
  return *std::move(inferred);
}

// The tag table, one row a test: whether a tag looks up and whether it inserts.

TEST(Inference, InputLooksUpAndDoesNotInsert) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    write: OUTPUT_EXISTING x[0:8]
    read:  INPUT x[0:8]
    again: INPUT x[0:8]
  )")),
              ElementsAre("write->read 0 tensormap covered", "write->again 0 tensormap covered"));
}

TEST(Inference, InOutLooksUpAndInserts) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    a: INOUT x[0:8]
    b: INOUT x[4:12]
    c: INPUT x[0:12]
  )")),
              ElementsAre("a->b 0 tensormap other", "b->c 0 tensormap covered", "a->c 0 tensormap covered"));
}

TEST(Inference, OutputExistingInsertsWithoutLookingUp) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    a: OUTPUT_EXISTING x[0:8]
    b: OUTPUT_EXISTING x[0:8]
    c: INPUT x[0:8]
  )")),
              ElementsAre("b->c 0 tensormap covered", "a->c 0 tensormap covered"));
}

TEST(Inference, OutputMakesTheTaskTheCreatorAndNothingElse) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    make: OUTPUT x[0:8]
    read: INPUT x[0:8]
    late: OUTPUT_EXISTING x[0:8]
  )")),
              ElementsAre("make->read 0 creator", "make->late 0 creator"));
}

TEST(Inference, NoDepTakesTheCreatorEdgeOnly) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    make: OUTPUT x[0:8]
    w:    INOUT x[0:8]
    n:    NO_DEP x[0:8]
    r:    INPUT x[0:8]
  )")),
              ElementsAre("make->w 0 creator", "make->n 0 creator", "make->r 0 creator", "w->r 0 tensormap covered"));
}

TEST(Inference, WriteAfterReadGivesNoEdge) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    read:  INPUT x[0:8]
    write: INOUT x[0:8]
  )")),
              IsEmpty());
}

TEST(Inference, InOutRemovesTheEntriesThatItCovers) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    a: INOUT x[0:8]
    b: INOUT x[0:8]
    c: INPUT x[0:8]
  )")),
              ElementsAre("a->b 0 tensormap covered", "b->c 0 tensormap covered"));
}

TEST(Inference, AnInputThatCoversAnEntryLeavesItAlive) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    a: OUTPUT_EXISTING x[0:8]
    b: INPUT x[0:16]
    c: INPUT x[0:8]
  )")),
              ElementsAre("a->b 0 tensormap covered", "a->c 0 tensormap covered"));
}

TEST(Inference, AnEntryThatIsNotCoveredStays) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    a: INOUT x[0:16]
    b: INOUT x[0:8]
    c: INPUT x[8:16]
  )")),
              ElementsAre("a->b 0 tensormap other", "a->c 0 tensormap other"));
}

TEST(Inference, AllLookUpsOfATaskComeBeforeItsInserts) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    a: INOUT x[0:8], INPUT x[0:8]
    b: INPUT x[0:8]
  )")),
              ElementsAre("a->b 0 tensormap covered"));
}

TEST(Inference, AnEntryRemovedByOneArgumentIsGoneForTheNext) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    a: INOUT x[0:8]
    b: INOUT x[0:8], INPUT x[0:8]
    c: INPUT y[0:8], INOUT x[0:8]
  )")),
              ElementsAre("a->b 0 tensormap covered", "b->c 1 tensormap covered"));
}

TEST(Inference, ManualDepOfAnArgumentLeavesItsCreatorEdge) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    make: OUTPUT x[0:8]
    w:    INOUT x[0:8]!
    r:    INPUT x[0:8]
    s:    INOUT x[0:8]
    t:    INPUT x[0:8]!
  )")),
              ElementsAre("make->w 0 creator", "make->r 0 creator", "make->s 0 creator", "make->t 0 creator"));
}

TEST(Inference, ManualDepOfABufferHoldsForAllItsArguments) {
  Program program = TinyProgram(R"(
    a: INOUT x[0:8]
    b: INPUT x[0:8]
  )");
  EXPECT_THAT(InferRows(program), ElementsAre("a->b 0 tensormap covered"));
  program.buffers[0].manual_dep = true;
  EXPECT_THAT(InferRows(program), IsEmpty());
}

TEST(Inference, AManualScopeKeepsOnlyExplicitDependencies) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    make:     OUTPUT x[0:8]
    a:        INOUT x[0:8]
    b manual: INOUT x[0:8] <- make
    c:        INPUT x[0:8]
  )")),
              ElementsAre("make->a 0 creator", "make->b - explicit", "make->c 0 creator", "a->c 0 tensormap covered"));
}

TEST(Inference, RowsAreExplicitThenPerArgumentCreatorAndNewestFirst) {
  EXPECT_THAT(InferRows(TinyProgram(R"(
    m: OUTPUT x[0:8], OUTPUT y[0:8]
    a: OUTPUT_EXISTING x[0:4]
    b: OUTPUT_EXISTING x[4:8], OUTPUT_EXISTING y[0:8]
    c: INPUT x[0:8], INPUT y[0:8] <- a a
  )")),
              ElementsAre("m->a 0 creator", "m->b 0 creator", "a->c - explicit", "m->c 0 creator",
                          "b->c 0 tensormap covered", "a->c 0 tensormap covered", "b->c 1 tensormap covered"));
}

TEST(Inference, ACreatorRowIsLeftOutWhenItsProducerHasARowAlready) {
  const Program program = TinyProgram(R"(
    m: OUTPUT x[0:8]
    a: INPUT x[0:8] <- ~m
  )");
  const Inference inferred = InferTiny(program);
  EXPECT_THAT(RowTexts(program, inferred.rows), ElementsAre("m->a - explicit"));
  const ProducerEdge edge = inferred.graph.Producers(1)[0];
  EXPECT_EQ(edge.sources, kFromExplicit | kFromCreator);
  EXPECT_EQ(edge.flags, kWait | kRetain);
}

TEST(Inference, OneEdgeForAPairWithAllItsReasonsAndFlags) {
  const Program program = TinyProgram(R"(
    m: OUTPUT x[0:8], INOUT y[0:8]
    a: INPUT y[0:8], INPUT y[0:4], INPUT x[0:8]
    b: INPUT y[0:8]
  )");
  const Inference inferred = InferTiny(program);
  ASSERT_EQ(inferred.graph.Producers(1).size(), 1U);
  EXPECT_EQ(inferred.graph.Producers(1)[0].sources, kFromCreator | kFromTensormap);
  EXPECT_EQ(inferred.graph.Producers(1)[0].flags, kWait | kRetain);
  EXPECT_EQ(inferred.graph.Producers(2)[0].flags, kWait);
  EXPECT_EQ(inferred.row_counts.tensormap, 3U);
  EXPECT_EQ(inferred.row_counts.creator, 0U);  // its producer has a row by then
}

TEST(Inference, BuffersAtOneAddressShareTheirEntries) {
  Program program = TinyProgram(R"(
    a: INOUT x[0:8]
    b: INPUT y[0:8]
  )");
  EXPECT_THAT(InferRows(program), IsEmpty());
  program.buffers[0].address = program.buffers[1].address = 4096;
  EXPECT_THAT(InferRows(program), ElementsAre("a->b 0 tensormap covered"));
  program.buffers[1].address = 8192;
  EXPECT_THAT(InferRows(program), IsEmpty());
}

TEST(Inference, AViewHasItsOwnOwnerVersionAndStorage) {
  Program program = TinyProgram(R"(
    m: OUTPUT x[0:8]
    n:
    a: INOUT x[0:8]
    b: INPUT x[512:520]
    c: INPUT x[0:8]
  )");
  program.views = {{.buffer_bytes = -1, .owner = -2, .version = 1}, {.buffer_bytes = 16, .owner = 1, .version = 0}};
  program.args[2].view = 0;  // of b: no owner, a newer version
  program.args[3].view = 1;  // of c: owned by n, a storage of four elements
  EXPECT_THAT(InferRows(program),
              ElementsAre("m->a 0 creator", "a->b 0 tensormap other", "n->c 0 creator", "a->c 0 tensormap other"));
}

TEST(Inference, CountsWhatTheOrchestratorDoes) {
  const Inference inferred = InferTiny(TinyProgram(R"(
    a: OUTPUT_EXISTING x[0:8]
    b: OUTPUT_EXISTING x[8:16]
    c: INPUT x[100:108], INOUT x[0:8], NO_DEP x[0:8]
  )"));
  EXPECT_EQ(inferred.counts[0].lookups, 0U);
  EXPECT_EQ(inferred.counts[0].inserts, 1U);
  EXPECT_EQ(inferred.counts[2].lookups, 2U);
  EXPECT_EQ(inferred.counts[2].entries_walked, 4U);  // both entries, twice, whether they overlap or not
  EXPECT_EQ(inferred.counts[2].removals, 1U);
  EXPECT_EQ(inferred.counts[2].inserts, 1U);
}

TEST(Inference, AnEmptyProgramIsRefused) {
  const Result<Inference> inferred = Infer(Program{});
  ASSERT_FALSE(inferred.ok());
  EXPECT_THAT(inferred.error().message, HasSubstr("no tasks"));
}

TEST(Inference, ABufferThatALaterTaskCreatesIsRefused) {
  Program program = TinyProgram(R"(
    early: INPUT x[0:8]
    make:  OUTPUT x[0:8]
  )");
  const Result<Inference> inferred = Infer(program);
  ASSERT_FALSE(inferred.ok());
  EXPECT_THAT(inferred.error().ToString(), HasSubstr("/tasks/0/args/0"));
  EXPECT_THAT(inferred.error().message, HasSubstr("task 0 'early' uses a buffer that task 1 creates later"));
}

}  // namespace
}  // namespace npusched
