#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "apps/commands.h"
#include "scenarios/program.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"

namespace npusched {
namespace {

struct ValidateArguments {
  std::vector<std::string> scenarios;
  CommonOptions common;
};

// The number of cases, all of which emit.
Result<std::size_t> Validate(const std::string& file, const CommonOptions& options) {
  Result<Scenario> scenario = LoadScenario(file, options.set);
  if (!scenario.ok()) {
    return scenario.error();
  }
  Result<CaseList> cases = CaseList::Open(*scenario);
  if (!cases.ok()) {
    return cases.error();
  }
  for (std::size_t i = 0; i < cases->size(); ++i) {
    const Result<Case> one = cases->Make(i);
    if (!one.ok()) {
      return one.error();
    }
    if (const Result<CaseProgram> program = EmitCase(*one); !program.ok()) {
      return program.error();
    }
  }
  return cases->size();
}

int RunValidate(const ValidateArguments& arguments) {
  int exit_code = kExitDone;
  for (const std::string& file : arguments.scenarios) {
    Result<std::size_t> cases = Validate(file, arguments.common);
    if (!cases.ok()) {
      exit_code = std::max(exit_code, Report(cases.error()));
    } else if (!arguments.common.quiet) {
      fmt::print("{}: ok, {} case{}\n", file, *cases, *cases == 1 ? "" : "s");
    }
  }
  return exit_code;
}

}  // namespace

void AddValidateCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<ValidateArguments>();
  CLI::App* command = app.add_subcommand("validate", "Check scenarios, with all they name, without running them");
  command->add_option("SCENARIO", arguments->scenarios, "Scenario files")->required();
  AddSetOption(*command, arguments->common);
  command->add_flag("--quiet,-q", arguments->common.quiet, "Print nothing but errors");
  command->footer("Example:\n  npusched validate scenarios/*.yaml");
  command->callback([arguments, exit_code] { *exit_code = RunValidate(*arguments); });
}

void AddSchemaCommand(CLI::App& app, int* exit_code) {
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of a scenario");
  command->footer(R"(Examples:
  npusched schema > npusched.schema.json
  # then, as the first line of a scenario, for editors with the YAML language server:
  # yaml-language-server: $schema=npusched.schema.json)");
  command->callback([exit_code] {
    fmt::print("{}", ScenarioSchema().dump(2) + "\n");
    *exit_code = kExitDone;
  });
}

}  // namespace npusched
