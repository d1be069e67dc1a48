// A first-in first-out queue. Pushes go to the tail; nothing allocates once it has grown.
#pragma once

#include <boost/circular_buffer.hpp>

#include "base/ids.h"

namespace npusched {

template <typename T>
class Fifo {
 public:
  void Push(const T& value) {
    if (values_.full()) values_.set_capacity(2 * values_.capacity());
    values_.push_back(value);
  }
  // REQUIRES: !empty().
  T Pop() {
    const T value = values_.front();
    values_.pop_front();
    return value;
  }
  [[nodiscard]] const T& front() const { return values_.front(); }
  [[nodiscard]] T& back() { return values_.back(); }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }

 private:
  static constexpr std::size_t kInitialCapacity = 256;
  boost::circular_buffer<T> values_{kInitialCapacity};
};

}  // namespace npusched
