// The native engine and the oracle tell the same of 10,000 random programs, to the picosecond.
//
// More of them, or others: NPUSCHED_RANDOM_PROGRAMS=1000000 NPUSCHED_RANDOM_SEED=5000000 oracle_tests
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "reports/invariants.h"
#include "tests/oracle/compare.h"
#include "tests/oracle/oracle.h"
#include "tests/oracle/random_case.h"

namespace npusched::oracle {
namespace {

constexpr std::uint64_t kShards = 8;

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class NativeOracle : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(NativeOracle, TellTheSameOfRandomPrograms) {
  const std::uint64_t programs = FromEnvironment("NPUSCHED_RANDOM_PROGRAMS", 10'000);
  const std::uint64_t first = FromEnvironment("NPUSCHED_RANDOM_SEED", 0);
  std::map<int, int> codes;
  int failures = 0;
  for (std::uint64_t seed = first + GetParam(); seed < first + programs && failures < 3; seed += kShards) {
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

INSTANTIATE_TEST_SUITE_P(Shard, NativeOracle, ::testing::Range<std::uint64_t>(0, kShards));

}  // namespace
}  // namespace npusched::oracle
