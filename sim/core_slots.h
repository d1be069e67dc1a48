// One scheduler thread's view of the cores it owns: a running and a pending slot each.
//
// Cores are addressed by their place in polling order: the k-th cluster of the thread has its AIC at 3k and
// its AIVs at 3k + 1 and 3k + 2. "Idle" means nothing runs; "open" means that the pending slot may be filled:
// the core has been seen to start what runs, and nothing is pending. A gated row was staged early: its core
// holds it and waits for the doorbell.
#pragma once

#include <cstdint>
#include <vector>

#include "graphs/program.h"
#include "hw_models/policies.h"
#include "sim/cores.h"
#include "sim/policies/core_choice.h"

namespace npusched {

// Which cores may take a row: idle ones, ones whose pending slot is open, or both.
enum class SlotPhase : std::uint8_t { kIdle, kPending, kEither };

class CoreSlots {
 public:
  struct Slot {
    RowId running = kNoRow;
    RowId pending = kNoRow;
    bool started = false;  // a poll saw the running row start
    bool running_gated = false;
    bool pending_gated = false;
  };

  // Owns `clusters` (global numbers, ascending) of a machine with `total_clusters`.
  CoreSlots(const std::vector<std::uint32_t>& clusters, std::uint32_t total_clusters, const Policies& policies);

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
  // A core that a poll reads: something runs there and is not gated.
  [[nodiscard]] bool Polled(std::uint32_t local) const {
    return slots_[local].running != kNoRow && !slots_[local].running_gated;
  }
  // Idle cores of a shape; for MIX clusters whose three cores are idle.
  [[nodiscard]] std::uint32_t CountIdle(CoreShape shape) const;
  // Cores of a shape with something in the pending slot; for MIX clusters with any.
  [[nodiscard]] std::uint32_t CountParked(CoreShape shape) const;
  // Cores that can take an AIC or AIV row. REQUIRES: shape is AIC or AIV.
  [[nodiscard]] std::uint32_t CountFree(CoreShape shape, SlotPhase phase) const;
  // Clusters that can take the slots `mask` of a MIX block.
  [[nodiscard]] std::uint32_t CountClusters(std::uint8_t mask, SlotPhase phase) const;
  // The core that takes the next AIC or AIV row, by the policy; size() when there is none.
  std::uint32_t PickFree(CoreShape shape, SlotPhase phase);
  // The cluster that takes the slots `mask` of a MIX block: in the idle phase all its cores in use idle; in the
  // pending phase none closed and not all idle (uniform admission: none idle). cluster_count() when there is none.
  std::uint32_t PickCluster(std::uint8_t mask, SlotPhase phase);
  // Whether idle and busy cores of the cluster would share the block.
  [[nodiscard]] bool Splits(std::uint32_t cluster, std::uint8_t mask) const;

 private:
  [[nodiscard]] bool Free(std::uint32_t local, SlotPhase phase) const {
    return (phase != SlotPhase::kPending && Idle(local)) || (phase != SlotPhase::kIdle && Open(local));
  }
  [[nodiscard]] bool ClusterFree(std::uint32_t cluster, std::uint8_t mask, SlotPhase phase) const;

  bool uniform_;  // a MIX block wants its cores all idle or all busy
  std::vector<Slot> slots_;
  std::vector<CoreId> ids_;
  PlaceChoice aic_choice_;
  PlaceChoice aiv_choice_;
  PlaceChoice cluster_choice_;
};

}  // namespace npusched
