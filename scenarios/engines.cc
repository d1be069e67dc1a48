#include "scenarios/engines.h"

#include <fmt/format.h>

#include <array>

#include "sim/simgrid_engine.h"

namespace npusched {
namespace {

std::string EndOf(const Result<RunTrace>& run) { return run.ok() ? "it ends well" : run.error().message; }

Result<EngineRun> RunBoth(const RunInput& input, Deadlock* deadlock) {
  Result<RunTrace> native = RunNative(input, deadlock);
  const Result<RunTrace> simgrid = RunSimGrid(input);
  if (!native.ok() && !simgrid.ok() && native.error().message == simgrid.error().message) {
    return native.error();
  }
  if (!native.ok() || !simgrid.ok()) {
    Error error;
    error.kind = ErrorKind::kExpectation;
    error.message = fmt::format("the engines disagree: native: {}; SimGrid: {}", EndOf(native), EndOf(simgrid));
    return error;
  }
  EngineRun run;
  run.agreement = CompareEngines(*native, *simgrid);
  run.disagreement = Disagreement(input, *native, *simgrid);
  run.trace = *std::move(native);
  return run;
}

}  // namespace

std::string_view NameOf(EngineChoice engine) {
  constexpr std::array<std::string_view, 3> kNames = {"native", "simgrid", "both"};
  return kNames[static_cast<std::size_t>(engine)];
}

Result<EngineRun> RunEngines(const RunInput& input, EngineChoice engine, Deadlock* deadlock) {
  if (engine != EngineChoice::kNative && !HasSimGrid()) {
    return InputError(
        {"--engine", 1, 1, ""},
        fmt::format("expected native, got '{}': this build is without SimGrid (libsimgrid-dev)", NameOf(engine)));
  }
  if (engine == EngineChoice::kBoth) {
    return RunBoth(input, deadlock);
  }
  Result<RunTrace> trace = engine == EngineChoice::kNative ? RunNative(input, deadlock) : RunSimGrid(input);
  if (!trace.ok()) {
    return trace.error();
  }
  return EngineRun{*std::move(trace), std::nullopt, ""};
}

}  // namespace npusched
