// npusched: simulates the task scheduling of an NPU runtime from a scenario file.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include "apps/commands.h"
#include "base/config.h"
#include "base/interrupt.h"
#include "base/version.h"

namespace npusched {
namespace {

constexpr const char* kFooter = R"(Examples:
  npusched run scenarios/tiny_chain.yaml
  npusched run scenarios/silu_fanout.yaml --set program.workload.seq_lens=1024 --out /tmp/silu
  npusched graph scenarios/silu_fanout.yaml --variant inferred --format dot -o silu.dot
  npusched verify scenarios/verify_2_layers.yaml
  npusched validate scenarios/*.yaml

Exit codes: 0 done; 1 a failed expectation or a difference; 2 bad input; 3 an internal error;
4 the simulated runtime deadlocked or timed out; 130 interrupted.
Configs are found by name in $NPUSCHED_CONFIG_PATH, then in configs/ beside or above the scenario, then where the
tool was built or installed.)";

// A failed check ends in abort(): its message is out by then, and the exit code is ours.
void OnAbort(int) { ::_exit(kExitInternal); }

// Prints an error and returns true when the first word is no command.
bool UnknownCommand(CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), argv[1]) != names.end()) return false;
  const std::string near = NearestName(argv[1], names);
  fmt::print(stderr, "npusched: unknown command '{}', expected one of {}{}\n", argv[1], fmt::join(names, ", "),
             near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
  return true;
}

int Main(int argc, char** argv) {
  (void)std::signal(SIGABRT, OnAbort);
  ExitOnInterrupt(kExitInterrupted);
  CLI::App app("Simulates the task scheduling of an NPU runtime from a YAML scenario.", "npusched");
  app.set_version_flag("--version", fmt::format("npusched {}", kVersion));
  app.footer(kFooter);
  app.require_subcommand(1);
  int exit_code = kExitDone;
  AddRunCommand(app, &exit_code);
  AddGraphCommand(app, &exit_code);
  AddExplainCommand(app, &exit_code);
  AddCheckCommand(app, &exit_code);
  AddVerifyCommand(app, &exit_code);
  AddCalibrateCommand(app, &exit_code);
  AddValidateCommand(app, &exit_code);
  AddSchemaCommand(app, &exit_code);
  AddAccuracyCommand(app, &exit_code);
  AddFitCommand(app, &exit_code);
  AddCompareCommand(app, &exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (UnknownCommand(app, argc, argv)) return kExitInput;
    return app.exit(e) == 0 ? kExitDone : kExitInput;
  } catch (const std::exception& e) {
    fmt::print(stderr, "npusched: internal error: {}\n", e.what());
    return kExitInternal;
  }
  return exit_code;
}

}  // namespace
}  // namespace npusched

int main(int argc, char** argv) { return npusched::Main(argc, argv); }
