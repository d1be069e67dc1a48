// Joins the tables of a capture into a Program with its edges and times. The second half of ReadCapture.
//
// Order of work: the submission order (capture_order.cc), then tasks, buffers and arguments (capture_build.cc), then
// the rows of every task with their blocks (capture_times.cc).
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "graphs/capture.h"
#include "graphs/capture_tables.h"

namespace npusched {

// What ReadCapture read; `records` and `names` may be absent.
struct CaptureTables {
  DepsTable deps;
  std::optional<RecordsTable> records;
  std::optional<NameTable> names;
};

// One submit: a row of tasks[], or an alloc, which has none.
struct SubmittedTask {
  RuntimeId id = 0;
  std::uint32_t row = kNoId;  // position in DepsTable::tasks; kNoId: an alloc
};

struct SubmitOrder {
  std::vector<SubmittedTask> tasks;  // by TaskId
  std::unordered_map<RuntimeId, TaskId> task_of;
  std::vector<std::string> warnings;
};

// By the orchestrator's records where there are some; else in the order of tasks[], each alloc as late as its number
// in the ring and its first consumer let it. Errors: ids that no file explains, edges that run backwards.
Result<SubmitOrder> OrderSubmits(const CaptureTables& tables);

Result<Capture> BuildCapture(const CaptureTables& tables);

// Fills capture->timing and the durations of its program. REQUIRES: tables.records.
Status TakeTimes(const CaptureTables& tables, const SubmitOrder& order, Capture* capture);

}  // namespace npusched
