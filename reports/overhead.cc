#include "reports/overhead.h"

#include <algorithm>
#include <array>
#include <vector>

namespace npusched {
namespace {

constexpr int kTypes = 2;  // 0: AIC, 1: AIV

// A change of one counter of one core type.
struct Change {
  Picoseconds time = 0;
  std::int8_t delta = 0;
  bool ready = false;  // of the ready tasks; else of the running cores
  std::uint8_t type = 0;
};

// When the schedulers no longer waited for the task, by task: its last finish, or its completion without a core.
std::vector<Picoseconds> FinishTimes(const RunTrace& trace) {
  std::vector<Picoseconds> finish(trace.tasks.size(), -1);
  for (const DispatchRow& row : trace.rows) finish[row.task] = std::max(finish[row.task], row.finish);
  for (TaskId t = 0; t < finish.size(); ++t) {
    if (finish[t] < 0) finish[t] = trace.tasks[t].complete;
  }
  return finish;
}

class Changes {
 public:
  Changes(Picoseconds begin, Picoseconds end) : begin_(begin), end_(end) {}

  void Add(Picoseconds from, Picoseconds to, std::uint8_t type, bool ready) {
    from = std::max(from, begin_);
    to = std::min(to, end_);
    if (from >= to) return;
    list_.push_back({from, 1, ready, type});
    list_.push_back({to, -1, ready, type});
  }

  // In order of time; changes of one instant act together, so their order among themselves is free.
  std::vector<Change> Sorted() && {
    std::sort(list_.begin(), list_.end(), [](const Change& a, const Change& b) { return a.time < b.time; });
    return std::move(list_);
  }

 private:
  Picoseconds begin_;
  Picoseconds end_;
  std::vector<Change> list_;
};

// From when to when each task was ready and not dispatched; both kNever for tasks without a row.
struct Wait {
  Picoseconds ready = kNever;
  Picoseconds dispatch = kNever;
};

std::vector<Wait> FirstDispatches(const RunTrace& trace) {
  std::vector<Wait> waits(trace.tasks.size());
  for (const DispatchRow& row : trace.rows) {
    waits[row.task].dispatch = std::min(waits[row.task].dispatch, row.dispatch);
  }
  return waits;
}

std::vector<Wait> SeenWaits(const RunInput& input, const RunTrace& trace) {
  std::vector<Wait> waits = FirstDispatches(trace);
  const std::vector<Picoseconds> finish = FinishTimes(trace);
  for (TaskId t = 0; t < waits.size(); ++t) {
    Picoseconds ready = trace.tasks[t].submit;
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      if ((edge.flags & kWait) != 0) ready = std::max(ready, finish[edge.producer]);
    }
    waits[t].ready = ready;
  }
  return waits;
}

std::vector<Wait> CapturedWaits(const RunInput& input, const RunTrace& trace) {
  std::vector<Wait> waits = FirstDispatches(trace);
  std::vector<Picoseconds> end(trace.tasks.size(), -1);  // -1: no kernel ran
  for (const DispatchRow& row : trace.rows) end[row.task] = std::max(end[row.task], row.end);
  for (TaskId t = 0; t < waits.size(); ++t) {
    Picoseconds ready = -1;
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) ready = std::max(ready, end[edge.producer]);
    waits[t].ready = ready < 0 ? waits[t].dispatch : ready;
  }
  return waits;
}

std::vector<Change> CollectChanges(const RunInput& input, const RunTrace& trace, const std::vector<Wait>& waits) {
  Changes changes(trace.first_start, trace.last_end);
  for (const DispatchRow& row : trace.rows) {
    changes.Add(row.start, row.end, input.machine.IsAic(row.core) ? 0 : 1, /*ready=*/false);
  }
  for (TaskId t = 0; t < waits.size(); ++t) {
    if (waits[t].dispatch == kNever) continue;
    const std::uint8_t slots = input.program.tasks[t].slots;
    constexpr std::uint8_t kCube = 1U << kSlotAic;
    if ((slots & kCube) != 0) changes.Add(waits[t].ready, waits[t].dispatch, 0, /*ready=*/true);
    if ((slots & ~kCube) != 0) changes.Add(waits[t].ready, waits[t].dispatch, 1, /*ready=*/true);
  }
  return std::move(changes).Sorted();
}

