#include "hw_models/loop_time.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace npusched {
namespace {

// The rules of loop_time.h, trip by trip.
double Walk(const Trip& t, int trips, int stage) {
  std::vector<double> issue(trips);
  std::vector<double> compute(trips);
  std::vector<double> store(trips);
  const auto at = [](const std::vector<double>& times, int i) { return i < 0 ? 0 : times[i]; };
  for (int i = 0; i < trips; ++i) {
    issue[i] = std::max(i == 0 ? 0 : issue[i - 1] + t.load, at(compute, i - stage));
    compute[i] = std::max({issue[i] + t.latency + t.load, at(compute, i - 1), at(store, i - stage)}) + t.compute;
    store[i] = std::max(compute[i], i == 0 ? 0 : store[i - 1] - t.store_latency) + t.store_latency + t.store;
  }
  return store.back();
}

TEST(LoopCycles, StageOneAddsUp) {
  const Trip trip{.latency = 100, .load = 50, .compute = 30, .store_latency = 20, .store = 10, .scalar = 5};
  EXPECT_EQ(LoopCycles(trip, 1, 1), 215);
  EXPECT_EQ(LoopCycles(trip, 7, 1), 7 * 215);
}

TEST(LoopCycles, StageTwoFillsThenTakesTheLongerOfLoadAndComputeThenDrains) {
  EXPECT_EQ(LoopCycles({.load = 50, .compute = 30}, 10, 2), 50 + 9 * 50 + 30);
  EXPECT_EQ(LoopCycles({.load = 30, .compute = 50}, 10, 2), 30 + 9 * 50 + 50);
  EXPECT_EQ(LoopCycles({.load = 50, .compute = 30}, 1, 2), 80);
}

TEST(LoopCycles, AStartUpIsHiddenOnlyAsFarAsTheBuffersReach) {
  // Round trip of a buffer: 120 + 20 + 60 = 200, two take turns: 100 a trip.
  EXPECT_EQ(LoopCycles({.latency = 120, .load = 20, .compute = 60}, 9, 2), 200 + 4 * 200);
  EXPECT_EQ(LoopCycles({.latency = 120, .load = 20, .compute = 60}, 10, 2), 200 + 4 * 200 + 60);
  EXPECT_EQ(LoopCycles({.latency = 120, .load = 20, .compute = 60}, 10, 4), 200 + 9 * 60);
}

TEST(LoopCycles, TheScalarUnitRunsAheadAboveStageOne) {
  EXPECT_EQ(LoopCycles({.load = 50, .compute = 30, .scalar = 40}, 10, 2), 40 + 80 + 9 * 50);
  EXPECT_EQ(LoopCycles({.load = 50, .compute = 30, .scalar = 70}, 10, 2), 70 + 80 + 9 * 70);
}

TEST(LoopCycles, EqualsTheWalkOfItsTrips) {
  for (const double latency : {0.0, 40.0, 300.0}) {
    for (const double load : {0.0, 10.0, 70.0}) {
      for (const double compute : {0.0, 25.0, 90.0}) {
        for (const double store : {0.0, 15.0, 80.0}) {
          for (const double store_latency : {0.0, 35.0}) {
            const Trip trip{
                .latency = latency, .load = load, .compute = compute, .store_latency = store_latency, .store = store};
            for (const int stage : {2, 3, 4}) {
              for (int trips = 1; trips < 14; ++trips) {
                ASSERT_DOUBLE_EQ(LoopCycles(trip, trips, stage), Walk(trip, trips, stage))
                    << latency << " " << load << " " << compute << " " << store_latency << " " << store << " stage "
                    << stage << " trips " << trips;
              }
            }
          }
        }
      }
    }
  }
}

TEST(LoopCycles, DoesNotWalkTheTrips) { EXPECT_GT(LoopCycles({.load = 1}, std::int64_t{1} << 60, 2), 1e18); }

}  // namespace
}  // namespace npusched
