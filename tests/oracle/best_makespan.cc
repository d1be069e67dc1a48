#include "tests/oracle/best_makespan.h"

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace npusched::oracle {
namespace {

struct Search {
  const RunInput& input;
  const RunTrace& trace;
  std::vector<std::vector<std::size_t>> before;  // rows that end before a row starts
  std::vector<Picoseconds> ends;                 // of the rows placed so far; kNever: not placed
  std::vector<Picoseconds> free_aic;
  std::vector<Picoseconds> free_aiv;
  Picoseconds best = kNever;

  void Extend(std::size_t placed, Picoseconds makespan) {
    if (makespan >= best) return;
    if (placed == trace.rows.size()) {
      best = makespan;
      return;
    }
    for (std::size_t row = 0; row < trace.rows.size(); ++row) {
      if (ends[row] != kNever) continue;
      Picoseconds start = 0;
      for (const std::size_t producer : before[row]) start = std::max(start, ends[producer]);
      if (start == kNever) continue;
      auto& cores = input.machine.IsAic(trace.rows[row].core) ? free_aic : free_aiv;
      const auto core = std::ranges::min_element(cores);
      const Picoseconds was_free = *core;
      ends[row] = std::max(start, was_free) + trace.rows[row].end - trace.rows[row].start;
      *core = ends[row];
      Extend(placed + 1, std::max(makespan, ends[row]));
      *core = was_free;
      ends[row] = kNever;
    }
  }
};

// Tasks that a task waits for, through those that reach no core; what is before an alloc is not before its consumers.
std::vector<bool> Ancestors(const RunInput& input, TaskId task) {
  std::vector<bool> ancestors(input.program.tasks.size(), false);
  std::vector<TaskId> open = {task};
  while (!open.empty()) {
    const TaskId t = open.back();
    open.pop_back();
    if (input.program.tasks[t].core == CoreShape::kAlloc) continue;
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      if (ancestors[edge.producer]) continue;
      ancestors[edge.producer] = true;
      open.push_back(edge.producer);
    }
  }
  return ancestors;
}

}  // namespace

Picoseconds BestMakespan(const RunInput& input, const RunTrace& trace) {
  NPU_CHECK(trace.rows.size() <= kMostSearchedRows);
  Search search{.input = input,
                .trace = trace,
                .before = {},
                .ends = std::vector<Picoseconds>(trace.rows.size(), kNever),
                .free_aic = std::vector<Picoseconds>(input.machine.aic_count(), 0),
                .free_aiv = std::vector<Picoseconds>(input.machine.aiv_count(), 0)};
  for (const DispatchRow& row : trace.rows) {
    const std::vector<bool> ancestors = Ancestors(input, row.task);
    auto& before = search.before.emplace_back();
    for (std::size_t i = 0; i < trace.rows.size(); ++i) {
      if (ancestors[trace.rows[i].task]) before.push_back(i);
    }
  }
  search.Extend(0, 0);
  return search.best;
}

}  // namespace npusched::oracle
