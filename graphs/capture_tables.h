// The files of a capture as tables, checked row by row but not yet joined: what stands between the JSON and a Capture.
//
//   Result<DepsTable> deps = ReadDepsTable("capture/deps.json");
//   Result<RecordsTable> records = ReadRecordsTable("capture/chip_swimlane_records.json");
//
// docs/formats/capture.md describes the files. Ids are the runtime's own, times are ticks.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "graphs/inference.h"
#include "graphs/program.h"

namespace npusched {

using RuntimeId = std::uint64_t;  // ring << 32 | count within the ring
inline constexpr RuntimeId kNoRuntimeId = std::numeric_limits<RuntimeId>::max();

struct DepsArg {
  ArgTag tag = ArgTag::kInput;
  bool manual_dep = false;
  Access access = Access::kByTag;
  std::uint32_t tensor = kNoId;  // position in DepsTable::tensors; kNoId: an OUTPUT
  RegionId region = kNoId;
  RegionId touched = kNoId;
  std::int64_t buffer_bytes = -1;
  std::int64_t owner = -1;  // a RuntimeId; -1: not said, -2: none
};

struct DepsTask {
  RuntimeId id = 0;
  std::array<std::int32_t, kSlots> kernel_ids{-1, -1, -1};
  std::uint32_t block_num = 1;
  std::uint32_t first_arg = 0;  // args of task i: [first_arg, next task's first_arg)
  bool manual_scope : 1 = false;
  bool early_dispatch : 1 = false;
  bool sync_start : 1 = false;
  bool predicate_false : 1 = false;
  bool has_args : 1 = false;

  [[nodiscard]] std::uint8_t slots() const {
    std::uint8_t used = 0;
    for (int slot = 0; slot < kSlots; ++slot) used |= static_cast<std::uint8_t>(kernel_ids[slot] >= 0 ? 1 << slot : 0);
    return used;
  }
};

struct DepsTensor {
  std::uint64_t id = 0;
  std::uint64_t address = 0;
  std::int64_t bytes = -1;  // of the storage; -1: no row in tensors[]
  std::int32_t version = 0;
  std::uint32_t first_task = 0;  // that uses it: row and argument, for messages
  std::uint32_t first_arg = 0;
};

struct DepsEdge {
  RuntimeId pred = 0;
  RuntimeId succ = 0;
  std::int32_t arg = -1;
  EdgeSource source = EdgeSource::kExplicit;
  Overlap overlap = Overlap::kNone;
  std::uint8_t flags = kWait | kRetain;
};

// What only this project's own captures say.
struct DepsBuffer {
  std::uint64_t address = 0;
  std::int64_t bytes = 0;
  RuntimeId creator = kNoRuntimeId;
  RegionId whole = kNoId;
  std::string name;
};
struct DepsOutput {
  RuntimeId task = 0;
  std::uint32_t arg = 0;
  std::uint32_t buffer = 0;
};
struct DepsScopeEvent {
  std::uint32_t before = 0;  // position among all submits
  ScopeEvent::Kind kind = ScopeEvent::Kind::kEnd;
};

struct DepsTable {
  std::string file;
  std::vector<DepsTask> tasks;
  std::vector<DepsArg> args;
  std::vector<DepsTensor> tensors;
  std::vector<DepsEdge> edges;
  std::vector<Region> regions;
  bool has_tensors = false;                                       // the file has a tensors[] list
  bool has_sources = true;                                        // every edge says where it comes from
  bool has_extras = false;                                        // a "simulator" object of this project
  std::map<std::uint32_t, std::string> names;                     // of dummies, by row
  std::map<std::uint32_t, std::vector<RuntimeId>> explicit_deps;  // where the rows do not tell, by row
  std::vector<DepsBuffer> buffers;
  std::vector<DepsOutput> outputs;
  std::vector<DepsScopeEvent> scope_events;
  std::vector<std::string> warnings;
};

Result<DepsTable> ReadDepsTable(const std::filesystem::path& file);

// -- timing

struct RecordsRow {
  RuntimeId task = 0;
  CoreId core = 0;
  std::uint32_t sequence = 0;   // reg_task_id
  std::uint32_t block = kNoId;  // kNoId: not said
  bool instant = false;         // its one tick stands for no time
  std::int64_t receive = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t dispatch = 0;  // 0: missing
  std::int64_t finish = 0;
};

enum class RecordKind : std::uint8_t {
  kComplete,
  kDummy,
  kDispatch,
  kEarlyDispatch,
  kDrain,
  kRelease,
  kAsyncPoll,
  kGraphPrepare,
  kResolve,
  kDrainPrepare,
  kDrainPublish,
  kDummyTask,
  kPredicatedSkip,
  kOther
};

struct RecordsPhase {
  RecordKind kind = RecordKind::kOther;
  std::uint8_t thread = 0;
  std::uint32_t loop_iteration = 0;
  std::uint32_t tasks = 0;
  RuntimeId task = kNoRuntimeId;  // of a marker
  std::int64_t start = 0;
  std::int64_t end = 0;
};

struct RecordsSubmit {
  RuntimeId task = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;
};

struct RecordsTable {
  std::string file;
  int level = 0;
  std::int64_t clock_hz = 0;
  std::vector<bool> is_aic;             // by core
  std::vector<std::int32_t> thread_of;  // by core, -1: none; empty: not said
  std::vector<RecordsRow> rows;         // aicore_tasks joined with aicpu_tasks
  std::vector<RecordsPhase> phases;     // by thread, in order of the file
  std::vector<RecordsSubmit> submits;   // by submit_idx
  std::vector<std::string> warnings;
};

Result<RecordsTable> ReadRecordsTable(const std::filesystem::path& file);

// -- names

struct NameTable {
  std::string orchestrator;
  std::map<std::int32_t, std::string> kernels;
};
Result<NameTable> ReadNameTable(const std::filesystem::path& file);

}  // namespace npusched
