// What a swimlane picture shows, before it is drawn: which lanes, and which bars on them.
//
//   const LaneBars bars = BarsByLane(input, trace, looks, {from, to});
//   for (const Lane& lane : PlaceLanes({&bars}, false)) Draw(lane.y, MergeBars(bars.at(lane.key), half_pixel, false));
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

enum class LaneKind : std::uint8_t { kOrchestrator, kScheduler, kAic, kAiv };

struct LaneKey {
  LaneKind kind = LaneKind::kOrchestrator;
  std::uint32_t index = 0;

  friend bool operator<(const LaneKey& a, const LaneKey& b) {
    return std::pair(a.kind, a.index) < std::pair(b.kind, b.index);
  }
};

LaneKey LaneOf(const Machine& machine, CoreId core);

// How a kernel looks: from 0, or kGrey.
inline constexpr int kGrey = -1;

// Half-open, never empty.
struct Bar {
  Picoseconds begin = 0;
  Picoseconds end = 0;
  int look = kGrey;

  friend bool operator==(const Bar&, const Bar&) = default;
};
using LaneBars = std::map<LaneKey, std::vector<Bar>>;

struct Window {
  Picoseconds from = 0;
  Picoseconds to = 0;
};

// Submits and rows in the look of their kernel (`looks` by KernelId), scheduler phases grey; cut to the window.
LaneBars BarsByLane(const RunInput& input, const RunTrace& trace, std::span<const int> looks, Window window);

// In order of begin, bars too narrow to be told apart made one: two neighbours shorter than `half_pixel` when they
// look the same and the gap is as short, or when the second begins within half a pixel of the first. Such a bar
// looks like its longest; with `first_look_wins`, like look 0 when that is among them.
std::vector<Bar> MergeBars(std::vector<Bar> bars, Picoseconds half_pixel, bool first_look_wins);

// Pixels from the top of the first lane.
struct Lane {
  LaneKey key;
  bool tall = true;
  int y = 0;

  [[nodiscard]] int height() const;
};

// The lanes with a bar in any panel, so that panels are alike. With `highlight` those without look 0 are thin, the
// runtime's too, and follow the others of their kind.
std::vector<Lane> PlaceLanes(std::span<const LaneBars* const> panels, bool highlight);
int HeightOf(std::span<const Lane> lanes);

}  // namespace npusched
