// The submit trace: a neutral JSON file for any task graph, read into a Program and written from one.
// One of the emitters at the start of the flow; docs/formats/submit_trace.md has the format.
//
//   Result<SubmitTrace> trace = ReadSubmitTrace("trace.json.gz");
//   Result<Inference> inferred = Infer(trace->program, {.record_rows = true});
//   if (trace->edges) puts(CompareRows(*trace->edges, inferred->rows).ToString(trace->program).c_str());
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "base/result.h"
#include "graphs/inference.h"
#include "graphs/program.h"

namespace npusched {

struct SubmitTrace {
  Program program;
  std::optional<std::vector<EdgeRow>> edges;  // the rows that the runtime recorded, when the file has them
};

// Reads `.json`, or `.json.gz`. Errors name a JSON pointer, what was expected and the nearest name.
// Unknown keys are ignored: a trace is data. Dependencies on later tasks pass; Infer refuses them.
Result<SubmitTrace> ReadSubmitTrace(const std::filesystem::path& path);
// The same from text; `file` is for messages.
Result<SubmitTrace> ParseSubmitTrace(std::string_view text, const std::string& file);

// `edges` may be null. Kernel works are no part of the format: give the tasks durations to keep them.
std::string FormatSubmitTrace(const Program& program, const std::vector<EdgeRow>* edges = nullptr);
// Durations to write in the place of the program's own, such as those of a run.
struct GivenDurations {
  std::vector<Picoseconds> by_task;  // -1: by row, or none
  RowDurations by_row;
};
// Piece by piece.
void WriteSubmitTrace(const Program& program, const std::vector<EdgeRow>* edges, const TextSink& sink,
                      const GivenDurations* durations = nullptr);
// Compressed when the path ends in .gz; written under a temporary name and renamed.
Status WriteSubmitTrace(const Program& program, const std::vector<EdgeRow>* edges, const std::filesystem::path& path);

// One place where two lists of rows differ. A null side has no such row there.
struct RowDifference {
  std::size_t at = 0;  // position in the recorded rows
  std::optional<EdgeRow> recorded;
  std::optional<EdgeRow> inferred;
};

struct RowComparison {
  std::size_t recorded_rows = 0;
  std::size_t inferred_rows = 0;
  std::size_t differences = 0;
  std::vector<RowDifference> first;  // at most kFirstDifferences

  static constexpr std::size_t kFirstDifferences = 10;
  [[nodiscard]] bool identical() const { return differences == 0; }
  // A line of summary and one for each first difference.
  [[nodiscard]] std::string ToString(const Program& program) const;
};

// Compares (producer, consumer, arg, source, overlap) row by row, in order; flags do not count. After
// a difference the lists are lined up again at the nearest equal rows.
RowComparison CompareRows(const std::vector<EdgeRow>& recorded, const std::vector<EdgeRow>& inferred);

}  // namespace npusched
