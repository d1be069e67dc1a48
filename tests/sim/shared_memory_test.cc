#include "sim/shared_memory.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "sim/fair_level.h"
#include "sim/l2_residency.h"

namespace npusched::testing {
namespace {

using Caps = std::vector<std::int64_t>;

double Level(const Caps& caps, std::int64_t capacity) {
  std::int64_t sum = 0;
  for (const std::int64_t cap : caps) sum += cap;
  return FairLevel(caps, sum, capacity);
}

TEST(FairLevel, GivesEqualPartsToThoseThatCanTakeThem) {
  EXPECT_EQ(Level({40, 40, 40}, 90), 30);
  EXPECT_EQ(Level({10, 40, 70}, 90), 40);  // 10 is capped, 80 for two
  EXPECT_EQ(Level({10, 41, 70}, 90), 40);
  EXPECT_EQ(Level({10, 20, 70}, 90), 60);  // two are capped
  EXPECT_EQ(Level({1, 2, 3, 4}, 9), 3);
}

// Runs kernels given as "core start alone hbm l2_read l2_write" (us, MB) on 100 GB/s of HBM and 400 of L2 and tells
// when each ended.
std::string Ends(const std::string& script) {
  Machine machine;
  machine.clusters = 8;
  machine.hbm_bytes_per_s = 100e9;
  machine.l2_read_bytes_per_s = machine.l2_write_bytes_per_s = 400e9;
  SharedMemory memory(machine);
  struct Kernel {
    CoreId core = 0;
    Picoseconds start = 0;
    Traffic traffic;
    Picoseconds end = kNever;
  };
  std::vector<Kernel> kernels;
  std::istringstream lines(script);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    Kernel k;
    double start = 0;
    double alone = 0;
    double bytes[kMemories] = {};
    if (!(words >> k.core >> start >> alone >> bytes[0] >> bytes[1] >> bytes[2])) continue;
    k.start = FromNs(start * 1e3);
    k.traffic.alone = FromNs(alone * 1e3);
    for (std::size_t m = 0; m < kMemories; ++m) k.traffic.bytes[m] = static_cast<std::int64_t>(bytes[m] * 1e6);
    kernels.push_back(k);
  }
  for (std::size_t started = 0;;) {
    Picoseconds now = started < kernels.size() ? kernels[started].start : kNever;
    Kernel* next = nullptr;
    for (std::size_t i = 0; i < started; ++i) {
      if (kernels[i].end == kNever && memory.NextTime(kernels[i].core) <= now) {
        now = memory.NextTime(kernels[i].core);
        next = &kernels[i];
      }
    }
    if (now == kNever) break;
    if (next == nullptr) {
      memory.Start(kernels[started].core, kernels[started].traffic, now);
      ++started;
    } else if (memory.Step(next->core, now)) {
      next->end = now;
    }
  }
  std::string out;
  for (const Kernel& k : kernels) out += (out.empty() ? "" : " ") + std::to_string(k.end);
  return out;
}

TEST(SharedMemory, AKernelAloneTakesItsTimeAlone) {
  EXPECT_EQ(Ends("0 0 50 5 0 0"), "50000000");  // all of HBM
  EXPECT_EQ(Ends("0 0 100 5 8 8"), "100000000");
  EXPECT_EQ(Ends("0 3 7 0 0 0"), "10000000");  // no traffic
  EXPECT_EQ(Ends("0 3 0 5 0 0"), "3000000");   // no time, no flow
}

TEST(SharedMemory, NothingIsLostWhileTheCapsFit) {
  EXPECT_EQ(Ends("0 0 100 5 0 0\n1 0 50 2.5 0 0\n"), "100000000 50000000");  // 50 + 50 GB/s
}

TEST(SharedMemory, EqualFlowsGetEqualParts) {
  // Three times 50 GB/s alone, 33.3 each: 5 MB take 150 us.
  EXPECT_EQ(Ends("0 0 100 5 0 0\n1 0 100 5 0 0\n2 0 100 5 0 0\n"), "150000000 150000000 150000000");
}

TEST(SharedMemory, ASmallFlowKeepsItsRateAndTheOthersShareTheRest) {
  // 10, 80 and 80 GB/s: the two get 45 each, so 4.5 MB of 8 pass in 100 us, and the rest at 50: 70 us more.
  EXPECT_EQ(Ends("0 0 100 1 0 0\n1 0 100 8 0 0\n2 0 100 8 0 0\n"), "100000000 170000000 170000000");
}

TEST(SharedMemory, WhoComesLaterSlowsTheOthersFromThenOn) {
  // Alone at 80 GB/s for 50 us (4 MB), then 50 each: 4 MB more take 80 us. The other then has 4 MB left at 80: 50 us.
  EXPECT_EQ(Ends("0 0 100 8 0 0\n1 50 100 8 0 0\n"), "130000000 180000000");
}

TEST(SharedMemory, EachMemoryHasItsOwnShares) {
  // HBM is oversubscribed, L2 is not: the second kernel does not care.
  EXPECT_EQ(Ends("0 0 100 10 0 0\n1 0 100 0 10 10\n2 0 100 10 0 0\n"), "200000000 100000000 200000000");
  // A kernel waits for its slowest flow.
  EXPECT_EQ(Ends("0 0 100 10 10 0\n1 0 100 10 0 0\n"), "200000000 200000000");
}

TEST(SharedMemory, TwentyFourCoresOnTheDie) {
  // By hand: 24 streams of 157.25 GB/s over 1144 GB/s get 47.667 each; 5,242,880 bytes take 109.9905 us.
  Machine machine;
  machine.clusters = 24;
  machine.hbm_bytes_per_s = 1144e9;
  machine.l2_read_bytes_per_s = machine.l2_write_bytes_per_s = 4000e9;
  SharedMemory memory(machine);
  const Picoseconds alone = 33'341'049;  // 5,242,880 bytes at 157.25 GB/s
  for (CoreId core = 0; core < 24; ++core) memory.Start(core, {.alone = alone, .bytes = {5'242'880, 0, 0}}, 0);
  for (CoreId core = 0; core < 24; ++core) EXPECT_EQ(memory.NextTime(core), 109'990'490) << core;
}

TEST(L2Residency, KeepsWhatWasUsedLast) {
  L2Residency l2(100, {40, 50, 30});
  EXPECT_EQ(l2.Missing(0), 40);
  l2.Use(0);
  l2.Use(1);
  EXPECT_EQ(l2.Missing(0) + l2.Missing(1), 0);
  l2.Use(0);
  l2.Use(2);  // 120 of 100: 1 was used longest ago and loses 20
  EXPECT_EQ(l2.Missing(0), 0);
  EXPECT_EQ(l2.Missing(1), 20);
  EXPECT_EQ(l2.Missing(2), 0);
}

TEST(L2Residency, ABufferLargerThanL2IsNeverWholeThere) {
  L2Residency l2(100, {250, 30});
  l2.Use(1);
  l2.Use(0);
  EXPECT_EQ(l2.Missing(0), 150);
  EXPECT_EQ(l2.Missing(1), 30);
  l2.Use(1);
  EXPECT_EQ(l2.Missing(0), 180);
}

}  // namespace
}  // namespace npusched::testing
