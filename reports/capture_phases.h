// The scheduler phases of a run as a capture has them: with queue depths, pops and markers.
//
// Stands between the trace, which says when a thread did what, and the writer of chip_swimlane_records.json.
// What the engine does not record follows from its rows: a task enters its queue when it is ready and leaves it
// with the pass that publishes its last block.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

struct CapturePhase {
  PhaseKind kind = PhaseKind::kComplete;
  Picoseconds begin = 0;
  Picoseconds end = 0;
  std::uint32_t loop_iteration = 0;
  std::uint32_t tasks = 0;     // completions, published rows, staged blocks, dummies, releases: by kind
  std::uint32_t pop_hit = 0;   // dispatch: tasks taken from the queues
  std::uint32_t pop_miss = 0;  // dispatch: looks at the queues since the last one that found nothing
  TaskId marker = kNoTask;     // not a phase: this dummy or predicated task is completed at `begin`
  std::array<std::uint32_t, 3> queued_at_begin{};  // ready tasks by shape: AIC, AIV, MIX
  std::array<std::uint32_t, 3> queued_at_end{};
};

// By thread, in the order in which a thread writes them: a marker before the phase around it.
std::vector<std::vector<CapturePhase>> CapturePhases(const RunInput& input, const RunTrace& trace);

}  // namespace npusched
