// The runtime's choices: which work goes where first. Each is one small file in sim/policies.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace npusched {

// Which free core a task takes.
enum class CoreChoice : std::uint8_t { kLowest, kRoundRobin, kLeastRecentlyUsed };
// Which ready task is popped first.
enum class QueueOrder : std::uint8_t { kFifo, kCriticalPathFirst };
// Which of AIC and AIV a thread serves first.
enum class ShapeOrder : std::uint8_t { kThread1AivFirst, kAicFirst, kAivFirst };
// Which scheduler thread owns a cluster.
enum class Partition : std::uint8_t { kModulo, kBlocks };
// Which tasks let their consumers be staged before they end.
enum class EarlyDispatch : std::uint8_t { kFlagged, kOff, kAll, kListed };

// Where a task goes that a completion made ready: the global queue, or first the own buffer of the thread that
// completed its producer.
enum class ReadyBuffers : std::uint8_t { kGlobal, kLocal };
// What a thread may park in the pending slots of its cores: ready work while no peer has an idle core; nothing; only
// what idle cores anywhere could not take; the same, but always until a floor is parked.
enum class PendingSlots : std::uint8_t { kPeerIdle, kUnused, kSurplus, kSurplusFloor };
// Which clusters take a MIX block: those whose cores in use all have room, each for itself; those where they are all
// idle or all busy; or the first, but a block that finds idle beside busy cores is held until all are free.
enum class MixAdmission : std::uint8_t { kPerCore, kUniform, kGatedSplit };
// Local buffers: whether a thread gives what its cores cannot hold to the queue before it dispatches.
enum class LocalExcess : std::uint8_t { kKept, kShared };
// Who links a submitted task to its producers.
enum class Wiring : std::uint8_t { kOrchestrator, kScheduler0 };
// When the blocks of a dispatch are written: together once all are prepared, or each as soon as it is.
enum class Publication : std::uint8_t { kTogether, kEach };

// For Policies::drop_redundant_within: however far back the producer lies.
inline constexpr std::uint32_t kAnyDistance = 0xFFFF'FFFFU;

struct Policies {
  CoreChoice core_choice = CoreChoice::kLowest;
  QueueOrder queue_order = QueueOrder::kFifo;
  ShapeOrder shape_order = ShapeOrder::kThread1AivFirst;
  Partition partition = Partition::kModulo;
  EarlyDispatch early_dispatch = EarlyDispatch::kFlagged;
  std::vector<std::string> early_kernels;  // kListed: kernel names
  bool mix_first = true;                   // MIX left over holds back AIC and AIV for the iteration
  PendingSlots pending_slots = PendingSlots::kPeerIdle;
  std::uint32_t pending_floor = 0;  // kSurplusFloor: cores of a shape whose pending slots a thread may always fill
  bool mix_pending = true;          // MIX blocks may take pending slots
  MixAdmission mix_admission = MixAdmission::kPerCore;
  // A wait for a producer so many submits back or less is dropped when another producer comes after it anyway; 0: none.
  std::uint32_t drop_redundant_within = 0;
  ReadyBuffers ready_buffers = ReadyBuffers::kGlobal;
  std::uint32_t local_ready_entries = 0;  // kLocal: of a buffer, per core type
  LocalExcess local_excess = LocalExcess::kKept;
  Wiring wiring = Wiring::kOrchestrator;
  std::uint32_t wiring_batch = 0;  // kScheduler0: tasks wired per iteration, at most
  Publication publication = Publication::kTogether;
};

}  // namespace npusched
