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

struct Policies {
  CoreChoice core_choice = CoreChoice::kLowest;
  QueueOrder queue_order = QueueOrder::kFifo;
  ShapeOrder shape_order = ShapeOrder::kThread1AivFirst;
  Partition partition = Partition::kModulo;
  EarlyDispatch early_dispatch = EarlyDispatch::kFlagged;
  std::vector<std::string> early_kernels;  // kListed: kernel names
  bool mix_first = true;                   // MIX left over holds back AIC and AIV for the iteration
  bool pending_slots = true;
};

}  // namespace npusched
