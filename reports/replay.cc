#include "reports/replay.h"

#include <unordered_map>

namespace npusched {
namespace {

struct Sums {
  std::uint64_t captured_rows = 0;
  std::uint64_t predicted_rows = 0;
  Picoseconds captured = 0;
  Picoseconds predicted = 0;
};

Picoseconds Mean(Picoseconds sum, std::uint64_t count) {
  const auto n = static_cast<Picoseconds>(count);
  return n == 0 ? 0 : (sum + n / 2) / n;
}

}  // namespace

double ErrorPct(Picoseconds captured, Picoseconds predicted) {
  return captured == 0 ? 0.0 : 100.0 * static_cast<double>(predicted - captured) / static_cast<double>(captured);
}

Replay CompareReplay(const Program& program, const CaptureTiming& timing, const RunTrace& trace) {
  Replay replay{.captured = timing.makespan(), .predicted = trace.makespan(), .kernels = {}};
  std::vector<Sums> sums;
  std::unordered_map<std::string_view, std::size_t> by_name;
  std::vector<std::size_t> of_kernel(program.kernels.size(), kNoId);
  const auto of = [&](TaskId t) -> Sums& {
    std::size_t& at = of_kernel[program.tasks[t].kernel];
    if (at == kNoId) {
      const auto [entry, is_new] = by_name.try_emplace(program.KernelName(t), sums.size());
      at = entry->second;
      if (is_new) {
        sums.emplace_back();
        replay.kernels.push_back({.name = program.KernelName(t)});
      }
    }
    return sums[at];
  };
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (program.ReachesCore(t)) (void)of(t);
  }
  const bool dispatched = timing.level >= 2;
  for (const CapturedRow& row : timing.rows) {
    if (dispatched && (row.dispatch < 0 || row.finish < 0)) continue;
    Sums& sum = of(row.task);
    sum.captured += dispatched ? row.finish - row.dispatch : row.end - row.start;
    ++sum.captured_rows;
  }
  for (const DispatchRow& row : trace.rows) {
    Sums& sum = of(row.task);
    sum.predicted += dispatched ? row.finish - row.dispatch : row.end - row.start;
    ++sum.predicted_rows;
  }
  for (std::size_t k = 0; k < sums.size(); ++k) {
    replay.kernels[k].rows = sums[k].captured_rows;
    replay.kernels[k].captured = Mean(sums[k].captured, sums[k].captured_rows);
    replay.kernels[k].predicted = Mean(sums[k].predicted, sums[k].predicted_rows);
  }
  return replay;
}

}  // namespace npusched
