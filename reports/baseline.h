// A baseline: what a scenario came to, in a small file that is committed, and what moved since.
//
//   Baseline now = {.scenario = "silu_fanout", .variants = {MakeVariantBaseline("inferred", input, trace, summary)}};
//   WriteFileAtomically(file, BaselineYaml(now));
//   for (const Finding& f : CompareBaselines(*ReadBaseline(*LoadYaml(file)), now)) fmt::print("{}: {}\n", f.variant,
//   f.text);
//
// docs/formats/baseline.md describes the file.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "reports/summary.h"

namespace npusched {

struct KernelBaseline {
  std::uint64_t count = 0;
  double mean_us = 0;

  friend bool operator==(const KernelBaseline&, const KernelBaseline&) = default;
};

// Edges from the tasks of one kernel to those of another that one rule made.
struct EdgeGroup {
  std::string producer;
  std::string consumer;
  std::string source;  // explicit, creator, tensormap

  // NOLINTNEXTLINE(modernize-use-nullptr): the 0 of a defaulted comparison is the compiler's
  friend auto operator<=>(const EdgeGroup&, const EdgeGroup&) = default;
};

// All times in microseconds, rounded to the picosecond.
struct VariantBaseline {
  std::string name;                             // with its point: "<variant>@<key>=<value>"
  std::map<std::string, std::uint64_t> counts;  // "tasks", "allocs", "dummies", "unique_pairs", "longest_chain_tasks"
  std::map<std::string, double> times_us;       // "critical_path_us", "makespan_us"
  std::string bound_by;
  std::map<std::string, KernelBaseline> kernels;
  std::map<EdgeGroup, std::uint64_t> edges;
  std::map<std::string, std::string> critical_tasks;  // kernel -> ordinals among its tasks, "0-3,7"
};

struct Baseline {
  std::string scenario;
  // Per cent by which a key may move: "makespan_us", "critical_path_us", "mean_us". What is not listed must be equal.
  std::map<std::string, double> tolerances;
  std::vector<VariantBaseline> variants;
};

// The tolerances a new baseline starts with.
std::map<std::string, double> UsualTolerances();

VariantBaseline MakeVariantBaseline(const std::string& name, const RunInput& input, const RunTrace& trace,
                                    const VariantSummary& summary);

std::string BaselineYaml(const Baseline& baseline);
// Errors: file:line:column, key, expectation.
Result<Baseline> ReadBaseline(const ConfigNode& node);

// One thing that moved. `key` groups findings of a kind: tasks, kernels, edges, critical_tasks, makespan_us, ...
struct Finding {
  std::string variant;
  std::string key;
  std::string text;
};

// In the order of the variants; of each first what changed the program, then the graph, then the times.
std::vector<Finding> CompareBaselines(const Baseline& before, const Baseline& now);

// Ordinals in ascending order as ranges: {0, 1, 2, 5} -> "0-2,5".
std::string Ranges(const std::vector<std::uint32_t>& ordinals);
// The reverse. Errors: what is no such list.
Result<std::vector<std::uint32_t>> ParseRanges(std::string_view text);

}  // namespace npusched
