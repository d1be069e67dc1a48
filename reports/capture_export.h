// A simulated run as the files that a profiled device run leaves: deps.json, chip_swimlane_records.json, a name map
// and the neutral submit trace. docs/formats/capture.md tells what stands in them.
//
//   if (Status s = ExportCapture(input, trace, inference.rows, "captures/base"); !s.ok()) return s;
//
// Times are ticks of one picosecond, so nothing is rounded and an imported capture repeats the run exactly.
#pragma once

#include <filesystem>
#include <vector>

#include "base/atomic_file.h"
#include "base/result.h"
#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

struct CaptureOptions {
  // The device counts 50 MHz; a coarser clock rounds times down. REQUIRES: a whole number of picoseconds a tick.
  std::int64_t clock_hz = 1'000'000'000'000;
};

// Written piece by piece. `rows`: what inference recorded. Errors: a file that cannot be written.
Status ExportCapture(const RunInput& input, const RunTrace& trace, const std::vector<EdgeRow>& rows,
                     const std::filesystem::path& folder, const CaptureOptions& options = {});

// chip_swimlane_records.json alone.
void WriteCaptureRecords(const RunInput& input, const RunTrace& trace, const CaptureOptions& options,
                         const TextSink& sink);

}  // namespace npusched
