#include "graphs/byte_box.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace npusched {
namespace {

// The same bytes with dimensions that continue each other joined: fewer, longer runs.
ByteBox Joined(const ByteBox& box) {
  ByteBox joined{.begin = box.begin};
  for (int d = 0; d < box.rank; ++d) {
    if (box.count[d] == 1 && d + 1 < box.rank) continue;
    int last = joined.rank - 1;
    if (last >= 0 && joined.stride[last] == box.count[d] * box.stride[d]) {
      joined.stride[last] = box.stride[d];
      joined.count[last] *= box.count[d];
      continue;
    }
    joined.count[joined.rank] = box.count[d];
    joined.stride[joined.rank] = box.stride[d];
    ++joined.rank;
  }
  return joined;
}

// The last dimension is the run.
std::int64_t Runs(const ByteBox& box) {
  std::int64_t runs = 1;
  for (int d = 0; d + 1 < box.rank; ++d) runs *= box.count[d];
  return runs;
}

// Whether the part of `box` from dimension `d` on, placed at `at`, has a byte in [low, high).
// Only boxes that begin below `low` and reach past it need a look inside: at most one a dimension when
// the strides nest, as those of a tensor do.
bool Touches(const ByteBox& box, int d, std::int64_t at, std::int64_t low, std::int64_t high) {
  if (at >= high) return false;
  std::int64_t inside = 1;  // bytes from the first to the last of one step of dimension d
  for (int k = d + 1; k < box.rank; ++k) inside += (box.count[k] - 1) * box.stride[k];
  const std::int64_t end = at + (box.count[d] - 1) * box.stride[d] + inside;
  if (end <= low) return false;
  if (at >= low || d + 1 == box.rank) return true;  // its first byte lies inside; or it is one run
  const std::int64_t stride = box.stride[d];
  const std::int64_t missed = low - at - inside;  // steps that end at or before `low`
  std::int64_t step = missed < 0 ? 0 : missed / stride + 1;
  for (; step < box.count[d] && at + step * stride < high; ++step) {
    if (Touches(box, d + 1, at + step * stride, low, high)) return true;
  }
  return false;
}

}  // namespace

std::int64_t ByteBox::end() const {
  std::int64_t last = begin;
  for (int d = 0; d < rank; ++d) last += (count[d] - 1) * stride[d];
  return empty() ? begin : last + 1;
}

ByteBox BytesOf(const Region& region, std::int64_t shift) {
  const std::int64_t bytes = SizeOf(region.dtype);
  ByteBox box{.begin = shift + region.start_offset * bytes};
  std::array<std::pair<std::int64_t, std::int64_t>, kMaxRank + 1> sides{};  // stride, count
  for (int d = 0; d < region.rank; ++d) {
    if (region.shape[d] <= 0) return {.begin = box.begin};
    const std::int64_t stride = region.strides[d] * bytes;
    if (stride == 0) continue;
    if (stride < 0) box.begin += (region.shape[d] - 1) * stride;
    sides[box.rank++] = {std::abs(stride), region.shape[d]};
  }
  for (int d = 1; d < box.rank; ++d) {  // a handful: by insertion
    for (int k = d; k > 0 && sides[k - 1].first < sides[k].first; --k) std::swap(sides[k - 1], sides[k]);
  }
  if (box.rank > 0 && sides[box.rank - 1].first == bytes) {
    sides[box.rank - 1] = {1, sides[box.rank - 1].second * bytes};
  } else {
    sides[box.rank++] = {1, bytes};
  }
  for (int d = 0; d < box.rank; ++d) {
    box.stride[d] = sides[d].first;
    box.count[d] = sides[d].second;
  }
  return box;
}

Region AsRegion(const ByteBox& box) {
  Region region{.start_offset = box.begin, .rank = 1, .dtype = DType::kInt8};
  if (box.rank > kMaxRank) {
    region.shape[0] = 2;  // its first byte and its last: the extent, and no layout
    region.strides[0] = box.end() - box.begin - 1;
    return region;
  }
  region.rank = static_cast<std::uint8_t>(box.rank);
  std::copy_n(box.count.begin(), box.rank, region.shape.begin());
  std::copy_n(box.stride.begin(), box.rank, region.strides.begin());
  return region;
}

bool Meet(const ByteBox& a, const ByteBox& b) {
  if (a.empty() || b.empty() || a.begin >= b.end() || b.begin >= a.end()) return false;
  ByteBox runs = Joined(a);
  ByteBox other = Joined(b);
  if (Runs(other) < Runs(runs)) std::swap(runs, other);
  const std::int64_t length = runs.count[runs.rank - 1];
  std::array<std::int64_t, kMaxRank + 1> at{};
  std::int64_t low = runs.begin;
  while (true) {
    if (Touches(other, 0, other.begin, low, low + length)) return true;
    int d = runs.rank - 2;
    for (; d >= 0; --d) {
      low += runs.stride[d];
      if (++at[d] < runs.count[d]) break;
      low -= runs.count[d] * runs.stride[d];
      at[d] = 0;
    }
    if (d < 0) return false;
  }
}

}  // namespace npusched
