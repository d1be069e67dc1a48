// Simulated time: integer picoseconds, so that sums are exact and runs repeat bit for bit.
#pragma once

#include <cmath>
#include <cstdint>

namespace npusched {

using Picoseconds = std::int64_t;  // up to 106 days

inline constexpr Picoseconds kPsPerNs = 1'000;
inline constexpr Picoseconds kPsPerUs = 1'000'000;
inline constexpr Picoseconds kNever = INT64_MAX;

// Rounds to the nearest picosecond. REQUIRES: `ns`, `us` finite and within the range of Picoseconds.
inline Picoseconds FromNs(double ns) { return std::llround(ns * 1e3); }
inline Picoseconds FromUs(double us) { return std::llround(us * 1e6); }
inline double ToUs(Picoseconds t) { return static_cast<double>(t) * 1e-6; }

}  // namespace npusched
