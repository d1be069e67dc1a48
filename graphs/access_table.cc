#include "graphs/access_table.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace npusched {
namespace {

constexpr std::size_t kIndexFrom = 32;                         // places of a storage from which an index pays
constexpr std::uint64_t kMostKept = std::uint64_t{32} << 20U;  // entries of answers remembered

// Buffers that are the same memory: those without an owner whose address ranges overlap. A heap buffer
// stands for itself; that its memory is not handed on too early is another question (graphs/lifetimes.h).
struct Storages {
  std::vector<std::uint32_t> of;     // by buffer
  std::vector<std::int64_t> shifts;  // by buffer: where it begins in its storage, in bytes
  std::uint32_t count = 0;
};

Storages FindStorages(const Program& program) {
  Storages found{.of = std::vector<std::uint32_t>(program.buffers.size()),
                 .shifts = std::vector<std::int64_t>(program.buffers.size())};
  std::vector<BufferId> placed;
  for (BufferId b = 0; b < program.buffers.size(); ++b) {
    const Buffer& buffer = program.buffers[b];
    if (buffer.address != 0 && buffer.creator == kNoTask) {
      placed.push_back(b);
    } else {
      found.of[b] = found.count++;
    }
  }
  std::sort(placed.begin(), placed.end(), [&](BufferId a, BufferId b) {
    return std::pair(program.buffers[a].address, a) < std::pair(program.buffers[b].address, b);
  });
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  for (const BufferId b : placed) {
    const Buffer& buffer = program.buffers[b];
    if (buffer.address >= end && buffer.address != begin) {
      begin = buffer.address;
      ++found.count;
    }
    end = std::max(end, buffer.address + static_cast<std::uint64_t>(buffer.size_bytes));
    found.of[b] = found.count - 1;
    found.shifts[b] = static_cast<std::int64_t>(buffer.address - begin);
  }
  return found;
}

}  // namespace

TrueUse UseOf(const Arg& arg) {
  switch (arg.access) {
    case Access::kRead:
      return {.reads = true};
    case Access::kWrite:
      return {.writes = true};
    case Access::kReadWrite:
    case Access::kAccumulate:
      return {.reads = true, .writes = true};
    case Access::kByTag:
      break;
  }
  switch (arg.tag) {
    case ArgTag::kInput:
      return {.reads = true};
    case ArgTag::kInOut:
      return {.reads = true, .writes = true};
    case ArgTag::kOutput:
    case ArgTag::kOutputExisting:
      return {.writes = true};
    case ArgTag::kNoDep:
      break;
  }
  return {.reads = true, .writes = true, .assumed = true};
}

struct AccessTable::Storage {
  std::uint32_t first = 0;  // its places: order_[first, end)
  std::uint32_t end = 0;
  std::unique_ptr<RegionIndex> index;
};

AccessTable::~AccessTable() = default;

AccessTable::AccessTable(const Program& program) : program_(program) {
  const Storages storages = FindStorages(program);
  storages_.resize(storages.count);
  FindPlaces(storages.shifts, storages.of);

  std::vector<Region> boxes;
  boxes.reserve(places_.size());
  for (const Place& place : places_) boxes.push_back(AsRegion(place.box));
  footprints_ = std::make_unique<FootprintTable>(boxes);
  known_.resize(places_.size());
  is_known_.resize(places_.size());

  order_.resize(places_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return places_[a].storage < places_[b].storage; });
  for (std::uint32_t i = 0; i < order_.size(); ++i) {
    Storage& storage = storages_[places_[order_[i]].storage];
    if (storage.end == 0) storage.first = i;
    storage.end = i + 1;
  }
}

