#include "graphs/overlap.h"

#include <gtest/gtest.h>

#include <vector>

namespace npusched {
namespace {

Region Box(std::int64_t offset, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides,
           DType dtype = DType::kFloat32) {
  Region region;
  region.start_offset = offset;
  region.rank = static_cast<std::uint8_t>(shape.size());
  region.dtype = dtype;
  std::copy(shape.begin(), shape.end(), region.shape.begin());
  std::copy(strides.begin(), strides.end(), region.strides.begin());
  return region;
}

// A [rows, columns] window at (row, column) of a [8, 16] tensor.
Region Window(std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t columns) {
  return Box(row * 16 + column, {rows, columns}, {16, 1});
}
constexpr std::int64_t kBytes = 8 * 16 * 4;

Overlap Meet(const Region& access, const Region& recorded, std::int64_t bytes = kBytes) {
  return Compare(access, 0, bytes, recorded, 0);
}

TEST(Overlap, ExtentsThatTouchAreDisjoint) {
  EXPECT_EQ(Meet(Box(0, {8}, {1}), Box(8, {8}, {1})), Overlap::kNone);
  EXPECT_EQ(Meet(Box(8, {8}, {1}), Box(0, {8}, {1})), Overlap::kNone);
  EXPECT_EQ(Meet(Box(0, {9}, {1}), Box(8, {8}, {1})), Overlap::kOther);
  EXPECT_EQ(Meet(Box(8, {8}, {1}), Box(0, {9}, {1})), Overlap::kOther);
}

TEST(Overlap, CoveredMeansTheAccessContainsTheEntryInEveryDimension) {
  EXPECT_EQ(Meet(Window(0, 0, 4, 8), Window(0, 0, 4, 8)), Overlap::kCovered);
  EXPECT_EQ(Meet(Window(0, 0, 8, 16), Window(2, 3, 1, 1)), Overlap::kCovered);
  EXPECT_EQ(Meet(Window(2, 3, 1, 1), Window(0, 0, 8, 16)), Overlap::kOther);
  EXPECT_EQ(Meet(Window(0, 0, 8, 8), Window(2, 7, 1, 2)), Overlap::kOther);
}

TEST(Overlap, WindowsApartInOneDimensionAreDisjointThoughTheirExtentsMeet) {
  EXPECT_EQ(Meet(Window(0, 0, 8, 8), Window(0, 8, 8, 8)), Overlap::kNone);
  EXPECT_EQ(Meet(Window(0, 0, 8, 9), Window(0, 8, 8, 8)), Overlap::kOther);
}

TEST(Overlap, ANewerVersionIsOtherEvenWhenDisjoint) {
  const Region low = Box(0, {4}, {1});
  const Region high = Box(100, {4}, {1});
  EXPECT_EQ(Compare(high, 1, kBytes, low, 0), Overlap::kOther);
  EXPECT_EQ(Compare(high, 1, kBytes, low, 1), Overlap::kNone);
  EXPECT_EQ(Compare(low, 1, kBytes, low, 0), Overlap::kOther);
  EXPECT_EQ(Compare(low, 0, kBytes, low, 1), Overlap::kCovered);
}

TEST(Overlap, OffsetsOfDifferentDtypesAreComparedAsTheyAre) {
  // Elements 8..15 of two-byte numbers lie in bytes 16..31, elements 8..15 of four-byte ones do not.
  const Region half = Box(8, {8}, {1}, DType::kBFloat16);
  EXPECT_EQ(Meet(half, Box(8, {8}, {1})), Overlap::kOther);
  EXPECT_EQ(Meet(half, Box(0, {8}, {1})), Overlap::kNone);  // though the bytes do overlap
}

TEST(Overlap, OtherRankStridesOrDtypeAreOther) {
  const Region whole = Window(0, 0, 8, 16);
  EXPECT_EQ(Meet(Box(0, {128}, {1}), whole), Overlap::kOther);
  EXPECT_EQ(Meet(Box(0, {16, 8}, {8, 1}), whole), Overlap::kOther);
  EXPECT_EQ(Meet(Box(0, {8, 16}, {16, 1}, DType::kInt32), whole), Overlap::kOther);
}

TEST(Overlap, ALastStrideAboveOneIsOtherEvenAgainstItself) {
  EXPECT_EQ(Meet(Box(0, {8}, {2}), Box(0, {8}, {2})), Overlap::kOther);
  EXPECT_EQ(Meet(Box(0, {16, 8}, {1, 16}), Box(0, {16, 8}, {1, 16})), Overlap::kOther);
}

TEST(Overlap, AStrideThatDoesNotDivideTheOneBeforeIsOther) {
  const Region region = Box(0, {2, 3, 4}, {18, 4, 1});
  EXPECT_EQ(Meet(region, region, 18 * 4 * 4), Overlap::kOther);
  const Region divides = Box(0, {2, 3, 4}, {20, 4, 1});
  EXPECT_EQ(Meet(divides, divides, 20 * 4 * 4), Overlap::kCovered);
}

TEST(Overlap, ASideOutOfBoundsIsOther) {
  // Row 0 from column 12 on, 8 wide: it runs into the next row.
  EXPECT_EQ(Meet(Window(0, 12, 1, 8), Window(0, 12, 1, 8)), Overlap::kOther);
  EXPECT_EQ(Meet(Window(0, 12, 1, 4), Window(0, 12, 1, 4)), Overlap::kCovered);
}

TEST(Overlap, TheReadingArgumentsStorageBoundsTheRows) {
  const Region last_row = Window(7, 0, 1, 16);
  const Region first_row = Window(0, 0, 8, 8);
  EXPECT_EQ(Meet(last_row, last_row, kBytes), Overlap::kCovered);
  EXPECT_EQ(Meet(last_row, last_row, kBytes - 64), Overlap::kOther);
  // The access fits, the entry does not.
  EXPECT_EQ(Meet(Window(0, 8, 4, 8), first_row, kBytes - 64), Overlap::kOther);
  EXPECT_EQ(Meet(Window(0, 8, 4, 8), first_row, kBytes), Overlap::kNone);
}

TEST(Overlap, StorageThatIsNoWholeNumberOfRowsIsOther) {
  // 10 rows of 20 are 800 bytes; rounded up to 1024 they are 12.8 rows.
  const Region whole = Box(0, {10, 20}, {20, 1});
  EXPECT_EQ(Meet(whole, whole, 800), Overlap::kCovered);
  EXPECT_EQ(Meet(whole, whole, 1024), Overlap::kOther);
}

TEST(Overlap, AnEmptyRegionMeetsOnlyWhatItsOffsetLiesStrictlyInside) {
  const Region entry = Box(8, {8}, {1});
  EXPECT_EQ(Meet(Box(8, {0}, {1}), entry), Overlap::kNone);
  EXPECT_EQ(Meet(Box(9, {0}, {1}), entry), Overlap::kOther);
  EXPECT_EQ(Meet(Box(15, {0}, {1}), entry), Overlap::kOther);
  EXPECT_EQ(Meet(Box(16, {0}, {1}), entry), Overlap::kNone);
  EXPECT_EQ(Meet(entry, Box(9, {0}, {1})), Overlap::kCovered);
}

TEST(Overlap, AnEmptyInnerDimensionMakesTheExtentEmpty) {
  const Region empty = Box(16, {4, 0}, {16, 1});
  EXPECT_EQ(Meet(empty, Window(0, 0, 1, 16)), Overlap::kNone);
  EXPECT_EQ(Meet(empty, Window(0, 0, 2, 16)), Overlap::kNone);  // inside the extent, but between columns
  EXPECT_EQ(Meet(Box(17, {4, 0}, {16, 1}), Window(0, 0, 2, 16)), Overlap::kOther);
}

}  // namespace
}  // namespace npusched
