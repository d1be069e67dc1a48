#include "graphs/byte_box.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace npusched {
namespace {

Region Strided(DType dtype, std::int64_t offset, std::vector<std::int64_t> shape, std::vector<std::int64_t> strides) {
  Region region{.start_offset = offset, .rank = static_cast<std::uint8_t>(shape.size()), .dtype = dtype};
  std::copy(shape.begin(), shape.end(), region.shape.begin());
  std::copy(strides.begin(), strides.end(), region.strides.begin());
  return region;
}

TEST(ByteBox, NeighbouringColumnsDoNotMeetThoughTheirExtentsDo) {
  const ByteBox left = BytesOf(Strided(DType::kFloat32, 0, {4, 2}, {8, 1}));
  const ByteBox right = BytesOf(Strided(DType::kFloat32, 2, {4, 6}, {8, 1}));
  const ByteBox wide = BytesOf(Strided(DType::kFloat32, 1, {4, 2}, {8, 1}));
  EXPECT_FALSE(Meet(left, right));
  EXPECT_TRUE(Meet(left, wide));
  EXPECT_TRUE(Meet(wide, right));
}

TEST(ByteBox, TypesMeetByTheirBytes) {
  const ByteBox floats = BytesOf(Strided(DType::kFloat32, 2, {2}, {1}));  // bytes 8..15
  EXPECT_FALSE(Meet(floats, BytesOf(Strided(DType::kBFloat16, 0, {4}, {1}))));
  EXPECT_TRUE(Meet(floats, BytesOf(Strided(DType::kBFloat16, 0, {5}, {1}))));
  EXPECT_FALSE(Meet(floats, BytesOf(Strided(DType::kInt8, 16, {4}, {1}))));
}

TEST(ByteBox, ATransposedViewHasTheSameBytes) {
  EXPECT_EQ(BytesOf(Strided(DType::kFloat32, 0, {8, 4}, {1, 8})), BytesOf(Strided(DType::kFloat32, 0, {4, 8}, {8, 1})));
}

TEST(ByteBox, AnEmptyRegionMeetsNothing) {
  const ByteBox empty = BytesOf(Strided(DType::kFloat32, 3, {4, 0}, {8, 1}));
  EXPECT_TRUE(empty.empty());
  EXPECT_FALSE(Meet(empty, BytesOf(Strided(DType::kFloat32, 0, {32}, {1}))));
}

std::set<std::int64_t> Bytes(const Region& region) {
  std::set<std::int64_t> bytes;
  for (std::int64_t i = 0; i < region.Elements(); ++i) {
    std::int64_t element = region.start_offset;
    for (std::int64_t d = 0, rest = i; d < region.rank; ++d) {
      element += rest % region.shape[d] * region.strides[d];
      rest /= region.shape[d];
    }
    for (int b = 0; b < SizeOf(region.dtype); ++b) bytes.insert(element * SizeOf(region.dtype) + b);
  }
  return bytes;
}

Region RandomRegion(std::uint64_t seed) {
  constexpr DType kTypes[] = {DType::kInt8, DType::kBFloat16, DType::kFloat32};
  std::uint64_t draw = 0;
  const auto next = [&](std::int64_t lo, std::int64_t hi) { return RandomInRange(seed, draw++, lo, hi); };
  Region region{
      .start_offset = next(0, 40), .rank = static_cast<std::uint8_t>(next(1, kMaxRank)), .dtype = kTypes[next(0, 2)]};
  for (int d = 0; d < region.rank; ++d) {
    region.shape[d] = next(1, 3);
    region.strides[d] = next(-2, 12);
  }
  return region;
}

// Whatever the strides: overlapping steps, broadcast and reversed dimensions, several types.
TEST(ByteBox, AgreesWithSetsOfBytes) {
  int met = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const Region a = RandomRegion(2 * i);
    const Region b = RandomRegion(2 * i + 1);
    const std::set<std::int64_t> bytes = Bytes(a);
    bool expected = false;
    for (const std::int64_t byte : Bytes(b)) expected |= bytes.contains(byte);
    ASSERT_EQ(Meet(BytesOf(a), BytesOf(b)), expected) << "draw " << i;
    ASSERT_EQ(BytesOf(a).begin, *bytes.begin());
    ASSERT_EQ(BytesOf(a).end(), *bytes.rbegin() + 1);
    met += expected ? 1 : 0;
  }
  EXPECT_GT(met, 5000);
  EXPECT_LT(met, 15'000);
}

}  // namespace
}  // namespace npusched
