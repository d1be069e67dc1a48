#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "apps/commands.h"
#include "base/atomic_file.h"
#include "scenarios/fit.h"

namespace npusched {
namespace {

struct FitArguments {
  std::string published;
  std::string hardware;
  std::string runtime;
  int evaluations = 400;
  CommonOptions common;
};

// A path is meant from here, not from the scenarios.
std::string Rooted(const std::string& config) {
  const bool is_path = config.find('/') != std::string::npos || config.ends_with(".yaml");
  return is_path ? std::filesystem::absolute(config).string() : config;
}

int RunFit(const FitArguments& arguments) {
  const Result<PublishedFile> published = LoadPublishedOrShipped(arguments.published);
  if (!published.ok()) {
    return Report(published.error());
  }
  const bool runtime = !arguments.runtime.empty();
  const Result<FitPlan> plan =
      LoadFitPlan(runtime ? "runtime" : "hardware", Rooted(runtime ? arguments.runtime : arguments.hardware));
  if (!plan.ok()) {
    return Report(plan.error());
  }
  const Result<FitOutcome> outcome =
      Fit(*published, *plan,
          {.evaluations = arguments.evaluations, .jobs = arguments.common.jobs, .set = arguments.common.set});
  if (!outcome.ok()) {
    return Report(outcome.error());
  }
  if (Status s = WriteFileAtomically(arguments.common.out, FittedYaml(*plan, *outcome)); !s.ok()) {
    return Report(s.error());
  }
  if (!arguments.common.quiet) {
    fmt::print("{}", FitTable(*plan, *outcome));
    fmt::print(stderr, "written to {}\n", arguments.common.out);
  }
  return kExitDone;
}

}  // namespace

void AddFitCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<FitArguments>();
  CLI::App* command = app.add_subcommand("fit", "Set parameters so that scenarios come near published measurements");
  command->add_option("--published", arguments->published, "The measurements [those that come with the tool]");
  arguments->hardware = "ascend_a2a3";
  CLI::Option* hardware =
      command->add_option("--hardware", arguments->hardware, "Fit this machine, by configs/fit/hardware.yaml")
          ->capture_default_str();
  command->add_option("--runtime", arguments->runtime, "Fit this runtime instead, by configs/fit/runtime.yaml")
      ->excludes(hardware);
  command->add_option("--evaluations", arguments->evaluations, "How often the rows run, at most")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--out,-o", arguments->common.out, "The file to write; `hardware:` of a scenario takes it")
      ->required();
  command->add_option("--jobs,-j", arguments->common.jobs, "Runs at once [all threads]")->check(CLI::Range(1, 1024));
  AddSetOption(*command, arguments->common);
  command->add_flag("--quiet,-q", arguments->common.quiet, "Print nothing but errors");
  command->footer(
      R"(Which rows and which parameters, and why, is in configs/fit. Each parameter stays within the range that its
description states; rows of kind check are refused.

Examples:
  npusched fit -o fitted.yaml
  npusched run scenarios/decode_layer.yaml --set hardware=$PWD/fitted.yaml)");
  command->callback([arguments, exit_code] { *exit_code = RunFit(*arguments); });
}

}  // namespace npusched
