#include <fmt/format.h>

#include <algorithm>

#include "graphs/submit_trace.h"
#include "graphs/trace_names.h"

namespace npusched {
namespace {

// How far the lists are searched for rows that line up again after a difference.
constexpr std::size_t kWindow = 256;

bool SameRow(const EdgeRow& a, const EdgeRow& b) {
  return a.producer == b.producer && a.consumer == b.consumer && a.arg == b.arg && a.source == b.source &&
         a.overlap == b.overlap;
}

// Where the two lists line up again: the fewest rows skipped on either side.
struct Skip {
  std::size_t recorded = 1;
  std::size_t inferred = 1;
};

Skip FindEqual(std::span<const EdgeRow> recorded, std::span<const EdgeRow> inferred) {
  for (std::size_t skipped = 1; skipped <= kWindow; ++skipped) {
    if (skipped < recorded.size() && !inferred.empty() && SameRow(recorded[skipped], inferred[0])) {
      return {skipped, 0};
    }
    if (skipped < inferred.size() && !recorded.empty() && SameRow(recorded[0], inferred[skipped])) {
      return {0, skipped};
    }
  }
  return {};
}

std::string Describe(const Program& program, const EdgeRow& row) {
  const std::string arg = row.arg < 0 ? "" : fmt::format(" arg {}", row.arg);
  const std::string overlap =
      row.overlap == Overlap::kNone ? "" : fmt::format(" ({})", kOverlapNames[static_cast<std::size_t>(row.overlap)]);
  return fmt::format("{} '{}' -> {} '{}'{} {}{}", row.producer, program.KernelName(row.producer), row.consumer,
                     program.KernelName(row.consumer), arg, kSourceNames[static_cast<std::size_t>(row.source)],
                     overlap);
}

}  // namespace

RowComparison CompareRows(const std::vector<EdgeRow>& recorded, const std::vector<EdgeRow>& inferred) {
  RowComparison result;
  result.recorded_rows = recorded.size();
  result.inferred_rows = inferred.size();
  std::size_t i = 0;
  std::size_t j = 0;
  const auto differ = [&](bool has_recorded, bool has_inferred) {
    ++result.differences;
    if (result.first.size() < RowComparison::kFirstDifferences) {
      RowDifference difference;
      difference.at = i;
      if (has_recorded) {
        difference.recorded = recorded[i];
      }
      if (has_inferred) {
        difference.inferred = inferred[j];
      }
      result.first.push_back(difference);
    }
    i += has_recorded ? 1 : 0;
    j += has_inferred ? 1 : 0;
  };
  while (i < recorded.size() || j < inferred.size()) {
    if (i < recorded.size() && j < inferred.size() && SameRow(recorded[i], inferred[j])) {
      ++i;
      ++j;
      continue;
    }
    const Skip skip = FindEqual(std::span(recorded).subspan(i), std::span(inferred).subspan(j));
    for (std::size_t step = 0; step < std::max(skip.recorded, skip.inferred); ++step) {
      differ(skip.recorded > 0 && i<recorded.size(), skip.inferred> 0 && j < inferred.size());
    }
  }
  return result;
}

std::string RowComparison::ToString(const Program& program) const {
  if (identical()) {
    return fmt::format("{} rows, all as recorded\n", recorded_rows);
  }
  std::string text = fmt::format("{} {}: {} rows recorded, {} inferred\n", differences,
                                 differences == 1 ? "difference" : "differences", recorded_rows, inferred_rows);
  for (const RowDifference& difference : first) {
    const std::string recorded = difference.recorded ? Describe(program, *difference.recorded) : "no row";
    const std::string inferred = difference.inferred ? Describe(program, *difference.inferred) : "no row";
    text += fmt::format("  edges[{}]: recorded {}; inferred {}\n", difference.at, recorded, inferred);
  }
  if (differences > first.size()) {
    text += fmt::format("  and {} more\n", differences - first.size());
  }
  return text;
}

}  // namespace npusched
