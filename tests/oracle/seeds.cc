#include "tests/oracle/seeds.h"

#include <cstdlib>

namespace npusched::oracle {
namespace {

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace

std::vector<std::uint64_t> SeedsOfShard(std::uint64_t shard, std::uint64_t programs) {
  const std::uint64_t first = FromEnvironment("NPUSCHED_RANDOM_SEED", 0);
  const std::uint64_t count = FromEnvironment("NPUSCHED_RANDOM_PROGRAMS", programs);
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t i = shard; i < count; i += kShards) seeds.push_back(first + i);
  return seeds;
}

}  // namespace npusched::oracle
