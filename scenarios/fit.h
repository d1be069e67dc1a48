// Sets parameters of a machine or a runtime so that scenarios come near published measurements.
//
//   Result<FitPlan> plan = LoadFitPlan("hardware", "ascend_a2a3");
//   Result<FitOutcome> outcome = Fit(*published, *plan, {.evaluations = 400});
//   WriteFile("fitted.yaml", FittedYaml(*plan, *outcome));
//
// A plan (configs/fit/*.yaml) names the rows and the parameters, each with the reason why it may move; a parameter
// moves within the range that its YAML states. Only rows of kind fit are accepted. docs/formats/fit.md has the keys
// and the measure that is made small.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "scenarios/accuracy.h"
#include "scenarios/published.h"

namespace npusched {

struct FitParameter {
  std::string path;  // below hardware or runtime: "memory.hbm_gb_per_s"
  std::string reason;
  double start = 0;
  double low = 0;
  double high = 0;
};

struct FitRow {
  std::string id;
  double weight = 1;
  Location where;
};

struct FitPlan {
  std::string section;  // hardware or runtime
  std::string config;   // what is fitted: a name or an absolute path
  std::vector<FitParameter> parameters;
  std::vector<FitRow> rows;
};

struct FitOutcome {
  std::vector<double> values;  // by parameter
  std::vector<AccuracyRow> before;
  std::vector<AccuracyRow> after;
  double loss_before = 0;
  double loss_after = 0;
  int evaluations = 0;
};

// `section`: hardware or runtime; `config`: the description to start from, a name or an absolute path. The plan is
// configs/fit/<section>.yaml. Errors: unknown keys, a parameter without a range, or none at all.
Result<FitPlan> LoadFitPlan(const std::string& section, const std::string& config);

struct FitOptions {
  int evaluations = 400;  // at most
  int jobs = 0;
  std::vector<std::string> set = {};  // as AccuracyOptions::set
};

// Errors: a row of the plan that `published` lacks or that is of kind check; a scenario that fails.
Result<FitOutcome> Fit(const PublishedFile& published, const FitPlan& plan, const FitOptions& options);

// A description that extends the one fitted. Each value says what set it.
std::string FittedYaml(const FitPlan& plan, const FitOutcome& outcome);
// Parameters, then rows, before and after.
std::string FitTable(const FitPlan& plan, const FitOutcome& outcome);

}  // namespace npusched
