#include "scenarios/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/atomic_file.h"
#include "base/stopwatch.h"
#include "reports/bars_svg.h"
#include "reports/capture_export.h"
#include "reports/chrome_trace.h"
#include "reports/html_report.h"
#include "reports/invariants.h"
#include "reports/perfetto_trace.h"
#include "reports/race_views.h"
#include "reports/summary_json.h"
#include "reports/tasks_csv.h"
#include "scenarios/case_run.h"
#include "scenarios/parallel.h"
#include "scenarios/resolved.h"
#include "sim/engine.h"

namespace npusched {
namespace {

struct CaseOutcome {
  std::unique_ptr<CaseRun> kept;  // for a view of several runs; null unless asked for
  VariantSummary summary;
  WallSeconds wall;
  std::vector<std::string> warnings;
  std::string disagreement;
  std::string inputs;            // hash of what the case depends on
  std::optional<HtmlRun> drawn;  // of those that the report draws
  std::optional<Error> deadlock;
};

// Views of a run that are one file each.
Status WriteViews(const RunInput& input, const RunTrace& trace, const Attribution& attribution,
                  const std::string& label, const RunOptions& options) {
  const std::filesystem::path& out = options.out;
  std::string text;
  AppendTasksCsv(input, trace, text);
  if (Status s = WriteFileAtomically(out / (label + ".tasks.csv"), text); !s.ok()) {
    return s;
  }
  if (options.pftrace) {
    if (Status s =
            WriteFileAtomically(out / (label + ".pftrace"), PerfettoTrace(input, trace, attribution, options.flows));
        !s.ok()) {
      return s;
    }
  }
  text.clear();
  AppendChromeTrace(input, trace, attribution, text, options.flows);
  return WriteFileAtomically(out / (label + ".trace.json"), text);
}

// Unless the scenario says otherwise, where it costs less than the rest of the run.
void LookForRaces(const Case& one, const Program& program, const TaskGraph& graph, CaseOutcome* outcome) {
  constexpr std::size_t kMostTasksUnasked = 100'000;
  if (!one.races.value_or(program.tasks.size() <= kMostTasksUnasked)) {
    return;
  }
  RaceReport report = FindRaces(program, graph);
  for (const RaceGroup& group : report.groups) {
    outcome->warnings.push_back(fmt::format("{}: race: {}: {}", one.label, RaceTitle(group), RaceReason(group)));
  }
  constexpr std::size_t kMostWarnings = 8;
  if (outcome->warnings.size() > kMostWarnings) {
    outcome->warnings.resize(kMostWarnings);
    outcome->warnings.push_back(fmt::format("{}: {} kinds of races in all; `npusched graph --races` lists them",
                                            one.label, report.groups.size()));
  }
  outcome->summary.race_pairs = report.pairs;
  outcome->summary.races = std::move(report.groups);
}

// What is left of a run that gave up.
void RecordDeadlock(const Case& one, const RunInput& input, const Deadlock& deadlock, const std::filesystem::path& out,
                    CaseOutcome* outcome) {
  outcome->summary = SummarizeDeadlock(input, deadlock);
  outcome->deadlock = Error{ErrorKind::kDeadlock, one.program.where,
                            fmt::format("{}: {}", one.label, outcome->summary.deadlock->message)};
  std::error_code none;
  for (const char* view : {".tasks.csv", ".trace.json"}) {
    std::filesystem::remove(out / (one.label + view), none);  // of an earlier run that ended
  }
}

// Summary and views of a run that ended.
Status Look(const Case& one, const CaseRun& run, bool drawn, const RunOptions& options, CaseOutcome* outcome) {
  const RunInput input = run.input();
  if (options.check_invariants) {
    if (Status s = CheckInvariants(input, run.trace); !s.ok()) return s;
  }
  const Attribution attribution = Attribute(input, run.trace);
  outcome->summary = Summarize(input, run.trace, attribution);
  if (run.timing) outcome->summary.replay = CompareReplay(run.program, *run.timing, run.trace);
  LookForRaces(one, run.program, run.inference.graph, outcome);
  if (!options.out.empty()) {
    if (Status s = WriteViews(input, run.trace, attribution, one.label, options); !s.ok()) return s;
    if (drawn) outcome->drawn = TakeHtmlRun(one.label, input, run.trace, attribution);
  }
  if (options.capture.empty()) return {};
  return ExportCapture(input, run.trace, run.inference.rows, options.capture / one.label);
}

Result<CaseOutcome> RunCase(const Case& one, bool drawn, const RunOptions& options) {
  Result<CaseRun> prepared = PrepareCase(one, {.record_rows = !options.capture.empty()});
  if (!prepared.ok()) return prepared.error();
  CaseRun& run = *prepared;
  CaseOutcome outcome;
  for (const std::string& warning : run.program.warnings) {
    outcome.warnings.push_back(fmt::format("{}: {}", one.label, warning));
  }
  Digest inputs;
  if (Status s = AddInputs(one, &inputs); !s.ok()) return s.error();
  outcome.inputs = inputs.Hex();

  Stopwatch watch;
  Deadlock deadlock;
  Result<EngineRun> engines = RunEngines(run.input(), options.engine, &deadlock);
  run.wall.simulate = watch.Lap();
  if (engines.ok()) {
    run.trace = std::move(engines->trace);
    if (Status s = Look(one, run, drawn, options, &outcome); !s.ok()) return s.error();
    outcome.summary.agreement = engines->agreement;
    outcome.summary.native = options.engine != EngineChoice::kSimGrid;
    if (!engines->disagreement.empty()) {
      outcome.disagreement = fmt::format("{}: {}", one.label, engines->disagreement);
    }
  } else if (engines.error().kind == ErrorKind::kDeadlock && deadlock.code != RuntimeCode::kNone) {
    RecordDeadlock(one, run.input(), deadlock, options.out, &outcome);
  } else {
    return engines.error();
  }
  outcome.summary.name = one.variant;
  outcome.summary.point = one.point;
  outcome.wall = run.wall;
  if (options.swimlane.has_value() && !outcome.deadlock) outcome.kept = std::make_unique<CaseRun>(std::move(run));
  return outcome;
}

Result<std::vector<CaseOutcome>> RunCases(const CaseList& cases, const RunOptions& options) {
  // All are read before the first runs: a slip in the last point of a sweep should not cost an hour.
  const auto check = [&](std::size_t i) -> Status {
    const Result<Case> one = cases.Make(i);
    return one.ok() ? Status() : one.error();
  };
  if (Status s = ForEach(cases.size(), options.jobs, check); !s.ok()) {
    return s.error();
  }
  std::vector<CaseOutcome> outcomes(cases.size());
  const auto run = [&](std::size_t i) -> Status {
    Result<Case> one = cases.Make(i);
    if (!one.ok()) {
      return one.error();
    }
    Result<CaseOutcome> outcome = RunCase(*one, i < kMostDrawnRuns, options);
    if (!outcome.ok()) {
      return Placed(outcome.error(), *one);
    }
    outcomes[i] = *std::move(outcome);
    if (options.done != nullptr) {
      ++*options.done;
    }
    return {};
  };
  if (Status s = ForEach(cases.size(), options.jobs, run); !s.ok()) {
    return s.error();
  }
  return outcomes;
}

const std::string& TitleOf(const Scenario& scenario) {
  return scenario.question.empty() ? scenario.name : scenario.question;
}

// All cases in one picture.
Status WriteSwimlane(const Scenario& scenario, const std::vector<CaseOutcome>& runs, const RunOptions& options) {
  std::vector<RunInput> inputs;
  std::vector<SwimlanePanel> panels;
  std::vector<std::string> kernels;
  inputs.reserve(runs.size());  // panels point at them
  panels.reserve(runs.size());
  for (const CaseOutcome& run : runs) {
    if (run.kept == nullptr) {
      continue;  // it ended in a deadlock
    }
    inputs.push_back(run.kept->input());
    panels.push_back({run.kept->label, inputs.back(), run.kept->trace});
    for (const KernelSummary& kernel : run.summary.kernels) {
      kernels.push_back(kernel.name);
    }
  }
  const std::string& highlight = options.swimlane->highlight;
  if (!highlight.empty() && std::find(kernels.begin(), kernels.end(), highlight) == kernels.end()) {
    const std::string nearest = NearestName(highlight, kernels);
    return InputError({"--highlight", 0, 0, ""},
                      fmt::format("expected a kernel that runs on a core, got '{}'{}", highlight,
                                  nearest.empty() ? "" : fmt::format(", did you mean '{}'?", nearest)));
  }
  return WriteFileAtomically(options.out / (scenario.name + ".svg"),
                             SwimlaneSvg(TitleOf(scenario), panels, *options.swimlane));
}

Status WriteReport(const Scenario& scenario, const ScenarioSummary& summary, const std::vector<HtmlRun>& drawn,
                   const std::filesystem::path& out) {
  return WriteFileAtomically(out / "report.html", HtmlReport({.question = scenario.question}, summary, drawn));
}

// summary.json last: where it stands, the rest stands too.
Status WriteSummaries(const Scenario& scenario, const CaseList& cases, const Digest& inputs,
                      const ScenarioSummary& summary, const std::filesystem::path& out) {
  Result<std::string> resolved = ResolvedYaml(scenario, cases, inputs);
  if (!resolved.ok()) {
    return resolved.error();
  }
  if (Status s = WriteFileAtomically(out / "scenario.resolved.yaml", *resolved); !s.ok()) {
    return s;
  }
  if (Status s = WriteFileAtomically(out / "summary.csv", SummaryCsv(summary)); !s.ok()) {
    return s;
  }
  return WriteFileAtomically(out / "summary.json", SummaryJson(summary));
}

}  // namespace

bool RunOutcome::ExpectationsMet() const {
  return std::all_of(expectations.begin(), expectations.end(), [](const ExpectOutcome& e) { return e.met; });
}

Result<RunOutcome> RunScenario(const Scenario& scenario, const RunOptions& options) {
  Result<CaseList> cases = CaseList::Open(scenario);
  if (!cases.ok()) {
    return cases.error();
  }
  Result<std::vector<CaseOutcome>> runs = RunCases(*cases, options);
  if (!runs.ok()) {
    return runs.error();
  }
  const bool any_ended = std::ranges::any_of(*runs, [](const CaseOutcome& run) { return !run.deadlock; });
  if (options.swimlane.has_value() && !options.out.empty() && any_ended) {
    if (Status s = WriteSwimlane(scenario, *runs, options); !s.ok()) {
      return s.error();
    }
  }
  RunOutcome outcome;
  outcome.summary.scenario = scenario.name;
  outcome.summary.engine = NameOf(options.engine);
  Digest inputs;
  std::vector<nlohmann::ordered_json> variants;
  std::vector<HtmlRun> drawn;
  for (CaseOutcome& run : *runs) {
    if (run.drawn.has_value()) drawn.push_back(*std::move(run.drawn));
    inputs.Add(run.inputs);
    outcome.wall.push_back(run.wall);
    if (!run.disagreement.empty()) {
      outcome.disagreements.push_back(std::move(run.disagreement));
    }
    outcome.warnings.insert(outcome.warnings.end(), run.warnings.begin(), run.warnings.end());
    if (!scenario.expect.empty()) {
      variants.push_back(VariantJson(run.summary));
    }
    if (run.deadlock && !StatusExpected(scenario.expect, VariantJson(run.summary))) {
      outcome.deadlocks.push_back(*std::move(run.deadlock));
    }
    outcome.summary.variants.push_back(std::move(run.summary));
  }
  Result<std::vector<ExpectOutcome>> expectations = CheckExpectations(scenario.expect, variants);
  if (!expectations.ok()) {
    return expectations.error();
  }
  outcome.expectations = *std::move(expectations);
  if (!options.out.empty()) {
    if (options.swimlane.has_value()) {
      const std::string bars = BarsSvg(TitleOf(scenario), outcome.summary);
      if (Status s = WriteFileAtomically(options.out / (scenario.name + ".bars.svg"), bars); !s.ok()) {
        return s.error();
      }
    }
    if (Status s = WriteReport(scenario, outcome.summary, drawn, options.out); !s.ok()) {
      return s.error();
    }
    if (Status s = WriteSummaries(scenario, *cases, inputs, outcome.summary, options.out); !s.ok()) {
      return s.error();
    }
  }
  return outcome;
}

}  // namespace npusched
