// Overhead: time in which a core stands idle although work for it is ready.
//
// At an instant a core type is in overhead when a core of the type runs no kernel AND a task of the type
// is ready but not dispatched. A MIX task counts for the types it runs on. A task is ready from the moment a scheduler
// saw its last producer finish (and not before its own submit) until its first dispatch; a core runs from
// start to end. Everything inside the window of the makespan, first start to last end.
//
//   clusters: 1.  AIV task A runs 10..20 on AIV_0; AIV task B was ready at 12, is dispatched at 15:
//   AIV_1 stands idle, so AIV is in overhead for 3.
#pragma once

#include <vector>

#include "reports/occupancy.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

struct Overhead {
  Picoseconds aic = 0;
  Picoseconds aiv = 0;
  Picoseconds all = 0;  // AIC and AIV at once
  Picoseconds has = 0;  // some type has ready work, and every type that has is in overhead
};

// O(n log n) in rows and edges.
Overhead MeasureOverhead(const RunInput& input, const RunTrace& trace);

// The same, as the times at which a type was in overhead: ascending, disjoint, none empty.
struct OverheadSpans {
  std::vector<TimeSpan> aic;
  std::vector<TimeSpan> aiv;
};
OverheadSpans FindOverhead(const RunInput& input, const RunTrace& trace);

// Time in which a core of the type ran no kernel while a row stood in the pending slot of another, behind what ran
// there.
struct ParkedBesideIdle {
  Picoseconds aic = 0;
  Picoseconds aiv = 0;
};
ParkedBesideIdle MeasureParked(const RunInput& input, const RunTrace& trace);

// The same as Overhead, from what a capture holds, as the runtime's own analysis computes it (hw-native-sys/simpler,
// sched_overhead_analysis): a task is ready when its last producer's kernel *ended*, whether or not anybody had seen
// that or submitted the task; one without a producer on a core, at its own dispatch. Only cores that ran something
// count. For comparing with published shares.
Overhead MeasureCapturedOverhead(const RunInput& input, const RunTrace& trace);

}  // namespace npusched
