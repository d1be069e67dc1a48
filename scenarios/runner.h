// Runs every case of a scenario: emit, infer, price, simulate, summarise; then checks what it expects.
//
//   Result<RunOutcome> outcome = RunScenario(*scenario, {.out = "out/silu_fanout", .jobs = 4});
//   fmt::print("{}", ComparisonTable(outcome->summary, {}));
//
// Cases run side by side; their results stand in the order of CaseList whatever the number of jobs.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "reports/flows.h"
#include "reports/summary.h"
#include "reports/swimlane_svg.h"
#include "scenarios/engines.h"
#include "scenarios/expect.h"
#include "scenarios/scenario.h"

namespace npusched {

struct RunOptions {
  std::filesystem::path out;                 // the results folder; empty: nothing is written
  int jobs = 0;                              // cases at once, up to the threads of the machine; 0: all of those
  std::atomic<std::size_t>* done = nullptr;  // counts finished cases, for a progress line
  EngineChoice engine = EngineChoice::kNative;
  bool check_invariants = false;          // a run that breaks a law of reports/invariants.h is an error
  bool pftrace = false;                   // also <variant>.pftrace
  FlowChoice flows = FlowChoice::kChain;  // the arrows of the traces
  std::filesystem::path capture = {};     // a folder for captures, one for each case; empty: none
  // Also <scenario>.svg, all cases below each other; every run is kept until then.
  std::optional<SwimlaneOptions> swimlane = std::nullopt;
};

struct RunOutcome {
  ScenarioSummary summary;        // wall times zero: the same inputs give the same bytes
  std::vector<WallSeconds> wall;  // by case
  std::vector<std::string> warnings;
  std::vector<std::string> disagreements;  // of the engines, where both ran, beyond the tolerance
  std::vector<ExpectOutcome> expectations;
  std::vector<Error> deadlocks;  // of the runs that gave up; not those whose status is expected to be so

  [[nodiscard]] bool ExpectationsMet() const;
};

// Errors: the first, in the order of the cases, of bad input, a file that cannot be written. A case that ends in a
// deadlock keeps its place in the summary and leaves no files of its own. Files of the results folder appear whole or
// not at all; summary.json comes last.
Result<RunOutcome> RunScenario(const Scenario& scenario, const RunOptions& options);

}  // namespace npusched
