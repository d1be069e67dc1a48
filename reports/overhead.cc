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

std::vector<Change> CollectChanges(const RunInput& input, const RunTrace& trace) {
  const Program& program = input.program;
  Changes changes(trace.first_start, trace.last_end);
  std::vector<Picoseconds> first_dispatch(trace.tasks.size(), kNever);
  for (const DispatchRow& row : trace.rows) {
    first_dispatch[row.task] = std::min(first_dispatch[row.task], row.dispatch);
    changes.Add(row.start, row.end, input.machine.IsAic(row.core) ? 0 : 1, /*ready=*/false);
  }
  const std::vector<Picoseconds> finish = FinishTimes(trace);
  for (TaskId t = 0; t < trace.tasks.size(); ++t) {
    if (first_dispatch[t] == kNever) continue;
    Picoseconds ready = trace.tasks[t].submit;
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      if ((edge.flags & kWait) != 0) ready = std::max(ready, finish[edge.producer]);
    }
    const CoreShape shape = program.tasks[t].core;
    if (shape != CoreShape::kAiv) changes.Add(ready, first_dispatch[t], 0, /*ready=*/true);
    if (shape != CoreShape::kAic) changes.Add(ready, first_dispatch[t], 1, /*ready=*/true);
  }
  return std::move(changes).Sorted();
}

// Calls `visit(begin, end, state)` for every span between two changes, `state` what holds in it.
struct State {
  bool aic = false;  // in overhead
  bool aiv = false;
  bool aic_ready = false;  // has ready tasks
  bool aiv_ready = false;
};
template <typename Visit>
void ForEachSpan(const RunInput& input, const RunTrace& trace, const Visit& visit) {
  const std::vector<Change> changes = CollectChanges(input, trace);
  const std::array<std::int64_t, kTypes> cores = {input.machine.aic_count(), input.machine.aiv_count()};
  std::array<std::int64_t, kTypes> running{};
  std::array<std::int64_t, kTypes> ready{};
  for (std::size_t i = 0; i + 1 < changes.size(); ++i) {
    const Change& change = changes[i];
    (change.ready ? ready : running)[change.type] += change.delta;
    if (changes[i + 1].time == change.time) continue;  // not the instant's last change
    visit(change.time, changes[i + 1].time,
          State{.aic = ready[0] > 0 && running[0]<cores[0], .aiv = ready[1]> 0 &&
                       running[1]<cores[1], .aic_ready = ready[0]> 0,
                .aiv_ready = ready[1] > 0});
  }
}

void Extend(std::vector<TimeSpan>& spans, Picoseconds begin, Picoseconds end) {
  if (!spans.empty() && spans.back().end == begin) {
    spans.back().end = end;
  } else {
    spans.push_back({begin, end});
  }
}

}  // namespace

Overhead MeasureOverhead(const RunInput& input, const RunTrace& trace) {
  Overhead overhead;
  ForEachSpan(input, trace, [&](Picoseconds begin, Picoseconds end, const State& state) {
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

OverheadSpans FindOverhead(const RunInput& input, const RunTrace& trace) {
  OverheadSpans spans;
  ForEachSpan(input, trace, [&](Picoseconds begin, Picoseconds end, const State& state) {
    if (state.aic) Extend(spans.aic, begin, end);
    if (state.aiv) Extend(spans.aiv, begin, end);
  });
  return spans;
}

}  // namespace npusched
