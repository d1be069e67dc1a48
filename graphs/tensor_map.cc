#include "graphs/tensor_map.h"

#include <algorithm>

namespace npusched {

TensorMap::TensorMap(const FootprintTable& footprints, std::span<const Region> regions, std::uint32_t keys)
    : footprints_(footprints), regions_(regions), chains_(keys) {}

void TensorMap::Insert(const Access& written, Writer writer) {
  std::uint32_t id = free_;
  if (id == kNoId) {
    id = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    free_ = entries_[id].older;
  }
  Chain& chain = chains_[written.key];
  const Footprint& footprint = footprints_[written.region];
  if (chain.live == 0) {
    chain.lowest_version = written.version;
    chain.storage_bytes = written.storage_bytes;
    chain.one_storage = true;
    chain.hull = footprint.extent;
  }
  chain.lowest_version = std::min(chain.lowest_version, written.version);
  chain.hull.begin = std::min(chain.hull.begin, footprint.extent.begin);
  chain.hull.end = std::max(chain.hull.end, footprint.extent.end);
  const bool in_bounds =
      footprint.layout == kNoLayout ||
      footprints_.Sides(footprint)[0].end <= StorageRows(regions_[written.region], written.storage_bytes);
  chain.one_storage = chain.one_storage && in_bounds && chain.storage_bytes == written.storage_bytes;

  entries_[id] = {written.region, writer, written.version, chain.newest, kNoId, next_sequence_++};
  if (chain.newest != kNoId) {
    entries_[chain.newest].newer = id;
  }
  chain.newest = id;
  ++chain.live;
  if (chain.index) {
    chain.index->Insert({written.region, id});
  }
}

void TensorMap::Remove(Chain& chain, std::uint32_t id) {
  Entry& entry = entries_[id];
  if (chain.index) {
    chain.index->Remove({entry.region, id});
  }
  if (entry.newer != kNoId) {
    entries_[entry.newer].older = entry.older;
  } else {
    chain.newest = entry.older;
  }
  if (entry.older != kNoId) {
    entries_[entry.older].newer = entry.newer;
  }
  entry.older = free_;
  free_ = id;
  // Well below the threshold, so that a chain around it does not rebuild its index at every turn.
  if (--chain.live < index_threshold_ / 4) {
    chain.index.reset();
  }
}

bool TensorMap::FindCandidates(Chain& chain, const Access& access, const Probe& probe) {
  const Footprint& footprint = *probe.footprint;
  const bool meets_all = footprint.dense && footprint.extent.Contains(chain.hull);
  if (chain.live < index_threshold_ || meets_all || access.version > chain.lowest_version) {
    return false;
  }
  if (!chain.index) {
    std::vector<RegionIndex::Entry> entries;
    entries.reserve(chain.live);
    for (std::uint32_t id = chain.newest; id != kNoId; id = entries_[id].older) {
      entries.push_back({entries_[id].region, id});
    }
    chain.index = std::make_unique<RegionIndex>(footprints_);
    chain.index->Build(entries);
  }
  const bool by_box = chain.one_storage && chain.storage_bytes == access.storage_bytes &&
                      footprint.layout != kNoLayout && probe.sides[0].end <= probe.rows;
  found_.clear();
  chain.index->Find(access.region, by_box, &found_);
  std::sort(found_.begin(), found_.end(),
            [this](std::uint32_t a, std::uint32_t b) { return entries_[a].sequence > entries_[b].sequence; });
  return true;
}

}  // namespace npusched
