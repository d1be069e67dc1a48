#include "scenarios/case_run.h"

#include <fmt/format.h>

#include "base/stopwatch.h"
#include "scenarios/program.h"

namespace npusched {
namespace {

Status Simulate(const Case& one, CaseRun& run) {
  Stopwatch watch;
  Result<CaseProgram> emitted = EmitCase(one);
  if (!emitted.ok()) return emitted.error();
  run.program = std::move(emitted->program);
  run.wall.emit = watch.Lap();
  Result<Inference> inference = Infer(run.program);
  if (!inference.ok()) return inference.error();
  run.inference = *std::move(inference);
  run.wall.infer = watch.Lap();
  Result<std::vector<KernelCost>> costs = PriceKernels(run.program.works, one.machine);
  if (!costs.ok()) return costs.error();
  run.costs = *std::move(costs);
  Result<RunTrace> trace = RunNative(run.input());
  if (!trace.ok()) return trace.error();
  run.trace = *std::move(trace);
  run.wall.simulate = watch.Lap();
  return {};
}

}  // namespace

Result<CaseRun> SimulateCase(const Case& one) {
  CaseRun run;
  run.label = one.label;
  run.machine = one.machine;
  run.runtime = one.runtime_config;
  if (Status status = Simulate(one, run); !status.ok()) {
    Error error = status.error();
    if (error.where.ToString().empty()) {
      error.where = one.program.where;
      error.message = fmt::format("{}: {}", one.label, error.message);
    }
    return error;
  }
  return run;
}

}  // namespace npusched
