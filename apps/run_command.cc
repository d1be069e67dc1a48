#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <thread>

#include "apps/commands.h"
#include "reports/summary_json.h"
#include "reports/table.h"
#include "scenarios/runner.h"

namespace npusched {
namespace {

struct RunArguments {
  std::string scenario;
  CommonOptions common;
  bool check_invariants = false;
  bool svg = false;
  bool pftrace = false;
  bool all_flows = false;
  std::string highlight;
  std::string window;
  std::string capture;
};

// "940:1800" microseconds.
Result<SwimlaneOptions> ReadSwimlane(const RunArguments& arguments) {
  SwimlaneOptions options{.highlight = arguments.highlight};
  if (arguments.window.empty()) {
    return options;
  }
  constexpr double kLongestUs = 1e12;  // days
  double from = 0;
  double to = 0;
  int read = 0;
  const std::string& text = arguments.window;
  if (std::sscanf(text.c_str(), "%lf:%lf%n", &from, &to, &read) != 2 || static_cast<std::size_t>(read) != text.size() ||
      !(from >= 0 && from < to && to <= kLongestUs)) {
    return InputError(
        {"--window", 0, 0, ""},
        fmt::format("expected two times in microseconds, the later last, such as 940:1800, got '{}'", text));
  }
  options.from = FromUs(from);
  options.to = FromUs(to);
  return options;
}

// A line "12 cases done" on a terminal, redrawn while the cases run.
class Progress {
 public:
  explicit Progress(bool shown) {
    if (shown) {
      thread_ = std::jthread([this](const std::stop_token& stop) {
        constexpr auto kRedraw = std::chrono::milliseconds(100);
        while (!stop.stop_requested()) {
          fmt::print(stderr, "\r{} cases done", done_.load());
          std::this_thread::sleep_for(kRedraw);
        }
        fmt::print(stderr, "\r\033[K");
      });
    }
  }
  std::atomic<std::size_t>* counter() { return &done_; }

