// Which random programs a test looks at.
//
// More of them, or others: NPUSCHED_RANDOM_PROGRAMS=1000000 NPUSCHED_RANDOM_SEED=5000000 oracle_tests
#pragma once

#include <cstdint>
#include <vector>

namespace npusched::oracle {

inline constexpr std::uint64_t kShards = 8;

// Of `programs` seeds (or as many as the environment says) every kShards-th.
std::vector<std::uint64_t> SeedsOfShard(std::uint64_t shard, std::uint64_t programs);

}  // namespace npusched::oracle
