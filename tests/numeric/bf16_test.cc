#include "numeric/bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace npusched {
namespace {

TEST(Bf16, RoundsToNearestAndTiesToEven) {
  const float step = 0x1p-7F;  // between neighbours from 1 to 2
  EXPECT_EQ(RoundToBf16(1 + step / 2), 1.0F);
  EXPECT_EQ(RoundToBf16(std::nextafter(1 + step / 2, 2.0F)), 1 + step);
  EXPECT_EQ(RoundToBf16(1 + step + step / 2), 1 + 2 * step);
  EXPECT_EQ(RoundToBf16(std::nextafter(1 + step + step / 2, 1.0F)), 1 + step);
  EXPECT_EQ(RoundToBf16(-1 - step / 2), -1.0F);
}

TEST(Bf16, KeepsEveryValueItCanHold) {
  for (std::uint32_t stored = 0; stored <= 0xFFFFU; ++stored) {
    const float value = FromBf16(static_cast<std::uint16_t>(stored));
    if (std::isnan(value)) continue;
    ASSERT_EQ(ToBf16(value), stored);
  }
}

TEST(Bf16, OverflowsToInfinityAndKeepsNaN) {
  const float greatest = FromBf16(0x7F7F);
  EXPECT_EQ(RoundToBf16(std::numeric_limits<float>::max()), std::numeric_limits<float>::infinity());
  EXPECT_EQ(RoundToBf16(greatest), greatest);
  EXPECT_TRUE(std::isnan(RoundToBf16(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_TRUE(std::isnan(RoundToBf16(std::bit_cast<float>(0x7F80'0001U))));  // its mark is in the lower half
}

}  // namespace
}  // namespace npusched
