// The memories as cores share them: a kernel is its time alone plus one flow of bytes per memory.
//
// A flow never goes faster than its bytes over the kernel's time alone. While the caps of a memory's flows add up to
// more than its rate, they share it max-min fairly (fair_level.h); shares are recomputed only when a flow
// comes or goes, and not at all while nothing is saturated. A kernel ends when its flows have delivered.
//
//   memory.Start(core, {.alone = Us(100), .bytes = {6'250'000, 0, 0}}, now);   // 62.5 GB/s at most
//   for (CoreId changed : memory.changed()) ... memory.NextTime(changed) ...
//   if (memory.Step(core, now)) ...                                           // its kernel ends now
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "hw_models/machine.h"
#include "sim/kernel_traffic.h"

namespace npusched {

class SharedMemory {
 public:
  explicit SharedMemory(const Machine& machine);

  // REQUIRES: no kernel runs on core `id`.
  void Start(CoreId id, const Traffic& traffic, Picoseconds now);
  // NextTime(id) has come: what ended there? True when the kernel did.
  bool Step(CoreId id, Picoseconds now);
  // When the next flow of core `id`, or its kernel, ends.
  [[nodiscard]] Picoseconds NextTime(CoreId id) const;
  // The cores whose NextTime the last Start or Step moved, in any order, perhaps repeated.
  [[nodiscard]] std::span<const CoreId> changed() const { return changed_; }

 private:
  struct Flow {
    std::int64_t cap = 0;  // bytes per second; 0: no flow
    double remaining = 0;  // picoseconds at full speed, as of `since`
    double speed = 1;      // of the cap
    Picoseconds since = 0;
    Picoseconds end = kNever;
    std::uint32_t place = 0;  // among the flows of its memory
  };
  struct Pool {
    std::int64_t capacity = 0;  // bytes per second
    std::int64_t demand = 0;    // sum of the caps
    bool saturated = false;
    std::vector<std::int64_t> caps;  // of the flows, and whose they are
    std::vector<CoreId> cores;
  };
  struct Core {
    std::array<Flow, kMemories> flows;
    Picoseconds alone_until = kNever;  // start + time alone
  };

  void Enter(int memory, CoreId core);
  void Leave(int memory, CoreId core);
  void Rebalance(int memory, Picoseconds now);
  void SetSpeed(int memory, CoreId core, double speed, Picoseconds now);

  std::array<Pool, kMemories> pools_;
  std::vector<Core> cores_;
  std::vector<CoreId> changed_;
};

}  // namespace npusched
