// A spatial index over the live regions of one buffer, for buffers with many of them.
//
// A look-up of the runtime walks every entry of its buffer; most of a tiled tensor's entries are
// disjoint from the one tile that is read. The index finds a superset of the entries that can
// overlap; the caller compares each of them, so the index never decides an edge.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "graphs/overlap.h"

namespace npusched {

class RegionIndex {
 public:
  explicit RegionIndex(const FootprintTable& footprints);
  ~RegionIndex();
  RegionIndex(const RegionIndex&) = delete;
  RegionIndex& operator=(const RegionIndex&) = delete;

  struct Entry {
    RegionId region = kNoId;
    std::uint32_t id = 0;  // the caller's own
  };
  void Build(const std::vector<Entry>& entries);
  void Insert(Entry entry);
  void Remove(Entry entry);

  // Appends the ids of all entries that `access` may overlap, in no particular order.
  // `by_box`: every recorded box and the access's lie in the bounds of one storage, so entries of
  // the access's layout may be told apart by their sides, not only by their extents.
  void Find(RegionId access, bool by_box, std::vector<std::uint32_t>* ids) const;

 private:
  struct Tree;
  const FootprintTable& footprints_;
  std::unique_ptr<Tree> tree_;
};

}  // namespace npusched
