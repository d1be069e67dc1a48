#include "sim/core_slots.h"

namespace npusched {
namespace {

bool HasShape(std::uint32_t local, CoreShape shape) {
  return (local % kSlots == kSlotAic) == (shape == CoreShape::kAic);
}

std::uint32_t AivPlace(std::uint32_t place) { return kSlots * (place / 2) + kSlotAiv0 + place % 2; }

}  // namespace

CoreSlots::CoreSlots(const std::vector<std::uint32_t>& clusters, std::uint32_t total_clusters, CoreChoice choice)
    : aic_choice_(choice, static_cast<std::uint32_t>(clusters.size())),
      aiv_choice_(choice, static_cast<std::uint32_t>(2 * clusters.size())),
      cluster_choice_(choice, static_cast<std::uint32_t>(clusters.size())) {
  for (const std::uint32_t c : clusters) {
    ids_.insert(ids_.end(), {c, total_clusters + 2 * c, total_clusters + 2 * c + 1});
  }
  slots_.resize(ids_.size());
}

std::uint32_t CoreSlots::CountIdle(CoreShape shape) const {
  constexpr std::uint8_t kWholeCluster = 7;
  return shape == CoreShape::kMix ? CountClusters(kWholeCluster, SlotPhase::kIdle) : CountFree(shape, SlotPhase::kIdle);
}

std::uint32_t CoreSlots::CountFree(CoreShape shape, SlotPhase phase) const {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < size(); ++i) count += HasShape(i, shape) && Free(i, phase) ? 1 : 0;
  return count;
}

std::uint32_t CoreSlots::CountClusters(std::uint8_t mask, SlotPhase phase) const {
  std::uint32_t count = 0;
  for (std::uint32_t k = 0; k < cluster_count(); ++k) count += ClusterFree(k, mask, phase) ? 1 : 0;
  return count;
}

std::uint32_t CoreSlots::PickFree(CoreShape shape, SlotPhase phase) {
  if (shape == CoreShape::kAic) {
    return kSlots * aic_choice_.Pick([&](std::uint32_t place) { return Free(kSlots * place, phase); });
  }
  const std::uint32_t place = aiv_choice_.Pick([&](std::uint32_t p) { return Free(AivPlace(p), phase); });
  return place < 2 * cluster_count() ? AivPlace(place) : size();
}

std::uint32_t CoreSlots::PickCluster(std::uint8_t mask, SlotPhase phase) {
  return cluster_choice_.Pick([&](std::uint32_t cluster) { return ClusterFree(cluster, mask, phase); });
}

bool CoreSlots::ClusterFree(std::uint32_t cluster, std::uint8_t mask, SlotPhase phase) const {
  bool all_idle = true;
  for (std::uint32_t s = 0; s < kSlots; ++s) {
    if ((mask >> s & 1U) == 0) continue;
    const std::uint32_t local = kSlots * cluster + s;
    if (!Free(local, SlotPhase::kEither)) return false;
    all_idle = all_idle && Idle(local);
  }
  return phase == SlotPhase::kEither || all_idle == (phase == SlotPhase::kIdle);
}

}  // namespace npusched
