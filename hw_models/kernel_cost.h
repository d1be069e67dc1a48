// What a kernel costs on a machine: its loops of loads, cube, FIXPIPE, vector and stores become time.
//
//   Result<KernelCost> cost = PriceKernel(work, machine);
//   cost->slots[kSlotAic].duration   // one block on one AIC
//
// docs/cost_model.md states every formula and compares it with measured kernels.
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
  Picoseconds duration = 0;          // with the core's fixed share of memory (sharing off)
  Picoseconds unshared = 0;          // with its path's full rate: what it takes alone on the machine
  Picoseconds unshared_missing = 0;  // the same when no activation that it loads is in L2
  // Traffic, for bounds and for sharing, when its activations are in L2.
  std::int64_t hbm_bytes = 0;
  std::int64_t l2_read_bytes = 0;
  std::int64_t l2_write_bytes = 0;
  // Where `duration` would go if nothing overlapped.
  Picoseconds load = 0;
  Picoseconds cube = 0;  // moves from L1 to L0 included
  Picoseconds fixpipe = 0;
  Picoseconds vector = 0;
  Picoseconds store = 0;   // of a vector core
  Picoseconds scalar = 0;  // kernel entry and loop trips
};

struct KernelCost {
  SlotCost slots[kSlots];
};

// How long one block lasts on a core that nothing disturbs: with its fixed share, or alone when memory is shared.
inline Picoseconds UndisturbedTime(const SlotCost& cost, const Machine& machine) {
  return machine.sharing ? cost.unshared : cost.duration;
}

// What one core gets of the memories, bytes per cycle. Paths of the core may be narrower.
struct MemoryShare {
  double hbm = 0;
  double l2_read = 0;
  double l2_write = 0;
};
// All cores of this slot's type stream at once: each gets the same part.
MemoryShare FixedShare(const Machine& machine, int slot);
// The core is alone.
MemoryShare WholeMemory(const Machine& machine);

// Errors: a buffer that does not hold its tiles (named, with need and capacity), a size below 1, an operation
// that the core cannot do, a kernel of more than 100 simulated seconds.
Result<KernelCost> PriceKernel(const KernelWork& work, const Machine& machine);

// By WorkId.
Result<std::vector<KernelCost>> PriceKernels(std::span<const KernelWork> works, const Machine& machine);

}  // namespace npusched
