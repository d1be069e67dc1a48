#include "reports/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "reports/attribution.h"
#include "reports/bounds.h"
#include "reports/overhead.h"

namespace npusched {
namespace {

template <typename... Args>
Status Broken(fmt::format_string<Args...> text, Args&&... args) {
  Error error;
  error.kind = ErrorKind::kInternal;
  error.message = "invariant broken: " + fmt::format(text, std::forward<Args>(args)...);
  return error;
}

// What the laws ask about again and again.
struct TaskRows {
  std::uint32_t count = 0;
  Picoseconds first_start = kNever;
  Picoseconds last_end = 0;
  Picoseconds last_finish = 0;
  Picoseconds longest = 0;
};

std::vector<TaskRows> RowsOf(const RunTrace& trace) {
  std::vector<TaskRows> tasks(trace.tasks.size());
  for (const DispatchRow& row : trace.rows) {
    TaskRows& of = tasks[row.task];
    ++of.count;
    of.first_start = std::min(of.first_start, row.start);
    of.last_end = std::max(of.last_end, row.end);
    of.last_finish = std::max(of.last_finish, row.finish);
    of.longest = std::max(of.longest, row.end - row.start);
  }
  return tasks;
}

// -- rows

bool RightCore(const Machine& machine, const DispatchRow& row) {
  return row.core < machine.core_count() && machine.IsAic(row.core) == (row.slot == kSlotAic);
}

Status CheckRows(const RunInput& input, const RunTrace& trace, const std::vector<TaskRows>& tasks) {
  const Program& program = input.program;
  for (TaskId t = 0; t < tasks.size(); ++t) {
    const Task& task = program.tasks[t];
    const auto slots = static_cast<std::uint32_t>(std::popcount(task.slots));
    const std::uint32_t wanted = program.ReachesCore(t) ? task.block_num * slots : 0;
    if (tasks[t].count != wanted) return Broken("task {} has {} rows, not {}", t, tasks[t].count, wanted);
  }
  std::vector<const DispatchRow*> rows;
  for (const DispatchRow& row : trace.rows) rows.push_back(&row);
  std::ranges::sort(rows, {}, [](const DispatchRow* r) { return std::tuple(r->task, r->block, r->slot); });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const DispatchRow& row = *rows[i];
    const Task& task = program.tasks[row.task];
    if ((task.slots >> row.slot & 1U) == 0 || row.block >= task.block_num || !RightCore(input.machine, row)) {
      return Broken("task {} block {} slot {} ran on core {}", row.task, row.block, row.slot, row.core);
    }
    if (i == 0 || rows[i - 1]->task != row.task || rows[i - 1]->block != row.block) continue;
    if (rows[i - 1]->slot == row.slot)
      return Broken("task {} block {} slot {} ran twice", row.task, row.block, row.slot);
    if (input.machine.ClusterOf(rows[i - 1]->core) != input.machine.ClusterOf(row.core)) {
      return Broken("task {} block {} ran in two clusters", row.task, row.block);
    }
  }
  return {};
}

// -- times

Status CheckTimes(const RunTrace& trace, const std::vector<TaskRows>& tasks) {
  for (const DispatchRow& row : trace.rows) {
    const TaskTimes& times = trace.tasks[row.task];
    const bool ordered = times.submit <= row.dispatch && row.dispatch <= row.receive && row.receive <= row.start &&
                         row.start <= row.end && row.end <= row.finish && row.finish <= times.complete;
    if (!ordered || times.ready > row.start || (!row.gated && times.ready > row.dispatch)) {
      return Broken(
          "task {} on core {}: submit {}, ready {}, dispatch {}, receive {}, start {}, end {}, finish {}, complete {} "
          "ps",
          row.task, row.core, times.submit, times.ready, row.dispatch, row.receive, row.start, row.end, row.finish,
          times.complete);
    }
  }
  Picoseconds submitted = 0;
  for (TaskId t = 0; t < tasks.size(); ++t) {
    const TaskTimes& times = trace.tasks[t];
    if (times.submit_begin < submitted || times.submit < times.submit_begin) {
      return Broken("task {} is submitted from {} to {} ps, the one before until {} ps", t, times.submit_begin,
                    times.submit, submitted);
    }
    if (times.ready < times.submit || times.complete < times.ready) {
      return Broken("task {}: submit {}, ready {}, complete {} ps", t, times.submit, times.ready, times.complete);
    }
    submitted = times.submit;
  }
  return {};
}

Status CheckCores(const RunTrace& trace) {
  std::vector<const DispatchRow*> rows;
  for (const DispatchRow& row : trace.rows) rows.push_back(&row);
  std::ranges::sort(rows, {}, [](const DispatchRow* r) { return std::tuple(r->core, r->start, r->end, r->sequence); });
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const DispatchRow& a = *rows[i - 1];
    const DispatchRow& b = *rows[i];
    if (a.core == b.core && (b.start < a.end || b.dispatch < a.dispatch || b.sequence < a.sequence)) {
      return Broken("core {} runs task {} from {} to {} ps and task {} from {} ps", a.core, a.task, a.start, a.end,
                    b.task, b.start);
    }
  }
  return {};
}

