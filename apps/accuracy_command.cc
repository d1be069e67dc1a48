#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "apps/commands.h"
#include "base/atomic_file.h"
#include "reports/accuracy.h"
#include "scenarios/accuracy.h"

namespace npusched {
namespace {

struct AccuracyArguments {
  std::string published;
  CommonOptions common;
};

Status WriteResults(const AccuracyOutcome& outcome, const std::string& out) {
  const std::filesystem::path folder = out;
  if (Status s = WriteFileAtomically(folder / "accuracy.md", AccuracyMarkdown(outcome.rows)); !s.ok()) {
    return s;
  }
  return WriteFileAtomically(folder / "accuracy.json", AccuracyJson(outcome.rows));
}

int RunAccuracy(const AccuracyArguments& arguments) {
  const CommonOptions& common = arguments.common;
  const Result<PublishedFile> published = LoadPublishedOrShipped(arguments.published);
  if (!published.ok()) {
    return Report(published.error());
  }
  const AccuracyOutcome outcome = MeasureAccuracy(*published, {.jobs = common.jobs, .set = common.set});
  if (Status s = WriteResults(outcome, common.out); !s.ok()) {
    return Report(s.error());
  }
  if (common.json) {
    fmt::print("{}", AccuracyJson(outcome.rows));
  } else if (!common.quiet) {
    const bool color = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    fmt::print("{}", AccuracyTable(outcome.rows, {.color = color}));
  }
  int exit_code = kExitDone;
  for (const Error& failure : outcome.failures) {
    exit_code = std::max(exit_code, Report(failure));
  }
  if (!common.quiet) {
    fmt::print(stderr, "results in {}\n", common.out);
  }
  return exit_code;
}

}  // namespace

void AddAccuracyCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<AccuracyArguments>();
  CLI::App* command = app.add_subcommand("accuracy", "Set what scenarios predict beside published measurements");
  command->add_option("--published", arguments->published,
                      "The measurements [those that come with the tool]; rows without a scenario take that of the "
                      "row of the same id there");
  arguments->common.out = "out/accuracy";
  command->add_option("--out,-o", arguments->common.out, "The folder of accuracy.json and accuracy.md")
      ->capture_default_str();
  command->add_option("--jobs,-j", arguments->common.jobs, "Runs at once [all threads]")->check(CLI::Range(1, 1024));
  AddSetOption(*command, arguments->common);
  AddOutputOptions(*command, arguments->common);
  command->footer(
      R"(Rows of kind fit may have set parameters (npusched fit); rows of kind check never did. Where a row can be
read in several ways all are run, and the nearest counts.

Examples:
  npusched accuracy
  npusched accuracy --published my_device.yaml --out /tmp/accuracy
  npusched accuracy --set hardware.memory.hbm_gb_per_s=1421)");
  command->callback([arguments, exit_code] { *exit_code = RunAccuracy(*arguments); });
}

}  // namespace npusched
