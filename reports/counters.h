// Counters over time, for the traces: how many cores run a kernel, how many tasks are ready.
//
//   for (const Counter& counter : Counters(input, trace))
//     for (const Counter::Sample& sample : counter.samples) Draw(counter.name, sample.time, sample.values);
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

struct Counter {
  static constexpr std::size_t kMostSeries = 3;
  struct Sample {
    Picoseconds time = 0;
    std::array<std::int64_t, kMostSeries> values{};
  };

  std::string_view name;
  std::vector<std::string_view> series;  // one value each
  std::vector<Sample> samples;           // one at each instant at which a value changes
};

// "running cores": AIC and AIV that run a kernel; "ready tasks": AIC, AIV and MIX tasks that are ready and of which no
// block is dispatched. O(n log n) in rows and tasks.
std::vector<Counter> Counters(const RunInput& input, const RunTrace& trace);

}  // namespace npusched