 private:
  std::atomic<std::size_t> done_ = 0;
  std::jthread thread_;  // joins before the counter goes
};

void PrintExpectations(const RunOutcome& outcome, const CommonOptions& options) {
  for (const ExpectOutcome& expectation : outcome.expectations) {
    if (!expectation.met) {
      fmt::print(stderr, "{}: expectation failed: {}\n", expectation.where.ToString(), expectation.text);
    } else if (!options.json && !options.quiet) {
      fmt::print("expected: {}\n", expectation.text);
    }
  }
}

void PrintNotes(const RunOutcome& outcome, const std::string& out) {
  for (const std::string& warning : outcome.warnings) {
    fmt::print(stderr, "warning: {}\n", warning);
  }
  WallSeconds sum;
  for (const WallSeconds& wall : outcome.wall) {
    sum.emit += wall.emit;
    sum.infer += wall.infer;
    sum.simulate += wall.simulate;
  }
  fmt::print(stderr, "wall time: emit {:.3f} s, infer {:.3f} s, simulate {:.3f} s, {} case{}\n", sum.emit, sum.infer,
             sum.simulate, outcome.wall.size(), outcome.wall.size() == 1 ? "" : "s");
  fmt::print(stderr, "results in {}\n", out);
}

int Run(const RunArguments& arguments) {
  const CommonOptions& common = arguments.common;
  const Result<EngineChoice> engine = CheckEngine(common);
  if (!engine.ok()) {
    return Report(engine.error());
  }
  Result<Scenario> scenario = LoadScenario(arguments.scenario, common.set);
  if (!scenario.ok()) {
    return Report(scenario.error());
  }
  RunOptions options;
  if (arguments.svg) {
    Result<SwimlaneOptions> swimlane = ReadSwimlane(arguments);
    if (!swimlane.ok()) {
      return Report(swimlane.error());
    }
    options.swimlane = *std::move(swimlane);
  }
  const std::string out = common.out.empty() ? "out/" + scenario->name : common.out;
  options.out = out;
  options.capture = arguments.capture;
  options.jobs = common.jobs;
  options.engine = *engine;
  options.check_invariants = arguments.check_invariants;
  options.pftrace = arguments.pftrace;
  options.flows = arguments.all_flows ? FlowChoice::kAll : FlowChoice::kChain;
  const auto simulate = [&]() -> Result<RunOutcome> {
    Progress progress(!common.quiet && ::isatty(STDERR_FILENO) == 1);
    RunOptions counted = options;
    counted.done = progress.counter();
    return RunScenario(*scenario, counted);
  };
  Result<RunOutcome> outcome = simulate();
  if (!outcome.ok()) {
    return Report(outcome.error());
  }
  if (common.json) {
    fmt::print("{}", SummaryJson(outcome->summary));
  } else if (!common.quiet) {
    const bool color = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    fmt::print("{}", ComparisonTable(outcome->summary, {.color = color}));
  }
  PrintExpectations(*outcome, common);
  if (!common.quiet) {
    PrintNotes(*outcome, out);
  }
  for (const std::string& disagreement : outcome->disagreements) {
    fmt::print(stderr, "{}\n", disagreement);
  }
  for (const Error& deadlock : outcome->deadlocks) {
    Report(deadlock);
  }
  if (!outcome->deadlocks.empty()) {
    return kExitDeadlock;
  }
  return outcome->ExpectationsMet() && outcome->disagreements.empty() ? kExitDone : kExitDifference;
}

}  // namespace

void AddRunCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand("run", "Simulate every variant and every point of the sweep");
  command->add_option("SCENARIO", arguments->scenario, "The scenario file")->required();
  AddSetOption(*command, arguments->common);
  AddEngineOption(*command, arguments->common);
  command->add_option("--out,-o", arguments->common.out, "The results folder [out/<scenario name>]");
  command->add_option("--jobs,-j", arguments->common.jobs, "Cases simulated at once [all threads]")
      ->check(CLI::Range(1, 1024));
  command->add_flag("--check-invariants", arguments->check_invariants,
                    "Hold every run against the laws that any run obeys; exit 3 when one is broken");
  command->add_flag("--pftrace", arguments->pftrace,
                    "Also write <variant>.pftrace: the trace in Perfetto's own, small format");
  command->add_flag("--all-flows", arguments->all_flows,
                    "In the traces, an arrow for every edge, not for the chain alone");
  CLI::Option* svg =
      command->add_flag("--svg", arguments->svg,
                        "Also draw all variants into <scenario>.svg, bounds and causes into <scenario>.bars.svg");
  command
      ->add_option("--highlight", arguments->highlight,
                   "In the first picture, this kernel in colour, the others in grey")
      ->type_name("KERNEL")
      ->needs(svg);
  command
      ->add_option("--window", arguments->window, "In the first picture, only this part of the time, in microseconds")
      ->type_name("FROM:TO")
      ->needs(svg);
  command
      ->add_option("--export-capture", arguments->capture,
                   "Also write each variant as a capture of a device run, into DIR/<variant>/")
      ->type_name("DIR");
  AddOutputOptions(*command, arguments->common);
  command->footer(R"(Prints a table and writes summary.json, summary.csv, scenario.resolved.yaml and, for each
variant, <variant>.trace.json (open it in ui.perfetto.dev) and <variant>.tasks.csv.
The same inputs give the same bytes; wall times go to standard error only.

Examples:
  npusched run scenarios/silu_fanout.yaml
  npusched run scenarios/lm_head_blocks.yaml --set runtime.schedulers=2 --json > two_threads.json
  npusched run scenarios/silu_fanout.yaml --svg --highlight silu --window 940:1800
  npusched run scenarios/pr337.yaml --export-capture captures
  npusched run my_sweep.yaml --jobs 4 --out /tmp/sweep)");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace npusched
