// Which of a thread's free cores (or clusters) takes the next block.
#pragma once

#include <cstdint>
#include <vector>

#include "hw_models/policies.h"

namespace npusched {

// Chooses among `size` places of which `fits` says whether they can take the block. Places are in polling order.
class PlaceChoice {
 public:
  PlaceChoice(CoreChoice choice, std::uint32_t size) : choice_(choice), last_use_(size) {}

  // The chosen place, or `size` when none fits.
  template <typename Fits>
  std::uint32_t Pick(Fits fits) {
    const auto size = static_cast<std::uint32_t>(last_use_.size());
    std::uint32_t best = size;
    for (std::uint32_t i = 0; i < size; ++i) {
      const std::uint32_t place = choice_ == CoreChoice::kRoundRobin ? (next_ + i) % size : i;
      if (!fits(place)) continue;
      if (best == size || last_use_[place] < last_use_[best]) best = place;
      if (choice_ != CoreChoice::kLeastRecentlyUsed) break;
    }
    if (best < size) {
      next_ = best + 1;
      last_use_[best] = ++uses_;
    }
    return best;
  }

 private:
  CoreChoice choice_;
  std::uint32_t next_ = 0;
  std::uint64_t uses_ = 0;
  std::vector<std::uint64_t> last_use_;
};

}  // namespace npusched
