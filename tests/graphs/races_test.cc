#include "graphs/races.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graphs/inference.h"
#include "tests/graphs/qwen3_fixture.h"
#include "tests/graphs/race_texts.h"
#include "tests/graphs/tiny_program.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

RaceReport Races(const Program& program, const RaceOptions& options = {}) {
  const Result<Inference> inference = Infer(program);
  EXPECT_TRUE(inference.ok());
  return FindRaces(program, inference->graph, options);
}
std::vector<std::string> Groups(const std::string& text) { return GroupTexts(Races(TinyProgram(text))); }

TEST(Races, AnInferredOrderIsEnough) {
  EXPECT_THAT(Groups("a: INOUT x[0:8]\n b: INPUT x[0:8]"), IsEmpty());
  EXPECT_THAT(Groups("a: INOUT x[0:8]\n b: INOUT x[0:8]"), IsEmpty());
}

TEST(Races, AWriteAfterAReadIsNeverInferred) {
  EXPECT_THAT(Groups("a: INPUT x[0:8]\n b: INOUT x[0:8]"), ElementsAre("WAR a->b 1 never inferred"));
  EXPECT_THAT(Groups("a: INPUT x[0:8]\n b: INOUT x[0:8] <- a"), IsEmpty());
}

TEST(Races, RegionsMeetByTheByte) {
  EXPECT_THAT(Groups("a: INPUT x[0:8]\n b: INOUT x[7:9]"), ElementsAre("WAR a->b 1 never inferred"));
  EXPECT_THAT(Groups("a: INPUT x[0:8]\n b: INOUT x[8:9]"), IsEmpty());
}

TEST(Races, TwoReadersDoNotRace) { EXPECT_THAT(Groups("a: INPUT x[0:8]\n b: INPUT x[0:8]"), IsEmpty()); }

TEST(Races, NamesTheOptOutOfEitherSide) {
  EXPECT_THAT(Groups("a: INOUT x[0:8]!\n b: INPUT x[0:8]"), ElementsAre("RAW a->b 1 manual_dep/-"));
  EXPECT_THAT(Groups("a: INOUT x[0:8]\n b: INPUT x[0:8]!"), ElementsAre("RAW a->b 1 -/manual_dep"));
  EXPECT_THAT(Groups("a manual: INOUT x[0:8]\n b: INPUT x[0:8]"), ElementsAre("RAW a->b 1 manual_scope/-"));
  EXPECT_THAT(Groups("a: OUTPUT_EXISTING x[0:8]\n b: OUTPUT_EXISTING x[0:8]"), ElementsAre("WAW a->b 1 -/tag"));
}

TEST(Races, ANoDepArgumentThatDoesNotSayIsTakenToReadAndWrite) {
  EXPECT_THAT(Groups("a: NO_DEP x[0:8]\n b: INPUT x[0:8]"), ElementsAre("RAW a->b 1 no_dep/- assumed"));
  Program program = TinyProgram("a: NO_DEP x[0:8]\n b: INPUT x[0:8]");
  program.args[0].access = Access::kRead;
  EXPECT_FALSE(Races(program).racy());
}

TEST(Races, WhatIsTouchedCountsNotWhatIsPassed) {
  Program program = TinyProgram("a: OUTPUT_EXISTING x[0:64]\n b: OUTPUT_EXISTING x[0:64]\n c: NO_DEP x[0:8]");
  program.args[0].touched = program.args[2].region;  // [0:8)
  program.regions.push_back({8, {8}, {1}, 1, DType::kFloat32});
  program.args[1].touched = static_cast<RegionId>(program.regions.size() - 1);
  program.args[2].access = Access::kRead;
  EXPECT_THAT(GroupTexts(Races(program)), ElementsAre("RAW a->c 1 -/no_dep"));
}

TEST(Races, TouchingMoreThanIsPassedIsSaidSo) {
  Program program = TinyProgram("a: INOUT x[0:8]\n b: INPUT x[8:16]\n c: INPUT x[0:16]");
  program.args[1].touched = program.args[2].region;
  EXPECT_THAT(GroupTexts(Races(program)), ElementsAre("RAW a->b 1 declared apart"));
}

