// Runs the scenarios behind published measurements and sets what they predict beside what was published.
//
//   Result<PublishedFile> published = LoadShippedPublished();
//   AccuracyOutcome outcome = MeasureAccuracy(*published, {.jobs = 2});
//   fmt::print("{}", AccuracyTable(outcome.rows, {}));
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/result.h"
#include "reports/accuracy.h"
#include "scenarios/published.h"

namespace npusched {

struct AccuracyOptions {
  int jobs = 0;                              // runs at once; 0: as many as the machine has threads
  std::vector<std::string> set = {};         // "key.path=value", over every scenario
  std::string hardware = {};                 // name or absolute path, in place of what the scenarios name
  std::string runtime = {};                  // the same
  std::atomic<std::size_t>* done = nullptr;  // counts finished runs, for a progress line
};

struct AccuracyOutcome {
  std::vector<AccuracyRow> rows;  // in the order of the file
  std::vector<Error> failures;    // of the rows without a reading, in that order
};

// Each variant that rows name runs once, whatever the number of rows. A row whose scenario, variant or metric
// fails keeps no reading and has its error in `failures`; the others are not touched by it.
AccuracyOutcome MeasureAccuracy(const PublishedFile& published, const AccuracyOptions& options);

}  // namespace npusched
