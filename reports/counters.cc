#include "reports/counters.h"

#include <algorithm>

namespace npusched {
namespace {

// A change of one series.
struct Change {
  Picoseconds time = 0;
  std::uint32_t series = 0;
  std::int32_t delta = 0;
};

std::vector<Counter::Sample> Accumulate(std::vector<Change> changes) {
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.time < b.time; });
  std::vector<Counter::Sample> samples;
  Counter::Sample now;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    now.values[changes[i].series] += changes[i].delta;
    if (i + 1 < changes.size() && changes[i + 1].time == changes[i].time) continue;
    now.time = changes[i].time;
    samples.push_back(now);
  }
  return samples;
}

std::vector<Change> RunningChanges(const RunInput& input, const RunTrace& trace) {
  std::vector<Change> changes;
  for (const DispatchRow& row : trace.rows) {
    const std::uint32_t type = input.machine.IsAic(row.core) ? 0 : 1;
    changes.push_back({row.start, type, 1});
    changes.push_back({row.end, type, -1});
  }
  return changes;
}

std::vector<Change> ReadyChanges(const RunInput& input, const RunTrace& trace) {
  std::vector<Picoseconds> first(trace.tasks.size(), kNever);
  for (const DispatchRow& row : trace.rows) first[row.task] = std::min(first[row.task], row.dispatch);
  std::vector<Change> changes;
  for (TaskId t = 0; t < trace.tasks.size(); ++t) {
    const Picoseconds ready = trace.tasks[t].ready;
    if (first[t] == kNever || first[t] <= ready) continue;
    const auto type = static_cast<std::uint32_t>(input.program.tasks[t].core);
    changes.push_back({ready, type, 1});
    changes.push_back({first[t], type, -1});
  }
  return changes;
}

}  // namespace

std::vector<Counter> Counters(const RunInput& input, const RunTrace& trace) {
  return {{.name = "running cores", .series = {"AIC", "AIV"}, .samples = Accumulate(RunningChanges(input, trace))},
          {.name = "ready tasks", .series = {"AIC", "AIV", "MIX"}, .samples = Accumulate(ReadyChanges(input, trace))}};
}

}  // namespace npusched
