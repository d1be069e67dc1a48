#include "hw_models/loop_time.h"

#include <algorithm>

#include "base/check.h"

namespace npusched {

double LoopCycles(const Trip& trip, std::int64_t trips, std::int32_t stage) {
  NPU_CHECK(trips >= 1 && stage >= 1);
  const double load = trip.latency + trip.load;
  const double store = trip.store_latency + trip.store;
  const double alone = trip.scalar + load + trip.compute + store;
  if (stage == 1) {
    return alone * static_cast<double>(trips);
  }
  // The end of the last trip is the longest path through the rules. A path advances one trip by staying on a unit,
  // or `stage` trips by going round a buffer; its length is linear in the rounds, so either none or all are longest.
  // The scalar unit runs ahead and matters only when it is the slowest.
  const double unit = std::max({trip.load, trip.compute, trip.store, trip.scalar});
  const double round = std::max(load + trip.compute, trip.compute + store);
  const std::int64_t rounds = (trips - 1) / stage;
  const std::int64_t rest = (trips - 1) % stage;
  return alone + trip.drain +
         std::max(static_cast<double>(trips - 1) * unit,
                  static_cast<double>(rounds) * round + static_cast<double>(rest) * unit);
}

}  // namespace npusched
