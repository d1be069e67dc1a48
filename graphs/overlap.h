// How two regions of one buffer meet: the comparison at the heart of dependency inference.
//
// A region is prepared once as a footprint (its 1-D extent, and the box it fills in the layout that
// its strides describe), so that comparing two of them is a few integer comparisons:
//
//   [16, 5120] fp32, strides [5120, 1], the window of columns 256..511:
//   extent [256, 77312), layout (fp32, 2, [5120, 1]), sides [0, 16) x [256, 512)
//
// docs/inference.md explains the levels.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "graphs/tensor.h"

namespace npusched {

enum class Overlap : std::uint8_t { kNone, kCovered, kOther };

// How a new access (reading its buffer's storage of `storage_bytes`) meets a recorded region.
Overlap Compare(const Region& access, std::int32_t access_version, std::int64_t storage_bytes, const Region& recorded,
                std::int32_t recorded_version);

struct Interval {
  std::int64_t begin = 0;
  std::int64_t end = 0;  // one past; equal to begin when empty

  // An empty interval meets another only strictly inside it.
  [[nodiscard]] bool Meets(const Interval& other) const { return end > other.begin && other.end > begin; }
  [[nodiscard]] bool Contains(const Interval& other) const { return begin <= other.begin && other.end <= end; }
};

// Layouts are numbered from 1; this one belongs to regions that are no box of their strides' layout.
inline constexpr std::uint32_t kNoLayout = 0;

struct Footprint {
  Interval extent;                   // in elements of the region's own dtype
  std::uint32_t layout = kNoLayout;  // equal for regions of equal dtype, rank and strides
  std::uint32_t first_side = 0;      // position in FootprintTable's sides; `rank` of them
  std::uint8_t rank = 0;
  bool dense = false;  // every element of the extent belongs to the region
};

// The box of `region` in its strides' layout. False when the strides describe no such layout (last
// one not 1, one that does not divide its predecessor) or a side but the first is out of bounds.
bool DecomposeBox(const Region& region, std::array<Interval, kMaxRank>* sides);

// Rows (steps of the first stride) in `storage_bytes`; -1 when they are no whole number.
std::int64_t StorageRows(const Region& region, std::int64_t storage_bytes);

// The footprints of all regions of a program, by region id.
class FootprintTable {
 public:
  explicit FootprintTable(std::span<const Region> regions);

  [[nodiscard]] const Footprint& operator[](RegionId region) const { return footprints_[region]; }
  [[nodiscard]] const Interval* Sides(const Footprint& footprint) const { return sides_.data() + footprint.first_side; }

 private:
  std::vector<Footprint> footprints_;
  std::vector<Interval> sides_;
};

// Step 2 of the comparison: boxes of one layout, in a storage of `rows` rows.
inline Overlap CompareBoxes(const Interval* access, const Interval* recorded, int rank, std::int64_t rows) {
  if (access[0].end > rows || recorded[0].end > rows) {
    return Overlap::kOther;
  }
  bool covered = true;
  for (int d = 0; d < rank; ++d) {
    if (!access[d].Meets(recorded[d])) {
      return Overlap::kNone;
    }
    covered = covered && access[d].Contains(recorded[d]);
  }
  return covered ? Overlap::kCovered : Overlap::kOther;
}

}  // namespace npusched
