#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "apps/commands.h"
#include "base/atomic_file.h"
#include "reports/baseline.h"
#include "reports/junit.h"
#include "scenarios/case_run.h"

namespace npusched {
namespace {

struct CheckArguments {
  std::string scenario;
  std::string baseline;
  std::string junit;
  bool update = false;
  CommonOptions common;
};

Result<Baseline> Measure(const CheckArguments& arguments) {
  Result<Scenario> scenario = LoadScenario(arguments.scenario, arguments.common.set);
  if (!scenario.ok()) return scenario.error();
  Result<CaseList> cases = CaseList::Open(*scenario);
  if (!cases.ok()) return cases.error();
  Baseline baseline{.scenario = scenario->name, .tolerances = UsualTolerances(), .variants = {}};
  for (std::size_t i = 0; i < cases->size(); ++i) {
    const Result<Case> one = cases->Make(i);
    if (!one.ok()) return one.error();
    const Result<CaseRun> run = SimulateCase(*one);
    if (!run.ok()) return run.error();
    const RunInput input = run->input();
    baseline.variants.push_back(MakeVariantBaseline(run->label, input, run->trace, Summarize(input, run->trace)));
  }
  return baseline;
}

int Update(const CheckArguments& arguments, Baseline& now) {
  if (std::filesystem::exists(arguments.baseline)) {
    const Result<ConfigNode> file = LoadYaml(arguments.baseline);
    if (!file.ok()) return Report(file.error());
    const Result<Baseline> before = ReadBaseline(*file);
    if (!before.ok()) return Report(before.error());
    now.tolerances = before->tolerances;
  }
  if (Status s = WriteFileAtomically(arguments.baseline, BaselineYaml(now)); !s.ok()) return Report(s.error());
  if (!arguments.common.quiet) fmt::print(stderr, "{}: written\n", arguments.baseline);
  return kExitDone;
}

int RunCheck(const CheckArguments& arguments) {
  Result<Baseline> now = Measure(arguments);
  if (!now.ok()) return Report(now.error());
  if (arguments.update) return Update(arguments, *now);
  const Result<ConfigNode> file = LoadYaml(arguments.baseline);
  if (!file.ok()) return Report(file.error());
  const Result<Baseline> before = ReadBaseline(*file);
  if (!before.ok()) return Report(before.error());
  if (before->scenario != now->scenario) {
    return Report(
        InputError({arguments.baseline, 0, 0, ""},
                   fmt::format("scenario: expected a baseline of {}, got one of {}", now->scenario, before->scenario)));
  }
  const std::vector<Finding> findings = CompareBaselines(*before, *now);
  for (const Finding& finding : findings) fmt::print("{}: {}: {}\n", now->scenario, finding.variant, finding.text);
  if (!arguments.junit.empty()) {
    if (Status s = WriteFileAtomically(arguments.junit, JUnitXml(*now, findings)); !s.ok()) return Report(s.error());
  }
  return findings.empty() ? kExitDone : kExitDifference;
}

}  // namespace

void AddCheckCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command =
      app.add_subcommand("check", "Compare a scenario with its committed baseline; exit 1 when it moved");
  command->add_option("SCENARIO", arguments->scenario, "Scenario file")->required();
  command->add_option("--baseline", arguments->baseline, "The committed file")->required();
  command->add_flag("--update", arguments->update, "Rewrite the baseline; its tolerances stay");
  command->add_option("--junit", arguments->junit, "Also write the findings as JUnit XML, a test per variant");
  AddSetOption(*command, arguments->common);
  command->add_flag("--quiet,-q", arguments->common.quiet, "Print nothing but findings and errors");
  command->footer(R"(Examples:
  npusched check scenarios/pr337.yaml --baseline tests/baselines/pr337.yaml
  npusched check scenarios/pr337.yaml --baseline tests/baselines/pr337.yaml --update

Nothing is printed when nothing moved. docs/formats/baseline.md describes the file and its tolerances.)");
  command->callback([arguments, exit_code] { *exit_code = RunCheck(*arguments); });
}

}  // namespace npusched
