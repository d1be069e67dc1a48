// The very bytes that a region touches, and whether two regions share one: exact, whatever their types,
// strides and ranks. Race analysis stands on it; the runtime's own comparison (graphs/overlap.h) is coarser.
//
//   ByteBox even = BytesOf(column_0_of_a_matrix), odd = BytesOf(column_1);
//   Meet(even, odd) == false   // though their extents lie inside each other
#pragma once

#include <array>
#include <cstdint>

#include "graphs/tensor.h"

namespace npusched {

// A strided box of bytes. Strides are positive and descend; the last is 1.
struct ByteBox {
  std::int64_t begin = 0;  // the lowest byte
  int rank = 0;            // 0: touches nothing
  std::array<std::int64_t, kMaxRank + 1> count{};
  std::array<std::int64_t, kMaxRank + 1> stride{};

  [[nodiscard]] bool empty() const { return rank == 0; }
  [[nodiscard]] std::int64_t end() const;  // one past the highest byte
  friend bool operator==(const ByteBox&, const ByteBox&) = default;
};

// `shift` bytes further on. A dimension of stride 0 counts once, a negative stride runs downwards.
ByteBox BytesOf(const Region& region, std::int64_t shift = 0);

// A region of single bytes with the same elements; its first and last alone when the rank is too high.
Region AsRegion(const ByteBox& box);

// Whether a byte belongs to both. The effort follows the contiguous runs of the box that has fewer.
bool Meet(const ByteBox& a, const ByteBox& b);

}  // namespace npusched
