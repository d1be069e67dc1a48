#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "apps/commands.h"
#include "graphs/task_ids.h"
#include "reports/explain.h"
#include "scenarios/case_run.h"

namespace npusched {
namespace {

struct ExplainArguments {
  std::string scenario;
  std::string task;
  std::string variant;
  CommonOptions common;
};

Result<std::size_t> ChooseCase(const Scenario& scenario, const CaseList& cases, const std::string& variant) {
  std::vector<std::string> names;
  for (const VariantSpec& spec : scenario.variants) names.push_back(spec.name);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (variant.empty() || cases.VariantOf(i) == variant) return i;
  }
  const std::string near = NearestName(variant, names);
  return InputError({"--variant", 1, 1, ""},
                    fmt::format("expected a variant of {} ({}), got '{}'{}", scenario.name, fmt::join(names, ", "),
                                variant, near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

std::optional<std::size_t> Number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// A task's number, the runtime's own name of it ("r1t0"), or "kernel#n", counted from 0; a kernel alone is its first.
std::optional<TaskId> FindTask(const Program& program, const std::string& text) {
  if (const auto id = Number(text)) {
    return *id < program.tasks.size() ? std::optional(static_cast<TaskId>(*id)) : std::nullopt;
  }
  const std::size_t mark = text.find('#');
  const auto wanted = mark == std::string::npos ? std::optional<std::size_t>(0) : Number(text.substr(mark + 1));
  std::size_t seen = 0;
  for (TaskId t = 0; wanted && t < program.tasks.size(); ++t) {
    if (program.KernelName(t) == text.substr(0, mark) && seen++ == *wanted) return t;
  }
  const std::vector<std::uint64_t> ids = RuntimeTaskIds(program);
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (DisplayName(ids[t]) == text) return t;
  }
  return std::nullopt;
}

Result<TaskId> ChooseTask(const Program& program, const std::string& text) {
  const std::optional<TaskId> task = FindTask(program, text);
  if (task && program.ReachesCore(*task)) return *task;
  if (task) {
    return InputError({"TASK", 1, 1, ""}, fmt::format("expected a task that runs on a core, got {} '{}'", *task,
                                                      program.KernelName(*task)));
  }
  std::vector<std::string> kernels;
  for (const Kernel& kernel : program.kernels) kernels.push_back(kernel.name);
  const std::string near = NearestName(text.substr(0, text.find('#')), kernels);
  return InputError(
      {"TASK", 1, 1, ""},
      fmt::format("expected a task number below {}, a kernel, kernel#n or r<ring>t<n>, got '{}'{}",
                  program.tasks.size(), text, near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

int RunExplain(const ExplainArguments& arguments) {
  Result<Scenario> scenario = LoadScenario(arguments.scenario, arguments.common.set);
  if (!scenario.ok()) return Report(scenario.error());
  Result<CaseList> cases = CaseList::Open(*scenario);
  if (!cases.ok()) return Report(cases.error());
  const Result<std::size_t> index = ChooseCase(*scenario, *cases, arguments.variant);
  if (!index.ok()) return Report(index.error());
  const Result<Case> one = cases->Make(*index);
  if (!one.ok()) return Report(one.error());
  const Result<CaseRun> run = SimulateCase(*one);
  if (!run.ok()) return Report(run.error());
  const Result<TaskId> task = ChooseTask(run->program, arguments.task);
  if (!task.ok()) return Report(task.error());
  const Result<Inference> rows = Infer(run->program, {.record_rows = true});
  if (!rows.ok()) return Report(rows.error());
  const Explanation why = Explain(run->input(), run->trace, *task, &rows->rows);
  if (arguments.common.json) {
    nlohmann::ordered_json json = {{"scenario", scenario->name}, {"variant", one->variant}};
    json.update(ExplanationJson(why));
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else if (!arguments.common.quiet) {
    fmt::print("{}: {}", run->label, ExplanationText(why));
  }
  return kExitDone;
}

}  // namespace

void AddExplainCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command =
      app.add_subcommand("explain", "Why a task started when it did: the chain of waits back to time 0");
  command->add_option("SCENARIO", arguments->scenario, "The scenario file")->required();
  command->add_option("TASK", arguments->task, "A task's number, kernel, kernel#n, or the runtime's r<ring>t<n>")
      ->required();
  command->add_option("--variant", arguments->variant, "The variant [the first]");
  AddSetOption(*command, arguments->common);
  AddOutputOptions(*command, arguments->common);
  command->footer(R"(Of a scenario with a sweep, the first point.

Examples:
  npusched explain scenarios/silu_fanout.yaml down_proj
  npusched explain scenarios/silu_fanout.yaml silu#67 --variant silu_manual --json)");
  command->callback([arguments, exit_code] { *exit_code = RunExplain(*arguments); });
}

}  // namespace npusched
