// Interns regions: equal ones share an id. Emitters and readers fill Program::regions through it.
//
//   RegionTable regions;
//   arg.region = regions.Intern(region);
//   program.regions = regions.Take();
#pragma once

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "graphs/tensor.h"

namespace npusched {

class RegionTable {
 public:
  RegionId Intern(const Region& region) {
    const auto [at, is_new] = ids_.try_emplace(region, static_cast<RegionId>(regions_.size()));
    if (is_new) {
      regions_.push_back(region);
    }
    return at->second;
  }

  // The regions by id; the table is empty afterwards.
  std::vector<Region> Take() {
    ids_.clear();
    return std::exchange(regions_, {});
  }

 private:
  struct Hash {
    std::size_t operator()(const Region& region) const {
      auto hash = static_cast<std::uint64_t>(region.start_offset);
      const auto add = [&hash](std::uint64_t value) {
        hash = (hash ^ value) * 0x9E37'79B9'7F4A'7C15U;  // the golden ratio spreads the bits
        hash ^= hash >> 29;
      };
      add((static_cast<std::uint64_t>(region.rank) << 8) | static_cast<std::uint64_t>(region.dtype));
      for (std::size_t d = 0; d < region.rank; ++d) {
        add(static_cast<std::uint64_t>(region.shape[d]));
        add(static_cast<std::uint64_t>(region.strides[d]));
      }
      return hash;
    }
  };

  std::vector<Region> regions_;
  std::unordered_map<Region, RegionId, Hash> ids_;
};

}  // namespace npusched
