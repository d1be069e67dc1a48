// Sizes of the runtime's rings and of the tensor map: what the orchestrator runs out of.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"

namespace npusched {

inline constexpr int kRings = 4;  // ring = min(scope depth - 1, 3)

struct RingSizes {
  std::array<std::int64_t, kRings> slots{};        // task slots, one always free
  std::array<std::int64_t, kRings> heap_bytes{};   // for the outputs that tasks allocate
  std::array<std::int64_t, kRings> dep_entries{};  // links of consumers to producers under way
  std::array<std::int64_t, kRings> spill_entries{};
  std::int64_t inline_producers = 0;    // producers of a task that need no spill entry
  std::int64_t tensor_map_entries = 0;  // recorded regions, all rings together
  std::int64_t reclaim_batch = 0;       // retired tasks before dependency or map entries are reclaimed
  Picoseconds stall_timeout = 0;        // a ring's head without movement: a deadlock
  Picoseconds progress_timeout = 0;     // no task completing anywhere: a deadlock
};

}  // namespace npusched
