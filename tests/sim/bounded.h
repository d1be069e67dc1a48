// A tiny program on a runtime whose sizes a test sets, and how it ends.
#pragma once

#include <string>

#include "sim/engine.h"
#include "tests/sim/tiny_program.h"

namespace npusched::testing {

inline constexpr char kAtOnce[] = " at 0.000 us";
inline constexpr char kAfterStall[] = " at 500000.000 us";

// One AIC cluster, one thread, nothing costs anything; all sizes large but those a test sets.
struct Bounded {
  TinyProgram tiny;
  Machine machine;
  RuntimeConfig runtime = FreeRuntime(1);

  explicit Bounded(const std::string& text) : tiny(text) { machine.clusters = 1; }
  Result<RunTrace> Run() const { return RunNative({tiny.program, tiny.inference, machine, runtime, {}}); }
  std::string Message() const {
    const auto result = Run();
    return result.ok() ? "ok" : result.error().message;
  }
};

}  // namespace npusched::testing
