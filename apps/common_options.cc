#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "apps/commands.h"
#include "sim/simgrid_engine.h"

namespace npusched {

int Report(const Error& error) {
  fmt::print(stderr, "{}\n", error.ToString());
  switch (error.kind) {
    case ErrorKind::kInput:
      return kExitInput;
    case ErrorKind::kExpectation:
      return kExitDifference;
    case ErrorKind::kDeadlock:
      return kExitDeadlock;
    case ErrorKind::kInterrupted:
      return kExitInterrupted;
    case ErrorKind::kInternal:
      return kExitInternal;
  }
  return kExitInternal;
}

void AddSetOption(CLI::App& command, CommonOptions& options) {
  command
      .add_option("--set", options.set,
                  "Override one key for all variants, e.g. --set program.layers=2 (repeatable; program, hardware, "
                  "runtime, model or numeric first)")
      ->type_name("KEY.PATH=VALUE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false);
}

void AddEngineOption(CLI::App& command, CommonOptions& options) {
  command.add_option("--engine", options.engine, "The simulation engine")
      ->check(CLI::IsMember({"native", "simgrid", "both"}))
      ->capture_default_str();
}

void AddOutputOptions(CLI::App& command, CommonOptions& options) {
  command.add_flag("--json", options.json, "Print JSON instead of text on standard output");
  command.add_flag("--quiet,-q", options.quiet, "Print nothing but errors");
}

Result<std::vector<std::size_t>> ChooseCases(const Scenario& scenario, const CaseList& cases,
                                             const std::string& variant) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (variant.empty() || cases.VariantOf(i) == variant) {
      chosen.push_back(i);
    }
  }
  if (chosen.empty()) {
    std::vector<std::string> names;
    for (const VariantSpec& known : scenario.variants) {
      names.push_back(known.name);
    }
    const std::string near = NearestName(variant, names);
    return InputError({"--variant", 1, 1, ""},
                      fmt::format("expected a variant of {} ({}), got '{}'{}", scenario.name, fmt::join(names, ", "),
                                  variant, near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  return chosen;
}

Result<EngineChoice> CheckEngine(const CommonOptions& options) {
  for (const EngineChoice engine : {EngineChoice::kNative, EngineChoice::kSimGrid, EngineChoice::kBoth}) {
    if (options.engine != NameOf(engine)) continue;
    if (engine == EngineChoice::kNative || HasSimGrid()) return engine;
  }
  return InputError(
      {"--engine", 1, 1, ""},
      fmt::format("expected native, the one engine of this build (it has no SimGrid), got '{}'", options.engine));
}

}  // namespace npusched
