// One scheduler thread's view of the cores it owns: a running and a pending slot each.
//
// Cores are addressed by their place in polling order: cluster k of the thread has its AIC at 3k and its
// AIVs at 3k + 1 and 3k + 2. "Idle" means nothing runs; "open" means that the pending slot may be filled:
// the core has been seen to start what runs, and nothing is pending.
#pragma once

#include <cstdint>
#include <vector>

#include "graphs/program.h"
#include "sim/cores.h"

namespace npusched {

enum class SlotPhase : std::uint8_t { kIdle, kPending };

class CoreSlots {
 public:
  struct Slot {
    RowId running = kNoRow;
    RowId pending = kNoRow;
    bool started = false;  // a poll saw the running row start
  };

  // Thread `thread` of `threads` owns the clusters c with c % threads == thread.
  CoreSlots(std::uint32_t clusters, std::uint32_t thread, std::uint32_t threads);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(slots_.size()); }
  [[nodiscard]] std::uint32_t cluster_count() const { return size() / kSlots; }
  Slot& operator[](std::uint32_t local) { return slots_[local]; }
  const Slot& operator[](std::uint32_t local) const { return slots_[local]; }
  [[nodiscard]] CoreId GlobalId(std::uint32_t local) const { return ids_[local]; }

  [[nodiscard]] bool Idle(std::uint32_t local) const { return slots_[local].running == kNoRow; }
  [[nodiscard]] bool Open(std::uint32_t local) const {
    const Slot& slot = slots_[local];
    return slot.running != kNoRow && slot.started && slot.pending == kNoRow;
  }
  // Idle cores of a shape; for MIX clusters whose three cores are idle.
  [[nodiscard]] std::uint32_t CountIdle(CoreShape shape) const;
  // Cores that can take an AIC or AIV row in this phase. REQUIRES: shape is AIC or AIV.
  [[nodiscard]] std::uint32_t CountFree(CoreShape shape, SlotPhase phase) const;
  // The lowest such core at or after `from`; size() when there is none.
  [[nodiscard]] std::uint32_t FindFree(CoreShape shape, SlotPhase phase, std::uint32_t from) const;
  // The lowest cluster at or after `from` that can take the slots `mask` of a MIX block: in the idle phase all
  // its cores in use idle; in the pending phase none closed and not all idle. cluster_count() when none.
  [[nodiscard]] std::uint32_t FindCluster(std::uint8_t mask, SlotPhase phase, std::uint32_t from) const;

 private:
  [[nodiscard]] bool Free(std::uint32_t local, SlotPhase phase) const {
    return phase == SlotPhase::kIdle ? Idle(local) : Open(local);
  }

  std::vector<Slot> slots_;
  std::vector<CoreId> ids_;
};

}  // namespace npusched
