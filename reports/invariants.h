// Laws that every run obeys, whatever engine made it and whatever the policies: a run that breaks one is a mistake
// of the tool, not of its user.
//
//   if (Status s = CheckInvariants(input, trace); !s.ok()) return s.error();   // names the law, the task, the times
//
// Stands beside the views, reads a trace as they do, and derives everything anew rather than from their figures:
//   rows         a task has a row for each block and slot, on a core of its kind; a MIX block stays in one cluster
//   order        submit <= ready <= dispatch <= receive <= start <= end <= finish <= complete; a staged row's
//                dispatch may precede ready, its start may not
//   cores        no core runs two rows at once: intervals are half-open
//   edges        a consumer is ready after its producers completed, and starts after their rows ended
//   submits      one after the other, in order
//   bounds       the makespan is at least the critical path, the work of each core type over its cores, shared
//                traffic over bandwidth, and every bound that the summary states
//   sums         the attribution adds up to the makespan; no overhead exceeds it
//   Graham 1969  without overheads, on m equal cores, makespan <= work / m + (1 - 1 / m) * critical path
#pragma once

#include "base/result.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

// OK, or the first broken law as an internal error. O(n log n) in rows and edges.
Status CheckInvariants(const RunInput& input, const RunTrace& trace);

// Whether Graham's bound must hold of this run: list scheduling on equal cores. All costs of the runtime are zero, no
// pending slots, nothing staged, started together or waiting for a ring, all tasks on one core type.
bool IsListScheduling(const RunInput& input, const RunTrace& trace);

}  // namespace npusched