Status CheckEdges(const RunInput& input, const RunTrace& trace, const std::vector<TaskRows>& tasks) {
  for (TaskId t = 0; t < tasks.size(); ++t) {
    if (input.program.tasks[t].core == CoreShape::kAlloc) continue;  // complete at submit, whatever it depends on
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      if ((edge.flags & kWait) == 0) continue;
      const TaskId p = edge.producer;
      if (trace.tasks[t].ready < trace.tasks[p].complete || tasks[t].first_start < tasks[p].last_end) {
        return Broken(
            "task {} is ready at {} ps and starts at {} ps; its producer {} ends at {} and completes at {} ps", t,
            trace.tasks[t].ready, tasks[t].first_start, p, tasks[p].last_end, trace.tasks[p].complete);
      }
    }
  }
  return {};
}

// -- the whole run

struct Totals {
  Picoseconds critical_path = 0;
  Picoseconds work[2] = {0, 0};  // AIC, AIV
  double hbm_bytes = 0;
};

Totals Total(const RunInput& input, const RunTrace& trace, const std::vector<TaskRows>& tasks) {
  Totals totals;
  std::vector<Picoseconds> until(tasks.size(), 0);
  for (TaskId t = 0; t < tasks.size(); ++t) {
    if (input.program.tasks[t].core == CoreShape::kAlloc) continue;
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      if ((edge.flags & kWait) != 0) until[t] = std::max(until[t], until[edge.producer]);
    }
    until[t] += tasks[t].longest;
    totals.critical_path = std::max(totals.critical_path, until[t]);
  }
  for (const DispatchRow& row : trace.rows) {
    totals.work[input.machine.IsAic(row.core) ? 0 : 1] += row.end - row.start;
    const WorkId work = input.program.WorkOf(row.task, row.block);
    const bool given = input.program.GivenDuration(row.task, row.slot, row.block) >= 0;
    if (work != kNoWork && !given) {
      totals.hbm_bytes += static_cast<double>(input.costs[work].slots[row.slot].hbm_bytes);
    }
  }
  return totals;
}

Status CheckMakespan(const RunInput& input, const RunTrace& trace, const Totals& totals) {
  const Machine& machine = input.machine;
  const Picoseconds makespan = trace.makespan();
  if (makespan < totals.critical_path) {
    return Broken("makespan {} ps is below the critical path {} ps", makespan, totals.critical_path);
  }
  if (makespan * machine.aic_count() < totals.work[0] || makespan * machine.aiv_count() < totals.work[1]) {
    return Broken("makespan {} ps does not hold {} ps of AIC and {} ps of AIV work", makespan, totals.work[0],
                  totals.work[1]);
  }
  // A kernel's end is rounded to a picosecond; so many of them may add up to a little.
  if (machine.sharing) {
    const double transfer = totals.hbm_bytes / machine.hbm_bytes_per_s * 1e12;
    const auto slack = static_cast<double>(trace.rows.size() + 1);
    if (static_cast<double>(makespan) + slack < transfer) {
      return Broken("makespan {} ps moves {:.0f} bytes, which take {:.0f} ps", makespan, totals.hbm_bytes, transfer);
    }
  }
  const Bounds bounds = ComputeBounds(input, trace);
  for (int b = 0; b < kBounds; ++b) {
    if (bounds.values[b] > makespan) {
      return Broken("bound {} of {} ps exceeds the makespan {} ps", NameOf(static_cast<Bound>(b)), bounds.values[b],
                    makespan);
    }
  }
  if (!IsListScheduling(input, trace)) return {};
  const Picoseconds m = totals.work[0] > 0 ? machine.aic_count() : machine.aiv_count();
  const Picoseconds work = totals.work[0] + totals.work[1];
  if (makespan * m > work + (m - 1) * totals.critical_path) {
    return Broken("makespan {} ps on {} equal cores exceeds Graham's bound: work {} ps, critical path {} ps", makespan,
                  m, work, totals.critical_path);
  }
  return {};
}

