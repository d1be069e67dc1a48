#include "reports/swimlane_lanes.h"

#include <algorithm>
#include <utility>

namespace npusched {
namespace {

// Pixels from one lane to the next; a bar is one pixel lower.
constexpr int kTallLane = 10;
constexpr int kThinLane = 4;
constexpr int kGroupGap = 5;  // between lanes of another kind or height

}  // namespace

LaneKey LaneOf(const Machine& machine, CoreId core) {
  return machine.IsAic(core) ? LaneKey{LaneKind::kAic, core} : LaneKey{LaneKind::kAiv, core - machine.aic_count()};
}

LaneBars BarsByLane(const RunInput& input, const RunTrace& trace, std::span<const int> looks, Window window) {
  LaneBars bars;
  const auto add = [&](LaneKey key, Picoseconds begin, Picoseconds end, int look) {
    begin = std::max(begin, window.from);
    end = std::min(end, window.to);
    if (begin < end) bars[key].push_back({begin, end, look});
  };
  for (TaskId t = 0; t < trace.tasks.size(); ++t) {
    add({LaneKind::kOrchestrator, 0}, trace.tasks[t].submit_begin, trace.tasks[t].submit,
        looks[input.program.tasks[t].kernel]);
  }
  for (const PhaseRecord& phase : trace.phases) {
    add({LaneKind::kScheduler, phase.thread}, phase.begin, phase.end, kGrey);
  }
  for (const DispatchRow& row : trace.rows) {
    add(LaneOf(input.machine, row.core), row.start, row.end, looks[input.program.tasks[row.task].kernel]);
  }
  return bars;
}

std::vector<Bar> MergeBars(std::vector<Bar> bars, Picoseconds half_pixel, bool first_look_wins) {
  std::stable_sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.begin < b.begin; });
  std::vector<Bar> merged;
  Picoseconds longest = 0;   // of the bars in the last merged one
  bool last_narrow = false;  // all of them are
  for (const Bar& bar : bars) {
    const Picoseconds length = bar.end - bar.begin;
    const Picoseconds weight = first_look_wins && bar.look == 0 ? kNever : length;
    const bool narrow = length < half_pixel;
    if (narrow && last_narrow) {
      Bar& last = merged.back();
      const bool alike = last.look == bar.look && bar.begin - last.end < half_pixel;
      if (alike || bar.begin - last.begin < half_pixel) {
        last.end = std::max(last.end, bar.end);
        if (weight > longest) last.look = bar.look;
        longest = std::max(longest, weight);
        continue;
      }
    }
    merged.push_back(bar);
    longest = weight;
    last_narrow = narrow;
  }
  return merged;
}

int Lane::height() const { return (tall ? kTallLane : kThinLane) - 1; }

std::vector<Lane> PlaceLanes(std::span<const LaneBars* const> panels, bool highlight) {
  std::map<LaneKey, bool> tall;
  for (const LaneBars* panel : panels) {
    for (const auto& [key, bars] : *panel) {
      const auto first_look = [](const Bar& bar) { return bar.look == 0; };
      tall[key] =
          tall[key] || !highlight || (key.kind >= LaneKind::kAic && std::any_of(bars.begin(), bars.end(), first_look));
    }
  }
  std::vector<Lane> lanes;
  lanes.reserve(tall.size());
  for (const auto& [key, is_tall] : tall) lanes.push_back({key, is_tall, 0});
  std::stable_sort(lanes.begin(), lanes.end(), [](const Lane& a, const Lane& b) {
    return std::pair(a.key.kind, !a.tall) < std::pair(b.key.kind, !b.tall);
  });
  for (std::size_t i = 1; i < lanes.size(); ++i) {
    const Lane& above = lanes[i - 1];
    const bool other = lanes[i].key.kind != above.key.kind || lanes[i].tall != above.tall;
    lanes[i].y = above.y + above.height() + 1 + (other ? kGroupGap : 0);
  }
  return lanes;
}

int HeightOf(std::span<const Lane> lanes) { return lanes.empty() ? 0 : lanes.back().y + lanes.back().height() + 1; }

}  // namespace npusched
