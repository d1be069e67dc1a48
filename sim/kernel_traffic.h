// What a kernel asks of the memories when it starts: its time alone, and its bytes by memory.
//
// Static bytes come from the kernel's price; which of them move from L2 to HBM depends on what is in L2 when
// the kernel starts.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/engine.h"
#include "sim/l2_residency.h"

namespace npusched {

// The memories that cores share. Each is one capacity.
enum class Memory : std::uint8_t { kHbm, kL2Read, kL2Write };
inline constexpr int kMemories = 3;

struct Traffic {
  Picoseconds alone = 0;                        // how long the kernel takes with the memories to itself
  std::array<std::int64_t, kMemories> bytes{};  // by Memory
};

class KernelTraffic {
 public:
  explicit KernelTraffic(const RunInput& input);

  // The kernel of one slot of a block of `task` starts now: what it finds in L2, and what it leaves there.
  Traffic Start(TaskId task, int slot, std::uint32_t block);

 private:
  // An activation that a slot of a work reads or writes.
  struct Use {
    std::uint8_t arg = 0;
    std::int64_t read = 0;  // bytes loaded, repeats counted; once a buffer is in L2, they hit
    bool written = false;
  };

  [[nodiscard]] std::vector<Use> UsesOf(const KernelWork& work, int slot) const;

  const RunInput& input_;
  L2Residency l2_;
  std::vector<std::uint32_t> first_use_;  // by work * kSlots + slot, one more at the end
  std::vector<Use> uses_;
};

}  // namespace npusched
