#include "scenarios/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "scenarios/minimize.h"

namespace npusched {
namespace {

// Errors below this count by their square, larger ones by their size: a row that the model cannot meet pulls no
// harder the farther it is.
constexpr double kBend = 0.1;

double Loss(std::span<const AccuracyRow> rows, std::span<const FitRow> weights) {
  double sum = 0;
  double weight = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double ratio = rows[i].Nearest().predicted / rows[i].published;
    const double bends = ratio > 0 ? std::log(ratio) / kBend : HUGE_VAL;
    sum += weights[i].weight * (std::sqrt(1 + bends * bends) - 1);
    weight += weights[i].weight;
  }
  return sum / weight;
}

// The rows of the plan, in its order.
Result<PublishedFile> RowsOf(const PublishedFile& published, const FitPlan& plan) {
  PublishedFile chosen;
  chosen.file = published.file;
  for (const FitRow& row : plan.rows) {
    const auto found = std::find_if(published.rows.begin(), published.rows.end(),
                                    [&](const PublishedRow& other) { return other.row.id == row.id; });
    if (found == published.rows.end()) {
      return InputError(row.where,
                        fmt::format("rows: expected a row of {}, got '{}'", published.file.string(), row.id));
    }
    if (found->row.kind != RowKind::kFit) {
      return InputError(row.where, fmt::format("rows: expected rows of kind fit, but '{}' is of kind {}: nothing is "
                                               "fitted to it",
                                               row.id, NameOf(found->row.kind)));
    }
    chosen.rows.push_back(*found);
  }
  return chosen;
}

// Four digits: more would pretend a precision that no measurement here has.
double Rounded(double value) { return std::stod(fmt::format("{:.4g}", value)); }

std::vector<double> Values(const FitPlan& plan, std::span<const double> x) {
  std::vector<double> values;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const FitParameter& parameter = plan.parameters[i];
    const double value = Rounded(parameter.low + x[i] * (parameter.high - parameter.low));
    values.push_back(std::clamp(value, parameter.low, parameter.high));
  }
  return values;
}

// Runs the rows with these values.
class Trial {
 public:
  Trial(const PublishedFile& rows, const FitPlan& plan, const FitOptions& options)
      : rows_(rows), plan_(plan), options_(options) {}

  Result<std::vector<AccuracyRow>> Run(std::span<const double> values) const {
    AccuracyOptions accuracy;
    accuracy.jobs = options_.jobs;
    accuracy.set = options_.set;
    (plan_.section == "hardware" ? accuracy.hardware : accuracy.runtime) = plan_.config;
    for (std::size_t i = 0; i < values.size(); ++i) {
      accuracy.set.push_back(fmt::format("{}.{}.value={}", plan_.section, plan_.parameters[i].path, values[i]));
    }
    AccuracyOutcome outcome = MeasureAccuracy(rows_, accuracy);
    if (!outcome.failures.empty()) {
      return outcome.failures.front();
    }
    return std::move(outcome.rows);
  }

 private:
  const PublishedFile& rows_;
  const FitPlan& plan_;
  const FitOptions& options_;
};

}  // namespace

Result<FitOutcome> Fit(const PublishedFile& published, const FitPlan& plan, const FitOptions& options) {
  const Result<PublishedFile> rows = RowsOf(published, plan);
  if (!rows.ok()) {
    return rows.error();
  }
  const Trial trial(*rows, plan, options);
  std::vector<double> start;
  std::vector<double> x;
  for (const FitParameter& parameter : plan.parameters) {
    start.push_back(parameter.start);
    x.push_back(std::clamp((parameter.start - parameter.low) / (parameter.high - parameter.low), 0.0, 1.0));
  }
  FitOutcome outcome;
  Result<std::vector<AccuracyRow>> before = trial.Run(start);
  if (!before.ok()) {
    return before.error();
  }
  outcome.before = *std::move(before);
  outcome.loss_before = Loss(outcome.before, plan.rows);
  std::optional<Error> failure;
  const Minimum best = Minimize(x, options.evaluations, [&](std::span<const double> point) {
    const Result<std::vector<AccuracyRow>> result = trial.Run(Values(plan, point));
    if (!result.ok()) {
      failure = result.error();
      return std::numeric_limits<double>::quiet_NaN();
    }
    return Loss(*result, plan.rows);
  });
  if (failure.has_value()) {
    return *failure;
  }
  outcome.evaluations = best.evaluations;
  outcome.values = Values(plan, best.x);
  Result<std::vector<AccuracyRow>> after = trial.Run(outcome.values);
  if (!after.ok()) {
    return after.error();
  }
  outcome.after = *std::move(after);
  outcome.loss_after = Loss(outcome.after, plan.rows);
  return outcome;
}

}  // namespace npusched
