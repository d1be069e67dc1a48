// The second engine: the same model on SimGrid (https://simgrid.org), to be compared with the native one.
//
//   Result<RunTrace> trace = RunSimGrid(input);   // the same facts, from other mechanics
//
// The orchestrator, the scheduler threads and the cores are SimGrid actors; kernels are activities, created when they
// start; shared memories are SimGrid resources whose flows it shares max-min fairly. What is taken from the native
// engine is data and pure policy (sim/policies, the bytes a kernel moves): no queue, ring, core or clock.
// docs/engines.md tells how far the two agree.
#pragma once

#include "base/result.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

// Whether this build has the engine (CMake option NPUSCHED_SIMGRID).
bool HasSimGrid();

// Runs in a child process: SimGrid allows one simulation per process. Any number of threads may call it at once.
// Errors: those of the simulated runtime, with its code; an internal one when the child does not come back.
// REQUIRES: HasSimGrid(); input.skip_idle, or iterations that take time.
Result<RunTrace> RunSimGrid(const RunInput& input);

}  // namespace npusched
