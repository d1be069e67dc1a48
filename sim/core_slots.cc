#include "sim/core_slots.h"

namespace npusched {
namespace {

bool HasShape(std::uint32_t local, CoreShape shape) {
  return (local % kSlots == kSlotAic) == (shape == CoreShape::kAic);
}

}  // namespace

CoreSlots::CoreSlots(std::uint32_t clusters, std::uint32_t thread, std::uint32_t threads) {
  for (std::uint32_t c = thread; c < clusters; c += threads) {
    ids_.insert(ids_.end(), {c, clusters + 2 * c, clusters + 2 * c + 1});
  }
  slots_.resize(ids_.size());
}

std::uint32_t CoreSlots::CountIdle(CoreShape shape) const {
  if (shape != CoreShape::kMix) return CountFree(shape, SlotPhase::kIdle);
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < size(); i += kSlots) count += Idle(i) && Idle(i + 1) && Idle(i + 2) ? 1 : 0;
  return count;
}

std::uint32_t CoreSlots::CountFree(CoreShape shape, SlotPhase phase) const {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < size(); ++i) count += HasShape(i, shape) && Free(i, phase) ? 1 : 0;
  return count;
}

std::uint32_t CoreSlots::FindFree(CoreShape shape, SlotPhase phase, std::uint32_t from) const {
  std::uint32_t i = from;
  while (i < size() && !(HasShape(i, shape) && Free(i, phase))) ++i;
  return i;
}

std::uint32_t CoreSlots::FindCluster(std::uint8_t mask, SlotPhase phase, std::uint32_t from) const {
  for (std::uint32_t k = from; k < cluster_count(); ++k) {
    bool all_idle = true;
    bool closed = false;
    for (std::uint32_t s = 0; s < kSlots; ++s) {
      if ((mask >> s & 1U) == 0) continue;
      const std::uint32_t local = kSlots * k + s;
      all_idle = all_idle && Idle(local);
      closed = closed || (!Idle(local) && !Open(local));
    }
    if (!closed && all_idle == (phase == SlotPhase::kIdle)) return k;
  }
  return cluster_count();
}

}  // namespace npusched
