#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "apps/commands.h"
#include "base/atomic_file.h"
#include "reports/compare.h"

namespace npusched {
namespace {

constexpr std::size_t kLargestSummary = 1U << 30U;

struct CompareArguments {
  std::string before;
  std::string after;
  std::string html;
  bool quiet = false;
};

Result<nlohmann::ordered_json> ReadJson(const std::string& file) {
  const Result<std::string> text = ReadFile(file, kLargestSummary);
  if (!text.ok()) {
    return text.error();
  }
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return InputError({file, 0, 0, ""}, "expected JSON: a summary.json that npusched wrote");
  }
  return json;
}

Result<Comparison> Compare(const CompareArguments& arguments) {
  const Result<nlohmann::ordered_json> before = ReadJson(arguments.before);
  if (!before.ok()) {
    return before.error();
  }
  const Result<nlohmann::ordered_json> after = ReadJson(arguments.after);
  if (!after.ok()) {
    return after.error();
  }
  return CompareSummaries(*before, arguments.before, *after, arguments.after);
}

int RunCompare(const CompareArguments& arguments) {
  const Result<Comparison> comparison = Compare(arguments);
  if (!comparison.ok()) {
    return Report(comparison.error());
  }
  const ComparisonNames names{.before = arguments.before, .after = arguments.after};
  if (!arguments.html.empty()) {
    if (Status s = WriteFileAtomically(arguments.html, ComparisonHtml(*comparison, names)); !s.ok()) {
      return Report(s.error());
    }
  }
  if (!arguments.quiet) {
    fmt::print("{}", ComparisonText(*comparison, names));
  }
  return kExitDone;
}

}  // namespace

void AddCompareCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<CompareArguments>();
  CLI::App* command = app.add_subcommand("compare", "Show what differs between two results");
  command->add_option("BEFORE", arguments->before, "A summary.json")->required();
  command->add_option("AFTER", arguments->after, "Another one")->required();
  command->add_option("--html", arguments->html, "Also write the comparison as a page")->type_name("FILE");
  command->add_flag("--quiet,-q", arguments->quiet, "Print nothing but errors");
  command->footer(R"(Variants match by name and point; figures that are the same are counted, not shown.

Example:
  npusched run scenarios/silu_fanout.yaml --out before
  npusched run scenarios/silu_fanout.yaml --set runtime.schedulers=2 --out after
  npusched compare before/summary.json after/summary.json --html difference.html)");
  command->callback([arguments, exit_code] { *exit_code = RunCompare(*arguments); });
}

}  // namespace npusched
