#include "graphs/qwen3_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/graphs/qwen3_fixture.h"

namespace npusched {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::SizeIs;

Qwen3Options Read(const std::string& program) {
  const Result<Qwen3Options> options = ReadQwen3Options(*ParseYaml(program, "test.yaml"), Qwen3Model());
  EXPECT_TRUE(options.ok()) << (options.ok() ? "" : options.error().ToString());
  return options.ok() ? *options : Qwen3Options{};
}

TEST(Qwen3Sizes, TheDefaultIsTheWholeForwardAtFullContext) {
  const Qwen3Options options = Read("{kind: qwen3_decode, model_config: qwen3_14b}");
  EXPECT_EQ(options.layers, 40);
  EXPECT_TRUE(options.lm_head);
  EXPECT_TRUE(options.layer_loop);
  EXPECT_EQ(options.windows, Windows::kOn);
  EXPECT_EQ(options.rope, Fence::kInferred);
  EXPECT_THAT(options.seq_lens, AllOf(SizeIs(16), Each(4096)));
}

TEST(Qwen3Sizes, AScenarioOverridesSizesOneByOne) {
  const Qwen3Options options = Read("{model: {max_seq: 512}, tiles: {down_out: 512}, workload: {seq_lens: 128}}");
  EXPECT_EQ(options.sizes.max_seq, 512);
  EXPECT_EQ(options.sizes.down_out, 512);
  EXPECT_EQ(options.sizes.q_out, 256);
}

TEST(Qwen3Sizes, VocabChunkIsShortForItsTile) {
  EXPECT_EQ(Read("{vocab_chunk: 512}").sizes.vocab_chunk, 512);
  EXPECT_EQ(Read("{tiles: {vocab_chunk: 128}}").sizes.vocab_chunk, 128);
}

TEST(Qwen3Sizes, ATileThatDoesNotDivideNamesTheNearestDivisors) {
  EXPECT_EQ(EmitError("{vocab_chunk: 100}"),
            "test.yaml:1:15: program.tiles.vocab_chunk: 100 does not divide model.vocab = 152064; "
            "the nearest divisors are 99 and 108");
  EXPECT_THAT(EmitError("{tiles: {mlp_out_chunk: 300}}"),
              HasSubstr("300 does not divide model.intermediate = 17408; the nearest divisors are 272 and 512"));
  EXPECT_THAT(EmitError("{tiles: {q_out: 10000}}"), HasSubstr("the nearest divisor is 5120"));
}

TEST(Qwen3Sizes, SizesThatContradictEachOtherAreRefused) {
  EXPECT_THAT(EmitError("{model: {num_heads: 32}}"), HasSubstr("program.model.hidden: expected num_heads x head_dim"));
  EXPECT_THAT(EmitError("{tiles: {q_head_batch: 4}}"), HasSubstr("program.tiles.q_head_batch"));
  EXPECT_THAT(EmitError("{tiles: {q_head_pad: 4}}"), HasSubstr("expected at least q_head_batch = 5, got 4"));
  EXPECT_EQ(EmitError("{tiles: {q_head_pad: 5}}"), "");
}

TEST(Qwen3Sizes, UnknownKeysAndValuesGetTheNearestName) {
  EXPECT_THAT(EmitError("{vocab_chnk: 64}"), HasSubstr("did you mean 'vocab_chunk'?"));
  EXPECT_THAT(EmitError("{tiles: {q_outt: 64}}"), HasSubstr("did you mean 'q_out'?"));
  EXPECT_THAT(EmitError("{silu: manal}"), HasSubstr("did you mean 'manual'?"));
  EXPECT_THAT(EmitError("{workload: {seq_len: 1}}"), HasSubstr("did you mean 'seq_lens'?"));
}

TEST(Qwen3Sizes, AShapeBringsItsTilesAndAScenarioOverridesThem) {
  EXPECT_EQ(Read("{shape: 308_before}").sizes.matmul_stage, 2);
  EXPECT_EQ(Read("{shape: 308_before, tiles: {matmul_stage: 1}}").sizes.matmul_stage, 1);
  EXPECT_EQ(Read("{layers: 1}").sizes.matmul_stage, 1);
  EXPECT_EQ(Read("{layers: 0, lm_head_form: 391_149}").sizes.vocab_blocks, 4);
  EXPECT_EQ(Read("{layers: 0, lm_head_form: 391_149, vocab_chunk: 128}").sizes.vocab_chunk, 128);
}

TEST(Qwen3Sizes, AShapeRefusesWhatItDoesNotHave) {
  EXPECT_THAT(EmitError("{shape: 490}"), HasSubstr("expected one of base, 308_before"));
  EXPECT_EQ(EmitError("{shape: 308_after, rope: manual}"),
            "test.yaml:1:26: program.rope: expected inferred: only shape base has this choice, not 308_after");
  EXPECT_THAT(EmitError("{shape: 308_after, pipeline_stages: 2}"), HasSubstr("takes its stages from program.tiles"));
  EXPECT_THAT(EmitError("{shape: 308_after, windows: on}"), HasSubstr("program.windows: expected off"));
  EXPECT_THAT(EmitError("{shape: 308_after, lm_head: true}"), HasSubstr("has no LM head"));
  EXPECT_THAT(EmitError("{shape: 308_after, layers: 2}"), HasSubstr("is one layer by itself, got 2"));
  EXPECT_THAT(EmitError("{shape: 308_after, layer_loop: true}"), HasSubstr("program.layer_loop: expected false"));
  EXPECT_THAT(EmitError("{tiles: {o_split_k: 1024}}"),
              HasSubstr("o_split_k: neither shape base nor its head has this tile"));
}

TEST(Qwen3Sizes, TilesThatWouldLeaveTasksUnorderedAreRefused) {
  EXPECT_EQ(EmitError("{shape: 489, layers: 1, tiles: {mlp_out_chunk: 512, down_split_k: 512}}"), "");
  EXPECT_THAT(EmitError("{shape: 489, layers: 1, tiles: {down_split_k: 512}}"),
              HasSubstr("expected tiles.mlp_out_chunk = 1024"));
  EXPECT_THAT(EmitError("{shape: head, layers: 1, tiles: {cast_out: 2560}}"),
              HasSubstr("expected tiles.mlp_split_k = 1024"));
  EXPECT_THAT(EmitError("{shape: 360, layers: 1, tiles: {mlp_group: 3}}"), HasSubstr("do not divide"));
  EXPECT_THAT(EmitError("{shape: 420, workload: {batch: 17}}"), HasSubstr("takes at most batch_tile = 16"));
}

TEST(Qwen3Sizes, AnEmptyOrAbsurdProgramIsRefused) {
  EXPECT_THAT(EmitError("{layers: 0, lm_head: false}"), HasSubstr("the program would be empty"));
  EXPECT_THAT(EmitError("{layers: 1152921504606846976}"), HasSubstr("expected an integer between 0 and 4096"));
  EXPECT_THAT(EmitError("{layers: -1}"), HasSubstr("program.layers"));
  EXPECT_THAT(EmitError("{layers: 4096, workload: {batch: 4096}}"), HasSubstr("expected"));
}

TEST(Qwen3Sizes, ContextsAreOneNumberAListOrDrawn) {
  EXPECT_THAT(Read("{workload: {batch: 3, seq_lens: 7}}").seq_lens, ElementsAre(7, 7, 7));
  EXPECT_THAT(Read("{workload: {seq_lens: [1, 4096]}}").seq_lens, ElementsAre(1, 4096));
  const auto drawn = Read("{workload: {batch: 100, seq_lens: {random: [5, 9], seed: 1}}}").seq_lens;
  EXPECT_THAT(drawn, AllOf(SizeIs(100), Each(AllOf(Ge(5), Le(9)))));
  EXPECT_EQ(drawn, Read("{workload: {batch: 100, seq_lens: {random: [5, 9], seed: 1}}}").seq_lens);
  EXPECT_NE(drawn, Read("{workload: {batch: 100, seq_lens: {random: [5, 9], seed: 2}}}").seq_lens);
}

TEST(Qwen3Sizes, ContextsOutsideTheModelAreRefused) {
  EXPECT_EQ(EmitError("{layers: 1, workload: {seq_lens: 4096}}"), "");
  EXPECT_THAT(EmitError("{workload: {seq_lens: 4097}}"), HasSubstr("expected an integer between 1 and 4096"));
  EXPECT_THAT(EmitError("{workload: {seq_lens: [5, 0]}}"), HasSubstr("seq_lens[1]"));
  EXPECT_THAT(EmitError("{workload: {batch: 3, seq_lens: [1, 2]}}"), HasSubstr("each of the 3 sequences"));
  EXPECT_THAT(EmitError("{workload: {seq_lens: {random: [9, 5]}}}"), HasSubstr("expected [lowest, highest]"));
  EXPECT_THAT(EmitError("{workload: {seq_lens: {random: [1, 5000]}}}"), HasSubstr("random[1]"));
}

}  // namespace
}  // namespace npusched
