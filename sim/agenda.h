// Who acts next: the earliest of a fixed set of actors, ties to the lowest index.
//
// A tournament tree: Set is logarithmic, the winner is at the root, nothing allocates after construction.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace npusched {

class Agenda {
 public:
  explicit Agenda(std::uint32_t actors)
      : leaves_(std::bit_ceil(actors < 1 ? 1U : actors)), times_(leaves_, kNever), winners_(2 * std::size_t{leaves_}) {
    for (std::uint32_t i = 0; i < leaves_; ++i) winners_[leaves_ + i] = i;
    for (std::uint32_t node = leaves_ - 1; node > 0; --node) Replay(node);
  }

  void Set(std::uint32_t actor, Picoseconds time) {
    times_[actor] = time;
    for (std::uint32_t node = (leaves_ + actor) / 2; node > 0; node /= 2) Replay(node);
  }

  [[nodiscard]] std::uint32_t Next() const { return winners_[1]; }
  [[nodiscard]] Picoseconds NextTime() const { return times_[winners_[1]]; }
  [[nodiscard]] Picoseconds TimeOf(std::uint32_t actor) const { return times_[actor]; }

 private:
  void Replay(std::uint32_t node) {
    const std::uint32_t left = winners_[2 * std::size_t{node}];
    const std::uint32_t right = winners_[2 * std::size_t{node} + 1];
    winners_[node] = times_[right] < times_[left] ? right : left;
  }

  std::uint32_t leaves_;
  std::vector<Picoseconds> times_;
  std::vector<std::uint32_t> winners_;  // winners_[1] is the root; leaves at [leaves_, 2 * leaves_)
};

}  // namespace npusched
