// Published figures next to what the simulation says, as plain data, and the views of it.
//
// Stands after the runs: scenarios/accuracy.h fills the rows, a table, accuracy.json and accuracy.md show them.
//
//   fmt::print("{}", AccuracyTable(rows, {}));
//   WriteFile(AccuracyJson(rows)); WriteFile(AccuracyMarkdown(rows));
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "reports/table.h"

namespace npusched {

// Whether a row may set parameters (fit) or only tells how good they are (check).
enum class RowKind : std::uint8_t { kFit, kCheck };
// contexts: the program is certain, the context lengths are not. weak: derived, or the workload is unclear.
enum class Certainty : std::uint8_t { kCertain, kContexts, kWeak };

// One way to read what was published: with all contexts full, say.
struct AccuracyReading {
  std::string name;  // empty when there is only one
  double predicted = 0;
};

struct AccuracyRow {
  std::string id;
  RowKind kind = RowKind::kCheck;
  Certainty certainty = Certainty::kCertain;
  std::string what;
  double published = 0;
  std::string unit;
  std::string source;
  std::vector<AccuracyReading> readings;  // none when the scenario failed
  std::string failure;                    // why it did

  // The reading nearest to the published figure; the first of two equally near. REQUIRES: a reading.
  [[nodiscard]] const AccuracyReading& Nearest() const;
  // Of the nearest reading, in per cent of the published figure.
  [[nodiscard]] double ErrorPct() const;
};

// Rows that are read together. Rows that failed count in none.
enum class RowGroup : std::uint8_t { kCheck, kWeakCheck, kFit };
RowGroup GroupOf(const AccuracyRow& row);

struct AccuracySpread {
  std::size_t rows = 0;
  double median_pct = 0;  // of the absolute errors; the mean of the two in the middle
  double worst_pct = 0;   // the largest absolute error, with its sign
  std::string worst_id;
};
AccuracySpread SpreadOf(std::span<const AccuracyRow> rows, RowGroup group);

// "fit" or "check"; "certain", "contexts" or "weak".
const char* NameOf(RowKind kind);
const char* NameOf(Certainty certainty);

// Check rows, then weak ones, then those that parameters were fitted to, each with its readings.
std::string AccuracyTable(std::span<const AccuracyRow> rows, const TableOptions& options);
// [{"id", "kind", "certainty", "published", "predicted", "unit", "error_pct"}]; a row that failed has null for the
// two figures it lacks.
std::string AccuracyJson(std::span<const AccuracyRow> rows);
// The table for docs/accuracy.md.
std::string AccuracyMarkdown(std::span<const AccuracyRow> rows);

}  // namespace npusched
