#include "sim/deadlock.h"

#include <fmt/format.h>

#include "sim/engine.h"
#include "sim/ring_advice.h"

namespace npusched {
namespace {

std::string DescribeTimeout(const Deadlock& deadlock, const RunInput& input) {
  std::string what;
  switch (deadlock.state) {
    case TimeoutState::kCoreRunning:
      what = fmt::format("task {} ({}) still runs on its core", deadlock.task, input.program.KernelName(deadlock.task));
      break;
    case TimeoutState::kReadyNotDispatched:
      what = "ready tasks are not dispatched";
      break;
    case TimeoutState::kAllWait:
      what = "every task left waits for another";
      break;
    case TimeoutState::kOrchestratorBusy:
      what = "the orchestrator has not finished submitting";
      break;
  }
  return fmt::format("runtime code 100 (scheduler timeout, S{}) at {:.3f} us: no task completed for {:.0f} us; {}",
                     static_cast<int>(deadlock.state), ToUs(deadlock.detected),
                     ToUs(deadlock.detected - deadlock.since), what);
}

}  // namespace

std::string_view NameOf(RuntimeCode code) {
  switch (code) {
    case RuntimeCode::kNone:
      return "none";
    case RuntimeCode::kScopeDeadlock:
      return "scope deadlock";
    case RuntimeCode::kHeapRing:
      return "heap ring full";
    case RuntimeCode::kFlowControl:
      return "no task slot";
    case RuntimeCode::kDepPool:
      return "dependency pool full";
    case RuntimeCode::kInvalidSyncStart:
      return "invalid sync_start";
    case RuntimeCode::kTensorMap:
      return "tensor map full";
    case RuntimeCode::kTimeout:
      return "scheduler timeout";
  }
  return "unknown";
}

std::string Describe(const Deadlock& deadlock, const RunInput& input) {
  if (deadlock.code == RuntimeCode::kTimeout) return DescribeTimeout(deadlock, input);
  const Task& task = input.program.tasks[deadlock.task];
  std::string text = fmt::format("runtime code {} ({}) at {:.3f} us: submit of task {} ({})",
                                 static_cast<int>(deadlock.code), NameOf(deadlock.code), ToUs(deadlock.detected),
                                 deadlock.task, input.program.KernelName(deadlock.task));
  if (deadlock.code == RuntimeCode::kInvalidSyncStart) {
    return text + fmt::format(": sync_start needs {} blocks at once, the machine has {} clusters and {} AIV",
                              task.block_num, input.machine.clusters, input.machine.aiv_count());
  }
  const Scope& scope = input.program.scopes[task.scope];
  return text + fmt::format(", scope {} (depth {}, tasks {}..{}), ring {}: {}", task.scope, scope.depth,
                            scope.first_task, scope.end_task, task.ring,
                            fmt::format("rings.{} is {}", SizeKey(deadlock.resource),
                                        SizeOf(input.runtime.rings, deadlock.resource, task.ring)));
}

}  // namespace npusched
