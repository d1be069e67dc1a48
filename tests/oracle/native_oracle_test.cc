// The native engine and the oracle tell the same of 10,000 random programs, to the picosecond.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "reports/invariants.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/random_case.h"
#include "tests/oracle/seeds.h"

namespace npusched::oracle {
namespace {

class NativeOracle : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(NativeOracle, TellTheSameOfRandomPrograms) {
  std::map<int, int> codes;
  int failures = 0;
  for (const std::uint64_t seed : SeedsOfShard(GetParam(), 10'000)) {
    if (failures == 3) break;
    const RandomCase one = MakeRandomCase(seed);
    const OracleRun oracle = Consult(one.input());
    const Result<RunTrace> run = RunNative(one.input());
    ++codes[oracle.code];
    const std::string difference = Difference(run, oracle);
    EXPECT_EQ(difference, "") << "seed " << seed;
    failures += difference.empty() ? 0 : 1;
    if (!run.ok()) continue;
    const Status laws = CheckInvariants(one.input(), *run);
    EXPECT_TRUE(laws.ok()) << "seed " << seed << ": " << laws.error().message;
  }
  for (const auto& [code, runs] : codes) fmt::print("{} runs ended with code {}\n", runs, code);
}

TEST_P(NativeOracle, TellTheSameWherePollsCostNothing) {
  for (const std::uint64_t seed : SeedsOfShard(GetParam(), 2'000)) {
    RandomCase one = MakeRandomCase(seed);
    one.runtime.scheduler.poll_core = 0;
    const std::string difference = Difference(RunNative(one.input()), Consult(one.input()));
    ASSERT_EQ(difference, "") << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Shard, NativeOracle, ::testing::Range<std::uint64_t>(0, kShards));

}  // namespace
}  // namespace npusched::oracle
