// The ways in which the runtime gives up, with its own codes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/time.h"
#include "sim/trace.h"

namespace npusched {

struct RunInput;

enum class RuntimeCode : std::int32_t {
  kNone = 0,
  kScopeDeadlock = 1,  // one open scope holds every slot of its ring
  kHeapRing = 2,
  kFlowControl = 3,  // slots
  kDepPool = 4,      // dependency or spill entries
  kInvalidSyncStart = 7,
  kTensorMap = 11,
  kTimeout = 100,  // no task completed for the progress timeout
};

// Of a timeout: what the runtime's threads saw last.
enum class TimeoutState : std::uint8_t {
  kCoreRunning = 1,
  kReadyNotDispatched = 3,
  kAllWait = 4,
  kOrchestratorBusy = 5
};

struct Deadlock {
  RuntimeCode code = RuntimeCode::kNone;
  TaskId task = kNoTask;  // being submitted; of a timeout the one that runs
  RingResource resource = RingResource::kTaskSlots;
  Picoseconds since = 0;  // when the wait began
  Picoseconds detected = 0;
  TimeoutState state = TimeoutState::kAllWait;
};

// The runtime's own word for a code: "scope deadlock".
std::string_view NameOf(RuntimeCode code);

// "runtime code 1 (scope deadlock) ...", naming the ring, the scope, the task and the sizes.
std::string Describe(const Deadlock& deadlock, const RunInput& input);

}  // namespace npusched
