// A ring of bytes: allocations are contiguous and leave in the order they came.
//
// `top` is where the next allocation goes, `tail` the end of the last one that left. What an allocation
// that did not fit left over at the end of the ring stays lost until the tail has passed it.
#pragma once

#include <cstdint>

namespace npusched {

class HeapRing {
 public:
  explicit HeapRing(std::int64_t size) : size_(size) {}

  // Takes `bytes` (0 takes nothing) or leaves everything as it is.
  bool Allocate(std::int64_t bytes) {
    if (bytes == 0) return true;
    if (top_ >= tail_) {
      if (size_ - top_ >= bytes) {
        top_ += bytes;
      } else if (tail_ > bytes) {
        top_ = bytes;
      } else if (top_ == tail_ && bytes <= size_) {
        tail_ = 0;
        top_ = bytes;
      } else {
        return false;
      }
      return true;
    }
    if (tail_ - top_ <= bytes) return false;
    top_ += bytes;
    return true;
  }

  // Everything up to `end`, a value of top() after an allocation, has left.
  void Free(std::int64_t end) { tail_ = end; }

  [[nodiscard]] std::int64_t top() const { return top_; }
  [[nodiscard]] std::int64_t used() const { return top_ >= tail_ ? top_ - tail_ : size_ - tail_ + top_; }

 private:
  std::int64_t size_;
  std::int64_t top_ = 0;
  std::int64_t tail_ = 0;
};

}  // namespace npusched
