// One run on the engine that the user asked for, or on both, compared.
//
//   Result<EngineRun> run = RunEngines(input, EngineChoice::kBoth);
//   if (!run->disagreement.empty()) ...                              // beyond the tolerance: exit 1
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "reports/agreement.h"
#include "sim/engine.h"

namespace npusched {

enum class EngineChoice : std::uint8_t { kNative, kSimGrid, kBoth };

// "native", "simgrid", "both".
std::string_view NameOf(EngineChoice engine);

struct EngineRun {
  RunTrace trace;                            // the native one when both ran
  std::optional<EngineAgreement> agreement;  // when both did
  std::string disagreement;                  // empty: within the tolerance
};

// Errors: those of the simulated runtime; an expectation that failed when the engines end in different ones; bad input
// when this build has no SimGrid. `deadlock`, when given, receives how the native engine's run gave up.
Result<EngineRun> RunEngines(const RunInput& input, EngineChoice engine, Deadlock* deadlock = nullptr);

}  // namespace npusched
