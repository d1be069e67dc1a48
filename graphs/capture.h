// A capture of a device run, read back: its tasks, regions and edges as a Program, its times as measured.
//
// One of the emitters at the start of the flow. Replay takes the durations from it, re-inference compares its recorded
// rows, calibration fits costs to its times.
//
//   Result<Capture> capture = ReadCapture("captures/decode");
//   capture->program.durations[t];          // measured
//   capture->timing->rows[0].dispatch;      // absent when there is deps.json alone
//   for (const std::string& w : capture->program.warnings) ...   // what was missing, and what was assumed
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "graphs/inference.h"
#include "graphs/program.h"

namespace npusched {

// One dispatch of one kernel slot of one block. Times from the first thing recorded; -1: not recorded.
struct CapturedRow {
  TaskId task = kNoTask;
  CoreId core = 0;  // as the capture numbers them
  std::uint32_t cluster = 0;
  std::uint32_t block = 0;     // assigned by order where the capture does not say
  std::uint32_t sequence = 0;  // of the core
  std::uint8_t slot = 0;
  Picoseconds dispatch = -1;
  Picoseconds receive = 0;
  Picoseconds start = 0;
  Picoseconds end = 0;
  Picoseconds finish = -1;
};

enum class CapturedKind : std::uint8_t { kComplete, kDummy, kDispatch, kEarlyDispatch, kDrain, kRelease, kOther };

// What a scheduler thread did when it was not idle.
struct CapturedPhase {
  CapturedKind kind = CapturedKind::kOther;
  std::uint8_t thread = 0;
  std::uint32_t loop_iteration = 0;
  std::uint32_t tasks = 0;
  Picoseconds begin = 0;
  Picoseconds end = 0;
};

struct CapturedSubmit {
  Picoseconds begin = -1;
  Picoseconds end = -1;
};

struct CaptureTiming {
  int level = 1;         // 1: kernels; 2: and dispatches; 3: and scheduler phases; 4: and submits
  Picoseconds tick = 1;  // what one tick of its clock lasts
  std::uint32_t clusters = 0;
  std::vector<std::int32_t> thread_of;  // by core, -1: none; empty: not recorded
  std::vector<bool> is_aic;             // by core
  std::vector<CapturedRow> rows;        // by core, then in order of dispatch
  std::vector<CapturedPhase> phases;    // by thread, in order of time; markers and inner phases left out
  std::vector<CapturedSubmit> submits;  // by task; empty: not recorded
  std::vector<Picoseconds> completed;   // by task: of dummies and predicated tasks; -1: not recorded

  [[nodiscard]] std::uint32_t threads() const;
  // First start to last end.
  [[nodiscard]] Picoseconds makespan() const;
};

struct Capture {
  Program program;
  std::optional<std::vector<EdgeRow>> edges;  // as recorded, when every one says where it comes from
  std::optional<CaptureTiming> timing;        // nothing: deps.json alone
};

// `folder` holds deps.json and, if they were captured, chip_swimlane_records.json (or one of its older names) and a
// name map; memory grows with the tasks, not with the text. Errors name the file and a JSON pointer.
Result<Capture> ReadCapture(const std::filesystem::path& folder);

// The files of `folder` that ReadCapture reads.
Result<std::vector<std::filesystem::path>> CaptureFiles(const std::filesystem::path& folder);

}  // namespace npusched
