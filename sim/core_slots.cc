#include "sim/core_slots.h"

namespace npusched {
namespace {

bool HasShape(std::uint32_t local, CoreShape shape) {
  return (local % kSlots == kSlotAic) == (shape == CoreShape::kAic);
}

std::uint32_t AivPlace(std::uint32_t place) { return kSlots * (place / 2) + kSlotAiv0 + place % 2; }

}  // namespace

CoreSlots::CoreSlots(const std::vector<std::uint32_t>& clusters, std::uint32_t total_clusters, const Policies& policies)
    : uniform_(policies.mix_admission == MixAdmission::kUniform),
      aic_choice_(policies.core_choice, static_cast<std::uint32_t>(clusters.size())),
      aiv_choice_(policies.core_choice, static_cast<std::uint32_t>(2 * clusters.size())),
      cluster_choice_(policies.core_choice, static_cast<std::uint32_t>(clusters.size())) {
  for (const std::uint32_t c : clusters) {
    ids_.insert(ids_.end(), {c, total_clusters + 2 * c, total_clusters + 2 * c + 1});
  }
  slots_.resize(ids_.size());
}

std::uint32_t CoreSlots::CountIdle(CoreShape shape) const {
  constexpr std::uint8_t kWholeCluster = 7;
  return shape == CoreShape::kMix ? CountClusters(kWholeCluster, SlotPhase::kIdle) : CountFree(shape, SlotPhase::kIdle);
}

std::uint32_t CoreSlots::CountParked(CoreShape shape) const {
  const auto parked = [&](std::uint32_t local) { return slots_[local].pending != kNoRow; };
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < size() && shape != CoreShape::kMix; ++i) {
    count += HasShape(i, shape) && parked(i) ? 1 : 0;
  }
  for (std::uint32_t i = 0; i < size() && shape == CoreShape::kMix; i += kSlots) {
    count += parked(i) || parked(i + kSlotAiv0) || parked(i + kSlotAiv1) ? 1 : 0;
  }
  return count;
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
  bool idle = false;
  bool busy = false;
  for (std::uint32_t s = 0; s < kSlots; ++s) {
    if ((mask >> s & 1U) == 0) continue;
    const std::uint32_t local = kSlots * cluster + s;
    if (!Free(local, SlotPhase::kEither)) return false;
    (Idle(local) ? idle : busy) = true;
  }
  if (uniform_ && idle && busy) return false;
  return phase == SlotPhase::kEither || busy == (phase == SlotPhase::kPending);
}

bool CoreSlots::Splits(std::uint32_t cluster, std::uint8_t mask) const {
  bool idle = false;
  bool busy = false;
  for (std::uint32_t s = 0; s < kSlots; ++s) {
    if ((mask >> s & 1U) != 0) (Idle(kSlots * cluster + s) ? idle : busy) = true;
  }
  return idle && busy;
}

}  // namespace npusched
