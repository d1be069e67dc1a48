#include "numeric/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graphs/builder.h"
#include "tests/numeric/small_forward.h"

namespace npusched {
namespace {

using ::testing::Each;
using ::testing::IsNan;

// One task copies hidden_states to `middle`, another one from there to `logits`; opted out of inference, so any
// order may come.
class Order : public ::testing::Test {
 protected:
  Order() {
    Builder b("order");
    const Launch first = b.Kernel("copy_hidden", CoreShape::kAiv);
    const Launch second = b.Kernel("lm_head_store", CoreShape::kAiv);
    const Tensor source = b.External("hidden_states", DType::kFloat32, {2, 4});
    const Tensor logits = b.External("logits", DType::kFloat32, {2, 4});
    const Tensor middle = b.Create("middle", DType::kFloat32, {2, 4});
    writer_ = b.Submit(first).In(source).NoDepOut(middle);
    reader_ = b.Submit(second).NoDepIn(middle).Out(logits);
    logits_ = logits.buffer;
    program_ = b.Finish();
  }
  // The logits when the writer runs over [10, 20) and the reader begins at `start`.
  [[nodiscard]] Matrix Logits(Picoseconds start) const {
    RunTrace trace;
    trace.rows = {{.task = reader_, .start = start, .end = start + 5}, {.task = writer_, .start = 10, .end = 20}};
    const Result<DeviceMemory> memory = Execute({program_, trace, inputs_, sizes_});
    EXPECT_TRUE(memory.ok());
    return memory->Load(logits_, program_.regions[program_.buffers[logits_].whole]);
  }

  Qwen3Sizes sizes_ = SmallForward({1}).sizes;
  Inputs inputs_{sizes_, 1};
  Program program_;
  TaskId writer_ = 0;
  TaskId reader_ = 0;
  BufferId logits_ = 0;
};

TEST_F(Order, WritesAppearAtTheEndOfTheirTask) {
  EXPECT_THAT(Logits(19).values, Each(IsNan()));
  std::vector<float> expected(8);
  inputs_.Fill(*inputs_.Find("hidden_states"), 0, 8, expected.data());
  EXPECT_EQ(Logits(20).values, expected);
}

TEST_F(Order, AReaderThatOverlapsItsWriterReadsWhatWasThere) {
  EXPECT_THAT(Logits(12).values, Each(IsNan()));
  EXPECT_THAT(Logits(5).values, Each(IsNan()));
}

TEST(Execute, RefusesKernelsWithoutNumbers) {
  Builder b("unknown");
  const Launch kernel = b.Kernel("fft", CoreShape::kAiv);
  b.Submit(kernel).Out(b.External("y", DType::kFloat32, {4}));
  const Program program = b.Finish();
  const Qwen3Sizes sizes = SmallForward({1}).sizes;
  const Inputs inputs(sizes, 1);
  const RunTrace trace = InProgramOrder(program);
  const Result<DeviceMemory> memory = Execute({program, trace, inputs, sizes});
  ASSERT_FALSE(memory.ok());
  EXPECT_THAT(memory.error().message, ::testing::HasSubstr("fft with 1 tensors"));
}

}  // namespace
}  // namespace npusched
