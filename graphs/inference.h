// Dependency inference: a program's submissions become edges, by the runtime's own rules
// (tensor map keyed by buffer, overlap levels, COVERED removal, creators, manual scopes).
// docs/inference.md explains the rules; nothing retires while this runs.
#pragma once

#include <vector>

#include "base/result.h"
#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

enum class Overlap : std::uint8_t { kNone, kCovered, kOther };
enum class EdgeSource : std::uint8_t { kExplicit, kCreator, kTensormap };

// How a new access (reading its buffer's storage of `storage_bytes`) meets a recorded region.
Overlap Compare(const Region& access, std::int32_t access_version, std::int64_t storage_bytes, const Region& recorded,
                std::int32_t recorded_version);

// One recorded row, in the runtime's order (explicit, then per argument creator and inferred, newest first).
struct EdgeRow {
  TaskId producer = kNoTask;
  TaskId consumer = kNoTask;
  std::int32_t arg = -1;  // -1: explicit
  EdgeSource source = EdgeSource::kExplicit;
  Overlap overlap = Overlap::kNone;  // kNone unless tensormap
  std::uint8_t flags = 0;

  friend bool operator==(const EdgeRow&, const EdgeRow&) = default;
};

struct InferenceOptions {
  bool record_rows = false;  // keep every row, for export and comparison
};

struct Inference {
  TaskGraph graph;
  std::vector<SubmitCounts> counts;  // by task
  std::vector<EdgeRow> rows;         // only when record_rows
};

// Errors: a dependency on the task itself or a later one; a cycle is printed with the reasons of its edges.
Result<Inference> Infer(const Program& program, const InferenceOptions& options = {});

}  // namespace npusched
