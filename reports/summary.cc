#include "reports/summary.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "sim/fingerprint.h"
#include "sim/ring_advice.h"

namespace npusched {
namespace {

TaskCounts CountTasks(const Program& program) {
  TaskCounts counts;
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    const CoreShape core = program.tasks[t].core;
    if (!program.ReachesCore(t)) {
      ++(core == CoreShape::kAlloc ? counts.allocs : counts.dummies);
      continue;
    }
    ++counts.total;
    ++(core == CoreShape::kAic ? counts.aic : core == CoreShape::kAiv ? counts.aiv : counts.mix);
  }
  return counts;
}

// The dispatch rows of one kernel name.
struct KernelRows {
  std::vector<CoreId> cores;
  std::vector<Picoseconds> starts;
  std::vector<Picoseconds> ends;
};

std::uint32_t PeakConcurrency(KernelRows& rows) {
  std::sort(rows.starts.begin(), rows.starts.end());
  std::sort(rows.ends.begin(), rows.ends.end());
  std::size_t ended = 0;
  std::size_t peak = 0;
  for (std::size_t started = 0; started < rows.starts.size(); ++started) {
    // Half-open: an end makes room at its instant. Rows without length may all have ended; the one that starts counts.
    while (ended < rows.ends.size() && rows.ends[ended] <= rows.starts[started]) ++ended;
    peak = std::max(peak, std::max(started, ended) + 1 - ended);
  }
  return static_cast<std::uint32_t>(peak);
}

void Measure(KernelSummary& kernel, KernelRows& rows) {
  kernel.rows = rows.starts.size();
  if (rows.starts.empty()) return;
  for (std::size_t i = 0; i < rows.starts.size(); ++i) kernel.busy += rows.ends[i] - rows.starts[i];
  const auto count = static_cast<Picoseconds>(kernel.rows);
  kernel.mean = (kernel.busy + count / 2) / count;
  kernel.first_start = *std::min_element(rows.starts.begin(), rows.starts.end());
  kernel.last_end = *std::max_element(rows.ends.begin(), rows.ends.end());
  kernel.peak_concurrency = PeakConcurrency(rows);
  std::sort(rows.cores.begin(), rows.cores.end());
  const auto last = std::unique(rows.cores.begin(), rows.cores.end());
  kernel.distinct_cores = static_cast<std::uint32_t>(last - rows.cores.begin());
}

std::vector<KernelSummary> SummarizeKernels(const Program& program, const RunTrace& trace) {
  std::vector<KernelSummary> kernels;
  std::unordered_map<std::string_view, std::uint32_t> by_name;
  std::vector<std::uint32_t> of_kernel(program.kernels.size(), kNoId);  // two kernels may share a name
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (!program.ReachesCore(t)) continue;
    std::uint32_t& index = of_kernel[program.tasks[t].kernel];
    if (index == kNoId) {
      const auto [entry, added] =
          by_name.try_emplace(program.KernelName(t), static_cast<std::uint32_t>(kernels.size()));
      index = entry->second;
      if (added) kernels.push_back({.name = program.KernelName(t), .core = program.tasks[t].core});
    }
    ++kernels[index].count;
  }
  std::vector<KernelRows> rows(kernels.size());
  for (const DispatchRow& row : trace.rows) {
    KernelRows& of = rows[of_kernel[program.tasks[row.task].kernel]];
    of.cores.push_back(row.core);
    of.starts.push_back(row.start);
    of.ends.push_back(row.end);
  }
  for (std::size_t k = 0; k < kernels.size(); ++k) Measure(kernels[k], rows[k]);
  return kernels;
}

}  // namespace

double Percent(Picoseconds part, Picoseconds whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

VariantSummary SummarizeDeadlock(const RunInput& input, const Deadlock& deadlock) {
  VariantSummary summary;
  summary.tasks = CountTasks(input.program);
  summary.kernels = SummarizeKernels(input.program, {});
  summary.edges = CountEdges(input.program, input.inference.graph);
  summary.longest_chain_tasks = LongestChain(input.program, input.inference.graph);
  summary.status = "deadlock";
  DeadlockSummary& told = summary.deadlock.emplace();
  told.code = static_cast<int>(deadlock.code);
  told.message = Describe(deadlock, input);
  told.at = deadlock.detected;
  told.task = deadlock.task;
  if (deadlock.task != kNoTask) {
    told.kernel = input.program.KernelName(deadlock.task);
    told.scope = input.program.tasks[deadlock.task].scope;
    told.ring = input.program.tasks[deadlock.task].ring;
  }
  const RingAdvice advice = AdviseSize(input, deadlock);
  if (advice.outcome == RingAdvice::Outcome::kNone) return summary;
  told.message += "; " + Describe(advice);
  told.resource = SizeKey(deadlock.resource);
  told.size = SizeOf(input.runtime.rings, deadlock.resource, told.ring);
  if (advice.outcome == RingAdvice::Outcome::kSmallest) told.smallest = advice.size;
  return summary;
}

VariantSummary Summarize(const RunInput& input, const RunTrace& trace, const Attribution& attribution) {
  VariantSummary summary;
  summary.tasks = CountTasks(input.program);
  summary.kernels = SummarizeKernels(input.program, trace);
  summary.edges = CountEdges(input.program, input.inference.graph);
  summary.longest_chain_tasks = LongestChain(input.program, input.inference.graph);
  summary.makespan = trace.makespan();
  for (const DispatchRow& row : trace.rows) {
    (input.machine.IsAic(row.core) ? summary.aic_busy : summary.aiv_busy) += row.end - row.start;
  }
  summary.aic_utilisation_pct = Percent(summary.aic_busy, summary.makespan * input.machine.aic_count());
  summary.aiv_utilisation_pct = Percent(summary.aiv_busy, summary.makespan * input.machine.aiv_count());
  summary.bounds = ComputeBounds(input, trace);
  summary.critical_path_with_runtime = CriticalPathWithRuntime(input, trace);
  summary.overhead = MeasureOverhead(input, trace);
  summary.waits = trace.waits;
  summary.parked = MeasureParked(input, trace);
  summary.captured_overhead = MeasureCapturedOverhead(input, trace);
  summary.attribution = attribution.totals;
  summary.fingerprint = Fingerprint(trace);
  return summary;
}

VariantSummary Summarize(const RunInput& input, const RunTrace& trace) {
  return Summarize(input, trace, Attribute(input, trace));
}

}  // namespace npusched
