// What happened: every time of every task, as the engine emitted it. Listeners only read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace npusched {

// What the orchestrator can run out of.
enum class RingResource : std::uint8_t { kTaskSlots, kHeap, kDepEntries, kSpillEntries, kTensorMap };

// One dispatch of one kernel slot of one block to one core.
// dispatch < receive <= start < end <= finish; intervals are half-open.
struct DispatchRow {
  TaskId task = kNoTask;
  CoreId core = 0;
  std::uint32_t block = 0;
  std::uint32_t sequence = 0;  // per core, from 1
  std::uint8_t slot = 0;       // kSlotAic, kSlotAiv0, kSlotAiv1
  std::uint8_t thread = 0;     // scheduler thread that owns the core
  bool pending = false;        // placed in the pending slot
  bool gated = false;          // staged early: it waited for its doorbell
  bool held = false;           // part of a MIX block that waited until all its cores were free
  Picoseconds dispatch = 0;    // register write
  Picoseconds receive = 0;     // the core saw it
  Picoseconds start = 0;       // kernel body begins
  Picoseconds end = 0;         // kernel body done
  Picoseconds finish = 0;      // a scheduler thread saw it
  Picoseconds contention = 0;  // of end - start: what sharing the memories with other cores cost
};

struct TaskTimes {
  Picoseconds submit_begin = 0;  // orchestrator begins with it (user code included)
  Picoseconds submit = 0;        // visible to the schedulers
  Picoseconds ready = 0;         // last producer gone (== submit when none was outstanding)
  Picoseconds complete = 0;      // its consumers could see it: dispatch rows, dummies and allocs alike
  TaskId released_by = kNoTask;  // the producer whose completion made it ready; kNoTask: ready at submit
};

enum class PhaseKind : std::uint8_t { kComplete, kDummy, kDispatch, kEarlyDispatch, kDrain, kRelease };
inline constexpr int kPhaseKinds = static_cast<int>(PhaseKind::kRelease) + 1;

// What a scheduler thread did when it was not idle.
struct PhaseRecord {
  Picoseconds begin = 0;
  Picoseconds end = 0;
  std::uint32_t loop_iteration = 0;
  std::uint32_t tasks = 0;
  PhaseKind kind = PhaseKind::kComplete;
  std::uint8_t thread = 0;
};

// A submit that waited for a ring or the tensor map.
struct RingWait {
  TaskId task = kNoTask;
  RingResource resource = RingResource::kTaskSlots;
  Picoseconds begin = 0;
  Picoseconds end = 0;
};

// What a ring holds from `time` on.
struct RingSample {
  Picoseconds time = 0;
  std::int64_t heap_bytes = 0;
  std::uint32_t tasks = 0;  // admitted and not yet gone: slots taken
  std::uint8_t ring = 0;
};

// What the waits of a run took.
struct WaitCounts {
  std::uint64_t linked = 0;       // waits for a producer that had not left its ring at the submit
  std::uint64_t redundant = 0;    // dropped by the policy
  std::uint64_t dep_entries = 0;  // taken, all rings together
  Picoseconds resolve = 0;        // telling consumers of completions, all threads together

  friend bool operator==(const WaitCounts&, const WaitCounts&) = default;
};

struct RunTrace {
  std::vector<TaskTimes> tasks;          // by task id
  std::vector<DispatchRow> rows;         // in order of dispatch
  std::vector<PhaseRecord> phases;       // in order of end
  std::vector<RingWait> ring_waits;      // in order of time
  std::vector<RingSample> ring_samples;  // in order of time, one at each change of a ring's tasks
  Picoseconds first_start = 0;
  Picoseconds last_end = 0;
  Picoseconds orchestrator_busy = 0;  // submitting, waits apart
  WaitCounts waits;
  std::vector<Picoseconds> scheduler_busy;  // by thread: completing and dispatching, polling apart

  // First start to last end.
  [[nodiscard]] Picoseconds makespan() const { return last_end - first_start; }
};

}  // namespace npusched
