// How much ready work a thread may park in the pending slots of its cores, where it waits for what runs there.
//
// A parked task starts without a round trip through the scheduler, but only on that core: parked too early, it waits
// behind a long kernel while a core of another thread is idle.
#pragma once

#include <algorithm>
#include <cstddef>

#include "graphs/program.h"
#include "hw_models/policies.h"

namespace npusched {

// What a thread sees of one core shape before it parks.
struct ParkingView {
  std::size_t ready = 0;        // tasks in the queues it serves
  std::size_t parked = 0;       // its cores (MIX: clusters) with something in a pending slot
  std::size_t idle_own = 0;     // of its cores (MIX: clusters)
  std::size_t idle_others = 0;  // of its peers
};

// Ready tasks that it may pop for pending slots.
inline std::size_t MayPark(const Policies& policies, const ParkingView& view) {
  const std::size_t idle = view.idle_own + view.idle_others;
  const std::size_t surplus = view.ready > idle ? view.ready - idle : 0;
  switch (policies.pending_slots) {
    case PendingSlots::kPeerIdle:
      return view.idle_others > 0 ? 0 : view.ready;
    case PendingSlots::kUnused:
      return 0;
    case PendingSlots::kSurplus:
      return surplus;
    case PendingSlots::kSurplusFloor:
      return std::max<std::size_t>(surplus,
                                   policies.pending_floor - std::min<std::size_t>(policies.pending_floor, view.parked));
  }
  return 0;
}

// Whether a pass that places nothing may still pop some of `waiting` MIX tasks and put them back behind the others.
inline bool RotatesMix(const Policies& policies, std::size_t waiting, std::size_t clusters) {
  const bool counts =
      policies.pending_slots == PendingSlots::kSurplus || policies.pending_slots == PendingSlots::kSurplusFloor;
  return waiting > clusters || (counts && waiting > 1);
}

// Whether work of this shape goes to pending slots at all, ready or staged early.
inline bool UsesPendingSlots(const Policies& policies, CoreShape shape) {
  return policies.pending_slots != PendingSlots::kUnused && (shape != CoreShape::kMix || policies.mix_pending);
}

}  // namespace npusched