TEST(Races, AtomicAddsNeedNoOrderAmongThemselves) {
  Program program = TinyProgram("a manual: INOUT x[0:8]\n b manual: INOUT x[4:12]\n c manual: INPUT x[0:8]");
  program.args[0].access = program.args[1].access = Access::kAccumulate;
  EXPECT_THAT(GroupTexts(Races(program)),
              ElementsAre("RAW a->c 1 manual_scope/manual_scope", "RAW b->c 1 manual_scope/manual_scope"));
  program.args[1].access = Access::kReadWrite;
  EXPECT_EQ(Races(program).Count(Hazard::kWaw), 1U);
}

TEST(Races, AtomicAddsOfTwoTypesToTheSameBytesRace) {
  Program program = TinyProgram("a manual: INOUT x[0:8]\n b manual: INOUT x[0:8]");
  program.args[0].access = program.args[1].access = Access::kAccumulate;
  EXPECT_FALSE(Races(program).racy());
  program.regions.push_back({0, {8}, {1}, 1, DType::kInt32});
  program.args[1].touched = static_cast<RegionId>(program.regions.size() - 1);
  EXPECT_EQ(Races(program).Count(Hazard::kWaw), 1U);
}

TEST(Races, ATaskThatAddsAndAlsoWritesIsHeldToItsWrite) {
  Program program = TinyProgram("a manual: INOUT x[0:8], INOUT x[0:8]\n b manual: INOUT x[0:8]");
  program.args[0].access = program.args[2].access = Access::kAccumulate;
  program.args[1].access = Access::kWrite;
  EXPECT_EQ(Races(program).Count(Hazard::kWaw), 1U);
  EXPECT_EQ(Races(program).Count(Hazard::kWar), 0U);
}

TEST(Races, APathThroughAnAllocOrdersNothing) {
  EXPECT_THAT(Groups("a: INPUT x[0:8]\n m alloc: OUTPUT y[0:8] <- a\n b: INOUT x[0:8] <- m"),
              ElementsAre("WAR a->b 1 never inferred"));
  EXPECT_THAT(Groups("a: INPUT x[0:8]\n m dummy: <- a\n b: INOUT x[0:8] <- m"), IsEmpty());
}

TEST(Races, TasksWithoutACoreTouchNothing) {
  EXPECT_THAT(Groups("a: INPUT x[0:8]\n m dummy: INOUT x[0:8]\n b: INPUT x[0:8]"), IsEmpty());
}

TEST(Races, BuffersWhoseAddressesOverlapAreOneStorage) {
  Program program = TinyProgram("a: INOUT x[16:24]\n b: INPUT y[0:8]");
  program.buffers[0].address = 0x1000;
  program.buffers[1].address = 0x1000 + 64;  // element 16 of x
  EXPECT_THAT(GroupTexts(Races(program)), ElementsAre("RAW a->b 1 other base"));
  program.buffers[1].address = 0x1000 + 96;
  EXPECT_FALSE(Races(program).racy());
}

TEST(Races, FencesAreTheFewestThatOrderEveryPair) {
  // Each pair of a, b and c races; a chain of two deps is enough.
  const RaceReport report = Races(TinyProgram("a: INOUT x[0:8]!\n b: INOUT x[0:8]!\n c: INOUT x[0:8]!"));
  EXPECT_EQ(report.Count(Hazard::kWaw), 3U);
  EXPECT_THAT(FenceTexts(report), ElementsAre("b <- a 1", "c <- b 1"));
}

TEST(Races, AFenceFollowsPathsOfTheGraph) {
  // b follows a's reader r, so a dep of r on a orders b too.
  const RaceReport report = Races(TinyProgram("a: INOUT x[0:8]!\n r: INPUT x[0:8]\n b: INPUT x[0:8] <- r"));
  EXPECT_THAT(GroupTexts(report), ElementsAre("RAW a->r 1 manual_dep/-", "RAW a->b 1 manual_dep/-"));
  EXPECT_THAT(FenceTexts(report), ElementsAre("r <- a 1"));
}

TEST(Races, ASmallBudgetGivesTheSameReport) {
  const Program program = EmitText("{layers: 2, lm_head: false, silu: unfenced, rope: unfenced}");
  const RaceReport whole = Races(program, {.keep_pairs = true});
  const RaceReport blocks = Races(program, {.keep_pairs = true, .budget_bytes = 1});
  EXPECT_EQ(GroupTexts(whole), GroupTexts(blocks));
  EXPECT_EQ(whole.all, blocks.all);
  EXPECT_EQ(whole.all.size(), whole.Count(Hazard::kRaw));
}

