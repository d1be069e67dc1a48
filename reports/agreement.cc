#include "reports/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace npusched {
namespace {

constexpr Picoseconds kTolerance = 1;
constexpr std::int64_t kSharingTolerance = 200;  // a part in so many, of the makespan

std::vector<const DispatchRow*> InOrder(const RunTrace& trace) {
  std::vector<const DispatchRow*> rows;
  for (const DispatchRow& row : trace.rows) rows.push_back(&row);
  std::ranges::sort(rows, {}, [](const DispatchRow* r) { return std::tuple(r->task, r->block, r->slot); });
  return rows;
}

Picoseconds Distance(Picoseconds a, Picoseconds b) { return std::max(a, b) - std::min(a, b); }

struct Worst {
  Picoseconds difference = 0;
  const DispatchRow* native = nullptr;
  const DispatchRow* simgrid = nullptr;
};

Worst FindWorst(const RunTrace& native, const RunTrace& simgrid) {
  const auto a = InOrder(native);
  const auto b = InOrder(simgrid);
  Worst worst;
  if (a.size() != b.size()) return {.difference = kNever};
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i]->task == b[i]->task && a[i]->block == b[i]->block && a[i]->slot == b[i]->slot;
    const Picoseconds apart = std::max(Distance(a[i]->start, b[i]->start), Distance(a[i]->end, b[i]->end));
    const Picoseconds difference = same ? apart : kNever;
    if (difference > worst.difference) worst = {difference, a[i], b[i]};
  }
  return worst;
}

}  // namespace

EngineAgreement CompareEngines(const RunTrace& native, const RunTrace& simgrid) {
  return {.simgrid = simgrid.makespan(), .max_task_difference = FindWorst(native, simgrid).difference};
}

std::string Disagreement(const RunInput& input, const RunTrace& native, const RunTrace& simgrid) {
  const Picoseconds apart = Distance(native.makespan(), simgrid.makespan());
  if (input.machine.sharing) {
    if (apart * kSharingTolerance <= native.makespan()) return "";
    return fmt::format("the engines disagree: makespan {:.6f} us native, {:.6f} us SimGrid, more than 0.5 % apart",
                       ToUs(native.makespan()), ToUs(simgrid.makespan()));
  }
  const Worst worst = FindWorst(native, simgrid);
  if (worst.difference <= kTolerance) return "";
  if (worst.native == nullptr || worst.difference == kNever) {
    return "the engines disagree: they did not dispatch the same blocks";
  }
  return fmt::format(
      "the engines disagree by {} ps: task {} block {} runs {}..{} ps native on core {}, {}..{} ps SimGrid "
      "on core {}",
      worst.difference, worst.native->task, worst.native->block, worst.native->start, worst.native->end,
      worst.native->core, worst.simgrid->start, worst.simgrid->end, worst.simgrid->core);
}

}  // namespace npusched
