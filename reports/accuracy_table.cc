// The accuracy rows as a table for the terminal and as one for a page.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "reports/accuracy.h"
#include "reports/text_grid.h"

namespace npusched {
namespace {

constexpr std::array kGroups = {RowGroup::kCheck, RowGroup::kWeakCheck, RowGroup::kFit};

const char* TitleOf(RowGroup group) {
  switch (group) {
    case RowGroup::kCheck:
      return "Checked, nothing fitted to them";
    case RowGroup::kWeakCheck:
      return "Weak: derived, or the workload is unclear";
    case RowGroup::kFit:
      return "Fitted to";
  }
  return "";
}

// Four digits are more than any of these figures has.
std::string Figure(double value) {
  const double size = std::abs(value);
  const int decimals = size >= 1000 ? 0 : size >= 100 ? 1 : 2;
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

std::string SpreadText(const AccuracySpread& spread) {
  return fmt::format("{} rows: median error {:.1f} %, worst {:+.1f} % ({})", spread.rows, spread.median_pct,
                     spread.worst_pct, spread.worst_id);
}

// "random up to 4096 (1311 when all 4096)": the reading that counts, then the others.
std::string ReadingText(const AccuracyRow& row) {
  if (row.readings.empty()) return row.failure;
  const AccuracyReading& nearest = row.Nearest();
  std::string others;
  for (const AccuracyReading& reading : row.readings) {
    if (&reading == &nearest) continue;
    others += fmt::format("{}{}: {}", others.empty() ? "" : "; ", reading.name, Figure(reading.predicted));
  }
  return others.empty() ? nearest.name : fmt::format("{} ({})", nearest.name, others);
}

std::string PredictedText(const AccuracyRow& row) {
  return row.readings.empty() ? "-" : Figure(row.Nearest().predicted);
}

std::string ErrorText(const AccuracyRow& row) {
  return row.readings.empty() ? "-" : fmt::format("{:+.1f}", row.ErrorPct());
}

// A '|' would end the cell.
std::string Cell(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, 1, '\\');
  return text;
}

}  // namespace

std::string AccuracyTable(std::span<const AccuracyRow> rows, const TableOptions& options) {
  std::string out;
  for (const RowGroup group : kGroups) {
    TextGrid grid({{"row", false},
                   {"published", true},
                   {"predicted", true},
                   {"unit", false},
                   {"error %", true},
                   {"certainty", false},
                   {"reading", false}});
    bool any = false;
    for (const AccuracyRow& row : rows) {
      if (GroupOf(row) != group) continue;
      any = true;
      grid.Add({row.id, Figure(row.published), PredictedText(row), row.unit, ErrorText(row), NameOf(row.certainty),
                row.readings.empty() ? "failed, see below" : ReadingText(row)});
    }
    if (!any) continue;
    out += fmt::format("{}{}\n{}", out.empty() ? "" : "\n", TitleOf(group), grid.Print(options.color));
    if (const AccuracySpread spread = SpreadOf(rows, group); spread.rows > 0) out += SpreadText(spread) + "\n";
  }
  return out;
}

std::string AccuracyMarkdown(std::span<const AccuracyRow> rows) {
  std::string out;
  for (const RowGroup group : kGroups) {
    std::string table;
    for (const AccuracyRow& row : rows) {
      if (GroupOf(row) != group) continue;
      table +=
          fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", row.id, Cell(row.what), Figure(row.published),
                      PredictedText(row), Cell(row.unit), ErrorText(row), Cell(ReadingText(row)), Cell(row.source));
    }
    if (table.empty()) continue;
    out += fmt::format("{}### {}\n\n", out.empty() ? "" : "\n", TitleOf(group));
    if (const AccuracySpread spread = SpreadOf(rows, group); spread.rows > 0) out += SpreadText(spread) + ".\n\n";
    out += "| row | what | published | predicted | unit | error % | reading | source |\n";
    out += "|---|---|---:|---:|---|---:|---|---|\n" + table;
  }
  return out;
}

}  // namespace npusched
