// Max-min fairness: how much each of several flows gets of one memory.
//
// Every flow gets the same level, or its own cap if that is less; what the capped ones leave goes to the others.
//
//   FairLevel({10, 40, 70}, 120, 90)   // 40: the flows get 10, 40, 40
#pragma once

#include <cstdint>
#include <span>

namespace npusched {

// The level L with sum(min(cap, L)) == capacity, all in bytes per second. `sum` is that of the caps.
// REQUIRES: sum > capacity > 0, all caps > 0.
inline double FairLevel(std::span<const std::int64_t> caps, std::int64_t sum, std::int64_t capacity) {
  // Each round settles the flows below the level of the round before; what remains can only raise the level.
  double level = 0;
  for (;;) {
    std::int64_t settled = 0;
    std::int64_t open = 0;
    for (const std::int64_t cap : caps) {
      if (static_cast<double>(cap) <= level) {
        settled += cap;
      } else {
        ++open;
      }
    }
    const double next = static_cast<double>(capacity - settled) / static_cast<double>(open);
    if (next <= level) return level;
    level = next;
    if (settled == sum) return level;
  }
}

}  // namespace npusched
