// The tensor map of the runtime: for every buffer the regions last written, newest first.
//
// Inference looks up and inserts through it, one task after the other:
//
//   TensorMap map(footprints, regions, keys);
//   map.Lookup(access, [&](TensorMap::Writer writer, Overlap overlap) { return covered_by_an_inout; });
//   map.Insert(access, {task, arg});
//
// The order of visits and the counts are those of a walk over all live entries; a buffer with many
// live entries is searched through a RegionIndex that yields the same visits.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "graphs/overlap.h"
#include "graphs/region_index.h"

namespace npusched {

class TensorMap {
 public:
  struct Access {
    std::uint32_t key = 0;  // of the buffer
    RegionId region = kNoId;
    std::int32_t version = 0;
    std::int64_t storage_bytes = 0;  // as the reading argument has it
  };

  // Who recorded a region: a task, through one of its arguments.
  struct Writer {
    TaskId task = kNoTask;
    std::int32_t arg = 0;
  };

  // Keeps references to both. REQUIRES: keys of accesses are below `keys`.
  TensorMap(const FootprintTable& footprints, std::span<const Region> regions, std::uint32_t keys);

  // Calls `visit(Writer, Overlap)` for each live overlapping entry, newest first; an entry
  // for which it returns true is removed. Returns how many entries the runtime walks: all live ones.
  template <typename Visit>
  std::uint32_t Lookup(const Access& access, Visit&& visit);

  void Insert(const Access& written, Writer writer);

  // Entries of one buffer from which on the index is used; a test compares with the plain walk.
  void set_index_threshold(std::uint32_t entries) { index_threshold_ = entries; }

 private:
  struct Entry {
    RegionId region = kNoId;
    Writer writer;
    std::int32_t version = 0;
    std::uint32_t older = kNoId;  // list of the buffer; free list through `older`
    std::uint32_t newer = kNoId;
    std::uint32_t sequence = 0;  // grows with every insert
  };
  struct Chain {
    std::uint32_t newest = kNoId;
    std::uint32_t live = 0;
    std::int32_t lowest_version = 0;
    bool one_storage = true;  // every entry lies in bounds of the same number of bytes
    std::int64_t storage_bytes = 0;
    Interval hull;  // of all extents since the chain was last empty
    std::unique_ptr<RegionIndex> index;
  };

  // An access with what all its comparisons share.
  struct Probe {
    const Footprint* footprint;
    const Interval* sides;
    std::int64_t rows;
    std::int32_t version;
  };

  [[nodiscard]] Overlap CompareEntry(const Probe& probe, const Entry& entry) const {
    if (probe.version > entry.version) {
      return Overlap::kOther;
    }
    const Footprint& recorded = footprints_[entry.region];
    if (!probe.footprint->extent.Meets(recorded.extent)) {
      return Overlap::kNone;
    }
    if (probe.footprint->layout == kNoLayout || probe.footprint->layout != recorded.layout) {
      return Overlap::kOther;
    }
    return CompareBoxes(probe.sides, footprints_.Sides(recorded), recorded.rank, probe.rows);
  }

  // Fills `found_` with the candidates, newest first; false when a plain walk is better.
  bool FindCandidates(Chain& chain, const Access& access, const Probe& probe);
  void Remove(Chain& chain, std::uint32_t id);

  const FootprintTable& footprints_;
  std::span<const Region> regions_;
  std::vector<Chain> chains_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> found_;
  std::uint32_t free_ = kNoId;
  std::uint32_t next_sequence_ = 0;
  std::uint32_t index_threshold_ = 64;
};

template <typename Visit>
std::uint32_t TensorMap::Lookup(const Access& access, Visit&& visit) {
  Chain& chain = chains_[access.key];
  const std::uint32_t walked = chain.live;
  if (walked == 0) {
    return 0;
  }
  const Footprint& footprint = footprints_[access.region];
  const Probe probe{&footprint, footprints_.Sides(footprint),
                    StorageRows(regions_[access.region], access.storage_bytes), access.version};
  const auto compare = [&](std::uint32_t id) {
    const Overlap overlap = CompareEntry(probe, entries_[id]);
    if (overlap != Overlap::kNone && visit(entries_[id].writer, overlap)) {
      Remove(chain, id);
    }
  };
  if (FindCandidates(chain, access, probe)) {
    for (const std::uint32_t id : found_) {
      compare(id);
    }
    return walked;
  }
  for (std::uint32_t id = chain.newest; id != kNoId;) {
    const std::uint32_t older = entries_[id].older;
    compare(id);
    id = older;
  }
  return walked;
}

}  // namespace npusched
