#include "scenarios/case_run.h"

#include <fmt/format.h>

#include <utility>

#include "base/stopwatch.h"
#include "scenarios/program.h"

namespace npusched {

Result<CaseRun> PrepareCase(const Case& one, const InferenceOptions& options) {
  CaseRun run;
  run.label = one.label;
  run.machine = one.machine;
  run.runtime = one.runtime_config;
  Stopwatch watch;
  Result<CaseProgram> emitted = EmitCase(one);
  if (!emitted.ok()) return emitted.error();
  run.program = std::move(emitted->program);
  run.timing = std::move(emitted->timing);
  run.wall.emit = watch.Lap();
  Result<Inference> inference = Infer(run.program, options);
  if (!inference.ok()) return inference.error();
  run.inference = *std::move(inference);
  run.wall.infer = watch.Lap();
  Result<std::vector<KernelCost>> costs = PriceKernels(run.program.works, run.machine);
  if (!costs.ok()) return costs.error();
  run.costs = *std::move(costs);
  return run;
}

Result<CaseRun> SimulateCase(const Case& one) {
  Result<CaseRun> run = PrepareCase(one);
  if (!run.ok()) return Placed(run.error(), one);
  Stopwatch watch;
  Result<RunTrace> trace = RunNative(run->input());
  if (!trace.ok()) return Placed(trace.error(), one);
  run->trace = *std::move(trace);
  run->wall.simulate = watch.Lap();
  return run;
}

Error Placed(Error error, const Case& one) {
  if (error.where.ToString().empty()) {
    error.where = one.program.where;
    error.message = fmt::format("{}: {}", one.label, error.message);
  }
  return error;
}

}  // namespace npusched
