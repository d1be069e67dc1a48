// Attribution: who made the run last as long as it did. A walk back from the row that ended last to the first
// start; every picosecond on the way belongs to exactly one cause, so the totals sum to the makespan.
//
// One step of the walk, at a row of task T, latest first:
//   memory_contention  of [start, end), what sharing the memories with other cores cost; stands at the end
//   kernel           the rest of [start, end)
//   switch           [end of the row before on that core, and its switch_pending_ns): T was in the pending slot
//   scheduler        [when the core was free and T placed, start) but for the switch: dispatch, link and set-up
//   core_busy        [dispatch, end of the row before on that core): T waited in the core's pending slot
//   core_busy or     [ready, dispatch): T waited in a ready queue. Instants at which every core (for MIX: every
//   scheduler        cluster's set of cores) T could take was occupied, from the dispatch of a row to its end,
//                    count as core_busy; from the moment one is free the scheduler is to blame
//   scheduler        [end of the producer that released T, ready): the finish was not seen yet, then completed;
//                    the walk goes on at that producer's row, the one a scheduler saw last
//   dependency_wait  the same for a producer without a core (a dummy): its own queueing and completion
//   orchestrator     everything before the submit of a task that was ready at once: the orchestrator had not
//                    come to it
//   ring_full        a submit waited for a slot, heap, or an entry of a ring or of the tensor map
//
// Example, one core, A then its consumer B: kernel 10 (B), scheduler 2, kernel 10 (A) tile a makespan of 22.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

enum class Cause : std::uint8_t {
  kKernel,
  kDependencyWait,
  kOrchestrator,
  kScheduler,
  kCoreBusy,
  kRingFull,
  kMemoryContention,
  kSwitch,
};
inline constexpr int kCauses = static_cast<int>(Cause::kSwitch) + 1;

// The name in summary.json: "kernel", "dependency_wait", ...
std::string_view NameOf(Cause cause);

// Half-open, never empty.
struct Segment {
  Picoseconds begin = 0;
  Picoseconds end = 0;
  TaskId task = kNoTask;      // the task of the walk's step
  std::uint32_t row = kNoId;  // its row in RunTrace::rows; kNoId: a task without a core
  Cause cause = Cause::kKernel;
};

struct Attribution {
  std::array<Picoseconds, kCauses> totals{};
  std::vector<Segment> segments;  // latest first, each begins where the next ends

  Picoseconds operator[](Cause cause) const { return totals[static_cast<std::size_t>(cause)]; }
};

// The walk from the end of `row` (a position in trace.rows) back to `origin`.
Attribution WalkBack(const RunInput& input, const RunTrace& trace, std::uint32_t row, Picoseconds origin);

// The walk over the makespan: from the last end (a tie takes the lowest task, then block, then slot) to the first
// start. Empty when nothing ran.
Attribution Attribute(const RunInput& input, const RunTrace& trace);

}  // namespace npusched
