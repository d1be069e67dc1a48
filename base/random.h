// Counter-based random numbers: the value at (seed, counter) needs no state, so any draw can be
// made in any order, on any machine, with the same bits.
//
//   std::int64_t context = RandomInRange(seed, sequence, 1, 4096);
#pragma once

#include <cstdint>

namespace npusched {

// 64 well-mixed bits (the finaliser of SplitMix64 over a Weyl sequence; Steele, Lea and Flood 2014).
inline std::uint64_t RandomBits(std::uint64_t seed, std::uint64_t counter) {
  const auto mix = [](std::uint64_t x) {
    x = (x ^ (x >> 30U)) * 0xBF58'476D'1CE4'E5B9ULL;
    x = (x ^ (x >> 27U)) * 0x94D0'49BB'1331'11EBULL;
    return x ^ (x >> 31U);
  };
  constexpr std::uint64_t kGolden = 0x9E37'79B9'7F4A'7C15ULL;
  return mix(mix(seed + kGolden) + (counter + 1) * kGolden);
}

// Uniform in [lo, hi]. REQUIRES: lo <= hi and hi - lo < 2^63 (the bias is below (hi - lo) / 2^64).
inline std::int64_t RandomInRange(std::uint64_t seed, std::uint64_t counter, std::int64_t lo, std::int64_t hi) {
  const std::uint64_t width = static_cast<std::uint64_t>(hi) - static_cast<std::uint64_t>(lo) + 1;
  return lo + static_cast<std::int64_t>(RandomBits(seed, counter) % width);
}

// Uniform in [0, 1), a multiple of 2^-53.
inline double RandomUnit(std::uint64_t seed, std::uint64_t counter) {
  return static_cast<double>(RandomBits(seed, counter) >> 11U) * 0x1p-53;
}

}  // namespace npusched
