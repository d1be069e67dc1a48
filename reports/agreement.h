// How far two engines tell the same of one run.
//
//   const EngineAgreement agreement = CompareEngines(native, simgrid);   // max_task_difference: 0
//   const std::string text = Disagreement(input, native, simgrid);       // empty: within the tolerance
#pragma once

#include <string>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

// Another engine's run of the same input.
struct EngineAgreement {
  Picoseconds simgrid = 0;              // its makespan
  Picoseconds max_task_difference = 0;  // over all starts and ends of a block's slots; kNever: another set of rows
};

EngineAgreement CompareEngines(const RunTrace& native, const RunTrace& simgrid);

// What is beyond the tolerance, with the row that differs most; empty when nothing is. Without shared memories every
// start and end must be equal to a picosecond; with them, whose shares are real numbers, the makespan to 0.5 %.
std::string Disagreement(const RunInput& input, const RunTrace& native, const RunTrace& simgrid);

}  // namespace npusched
