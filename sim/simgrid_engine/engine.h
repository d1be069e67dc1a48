// One simulation of the second engine, in a process that does nothing else.
#pragma once

#include <functional>

#include "base/result.h"
#include "sim/engine.h"

namespace npusched::simgrid_engine {

// Simulates and calls `deliver`, which ends the process: SimGrid cannot be started twice in one.
void Simulate(const RunInput& input, const std::function<void(const Result<RunTrace>&)>& deliver);

}  // namespace npusched::simgrid_engine
