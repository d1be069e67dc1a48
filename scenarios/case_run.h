// One case simulated, with all that its trace refers to: what commands that look inside a run start from.
//
//   Result<CaseRun> run = SimulateCase(*cases->Make(0));
//   WalkBack(run->input(), run->trace, row, 0);
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "scenarios/case.h"
#include "sim/engine.h"

namespace npusched {

struct CaseRun {
  std::string label;
  Machine machine;
  RuntimeConfig runtime;
  Program program;
  Inference inference;
  std::vector<KernelCost> costs;
  RunTrace trace;
  WallSeconds wall;

  // Valid as long as this object stays where it is.
  [[nodiscard]] RunInput input() const { return {program, inference, machine, runtime, costs}; }
};

// Emits, infers, prices and simulates. Errors without a place of their own get the program's.
Result<CaseRun> SimulateCase(const Case& one);

}  // namespace npusched
