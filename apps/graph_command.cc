#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "apps/commands.h"
#include "base/atomic_file.h"
#include "graphs/export.h"
#include "graphs/submit_trace.h"
#include "reports/race_views.h"
#include "scenarios/graph_counts.h"
#include "scenarios/program.h"
#include "scenarios/scenario.h"

namespace npusched {
namespace {

struct GraphArguments {
  std::string scenario;
  std::string variant;
  std::string format;
  bool races = false;
  bool redundant = false;
  CommonOptions common;
};

// By --format, else by the ending of the file; json when neither says.
GraphFormat FormatOf(const GraphArguments& arguments) {
  std::string name = arguments.format;
  if (name.empty()) {
    const std::string ending = std::filesystem::path(arguments.common.out).extension().string();
    name = ending.empty() ? "" : ending.substr(1);
  }
  const auto found = std::find(kGraphFormatNames.begin(), kGraphFormatNames.end(), name);
  return found == kGraphFormatNames.end() ? GraphFormat::kJson
                                          : static_cast<GraphFormat>(found - kGraphFormatNames.begin());
}

// What one case came to.
struct GraphOutcome {
  nlohmann::ordered_json json;
  std::string text;
  std::string exported;
  bool identical = true;
  bool races = false;
};

nlohmann::ordered_json ComparisonJson(const RowComparison& comparison) {
  return {{"recorded_rows", comparison.recorded_rows},
          {"inferred_rows", comparison.inferred_rows},
          {"differences", comparison.differences}};
}

void AddRaces(const Program& program, const TaskGraph& graph, GraphOutcome* outcome) {
  const RaceReport races = FindRaces(program, graph);
  const LifetimeReport lifetimes = FindLifetimes(program, graph);
  outcome->races = races.certain();
  outcome->text += RacesText(races) + LifetimesText(lifetimes);
  outcome->json["races"] = RacesJson(races.groups);
  outcome->json["fences"] = FencesJson(races.fences);
  outcome->json["lifetimes"] = LifetimesJson(lifetimes);
}

void AddRedundant(const Program& program, const TaskGraph& graph, GraphOutcome* outcome) {
  const RedundantEdges redundant = FindRedundantEdges(program, graph);
  outcome->text += RedundantText(redundant);
  outcome->json["redundant"] = RedundantJson(redundant);
}

Result<GraphOutcome> BuildGraph(const Case& one, const GraphArguments& arguments, bool exported) {
  Result<CaseProgram> emitted = EmitCase(one);
  if (!emitted.ok()) {
    return emitted.error();
  }
  const Program& program = emitted->program;
  const bool rows = emitted->recorded.has_value() || (exported && FormatOf(arguments) == GraphFormat::kDeps);
  Result<Inference> inference = Infer(program, {.record_rows = rows});
  if (!inference.ok()) {
    return inference.error();
  }
  GraphOutcome outcome;
  const GraphCounts counts = CountGraph(program, *inference);
  outcome.text = fmt::format("{}\n{}", one.label, GraphCountsText(counts));
  outcome.json = {{"name", one.variant}, {"label", one.label}};
  outcome.json.update(GraphCountsJson(counts));
  if (emitted->recorded) {
    const RowComparison comparison = CompareRows(*emitted->recorded, inference->rows);
    outcome.identical = comparison.identical();
    outcome.text += comparison.ToString(program);
    outcome.json["rows"] = ComparisonJson(comparison);
  }
  if (arguments.races) {
    AddRaces(program, inference->graph, &outcome);
  }
  if (arguments.redundant) {
    AddRedundant(program, inference->graph, &outcome);
  }
  if (exported) {
    outcome.exported = ExportGraph(program, *inference, FormatOf(arguments));
  }
  return outcome;
}

int RunGraph(const GraphArguments& arguments) {
  const CommonOptions& common = arguments.common;
  const bool exported = !arguments.format.empty() || !common.out.empty();
  Result<Scenario> scenario = LoadScenario(arguments.scenario, common.set);
  if (!scenario.ok()) {
    return Report(scenario.error());
  }
  Result<CaseList> cases = CaseList::Open(*scenario);
  if (!cases.ok()) {
    return Report(cases.error());
  }
  Result<std::vector<std::size_t>> chosen = ChooseCases(*scenario, *cases, arguments.variant);
  if (!chosen.ok()) {
    return Report(chosen.error());
  }
  if (exported) {
    chosen->resize(1);  // one graph to a file
  }
  // Counts go to standard error when the graph itself is what standard output holds.
  std::FILE* counts_to = exported && common.out.empty() ? stderr : stdout;
  nlohmann::ordered_json json = {{"scenario", scenario->name}, {"variants", nlohmann::ordered_json::array()}};
  bool identical = true;
  bool races = false;
  for (const std::size_t index : *chosen) {
    Result<Case> one = cases->Make(index);
    if (!one.ok()) {
      return Report(one.error());
    }
    Result<GraphOutcome> outcome = BuildGraph(*one, arguments, exported);
    if (!outcome.ok()) {
      return Report(outcome.error());
    }
    identical = identical && outcome->identical;
    races = races || outcome->races;
    if (!common.quiet && !common.json) {
      fmt::print(counts_to, "{}", outcome->text);
    }
    json["variants"].push_back(outcome->json);
    if (exported && common.out.empty()) {
      fmt::print("{}", outcome->exported);
    } else if (exported) {
      if (Status s = WriteFileAtomically(common.out, outcome->exported); !s.ok()) {
        return Report(s.error());
      }
    }
  }
  if (common.json) {
    fmt::print(counts_to, "{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  }
  if (!identical) {
    fmt::print(stderr, "{}: the inferred rows differ from the recorded ones\n", arguments.scenario);
  }
  if (races) {
    fmt::print(stderr, "{}: races\n", arguments.scenario);
  }
  return identical && !races ? kExitDone : kExitDifference;
}

}  // namespace

void AddGraphCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<GraphArguments>();
  CLI::App* command = app.add_subcommand("graph", "Emit and infer only: counts, longest chain, export");
  command->add_option("SCENARIO", arguments->scenario, "The scenario file")->required();
  command->add_option("--variant", arguments->variant, "One variant [all; the first when exporting]");
  command->add_option("--format", arguments->format, "Export the graph as json, dot, graphml or deps")
      ->check(CLI::IsMember({"json", "dot", "graphml", "deps"}));
  command->add_flag("--races", arguments->races,
                    "Find task pairs that touch the same bytes without an order, and the missing dependencies");
  command->add_flag("--redundant", arguments->redundant, "Find edges that other edges imply");
  command->add_option("--out,-o", arguments->common.out, "Write the export to this file [standard output]");
  AddSetOption(*command, arguments->common);
  AddOutputOptions(*command, arguments->common);
  command->footer(
      R"(A submit trace with recorded edges is compared with them row by row; a difference exits with 1.
So does a race, unless it rests on a NO_DEP argument of which nobody says whether it is written.

Examples:
  npusched graph scenarios/decode_forward.yaml
  npusched graph scenarios/silu_fanout.yaml --variant silu_manual --format dot -o silu.dot
  npusched graph scenarios/rope_fanout.yaml --set program.rope=unfenced --races --redundant
  npusched graph my_trace.yaml --set program.path=/data/trace.json.gz)");
  command->callback([arguments, exit_code] { *exit_code = RunGraph(*arguments); });
}

}  // namespace npusched