// What holds in a span.
struct State {
  bool aic = false;  // in overhead
  bool aiv = false;
  bool aic_ready = false;  // has ready tasks
  bool aiv_ready = false;
};

using Cores = std::array<std::int64_t, kTypes>;

// Calls `visit(begin, end, state)` for every span between two changes.
template <typename Visit>
void ForEachSpan(const std::vector<Change>& changes, const Cores& cores, const Visit& visit) {
  Cores running{};
  Cores ready{};
  for (std::size_t i = 0; i + 1 < changes.size(); ++i) {
    const Change& change = changes[i];
    (change.ready ? ready : running)[change.type] += change.delta;
    if (changes[i + 1].time == change.time) continue;  // not the instant's last change
    const bool aic_idle = running[0] < cores[0];
    const bool aiv_idle = running[1] < cores[1];
    visit(change.time, changes[i + 1].time,
          State{.aic = ready[0] > 0 && aic_idle,
                .aiv = ready[1] > 0 && aiv_idle,
                .aic_ready = ready[0] > 0,
                .aiv_ready = ready[1] > 0});
  }
}

Overhead Measure(const std::vector<Change>& changes, const Cores& cores) {
  Overhead overhead;
  ForEachSpan(changes, cores, [&](Picoseconds begin, Picoseconds end, const State& state) {
    const Picoseconds span = end - begin;
    if (state.aic) overhead.aic += span;
    if (state.aiv) overhead.aiv += span;
    if (state.aic && state.aiv) overhead.all += span;
    // Every type with ready work is in overhead: a type is either in overhead or has nothing ready.
    if ((state.aic || state.aiv) && (state.aic || !state.aic_ready) && (state.aiv || !state.aiv_ready)) {
      overhead.has += span;
    }
  });
  return overhead;
}

Cores AllCores(const Machine& machine) { return {machine.aic_count(), machine.aiv_count()}; }

void Extend(std::vector<TimeSpan>& spans, Picoseconds begin, Picoseconds end) {
  if (!spans.empty() && spans.back().end == begin) {
    spans.back().end = end;
  } else {
    spans.push_back({begin, end});
  }
}

}  // namespace

Overhead MeasureOverhead(const RunInput& input, const RunTrace& trace) {
  return Measure(CollectChanges(input, trace, SeenWaits(input, trace)), AllCores(input.machine));
}

ParkedBesideIdle MeasureParked(const RunInput& input, const RunTrace& trace) {
  Changes changes(trace.first_start, trace.last_end);
  std::vector<Picoseconds> free(input.machine.core_count(), 0);  // when what was written there before ends
  for (const DispatchRow& row : trace.rows) {
    const std::uint8_t type = input.machine.IsAic(row.core) ? 0 : 1;
    changes.Add(row.start, row.end, type, /*ready=*/false);
    if (!row.gated) changes.Add(row.dispatch, free[row.core], type, /*ready=*/true);
    free[row.core] = row.end;
  }
  ParkedBesideIdle parked;
  ForEachSpan(std::move(changes).Sorted(), AllCores(input.machine),
              [&](Picoseconds begin, Picoseconds end, const State& state) {
                if (state.aic) parked.aic += end - begin;
                if (state.aiv) parked.aiv += end - begin;
              });
  return parked;
}

OverheadSpans FindOverhead(const RunInput& input, const RunTrace& trace) {
  OverheadSpans spans;
  ForEachSpan(CollectChanges(input, trace, SeenWaits(input, trace)), AllCores(input.machine),
              [&](Picoseconds begin, Picoseconds end, const State& state) {
                if (state.aic) Extend(spans.aic, begin, end);
                if (state.aiv) Extend(spans.aiv, begin, end);
              });
  return spans;
}

Overhead MeasureCapturedOverhead(const RunInput& input, const RunTrace& trace) {
  std::vector<bool> used(input.machine.core_count(), false);
  for (const DispatchRow& row : trace.rows) used[row.core] = true;
  const auto aics = std::count(used.begin(), used.begin() + input.machine.aic_count(), true);
  const auto all = std::count(used.begin(), used.end(), true);
  return Measure(CollectChanges(input, trace, CapturedWaits(input, trace)), {aics, all - aics});
}

}  // namespace npusched
