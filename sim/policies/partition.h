// Which scheduler thread owns a cluster; no cluster ever migrates.
#pragma once

#include <cstdint>

#include "hw_models/policies.h"

namespace npusched {

// REQUIRES: cluster < clusters, threads > 0.
inline std::uint32_t OwnerOf(std::uint32_t cluster, std::uint32_t clusters, std::uint32_t threads,
                             Partition partition) {
  if (partition == Partition::kModulo) return cluster % threads;
  const std::uint32_t block = (clusters + threads - 1) / threads;
  return cluster / block;
}

}  // namespace npusched
