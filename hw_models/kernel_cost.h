// What a kernel costs on a machine: its loops of loads, cube, FIXPIPE, vector and stores become time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "graphs/kernel_work.h"
#include "hw_models/machine.h"

namespace npusched {

// One block on one core.
struct SlotCost {
  Picoseconds duration = 0;    // with the core's fixed share of memory (sharing off)
  Picoseconds unshared = 0;    // with its path's full rate: what it takes alone on the machine
  std::int64_t hbm_bytes = 0;  // traffic, for bounds and for sharing
  std::int64_t l2_bytes = 0;
  // Where `duration` would go if nothing overlapped.
  Picoseconds load = 0;
  Picoseconds cube = 0;
  Picoseconds fixpipe = 0;
  Picoseconds vector = 0;
  Picoseconds store = 0;
};

struct KernelCost {
  SlotCost slots[kSlots];
};

// Errors: a buffer that does not hold its tiles (named, with need and capacity), a size below 1.
Result<KernelCost> PriceKernel(const KernelWork& work, const Machine& machine);

// By WorkId.
Result<std::vector<KernelCost>> PriceKernels(std::span<const KernelWork> works, const Machine& machine);

}  // namespace npusched
