#include "graphs/tensor.h"

#include <gtest/gtest.h>

namespace npusched {
namespace {

TEST(Region, ExtentSpansFromTheFirstToTheLastElement) {
  const Region window{.shape = {16, 256}, .strides = {5120, 1}, .rank = 2};
  EXPECT_EQ(window.Extent(), 15 * 5120 + 256);
  EXPECT_EQ(window.Elements(), 16 * 256);
}

TEST(Region, AZeroDimensionLeavesNothing) {
  const Region empty{.shape = {16, 0}, .strides = {5120, 1}, .rank = 2};
  EXPECT_EQ(empty.Extent(), 0);
  EXPECT_EQ(empty.Elements(), 0);
}

TEST(DType, NamesGoBothWays) {
  for (int value = 0; value <= static_cast<int>(DType::kFp4E2M1); ++value) {
    const auto dtype = static_cast<DType>(value);
    EXPECT_EQ(DTypeFromName(NameOf(dtype)), dtype);
    EXPECT_GE(SizeOf(dtype), 1);
  }
  EXPECT_EQ(DTypeFromName("float32"), std::nullopt);
}

TEST(DType, SizesAreThoseOfTheStorage) {
  EXPECT_EQ(SizeOf(DType::kFloat32), 4);
  EXPECT_EQ(SizeOf(DType::kBFloat16), 2);
  EXPECT_EQ(SizeOf(DType::kInt64), 8);
  EXPECT_EQ(SizeOf(DType::kBool), 1);
  EXPECT_EQ(SizeOf(DType::kFp4E2M1), 1);
}

}  // namespace
}  // namespace npusched
