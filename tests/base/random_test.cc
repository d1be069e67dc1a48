#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace npusched {
namespace {

TEST(Random, ADrawDependsOnSeedAndCounterAlone) {
  EXPECT_EQ(RandomBits(1, 2), RandomBits(1, 2));
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 32; ++seed) {
    for (std::uint64_t counter = 0; counter < 32; ++counter) seen.insert(RandomBits(seed, counter));
  }
  EXPECT_EQ(seen.size(), 32U * 32U);
}

TEST(Random, TheBitsNeverChange) { EXPECT_EQ(RandomBits(0, 0), 0xA706DD2F4D197E6FULL); }

TEST(Random, BothEndsOfARangeAreDrawn) {
  std::set<std::int64_t> seen;
  for (std::uint64_t counter = 0; counter < 100; ++counter) seen.insert(RandomInRange(7, counter, -1, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-1, 0, 1, 2}));
  EXPECT_EQ(RandomInRange(7, 0, 5, 5), 5);
}

TEST(Random, UnitsFillTheUnitIntervalEvenly) {
  double sum = 0;
  for (std::uint64_t counter = 0; counter < 10'000; ++counter) {
    const double unit = RandomUnit(3, counter);
    ASSERT_GE(unit, 0);
    ASSERT_LT(unit, 1);
    sum += unit;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.015);  // five standard deviations
}

}  // namespace
}  // namespace npusched
