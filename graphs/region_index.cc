#include "graphs/region_index.h"

#include <boost/geometry/algorithms/covered_by.hpp>
#include <boost/geometry/core/cs.hpp>
#include <boost/geometry/geometries/adapted/std_array.hpp>
#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <boost/iterator/function_output_iterator.hpp>
#include <limits>
#include <utility>

#include "base/check.h"

BOOST_GEOMETRY_REGISTER_STD_ARRAY_CS(cs::cartesian)

namespace npusched {
namespace {

namespace bgi = boost::geometry::index;

// One dimension for the extent, one for the layout, one for each side of the box.
constexpr std::size_t kDimensions = 2 + kMaxRank;
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min() / 8;
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max() / 8;

using Point = std::array<std::int64_t, kDimensions>;
using Box = boost::geometry::model::box<Point>;
using Value = std::pair<Box, std::uint32_t>;

struct SameId {
  bool operator()(const Value& a, const Value& b) const { return a.second == b.second; }
};

// Boxes are closed and the tree weighs them by their volume, so coordinates are doubled and no side has
// length 0: [begin, end) becomes [2 begin, 2 end - 1]. An empty interval stands for its one point, which
// finds a superset.
void SetInterval(Box* box, std::size_t dimension, const Interval& interval) {
  box->min_corner()[dimension] = 2 * interval.begin;
  box->max_corner()[dimension] = 2 * std::max(interval.begin + 1, interval.end) - 1;
}

Box BoxOf(const FootprintTable& footprints, RegionId region) {
  const Footprint& footprint = footprints[region];
  Box box(Point{}, Point{});
  SetInterval(&box, 0, footprint.extent);
  SetInterval(&box, 1, {footprint.layout, footprint.layout});
  for (std::size_t d = 0; d < kMaxRank; ++d) {
    const bool has_side = footprint.layout != kNoLayout && d < footprint.rank;
    SetInterval(&box, 2 + d, has_side ? footprints.Sides(footprint)[d] : Interval{});
  }
  return box;
}

}  // namespace

struct RegionIndex::Tree {
  bgi::rtree<Value, bgi::linear<16>, bgi::indexable<Value>, SameId> values;
};

RegionIndex::RegionIndex(const FootprintTable& footprints) : footprints_(footprints), tree_(std::make_unique<Tree>()) {}
RegionIndex::~RegionIndex() = default;

void RegionIndex::Build(const std::vector<Entry>& entries) {
  std::vector<Value> values;
  values.reserve(entries.size());
  for (const Entry& entry : entries) {
    values.emplace_back(BoxOf(footprints_, entry.region), entry.id);
  }
  tree_->values = decltype(tree_->values)(values);
}

void RegionIndex::Insert(Entry entry) { tree_->values.insert(Value(BoxOf(footprints_, entry.region), entry.id)); }

void RegionIndex::Remove(Entry entry) {
  const std::size_t removed = tree_->values.remove(Value(BoxOf(footprints_, entry.region), entry.id));
  NPU_CHECK(removed == 1);
}

void RegionIndex::Find(RegionId access, bool by_box, std::vector<std::uint32_t>* ids) const {
  const auto collect =
      boost::make_function_output_iterator([ids](const Value& value) { ids->push_back(value.second); });
  const auto query = [&](const Box& box) { tree_->values.query(bgi::intersects(box), collect); };

  const std::int64_t layout = footprints_[access].layout;
  Box box = BoxOf(footprints_, access);
  if (by_box && layout != kNoLayout) {
    query(box);
  }
  for (std::size_t d = 2; d < kDimensions; ++d) {
    box.min_corner()[d] = kLowest;
    box.max_corner()[d] = kHighest;
  }
  const auto query_layouts = [&](std::int64_t first, std::int64_t last) {
    box.min_corner()[1] = 2 * first;
    box.max_corner()[1] = 2 * last + 1;
    query(box);
  };
  if (by_box && layout != kNoLayout) {
    query_layouts(kLowest, layout - 1);
    query_layouts(layout + 1, kHighest);
  } else {
    query_layouts(kLowest, kHighest);
  }
}

}  // namespace npusched
