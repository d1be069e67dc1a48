// Published measurements, each with the figure of a scenario that predicts it.
//
//   rows:
//     - {id: lm_head_297, kind: check, what: "LM head alone", value: 1447, unit: us, source: "...",
//        scenario: lm_head.yaml, variant: blocks_297, metric: makespan_us}
//
// docs/formats/published.md describes every key.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "reports/accuracy.h"

namespace npusched {

// One figure of a scenario's results.
struct FigureRef {
  std::filesystem::path scenario;
  std::string variant;  // empty: the first
  std::string metric;   // dotted path into the variant of summary.json; a '*' sums over all names in its place
  Location where;
};

// What a row is compared with: scale * (figure - minus) / over.
struct PublishedReading {
  std::string name;
  FigureRef figure;
  std::optional<FigureRef> minus;
  std::optional<FigureRef> over;
  double scale = 1;
};

struct PublishedRow {
  AccuracyRow row;  // its readings are filled by the runs
  Location where;
  std::vector<PublishedReading> readings;  // none: the row names no scenario
};

struct PublishedFile {
  std::filesystem::path file;
  std::vector<PublishedRow> rows;
};

// A scenario is looked for beside the file, then in the library of scenarios. Errors: unknown keys, an id twice, a
// value of 0.
Result<PublishedFile> LoadPublished(const std::filesystem::path& file);

// The one that comes with the tool, configs/published/ascend_a2a3.yaml.
Result<PublishedFile> LoadShippedPublished();

// `named`, or the shipped one when that is empty. Rows that name no scenario take that of the shipped row of the same
// id. Errors: no such row.
Result<PublishedFile> LoadPublishedOrShipped(const std::string& named);

}  // namespace npusched
