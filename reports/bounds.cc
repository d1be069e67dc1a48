#include "reports/bounds.h"

#include <algorithm>
#include <vector>

namespace npusched {
namespace {

Picoseconds DivideUp(Picoseconds total, std::size_t parts) {
  const auto n = static_cast<Picoseconds>(parts);
  return n == 0 ? 0 : (total + n - 1) / n;
}

Picoseconds Clip(Picoseconds begin, Picoseconds end, Picoseconds from, Picoseconds to) {
  return std::max<Picoseconds>(0, std::min(end, to) - std::max(begin, from));
}

Picoseconds LongestPath(const RunInput& input, const RunTrace& trace) {
  std::vector<Picoseconds> duration(trace.tasks.size(), 0);
  for (const DispatchRow& row : trace.rows) duration[row.task] = std::max(duration[row.task], row.end - row.start);
  std::vector<Picoseconds> path(trace.tasks.size(), 0);  // ends with this task; ids are a topological order
  Picoseconds longest = 0;
  for (TaskId t = 0; t < path.size(); ++t) {
    if (input.program.tasks[t].core == CoreShape::kAlloc) continue;
    Picoseconds before = 0;
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      if ((edge.flags & kWait) != 0) before = std::max(before, path[edge.producer]);
    }
    path[t] = before + duration[t];
    longest = std::max(longest, path[t]);
  }
  return longest;
}

Picoseconds TransferTime(std::int64_t bytes, double bytes_per_s) {
  if (bytes <= 0 || bytes_per_s <= 0) return 0;
  return static_cast<Picoseconds>(static_cast<double>(bytes) / bytes_per_s * 1e12);
}

Picoseconds MemoryTime(const RunInput& input, const RunTrace& trace) {
  const Program& program = input.program;
  std::int64_t hbm = 0;
  std::int64_t l2_read = 0;
  std::int64_t l2_write = 0;
  for (const DispatchRow& row : trace.rows) {
    const WorkId work = program.WorkOf(row.task, row.block);
    const bool given = program.GivenDuration(row.task, row.slot, row.block) >= 0;
    if (work == kNoWork || given) continue;  // a given duration says nothing of its traffic
    const SlotCost& cost = input.costs[work].slots[row.slot];
    hbm += cost.hbm_bytes;
    l2_read += cost.l2_read_bytes;
    l2_write += cost.l2_write_bytes;
  }
  const Machine& machine = input.machine;
  const Picoseconds time =
      std::max({TransferTime(hbm, machine.hbm_bytes_per_s), TransferTime(l2_read, machine.l2_read_bytes_per_s),
                TransferTime(l2_write, machine.l2_write_bytes_per_s)});
  return std::min(time, trace.makespan());
}

Picoseconds OrchestratorTime(const RunInput& input, const RunTrace& trace) {
  Picoseconds last_submit = trace.first_start;
  for (TaskId t = 0; t < trace.tasks.size(); ++t) {
    if (input.program.ReachesCore(t)) last_submit = std::max(last_submit, trace.tasks[t].submit);
  }
  Picoseconds busy = 0;
  for (const TaskTimes& times : trace.tasks) {
    busy += Clip(times.submit_begin, times.submit, trace.first_start, last_submit);
  }
  for (const RingWait& wait : trace.ring_waits) busy -= Clip(wait.begin, wait.end, trace.first_start, last_submit);
  return busy;
}

}  // namespace

std::string_view NameOf(Bound bound) {
  constexpr std::array<std::string_view, kBounds> kNames = {"critical_path",    "aic_work",     "aiv_work",
                                                            "memory_bandwidth", "orchestrator", "scheduler"};
  return kNames[static_cast<std::size_t>(bound)];
}

Bound Bounds::Binding() const {
  return static_cast<Bound>(std::max_element(values.begin(), values.end()) - values.begin());
}

Bound Bounds::Next() const {
  std::array<Picoseconds, kBounds> others = values;
  others[static_cast<std::size_t>(Binding())] = -1;
  return static_cast<Bound>(std::max_element(others.begin(), others.end()) - others.begin());
}

Picoseconds CriticalPathWithRuntime(const RunInput& input, const RunTrace& trace) {
  const LinkCosts& link = input.runtime.link;
  std::vector<Picoseconds> length(trace.tasks.size(), 0);
  std::vector<Picoseconds> set_up(trace.tasks.size(), 0);
  for (const DispatchRow& row : trace.rows) {
    length[row.task] = std::max(length[row.task], row.end - row.start);
    set_up[row.task] = link.write_visible + (row.gated ? 0 : link.setup);
  }
  constexpr Picoseconds kFree = -1;  // nothing with a kernel comes before: it may be done before the first start
  std::vector<Picoseconds> seen(trace.tasks.size(), kFree);  // complete for its consumers, at the earliest
  Picoseconds longest = 0;
  for (TaskId t = 0; t < length.size(); ++t) {
    if (input.program.tasks[t].core == CoreShape::kAlloc) continue;
    Picoseconds ready = kFree;
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      if ((edge.flags & kWait) != 0) ready = std::max(ready, seen[edge.producer]);
    }
    if (!input.program.ReachesCore(t)) {
      seen[t] = ready == kFree ? kFree : ready + input.runtime.scheduler.complete_dummy;
      continue;
    }
    const Picoseconds end = (ready == kFree ? 0 : ready + set_up[t]) + length[t];
    longest = std::max(longest, end);
    seen[t] = end + link.finish_visible + input.runtime.scheduler.complete_task;
  }
  return longest;
}

Bounds ComputeBounds(const RunInput& input, const RunTrace& trace) {
  Bounds bounds;
  if (trace.rows.empty()) return bounds;
  Picoseconds aic = 0;
  Picoseconds aiv = 0;
  for (const DispatchRow& row : trace.rows) (input.machine.IsAic(row.core) ? aic : aiv) += row.end - row.start;
  Picoseconds threads = 0;
  for (const PhaseRecord& phase : trace.phases) {
    threads += Clip(phase.begin, phase.end, trace.first_start, trace.last_end);
  }
  bounds[Bound::kCriticalPath] = LongestPath(input, trace);
  bounds[Bound::kAicWork] = DivideUp(aic, input.machine.aic_count());
  bounds[Bound::kAivWork] = DivideUp(aiv, input.machine.aiv_count());
  bounds[Bound::kMemoryBandwidth] = MemoryTime(input, trace);
  bounds[Bound::kOrchestrator] = OrchestratorTime(input, trace);
  bounds[Bound::kScheduler] = DivideUp(threads, input.runtime.schedulers);
  return bounds;
}

}  // namespace npusched
