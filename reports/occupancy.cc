#include "reports/occupancy.h"

#include <algorithm>

namespace npusched {
namespace {

struct Change {
  Picoseconds time = 0;
  std::uint32_t seat = 0;
  std::int32_t delta = 0;
};

// Maps cores to the seats of one shape.
class Seats {
 public:
  Seats(const Machine& machine, CoreShape shape, std::uint8_t slots)
      : machine_(machine), shape_(shape), slots_(slots) {}

  [[nodiscard]] std::uint32_t count() const {
    return shape_ == CoreShape::kAiv ? machine_.aiv_count() : machine_.clusters;
  }
  // kNoId: the core is no part of any seat.
  [[nodiscard]] std::uint32_t SeatOf(CoreId core) const {
    const bool aic = machine_.IsAic(core);
    if (shape_ == CoreShape::kAic) return aic ? core : kNoId;
    if (shape_ == CoreShape::kAiv) return aic ? kNoId : core - machine_.aic_count();
    const std::uint32_t slot = aic ? kSlotAic : kSlotAiv0 + (core - machine_.aic_count()) % 2;
    return ((slots_ >> slot) & 1U) != 0 ? machine_.ClusterOf(core) : kNoId;
  }

 private:
  const Machine& machine_;
  CoreShape shape_;
  std::uint8_t slots_;
};

std::vector<Change> CollectChanges(const Machine& machine, const RunTrace& trace, const Seats& seats) {
  std::vector<Picoseconds> busy_until(machine.core_count(), 0);
  std::vector<Change> changes;
  changes.reserve(2 * trace.rows.size());
  for (const DispatchRow& row : trace.rows) {
    const std::uint32_t seat = seats.SeatOf(row.core);
    if (seat == kNoId) continue;
    const Picoseconds begin = std::max(row.dispatch, busy_until[row.core]);
    busy_until[row.core] = std::max(busy_until[row.core], row.end);
    if (begin >= row.end) continue;
    changes.push_back({begin, seat, 1});
    changes.push_back({row.end, seat, -1});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.time < b.time; });
  return changes;
}

}  // namespace

std::vector<TimeSpan> FullyOccupied(const Machine& machine, const RunTrace& trace, CoreShape shape,
                                    std::uint8_t slots) {
  const Seats seats(machine, shape, slots);
  std::vector<std::int32_t> occupied_cores(seats.count(), 0);
  std::uint32_t occupied_seats = 0;
  std::vector<TimeSpan> full;
  const std::vector<Change> changes = CollectChanges(machine, trace, seats);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change& change = changes[i];
    std::int32_t& cores = occupied_cores[change.seat];
    occupied_seats -= cores > 0 ? 1 : 0;
    cores += change.delta;
    occupied_seats += cores > 0 ? 1 : 0;
    // Changes of one instant act together: only what holds for a while counts.
    if (i + 1 == changes.size() || changes[i + 1].time == change.time || occupied_seats < seats.count()) continue;
    if (!full.empty() && full.back().end == change.time) {
      full.back().end = changes[i + 1].time;
    } else {
      full.push_back({change.time, changes[i + 1].time});
    }
  }
  return full;
}

}  // namespace npusched
