#include "numeric/philox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "numeric/bf16.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;

// The known answers that the authors publish with their code (Random123, kat_vectors).
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_THAT(Philox4x32({0, 0, 0, 0}, {0, 0}), ElementsAre(0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U));
  constexpr std::uint32_t kAll = 0xffffffffU;
  EXPECT_THAT(Philox4x32({kAll, kAll, kAll, kAll}, {kAll, kAll}),
              ElementsAre(0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU));
  EXPECT_THAT(Philox4x32({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U}, {0xa4093822U, 0x299f31d0U}),
              ElementsAre(0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U));
}

// Element by element, as the header states it.
float ElementOf(const RandomStream& stream, const Uniform& uniform, std::uint64_t i) {
  const std::uint64_t counter = 32 * (i / 128) + i % 32;
  const std::uint32_t word =
      Philox4x32({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32U), stream.id, 0},
                 {static_cast<std::uint32_t>(stream.seed), static_cast<std::uint32_t>(stream.seed >> 32U)})
          .at(i / 32 % 4);
  const float value = (static_cast<float>(word >> 8U) * 0x1p-24F - uniform.center) * uniform.scale;
  return uniform.bf16 ? RoundToBf16(value) : value;
}

TEST(Philox, FillsAnyRangeElementByElement) {
  const RandomStream stream{.seed = 0x1'2345'6789U, .id = 7};
  constexpr std::int64_t kFar = std::int64_t{1} << 41;  // the counter fills its second word
  for (const bool bf16 : {false, true}) {
    const Uniform uniform{.center = 0.5F, .scale = 0.3F, .bf16 = bf16};
    for (const std::int64_t first :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{127}, std::int64_t{128}, kFar + 5}) {
      for (const std::int64_t count : {0, 1, 127, 128, 129, 300}) {
        std::vector<float> filled(static_cast<std::size_t>(count) + 1, -7);
        FillUniform(stream, uniform, first, count, filled.data());
        for (std::int64_t i = 0; i < count; ++i) {
          ASSERT_EQ(filled[static_cast<std::size_t>(i)],
                    ElementOf(stream, uniform, static_cast<std::uint64_t>(first + i)))
              << first << " + " << i << " of " << count;
        }
        EXPECT_EQ(filled.back(), -7);  // and nothing behind
      }
    }
  }
}

TEST(Philox, IsUniformFromZeroToBelowOne) {
  constexpr std::size_t kCount = 1U << 20U;
  std::vector<float> u(kCount);
  FillUniform({.seed = 3, .id = 1}, {}, 0, kCount, u.data());
  std::vector<int> bins(16);
  double sum = 0;
  for (const float x : u) {
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    ++bins[static_cast<std::size_t>(x * 16)];
    sum += x;
  }
  // Both within five standard deviations.
  EXPECT_NEAR(sum / kCount, 0.5, 5 * 0.2887 / 1024);
  for (const int bin : bins) EXPECT_NEAR(bin, kCount / 16.0, 5 * 248);
}

TEST(Philox, StreamsAndSeedsDiffer) {
  std::vector<float> a(128), b(128), c(128);
  FillUniform({.seed = 1, .id = 1}, {}, 0, 128, a.data());
  FillUniform({.seed = 1, .id = 2}, {}, 0, 128, b.data());
  FillUniform({.seed = 2, .id = 1}, {}, 0, 128, c.data());
  EXPECT_NE(a, b);
  EXPECT_NE(a, c);
}

}  // namespace
}  // namespace npusched
