// How the trips of a loop follow each other: one after the other at stage 1, overlapping above.
//
// At stage s, s buffers take turns. A trip's load may begin once the transfer before it is done and the compute
// s trips earlier has freed its buffer; its compute once its load has landed, the compute before it is done and
// the store s trips earlier has freed the output buffer; its store when both before it are done.
//
//   LoopCycles({.latency = 100, .load = 50, .compute = 120}, 10, 2)   // 150 + 120 + 9 * max(50, 120, (150 + 120) / 2)
#pragma once

#include <cstdint>

namespace npusched {

// Cycles of one trip.
struct Trip {
  double latency = 0;        // start-up of its loads
  double load = 0;           // transfer of all its loads, serial on the path
  double compute = 0;        // cube or vector
  double drain = 0;          // what the last trip computes beyond that, when the trips before it overlapped
  double store_latency = 0;  // start-up of its stores
  double store = 0;          // transfer of its stores, serial
  double scalar = 0;         // addresses, flags, the branch
};

// Exact for the rules above, without walking the trips. REQUIRES: trips >= 1, stage >= 1.
double LoopCycles(const Trip& trip, std::int64_t trips, std::int32_t stage);

}  // namespace npusched
