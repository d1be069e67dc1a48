// One case simulated, with all that its trace refers to: what a view of the run starts from.
//
//   Result<CaseRun> run = SimulateCase(*cases->Make(0));
//   WalkBack(run->input(), run->trace, row, 0);
//
// PrepareCase stops before the engine, for those who choose one: RunEngines(run->input(), choice).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "graphs/capture.h"
#include "scenarios/case.h"
#include "sim/engine.h"

namespace npusched {

struct CaseRun {
  std::string label;
  Machine machine;
  RuntimeConfig runtime;
  Program program;
  std::optional<CaptureTiming> timing;  // what a capture measured; not with edits
  Inference inference;
  std::vector<KernelCost> costs;
  RunTrace trace;
  WallSeconds wall;

  // Valid as long as this object stays where it is.
  [[nodiscard]] RunInput input() const { return {program, inference, machine, runtime, costs}; }
};

// Emits, infers and prices; the trace stays empty.
Result<CaseRun> PrepareCase(const Case& one, const InferenceOptions& options = {});

// And simulates, on the native engine. Errors without a place of their own get the program's.
Result<CaseRun> SimulateCase(const Case& one);

// An error of a tool's layer without a place of its own gets the program's, and the case's label.
Error Placed(Error error, const Case& one);

}  // namespace npusched
