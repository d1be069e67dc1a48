#include "reports/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.h"

namespace npusched {
namespace {

constexpr double kUsualTolerancePct = 0.5;
constexpr std::uint32_t kMostTasks = 1U << 25U;  // more than any run has; a slip in a file should not fill the memory

std::map<EdgeGroup, std::uint64_t> GroupEdges(const RunInput& input) {
  // Counted by kernel ids first: names only once per group.
  std::map<std::array<std::uint32_t, 3>, std::uint64_t> counts;
  const Program& program = input.program;
  constexpr std::array<std::uint8_t, 3> kSources = {kFromExplicit, kFromCreator, kFromTensormap};
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      for (std::uint32_t s = 0; s < kSources.size(); ++s) {
        if ((edge.sources & kSources[s]) == 0) continue;
        ++counts[{program.tasks[edge.producer].kernel, program.tasks[t].kernel, s}];
      }
    }
  }
  constexpr std::array<std::string_view, 3> kNames = {"explicit", "creator", "tensormap"};
  std::map<EdgeGroup, std::uint64_t> groups;
  for (const auto& [key, count] : counts) {
    groups[{program.kernels[key[0]].name, program.kernels[key[1]].name, std::string(kNames[key[2]])}] += count;
  }
  return groups;
}

std::map<std::string, std::string> CriticalTasks(const RunInput& input, const RunTrace& trace) {
  const Program& program = input.program;
  std::vector<Picoseconds> durations(program.tasks.size());
  for (const DispatchRow& row : trace.rows) durations[row.task] = std::max(durations[row.task], row.end - row.start);
  std::vector<std::uint32_t> ordinal(program.tasks.size());
  std::vector<std::uint32_t> seen(program.kernels.size());
  for (TaskId t = 0; t < program.tasks.size(); ++t) ordinal[t] = seen[program.tasks[t].kernel]++;
  std::map<std::string, std::vector<std::uint32_t>> by_kernel;
  for (const TaskId t : FindCriticalPath(input.inference.graph, durations).tasks) {
    if (program.ReachesCore(t)) by_kernel[program.KernelName(t)].push_back(ordinal[t]);
  }
  std::map<std::string, std::string> ranges;
  for (const auto& [kernel, tasks] : by_kernel) ranges[kernel] = Ranges(tasks);
  return ranges;
}

}  // namespace

std::map<std::string, double> UsualTolerances() {
  return {
      {"critical_path_us", kUsualTolerancePct}, {"makespan_us", kUsualTolerancePct}, {"mean_us", kUsualTolerancePct}};
}

VariantBaseline MakeVariantBaseline(const std::string& name, const RunInput& input, const RunTrace& trace,
                                    const VariantSummary& summary) {
  VariantBaseline baseline;
  baseline.name = name;
  baseline.counts = {{"tasks", summary.tasks.total},
                     {"allocs", summary.tasks.allocs},
                     {"dummies", summary.tasks.dummies},
                     {"unique_pairs", summary.edges.unique_pairs},
                     {"longest_chain_tasks", summary.longest_chain_tasks}};
  baseline.times_us = {{"critical_path_us", ToUs(summary.bounds[Bound::kCriticalPath])},
                       {"makespan_us", ToUs(summary.makespan)}};
  baseline.bound_by = NameOf(summary.bounds.Binding());
  for (const KernelSummary& kernel : summary.kernels) {
    baseline.kernels[kernel.name] = {.count = kernel.count, .mean_us = ToUs(kernel.mean)};
  }
  baseline.edges = GroupEdges(input);
  baseline.critical_tasks = CriticalTasks(input, trace);
  return baseline;
}

std::string Ranges(const std::vector<std::uint32_t>& ordinals) {
  std::string text;
  for (std::size_t i = 0; i < ordinals.size();) {
    std::size_t last = i;
    while (last + 1 < ordinals.size() && ordinals[last + 1] == ordinals[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", ordinals[i]);
    if (last > i) text += fmt::format("-{}", ordinals[last]);
    i = last + 1;
  }
  return text;
}

Result<std::vector<std::uint32_t>> ParseRanges(std::string_view text) {
  std::vector<std::uint32_t> ordinals;
  const char* at = text.data();
  const char* const end = at + text.size();
  const Error error = InputError({}, "expected ascending numbers and ranges such as 0-3,7");
  const auto read = [&](std::uint32_t* value) {
    const auto [rest, code] = std::from_chars(at, end, *value);
    at = rest;
    return code == std::errc() && *value < kMostTasks;
  };
  while (at != end) {
    std::uint32_t first = 0;
    if (!read(&first)) return error;
    std::uint32_t last = first;
    if (at != end && *at == '-') {
      ++at;
      if (!read(&last)) return error;
    }
    if (last < first || (!ordinals.empty() && first <= ordinals.back())) return error;
    for (std::uint32_t i = first; i <= last; ++i) ordinals.push_back(i);
    if (at == end) break;
    if (*at++ != ',' || at == end) return error;
  }
  return ordinals;
}

}  // namespace npusched
