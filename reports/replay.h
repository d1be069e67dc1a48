// How well a replay predicts the capture that it was made from: the makespan, and how long the runtime held each row of
// a kernel, from its dispatch until its finish was seen.
//
// The kernels themselves last as captured, so the difference is the runtime's.
//
//   summary.replay = CompareReplay(program, *capture.timing, trace);
#pragma once

#include <string>
#include <vector>

#include "graphs/capture.h"
#include "graphs/program.h"
#include "sim/trace.h"

namespace npusched {

// Means over all rows of one kernel name; of end - start where the capture has no dispatches.
struct KernelReplay {
  std::string name;
  std::uint64_t rows = 0;
  Picoseconds captured = 0;
  Picoseconds predicted = 0;
};

struct Replay {
  Picoseconds captured = 0;  // makespans
  Picoseconds predicted = 0;
  std::vector<KernelReplay> kernels;  // in order of first use by the program
};

Replay CompareReplay(const Program& program, const CaptureTiming& timing, const RunTrace& trace);

// Of `predicted` against `captured`, in per cent; 0 when nothing was captured.
double ErrorPct(Picoseconds captured, Picoseconds predicted);

}  // namespace npusched
