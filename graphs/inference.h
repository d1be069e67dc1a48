// Dependency inference: a program's submissions become edges, by the runtime's own rules
// (tensor map keyed by buffer, overlap levels, COVERED removal, creators, manual scopes).
// docs/inference.md explains the rules; nothing retires while this runs.
//
//   Result<Inference> inferred = Infer(program);
//   if (!inferred.ok()) return inferred.error();
//   for (const ProducerEdge& edge : inferred->graph.Producers(task)) ...
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "graphs/overlap.h"
#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

enum class EdgeSource : std::uint8_t { kExplicit, kCreator, kTensormap };

// One recorded row, in the runtime's order (explicit, then per argument creator and inferred, newest first).
struct EdgeRow {
  TaskId producer = kNoTask;
  TaskId consumer = kNoTask;
  std::int32_t arg = -1;  // -1: explicit
  EdgeSource source = EdgeSource::kExplicit;
  Overlap overlap = Overlap::kNone;  // kNone unless tensormap
  std::uint8_t flags = 0;
  std::int32_t producer_arg = -1;  // tensormap: the argument that recorded the region; -1: none or unknown

  friend bool operator==(const EdgeRow&, const EdgeRow&) = default;
};

struct InferenceOptions {
  bool record_rows = false;            // keep every row, for export and comparison
  std::uint32_t index_threshold = 64;  // live entries of a buffer from which look-ups use an index
};

// Rows by source; one pair may have several, and a suppressed creator row has none.
struct RowCounts {
  std::uint64_t explicit_deps = 0;
  std::uint64_t creator = 0;
  std::uint64_t tensormap = 0;
};

struct Inference {
  TaskGraph graph;
  std::vector<SubmitCounts> counts;  // by task
  std::vector<TaskId> removed;  // who had recorded the removed regions, in order: SubmitCounts::removals of each task
  RowCounts row_counts;
  std::vector<EdgeRow> rows;  // only when record_rows
};

// Errors: an empty program; a dependency on the task itself, on a later or on an unknown one; a cycle
// is printed, the shortest one, with the reasons of its edges.
Result<Inference> Infer(const Program& program, const InferenceOptions& options = {});

}  // namespace npusched
