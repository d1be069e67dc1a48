// The SimGrid engine and the oracle tell the same of 1,000 random programs, to the picosecond.
#include <gtest/gtest.h>

#include "reports/invariants.h"
#include "sim/simgrid_engine.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/random_case.h"
#include "tests/oracle/seeds.h"

namespace npusched::oracle {
namespace {

class SimGridOracle : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(SimGridOracle, TellTheSameOfRandomPrograms) {
  if (!HasSimGrid()) GTEST_SKIP() << "built without SimGrid";
  int failures = 0;
  for (const std::uint64_t seed : SeedsOfShard(GetParam(), 1'000)) {
    const RandomCase one = MakeRandomCase(seed);
    const std::string difference = Difference(RunSimGrid(one.input()), Consult(one.input()));
    EXPECT_EQ(difference, "") << "seed " << seed;
    failures += difference.empty() ? 0 : 1;
    if (failures == 3) break;
  }
}

TEST_P(SimGridOracle, TellTheSameWherePollsCostNothing) {
  if (!HasSimGrid()) GTEST_SKIP() << "built without SimGrid";
  for (const std::uint64_t seed : SeedsOfShard(GetParam(), 200)) {
    RandomCase one = MakeRandomCase(seed);
    one.runtime.scheduler.poll_core = 0;
    const std::string difference = Difference(RunSimGrid(one.input()), Consult(one.input()));
    ASSERT_EQ(difference, "") << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, SimGridOracle, ::testing::Range<std::uint64_t>(0, kShards));

}  // namespace
}  // namespace npusched::oracle
