#include "numeric/device_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "graphs/builder.h"
#include "numeric/bf16.h"
#include "tests/numeric/small_forward.h"

namespace npusched {
namespace {

using ::testing::Each;
using ::testing::IsNan;

class Memory : public ::testing::Test {
 protected:
  Memory() {
    const Launch kernel = b_.Kernel("touch", CoreShape::kAiv);
    fp32_ = b_.Create("fp32", DType::kFloat32, {4, 6});
    bf16_ = b_.Create("bf16", DType::kBFloat16, {4, 6});
    cache_ = b_.External("k_cache", DType::kBFloat16, {64, 8});
    window_ = b_.Slice(fp32_, {1, 2}, {2, 3});
    b_.Submit(kernel).In(cache_).Out(fp32_, bf16_);
    program_ = b_.Finish();
  }
  [[nodiscard]] const Region& RegionOf(const Tensor& tensor) const { return program_.regions[tensor.region]; }
  static Matrix Numbered(std::int64_t rows, std::int64_t columns) {
    Matrix matrix(rows, columns);
    for (std::size_t i = 0; i < matrix.values.size(); ++i) matrix.values[i] = 1 + static_cast<float>(i) / 512;
    return matrix;
  }

  Builder b_{"memory"};
  Tensor fp32_, bf16_, cache_, window_;
  Program program_;
  Inputs inputs_{SmallForward({1}).sizes, 1};
};

TEST_F(Memory, ReadsAsNaNWhereNobodyWrote) {
  DeviceMemory memory(program_, inputs_);
  EXPECT_THAT(memory.Load(fp32_.buffer, RegionOf(fp32_)).values, Each(IsNan()));
  EXPECT_THAT(memory.Load(bf16_.buffer, RegionOf(bf16_)).values, Each(IsNan()));
  memory.Store(fp32_.buffer, RegionOf(window_), Numbered(2, 3));
  const Matrix all = memory.Load(fp32_.buffer, RegionOf(fp32_));
  EXPECT_EQ(all.Row(1)[2], 1);
  EXPECT_EQ(all.Row(2)[4], 1 + 5.0F / 512);
  EXPECT_TRUE(std::isnan(all.Row(1)[5]));
  EXPECT_TRUE(std::isnan(all.Row(3)[2]));
}

TEST_F(Memory, RoundsToTheDtypeOfTheBuffer) {
  DeviceMemory memory(program_, inputs_);
  memory.Store(bf16_.buffer, RegionOf(bf16_), Numbered(4, 6));
  memory.Store(fp32_.buffer, RegionOf(fp32_), Numbered(4, 6));
  EXPECT_EQ(memory.Load(bf16_.buffer, RegionOf(bf16_)).values[1], RoundToBf16(1 + 1.0F / 512));
  EXPECT_EQ(memory.Load(fp32_.buffer, RegionOf(fp32_)).values[1], 1 + 1.0F / 512);
}

TEST_F(Memory, KeepsWhatIsWrittenOverAnInput) {
  DeviceMemory memory(program_, inputs_);
  std::vector<float> untouched(64 * 8);
  inputs_.Fill(*inputs_.Find("k_cache"), 0, 64 * 8, untouched.data());
  // Two rows, 32 apart, as the KV heads of a page.
  const Region rows{.start_offset = 40, .shape = {2, 8}, .strides = {256, 1}, .rank = 2, .dtype = DType::kBFloat16};
  memory.Store(cache_.buffer, rows, Numbered(2, 8));
  std::vector<float> run(20);
  memory.LoadRun(cache_.buffer, 36, 20, run.data());
  for (std::size_t i = 0; i < run.size(); ++i) {
    const bool written = i >= 4 && i < 12;
    EXPECT_EQ(run[i], written ? RoundToBf16(1 + static_cast<float>(i - 4) / 512) : untouched[36 + i]) << i;
  }
  EXPECT_EQ(memory.Load(cache_.buffer, rows).Row(1)[0], RoundToBf16(1 + 8.0F / 512));
  memory.LoadRun(cache_.buffer, 44, 2, run.data());  // begins inside a written row
  EXPECT_EQ(run[0], RoundToBf16(1 + 4.0F / 512));
}

TEST_F(Memory, ForgetsWhatIsReleased) {
  DeviceMemory memory(program_, inputs_);
  memory.Store(fp32_.buffer, RegionOf(fp32_), Numbered(4, 6));
  EXPECT_EQ(memory.HeapBytes(), 4 * 6 * sizeof(float));
  memory.Release(fp32_.buffer);
  EXPECT_EQ(memory.HeapBytes(), 0U);
  EXPECT_THAT(memory.Load(fp32_.buffer, RegionOf(fp32_)).values, Each(IsNan()));
}

}  // namespace
}  // namespace npusched
