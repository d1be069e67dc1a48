// An engine replays a task graph on a machine under a runtime and emits a trace.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "graphs/inference.h"
#include "graphs/program.h"
#include "hw_models/kernel_cost.h"
#include "hw_models/machine.h"
#include "hw_models/runtime_config.h"
#include "sim/trace.h"

namespace npusched {

// What one run needs; everything outlives the run.
struct RunInput {
  const Program& program;
  const Inference& inference;
  const Machine& machine;
  const RuntimeConfig& runtime;
  std::span<const KernelCost> costs;  // by WorkId
  bool skip_idle = true;  // false: every idle iteration of a scheduler thread is simulated, to the same result
};

struct Deadlock;

// The native engine: an event queue over one orchestrator, the scheduler threads and the cores.
// Errors: the runtime gave up; then `deadlock`, unless null, says how (sim/deadlock.h).
Result<RunTrace> RunNative(const RunInput& input, Deadlock* deadlock = nullptr);

}  // namespace npusched
