// The figures of one run, as plain data: what summary.json holds and what every other view draws from.
//
// Stands between the trace and the views. The runner fills what a trace does not know (name, point, wall_s):
//
//   VariantSummary summary = Summarize(input, trace);
//   summary.name = "silu_manual";
//   result.variants.push_back(summary);
//   WriteFile(SummaryJson(result)); fmt::print("{}", ComparisonTable(result, {}));
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graphs/critical_path.h"
#include "graphs/races.h"
#include "reports/agreement.h"
#include "reports/attribution.h"
#include "reports/bounds.h"
#include "reports/overhead.h"
#include "reports/replay.h"
#include "sim/deadlock.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

// One key of a sweep's point; the value as its scenario writes it ("64", "true", "[1, 2]", "off").
struct PointValue {
  std::string key;
  std::string value;

  friend bool operator==(const PointValue&, const PointValue&) = default;
};

// Wall-clock seconds of the tool itself: the only figures that differ between two runs.
struct WallSeconds {
  double emit = 0;
  double infer = 0;
  double simulate = 0;
};

// Tasks that reach a core; the others apart.
struct TaskCounts {
  std::uint64_t total = 0;
  std::uint64_t allocs = 0;
  std::uint64_t dummies = 0;  // dummies and tasks predicated away
  std::uint64_t aic = 0;
  std::uint64_t aiv = 0;
  std::uint64_t mix = 0;
};

// One kernel name over all its dispatch rows. Intervals are half-open.
struct KernelSummary {
  std::string name;
  CoreShape core = CoreShape::kAiv;
  std::uint64_t count = 0;  // tasks
  std::uint64_t rows = 0;   // blocks x cores of a block
  Picoseconds mean = 0;     // of a row, to the nearest picosecond
  Picoseconds busy = 0;
  Picoseconds first_start = 0;
  Picoseconds last_end = 0;
  std::uint32_t distinct_cores = 0;
  std::uint32_t peak_concurrency = 0;  // rows running at once
};

// How the simulated runtime gave up, and what would help.
struct DeadlockSummary {
  int code = 0;         // the runtime's own
  std::string message;  // one sentence, with the size that would work
  Picoseconds at = 0;
  TaskId task = kNoTask;  // being submitted; of a timeout, the one that runs, if any
  std::string kernel;     // of it
  ScopeId scope = kNoId;
  int ring = -1;
  std::string resource;       // "slots", "heap_bytes", ...; empty: nothing ran out
  std::int64_t size = 0;      // of it
  std::int64_t smallest = 0;  // that completes; 0: not known
};

struct VariantSummary {
  std::string name;
  std::vector<PointValue> point;
  TaskCounts tasks;
  std::vector<KernelSummary> kernels;  // that reach a core, in order of first use by the program
  EdgeCounts edges;
  std::uint32_t longest_chain_tasks = 0;
  Picoseconds makespan = 0;
  Picoseconds aic_busy = 0;  // sum over cores
  Picoseconds aiv_busy = 0;
  double aic_utilisation_pct = 0;  // of all cores over the makespan
  double aiv_utilisation_pct = 0;
  Bounds bounds;
  Picoseconds critical_path_with_runtime = 0;
  Overhead overhead;
  ParkedBesideIdle parked;
  WaitCounts waits;
  Overhead captured_overhead;  // as the analysis of a capture has it
  std::array<Picoseconds, kCauses> attribution{};
  std::optional<EngineAgreement> agreement;
  std::optional<Replay> replay;  // of a capture
  bool native = true;            // false: all figures are of the SimGrid engine, alone
  std::string fingerprint;       // of all events, see sim/fingerprint.h
  WallSeconds wall;
  std::vector<RaceGroup> races;
  std::optional<std::array<std::uint64_t, kHazards>> race_pairs;  // by hazard; nothing: not looked for
  std::string status = "ok";  // or "deadlock": then only the counts of tasks and edges mean anything
  std::optional<DeadlockSummary> deadlock;
};

struct ScenarioSummary {
  std::string scenario;
  std::string engine = "native";
  std::vector<VariantSummary> variants;  // the first is the base of the comparison
};

// O(n log n) in rows and edges.
VariantSummary Summarize(const RunInput& input, const RunTrace& trace);
// The same with a walk already made.
VariantSummary Summarize(const RunInput& input, const RunTrace& trace, const Attribution& attribution);

// Of a run that ended in a deadlock: what the program alone tells, how the runtime gave up, and which size would have
// done (it runs again to find out).
VariantSummary SummarizeDeadlock(const RunInput& input, const Deadlock& deadlock);

// Per cent of `whole`; 0 when it is 0.
double Percent(Picoseconds part, Picoseconds whole);

}  // namespace npusched
