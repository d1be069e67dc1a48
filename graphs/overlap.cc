#include "graphs/overlap.h"

#include <cstddef>
#include <unordered_map>

namespace npusched {
namespace {

// What two regions must share before their boxes can be compared.
struct Layout {
  std::array<std::int64_t, kMaxRank> strides{};
  std::uint8_t rank = 0;
  DType dtype = DType::kFloat32;

  friend bool operator==(const Layout&, const Layout&) = default;
};

struct LayoutHash {
  std::size_t operator()(const Layout& layout) const {
    std::uint64_t hash = (static_cast<std::uint64_t>(layout.rank) << 8) | static_cast<std::uint64_t>(layout.dtype);
    for (int d = 0; d < layout.rank; ++d) {
      hash = (hash ^ static_cast<std::uint64_t>(layout.strides[d])) * 0x9E37'79B9'7F4A'7C15U;
      hash ^= hash >> 29;
    }
    return hash;
  }
};

Layout LayoutOf(const Region& region) {
  Layout layout{.rank = region.rank, .dtype = region.dtype};
  std::copy_n(region.strides.begin(), region.rank, layout.strides.begin());
  return layout;
}

Interval ExtentOf(const Region& region) { return {region.start_offset, region.start_offset + region.Extent()}; }

}  // namespace

bool DecomposeBox(const Region& region, std::array<Interval, kMaxRank>* sides) {
  if (region.rank == 0 || region.strides[region.rank - 1] != 1) {
    return false;
  }
  std::int64_t rest = region.start_offset;
  for (int d = 0; d < region.rank; ++d) {
    const std::int64_t stride = region.strides[d];
    if (stride <= 0 || (d > 0 && region.strides[d - 1] % stride != 0)) {
      return false;
    }
    const std::int64_t begin = rest / stride;
    rest %= stride;
    (*sides)[d] = {begin, begin + region.shape[d]};
    if (d > 0 && (*sides)[d].end > region.strides[d - 1] / stride) {
      return false;
    }
  }
  return true;  // the last stride is 1, so no rest remains
}

std::int64_t StorageRows(const Region& region, std::int64_t storage_bytes) {
  if (region.rank == 0 || region.strides[0] <= 0) {
    return -1;
  }
  const std::int64_t elements = storage_bytes / SizeOf(region.dtype);
  return elements % region.strides[0] == 0 ? elements / region.strides[0] : -1;
}

Overlap Compare(const Region& access, std::int32_t access_version, std::int64_t storage_bytes, const Region& recorded,
                std::int32_t recorded_version) {
  if (access_version > recorded_version) {
    return Overlap::kOther;
  }
  if (!ExtentOf(access).Meets(ExtentOf(recorded))) {
    return Overlap::kNone;
  }
  std::array<Interval, kMaxRank> access_box;
  std::array<Interval, kMaxRank> recorded_box;
  if (LayoutOf(access) != LayoutOf(recorded) || !DecomposeBox(access, &access_box) ||
      !DecomposeBox(recorded, &recorded_box)) {
    return Overlap::kOther;
  }
  return CompareBoxes(access_box.data(), recorded_box.data(), access.rank, StorageRows(access, storage_bytes));
}

FootprintTable::FootprintTable(std::span<const Region> regions) {
  std::unordered_map<Layout, std::uint32_t, LayoutHash> layouts;
  footprints_.reserve(regions.size());
  sides_.reserve(2 * regions.size());
  std::array<Interval, kMaxRank> box;
  for (const Region& region : regions) {
    Footprint footprint{.extent = ExtentOf(region), .rank = region.rank};
    footprint.dense = footprint.extent.end - footprint.extent.begin == region.Elements();
    if (DecomposeBox(region, &box)) {
      const auto next = static_cast<std::uint32_t>(layouts.size() + 1);
      footprint.layout = layouts.try_emplace(LayoutOf(region), next).first->second;
      footprint.first_side = static_cast<std::uint32_t>(sides_.size());
      sides_.insert(sides_.end(), box.begin(), box.begin() + region.rank);
    }
    footprints_.push_back(footprint);
  }
}

}  // namespace npusched
