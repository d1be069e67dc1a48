// Whole forwards: the executor against the reference, over contexts, batches and switches.
#include <gtest/gtest.h>

#include "tests/numeric/small_forward.h"

namespace npusched {
namespace {

void ExpectEqual(const NumericOutcome& outcome) {
  EXPECT_TRUE(outcome.passed());
  EXPECT_GE(outcome.tensors.size(), 2U);
  for (const TensorComparison& t : outcome.tensors) {
    EXPECT_EQ(t.close, t.elements) << t.name << " off by " << t.max_error;
    EXPECT_GT(t.elements, 0U);
  }
  EXPECT_EQ(outcome.argmax_equal, outcome.argmax_rows);
}

NumericOutcome VerifySimulated(const Qwen3Options& options) {
  const Program program = EmitQwen3Decode(options);
  return Verify(options, program, Simulate(program));
}

TEST(Forward, AgreesAroundPageBoundaries) {
  ExpectEqual(VerifySimulated(SmallForward({1, 2, 255, 256, 257, 511, 512, 513, 1024})));
}

TEST(Forward, AgreesForBatchesThatFillNoTile) {
  for (const std::size_t batch : {1U, 15U, 16U, 17U}) {
    SCOPED_TRACE(batch);
    ExpectEqual(VerifySimulated(SmallForward(std::vector<std::int64_t>(batch, 300))));
  }
}

TEST(Forward, AgreesWithTheReferenceInDoublePrecision) {
  const Qwen3Options options = SmallForward({1, 100, 300}, 3);
  const Program program = EmitQwen3Decode(options);
  ExpectEqual(Verify(options, program, Simulate(program), Precision::kDouble));
}

TEST(Forward, AgreesWithoutLayersAndWithoutHead) {
  Qwen3Options options = SmallForward({3, 300});
  options.lm_head = false;
  ExpectEqual(VerifySimulated(options));
  options.lm_head = true;
  options.layers = 0;
  const NumericOutcome head = VerifySimulated(options);
  EXPECT_TRUE(head.passed());
  EXPECT_EQ(head.tensors.size(), 1U);
  EXPECT_EQ(head.argmax_equal, 2);
}

TEST(Forward, EverySwitchComputesTheSame) {
  const auto vary = [](const auto& change) {
    Qwen3Options options = SmallForward({1, 255, 256, 257}, 2);
    change(options);
    ExpectEqual(VerifySimulated(options));
  };
  vary([](Qwen3Options& o) { o.windows = Windows::kOff; });
  vary([](Qwen3Options& o) { o.windows = Windows::kOnWithSilu; });
  vary([](Qwen3Options& o) { o.layer_loop = false; });
  vary([](Qwen3Options& o) { o.pipeline_stages = 2; });
  vary([](Qwen3Options& o) { o.sizes.vocab_chunk = 60; });
  vary([](Qwen3Options& o) { o.rope = o.silu = Fence::kManual; });
}

// What the opt-outs drop and nobody puts back: the attention begins before its query, down_proj before its input.
TEST(Forward, WithoutTheirFencesTheNumbersAreWrong) {
  for (const bool rope : {true, false}) {
    Qwen3Options options = SmallForward({1, 255, 256, 257}, 2);
    (rope ? options.rope : options.silu) = Fence::kUnfenced;
    const NumericOutcome outcome = VerifySimulated(options);
    EXPECT_FALSE(outcome.passed());
    EXPECT_GT(outcome.tensors.back().unwritten, 0U);
    // In the order of submission the same program is right: only the schedule is wrong.
    const Program program = EmitQwen3Decode(options);
    ExpectEqual(Verify(options, program, InProgramOrder(program)));
  }
}

// Forty layers have to fit: only hidden states and logits outlive their last reader.
TEST(Forward, ScratchIsDroppedAfterItsLastAccess) {
  const Qwen3Options options = SmallForward({1, 300}, 3);
  const Program program = EmitQwen3Decode(options);
  const Inputs inputs(options.sizes, 1);
  const Result<DeviceMemory> memory = Execute({program, Simulate(program), inputs, options.sizes});
  ASSERT_TRUE(memory.ok());
  const Qwen3Sizes& s = options.sizes;
  EXPECT_EQ(memory->HeapBytes(), static_cast<std::size_t>(s.batch_tile * (3 * s.hidden * 2 + s.vocab * 4)));
}

TEST(Forward, AnotherSeedIsAnotherForward) {
  const Qwen3Options options = SmallForward({5});
  const Inputs one(options.sizes, 1);
  const Inputs two(options.sizes, 2);
  const ForwardResult a = ReferenceForward(options, one, Precision::kFloat);
  const ForwardResult b = ReferenceForward(options, two, Precision::kFloat);
  EXPECT_NE(a.logits.values, b.logits.values);
  EXPECT_FALSE(CompareForward(a, b, ForwardRule(1, true), options.sizes.vocab_real).passed());
}

}  // namespace
}  // namespace npusched