Status CheckSums(const RunInput& input, const RunTrace& trace) {
  const Picoseconds makespan = trace.makespan();
  const Attribution attribution = Attribute(input, trace);
  const Picoseconds sum = std::accumulate(attribution.totals.begin(), attribution.totals.end(), Picoseconds{0});
  if (sum != makespan) return Broken("attribution adds up to {} ps, the makespan is {} ps", sum, makespan);
  const Overhead overhead = MeasureOverhead(input, trace);
  const Picoseconds most = std::max({overhead.aic, overhead.aiv, overhead.all, overhead.has});
  const Picoseconds least = std::min({overhead.aic, overhead.aiv, overhead.all, overhead.has});
  if (most > makespan || least < 0 || overhead.all > overhead.has) {
    return Broken("overheads of {}, {}, {}, {} ps do not fit into the makespan {} ps", overhead.aic, overhead.aiv,
                  overhead.all, overhead.has, makespan);
  }
  return {};
}

bool IsFree(const RuntimeConfig& runtime) {
  const SubmitCosts& submit = runtime.submit;
  const SchedulerCosts& thread = runtime.scheduler;
  const LinkCosts& link = runtime.link;
  const Picoseconds costs[] = {submit.user_code,      submit.slot,           submit.heap,          submit.sync,
                               submit.explicit_dep,   submit.lookup,         submit.lookup_entry,  submit.insert,
                               submit.payload_tensor, submit.fanin_edge,     submit.finalize,      submit.scope_end,
                               thread.poll_core,      thread.iteration,      thread.complete_task, thread.complete_edge,
                               thread.complete_dummy, thread.dispatch_block, thread.publish_block, thread.release_task,
                               link.write_visible,    link.finish_visible,   link.setup,           link.switch_pending};
  return std::ranges::all_of(costs, [](Picoseconds cost) { return cost == 0; });
}

}  // namespace

bool IsListScheduling(const RunInput& input, const RunTrace& trace) {
  if (!IsFree(input.runtime) || input.runtime.policies.pending_slots != PendingSlots::kUnused ||
      !trace.ring_waits.empty())
    return false;
  CoreShape only = CoreShape::kDummy;
  for (TaskId t = 0; t < trace.tasks.size(); ++t) {
    const Task& task = input.program.tasks[t];
    if (!input.program.ReachesCore(t)) continue;
    if (only == CoreShape::kDummy) only = task.core;
    if (task.core != only || only == CoreShape::kMix || task.sync_start) return false;
  }
  return std::ranges::none_of(trace.rows, [](const DispatchRow& row) { return row.gated; });
}

Status CheckInvariants(const RunInput& input, const RunTrace& trace) {
  const std::vector<TaskRows> tasks = RowsOf(trace);
  if (Status s = CheckRows(input, trace, tasks); !s.ok()) return s;
  if (Status s = CheckTimes(trace, tasks); !s.ok()) return s;
  if (Status s = CheckCores(trace); !s.ok()) return s;
  if (Status s = CheckEdges(input, trace, tasks); !s.ok()) return s;
  if (trace.rows.empty()) return {};
  if (Status s = CheckMakespan(input, trace, Total(input, trace, tasks)); !s.ok()) return s;
  return CheckSums(input, trace);
}

}  // namespace npusched
