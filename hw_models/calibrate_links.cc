#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "hw_models/calibrate_parts.h"
#include "hw_models/least_squares.h"

namespace npusched {
namespace {

constexpr double kNearPoll = 0.05;  // of a poll: how far a finish may lie from the end of one

// When a finish can be seen: later than the last poll that did not see it, not later than the one that did.
class VisibleFinish {
 public:
  void SeenAfter(double ns) { least_ = std::max(least_, ns); }
  void SeenBy(double ns) {
    most_ = std::min(most_, ns);
    ++samples_;
  }
  [[nodiscard]] CostEstimate Estimate(Picoseconds base) const {
    CostEstimate cost{.key = "link.finish_visible_ns", .value_ns = Ns(base)};
    if (samples_ == 0) return cost;
    // The capture only bounds it: within the bounds the base is as good as any, else the upper one, for every row has a
    // say in that.
    const double least = std::min(least_, most_);
    const bool fits = least <= Ns(base) && Ns(base) <= most_;
    cost.value_ns = fits ? Ns(base) : most_;
    cost.note = fmt::format("between {:.1f} and {:.1f} ns", least, most_);
    cost.residual_ns = (most_ - least) / 2;
    cost.samples = samples_;
    cost.told = true;
    return cost;
  }

 private:
  double least_ = 0;
  double most_ = std::numeric_limits<double>::max();
  std::uint64_t samples_ = 0;
};

}  // namespace

std::vector<CostEstimate> FitLinks(const Capture& capture, const LinkCosts& base, double poll_ns, double iteration_ns) {
  const CaptureTiming& timing = *capture.timing;
  if (timing.level < 2) return {};
  std::vector<double> visible;
  std::vector<double> setup;
  std::vector<double> switches;
  VisibleFinish finish;
  std::vector<PolledCores> polled;
  for (std::uint32_t thread = 0; thread < timing.threads(); ++thread)
    polled.emplace_back(timing, static_cast<std::uint8_t>(thread));
  const double tick = Ns(timing.tick);
  for (const CoreRows& core : RowsByCore(timing)) {
    for (std::size_t i = core.first; i < core.end; ++i) {
      const CapturedRow& row = timing.rows[i];
      if (row.dispatch < 0 || row.finish < 0) continue;
      const Picoseconds free = i == core.first ? -1 : timing.rows[i - 1].end;  // when the core was done with the last
      const bool second = row.dispatch < free;
      if (!second) visible.push_back(Ns(row.receive - row.dispatch));
      // A gated row waits for its doorbell between the two: the median does not mind them.
      setup.push_back(Ns(row.start - row.receive));
      // Not limited by the write itself, which the core sees only after the kernel before.
      if (second && Ns(row.receive - row.dispatch) > Ns(base.write_visible) + tick)
        switches.push_back(Ns(row.start - free));
      finish.SeenBy(Ns(row.finish - row.end));
      const bool alone = i + 1 == core.end || timing.rows[i + 1].dispatch >= row.finish;
      if (!alone || row.core >= timing.thread_of.size() || timing.thread_of[row.core] < 0) continue;
      // In idle iterations the poll before was one iteration ago.
      const auto thread = static_cast<std::size_t>(timing.thread_of[row.core]);
      const auto order = [](const CapturedPhase& p) { return std::pair(std::size_t{p.thread}, p.begin); };
      const auto after = std::ranges::lower_bound(timing.phases, std::pair(thread, row.finish), {}, order);
      if (after - timing.phases.begin() < 2) continue;
      const auto phase = std::prev(after);
      if (phase->kind != CapturedKind::kComplete || phase->thread != thread || row.finish > phase->end) continue;
      const CapturedPhase& before = *std::prev(phase);
      const bool idle =
          before.thread == thread && phase->loop_iteration >= before.loop_iteration + 2 && before.end < row.end;
      const double place = Ns(row.finish - phase->begin) / std::max(poll_ns, 1e-3);  // polls of the scan until then
      const std::uint32_t cores = polled[thread].At(phase->begin);
      if (!idle || std::abs(place - std::round(place)) > kNearPoll || place > cores + 0.5)
        continue;  // something was completed first
      finish.SeenAfter(Ns(row.finish - row.end) - (iteration_ns + cores * poll_ns));
    }
  }
  std::vector<CostEstimate> costs;
  costs.push_back(FromMedian("link.write_visible_ns", visible, base.write_visible));
  costs.push_back(finish.Estimate(base.finish_visible));
  costs.push_back(FromMedian("link.setup_ns", setup, base.setup));
  costs.push_back(FromMedian("link.switch_pending_ns", switches, base.switch_pending));
  return costs;
}

}  // namespace npusched
