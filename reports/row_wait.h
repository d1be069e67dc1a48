// What a dispatch row waited for longest, for the views that say it in words.
//
//   const std::vector<RowWait> waits = LongestWaits(trace);
//   waits[row].kind == WaitKind::kProducer   // for trace.tasks[task].released_by
#pragma once

#include <span>
#include <string>
#include <vector>

#include "graphs/program.h"
#include "sim/trace.h"

namespace npusched {

enum class WaitKind : std::uint8_t {
  kNone,      // dispatched when submitted
  kProducer,  // [submit, ready): for the producer that released it last
  kQueue,     // [ready, dispatch): in the ready queue
  kCore,      // [dispatch, end of the row before): behind another row on the same core
};

struct RowWait {
  WaitKind kind = WaitKind::kNone;
  TaskId task = kNoTask;  // the producer, or the task of the row before; else kNoTask
  Picoseconds length = 0;
};

// By row. Of equal waits the first of the enumeration counts.
std::vector<RowWait> LongestWaits(const RunTrace& trace);

// "26 us for producer silu #12", with the kernels called as `names` (by KernelId) has them.
std::string WaitWords(const Program& program, std::span<const std::string> names, const RowWait& wait);

}  // namespace npusched
