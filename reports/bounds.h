// Lower bounds: times below which this makespan could not have fallen, one for each thing that limits a run.
//
// Each is true of the run as it was simulated (never above the makespan), because:
//   critical_path     a consumer starts after the last end of every producer it waits for, and a task lasts at
//                     least as long as its longest row; so the rows along any path follow one another inside
//                     the window. Nothing waits for an alloc's producers (it completes at submit): no path
//                     passes through one.
//   aic_work,         a core runs one kernel at a time, inside the window; the busiest of n cores carries at
//   aiv_work          least 1/n of the work.
//   memory_bandwidth  all traffic passes through HBM (or L2) inside the window, at no more than its rate.
//                     Without shared bandwidth every core keeps its own share of the rate even when the shares
//                     together exceed it, so a run may outpace the memory: the bound then stops at the makespan.
//                     Reads and writes of L2 are not told apart; both rates together carry them.
//   orchestrator      the task submitted last starts after its submit; what the orchestrator worked from the
//                     first start until then fits in between, one thing at a time.
//   scheduler         a thread does one thing at a time; the busiest of n threads carries at least 1/n of what
//                     all complete and dispatch inside the window.
//
// Example: 3 AIC tasks of 10 us on 2 cores: aic_work = 15 us, though no schedule of them beats 20 us.
#pragma once

#include <array>
#include <string_view>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

enum class Bound : std::uint8_t { kCriticalPath, kAicWork, kAivWork, kMemoryBandwidth, kOrchestrator, kScheduler };
inline constexpr int kBounds = static_cast<int>(Bound::kScheduler) + 1;

// The name in summary.json: "critical_path", "aic_work", ...
std::string_view NameOf(Bound bound);

struct Bounds {
  std::array<Picoseconds, kBounds> values{};

  Picoseconds& operator[](Bound bound) { return values[static_cast<std::size_t>(bound)]; }
  Picoseconds operator[](Bound bound) const { return values[static_cast<std::size_t>(bound)]; }

  // The largest; a tie takes the first of the enumeration.
  [[nodiscard]] Bound Binding() const;
  // The largest of the others: what binds when that one is lifted.
  [[nodiscard]] Bound Next() const;
};

Bounds ComputeBounds(const RunInput& input, const RunTrace& trace);

// The critical path with the least that the runtime takes between two kernels of it: the end is seen, the task
// completed, the consumer's register written (or its doorbell rung) and seen, and set up unless it was staged early. A
// dummy on the path is completed. A lower bound as well.
Picoseconds CriticalPathWithRuntime(const RunInput& input, const RunTrace& trace);

}  // namespace npusched