// The published program and its correct what-ifs have no race of any kind.
class Qwen3WithoutRaces : public ::testing::TestWithParam<const char*> {};
TEST_P(Qwen3WithoutRaces, HasNone) { EXPECT_THAT(GroupTexts(Races(EmitText(GetParam()))), IsEmpty()); }
INSTANTIATE_TEST_SUITE_P(
    Programs, Qwen3WithoutRaces,
    ::testing::Values(
        "{layers: 2, vocab_chunk: 512}", "{layers: 2, lm_head: false, windows: off}",
        "{layers: 2, lm_head: false, windows: on_with_silu}", "{layers: 2, lm_head: false, layer_loop: false}",
        "{layers: 2, lm_head: false, rope: manual, silu: manual}", "{layers: 2, lm_head: false, workload: {batch: 40}}",
        "{layers: 2, lm_head: false, workload: {seq_lens: {random: [1, 4096], seed: 7}}}", "{shape: 308_before}",
        "{shape: 308_after}", "{shape: 275_after, layers: 2}", "{shape: 349, layers: 2, lm_head: false}",
        "{shape: 360, layers: 2, lm_head: false}", "{shape: 387, layers: 2, lm_head: false}",
        "{shape: 420, layers: 2, lm_head: false}", "{shape: 449, layers: 2, lm_head: false}", "{shape: 489, layers: 2}",
        "{shape: head, layers: 2}"));

TEST(Qwen3Races, AnUnfencedRopeRacesWithItsReaders) {
  const RaceReport report = Races(EmitText("{layers: 2, lm_head: false, rope: unfenced}"));
  EXPECT_THAT(GroupTexts(report),
              ElementsAre("RAW rope_kv_cache->qk_matmul 128 no_dep/-", "RAW rope_kv_cache->qk_matmul 128 no_dep/-",
                          "RAW rope_kv_cache->sv_matmul 128 no_dep/-"));
  // sv_matmul follows qk_matmul, so a fence before the latter serves both.
  EXPECT_THAT(FenceTexts(report), ElementsAre("qk_matmul <- rope_kv_cache 128"));
}

// Both rope tasks write the row of each KV head; the second also changes what the first's readers read.
TEST(Qwen3Races, TwoSequencesWithOneSlotWriteOverEachOther) {
  const std::string program =
      "{layers: 1, lm_head: false, rope: manual, workload: {seq_lens: [300, 300], slot_mapping: ";
  EXPECT_THAT(GroupTexts(Races(EmitText(program + "[299, 4395]}}"))), IsEmpty());  // as without slot_mapping
  EXPECT_THAT(GroupTexts(Races(EmitText(program + "[299, 4394]}}"))), IsEmpty());
  EXPECT_THAT(
      GroupTexts(Races(EmitText(program + "[299, 299]}}"))),
      ElementsAre("WAW rope_kv_cache->rope_kv_cache 1 no_dep/no_dep",
                  "WAW rope_kv_cache->rope_kv_cache 1 no_dep/no_dep", "WAR qk_matmul->rope_kv_cache 4 never inferred",
                  "WAR sv_matmul->rope_kv_cache 4 never inferred"));
}

TEST(Qwen3Races, TheSlotsAreOneForEachSequenceAndInsideTheCache) {
  const std::string program = "{layers: 1, workload: {seq_lens: [300, 300], slot_mapping: ";
  EXPECT_THAT(EmitError(program + "[299]}}"),
              ::testing::HasSubstr("expected one slot for each of the 2 sequences, got 1"));
  EXPECT_THAT(EmitError(program + "[299, 8192]}}"), ::testing::HasSubstr("slot_mapping"));
  EXPECT_EQ(EmitError(program + "[299, 8191]}}"), "");
}

TEST(Qwen3Races, AnUnfencedSiluRacesWithDownProj) {
  const RaceReport report = Races(EmitText("{layers: 1, lm_head: false, silu: unfenced}"));
  EXPECT_THAT(GroupTexts(report), ElementsAre("RAW silu->down_proj 1360 no_dep/manual_dep"));
  EXPECT_EQ(report.groups[0].tensor, "mlp_tile");
  EXPECT_THAT(FenceTexts(report), ElementsAre("down_proj <- silu 1360"));
}

}  // namespace
}  // namespace npusched