void AccessTable::FindPlaces(const std::vector<std::int64_t>& shifts, const std::vector<std::uint32_t>& storage_of) {
  std::vector<bool> written(storages_.size());
  for (TaskId t = 0; t < program_.tasks.size(); ++t) {
    if (!program_.ReachesCore(t)) continue;
    for (const Arg& arg : program_.Args(t)) {
      if (UseOf(arg).writes) written[storage_of[arg.buffer]] = true;
    }
  }
  std::unordered_map<std::uint64_t, std::uint32_t> ids[2];  // by buffer and region; the second: of atomic adds
  first_.assign(1, 0);
  first_.reserve(program_.tasks.size() + 1);
  for (TaskId t = 0; t < program_.tasks.size(); ++t) {
    const std::span<const Arg> args = program_.ReachesCore(t) ? program_.Args(t) : std::span<const Arg>();
    for (std::uint32_t i = 0; i < args.size(); ++i) {
      const Arg& arg = args[i];
      const std::uint32_t storage = storage_of[arg.buffer];
      if (!written[storage]) continue;
      const std::uint64_t key = (std::uint64_t{arg.buffer} << 32U) | TouchedBy(arg);
      const bool adds = arg.access == Access::kAccumulate;
      auto at = ids[adds].find(key);
      if (at == ids[adds].end()) {
        const Region& region = program_.regions[TouchedBy(arg)];
        const ByteBox box = BytesOf(region, shifts[arg.buffer]);
        if (box.empty()) continue;
        at = ids[adds].emplace(key, places()).first;
        places_.push_back({storage, box, adds ? std::optional(region.dtype) : std::nullopt});
      }
      const auto mine = std::find_if(accesses_.begin() + static_cast<std::ptrdiff_t>(first_[t]), accesses_.end(),
                                     [&](const TrueAccess& a) { return a.place == at->second; });
      TrueAccess& access = mine == accesses_.end() ? accesses_.emplace_back(TrueAccess{at->second}) : *mine;
      const TrueUse use = UseOf(arg);
      if (use.reads && access.read_arg == kNoArg) access.read_arg = i;
      if (use.writes && access.write_arg == kNoArg) access.write_arg = i;
    }
    std::sort(accesses_.begin() + static_cast<std::ptrdiff_t>(first_[t]), accesses_.end(),
              [](const TrueAccess& a, const TrueAccess& b) { return a.place < b.place; });
    first_.push_back(accesses_.size());
  }
}

bool AccessTable::PlacesMeet(std::uint32_t a, std::uint32_t b) const {
  if (places_[a].adds && places_[a].adds == places_[b].adds) return false;
  const Footprint& fa = (*footprints_)[a];
  const Footprint& fb = (*footprints_)[b];
  if (!fa.extent.Meets(fb.extent)) return false;
  if (fa.layout == kNoLayout || fa.layout != fb.layout) return Meet(places_[a].box, places_[b].box);
  // Boxes of one layout: an element is in both when every side meets.
  for (int d = 0; d < fa.rank; ++d) {
    if (!footprints_->Sides(fa)[d].Meets(footprints_->Sides(fb)[d])) return false;
  }
  return true;
}

void AccessTable::Find(std::uint32_t place, std::vector<std::uint32_t>* meeting) {
  Storage& storage = storages_[places_[place].storage];
  if (storage.end - storage.first < kIndexFrom) {
    meeting->assign(order_.begin() + storage.first, order_.begin() + storage.end);
  } else {
    if (storage.index == nullptr) {
      std::vector<RegionIndex::Entry> entries;
      for (std::uint32_t i = storage.first; i < storage.end; ++i) entries.push_back({order_[i], order_[i]});
      storage.index = std::make_unique<RegionIndex>(*footprints_);
      storage.index->Build(entries);
    }
    meeting->clear();
    storage.index->Find(place, true, meeting);
    std::sort(meeting->begin(), meeting->end());
  }
  std::erase_if(*meeting, [&](std::uint32_t other) { return !PlacesMeet(place, other); });
}

const std::vector<std::uint32_t>& AccessTable::Meeting(std::uint32_t place) {
  if (is_known_[place]) return known_[place];
  Find(place, &scratch_);
  if (kept_ + scratch_.size() > kMostKept) return scratch_;
  kept_ += scratch_.size();
  is_known_[place] = true;
  known_[place].assign(scratch_.begin(), scratch_.end());
  return known_[place];
}

}  // namespace npusched
