#include "scenarios/accuracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "reports/summary_json.h"
#include "scenarios/metric.h"
#include "scenarios/parallel.h"
#include "scenarios/runner.h"

namespace npusched {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// One variant of one scenario.
struct Run {
  fs::path scenario;
  std::string variant;
  Location where;  // of the first row that wants it
  std::optional<Result<Json>> result;
};

std::string VariantNames(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const VariantSpec& variant : scenario.variants) {
    names.push_back(variant.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// The scenario with this variant alone, without expectations.
Result<Scenario> LoadVariant(const Run& run, const AccuracyOptions& options) {
  Result<Scenario> scenario = LoadScenario(run.scenario, options.set);
  if (!scenario.ok()) {
    return scenario;
  }
  if (!scenario->sweep.empty()) {
    return InputError(run.where, fmt::format("scenario: expected one without a sweep, got {}", scenario->name));
  }
  const auto found =
      std::find_if(scenario->variants.begin(), scenario->variants.end(),
                   [&](const VariantSpec& variant) { return run.variant.empty() || variant.name == run.variant; });
  if (found == scenario->variants.end()) {
    return InputError(run.where, fmt::format("variant: expected one of {} ({}), got '{}'", scenario->name,
                                             VariantNames(*scenario), run.variant));
  }
  VariantSpec only = std::move(*found);
  scenario->variants = {std::move(only)};
  scenario->expect.clear();
  if (!options.hardware.empty()) scenario->hardware = ConfigNode::Scalar(options.hardware);
  if (!options.runtime.empty()) scenario->runtime = ConfigNode::Scalar(options.runtime);
  return scenario;
}

Result<Json> RunVariant(const Run& run, const AccuracyOptions& accuracy) {
  const Result<Scenario> scenario = LoadVariant(run, accuracy);
  if (!scenario.ok()) {
    return scenario.error();
  }
  RunOptions options;
  options.jobs = 1;
  const Result<RunOutcome> outcome = RunScenario(*scenario, options);
  if (!outcome.ok()) {
    return outcome.error();
  }
  if (!outcome->deadlocks.empty()) {
    return outcome->deadlocks.front();
  }
  return VariantJson(outcome->summary.variants.front());
}

// The runs that rows want, and their figures.
class Runs {
 public:
  void Want(const FigureRef& figure) {
    const auto [at, added] = index_.try_emplace({figure.scenario, figure.variant}, runs_.size());
    if (added) runs_.push_back({figure.scenario, figure.variant, figure.where, std::nullopt});
  }

  void RunAll(const AccuracyOptions& options) {
    const auto run = [&](std::size_t i) -> Status {
      runs_[i].result = RunVariant(runs_[i], options);
      if (options.done != nullptr) ++*options.done;
      return {};
    };
    (void)ForEach(runs_.size(), options.jobs, run);  // errors stay with their run
  }

  [[nodiscard]] Result<double> Figure(const FigureRef& figure) const {
    const Result<Json>& result = *runs_[index_.at({figure.scenario, figure.variant})].result;
    if (!result.ok()) {
      return result.error();
    }
    return FigureOf(figure, *result);
  }

 private:
  static Result<double> FigureOf(const FigureRef& figure, const Json& json) {
    const std::size_t star = figure.metric.find(".*.");
    double sum = 0;
    if (star == std::string::npos) {
      return Number(figure, FindMetric(json, figure.metric), json);
    }
    const auto map = json.find(figure.metric.substr(0, star));
    if (map == json.end() || !map->is_object()) {
      return Number(figure, nullptr, json);
    }
    for (const auto& [name, value] : map->items()) {
      Result<double> part = Number(figure, FindMetric(value, figure.metric.substr(star + 3)), json);
      if (!part.ok()) {
        return part;
      }
      sum += *part;
    }
    return sum;
  }

  static Result<double> Number(const FigureRef& figure, const Json* value, const Json& json) {
    if (value != nullptr && value->is_number()) {
      return value->get<double>();
    }
    std::vector<std::string> known;
    AddMetrics(json, "", &known);
    const std::string near = NearestName(figure.metric, known);
    return InputError(figure.where, fmt::format("metric: expected a number in the results of {}, got '{}'{}",
                                                figure.scenario.filename().string(), figure.metric,
                                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }

  std::vector<Run> runs_;
  std::map<std::pair<fs::path, std::string>, std::size_t> index_;
};

Result<double> Predict(const PublishedReading& reading, const Runs& runs) {
  Result<double> value = runs.Figure(reading.figure);
  if (!value.ok()) {
    return value;
  }
  double predicted = *value;
  if (reading.minus.has_value()) {
    Result<double> minus = runs.Figure(*reading.minus);
    if (!minus.ok()) {
      return minus;
    }
    predicted -= *minus;
  }
  if (reading.over.has_value()) {
    Result<double> over = runs.Figure(*reading.over);
    if (!over.ok()) {
      return over;
    }
    if (*over == 0) {
      return InputError(reading.over->where, "over: expected a figure other than 0");
    }
    predicted /= *over;
  }
  return reading.scale * predicted;
}

// Says which row an error belongs to; an error without a place gets the row's.
Error OfRow(Error error, const PublishedRow& row) {
  if (error.where.ToString().empty()) error.where = row.where;
  error.message += fmt::format(" (row {})", row.row.id);
  return error;
}

}  // namespace

AccuracyOutcome MeasureAccuracy(const PublishedFile& published, const AccuracyOptions& options) {
  Runs runs;
  for (const PublishedRow& row : published.rows) {
    for (const PublishedReading& reading : row.readings) {
      runs.Want(reading.figure);
      if (reading.minus.has_value()) runs.Want(*reading.minus);
      if (reading.over.has_value()) runs.Want(*reading.over);
    }
  }
  runs.RunAll(options);
  AccuracyOutcome outcome;
  for (const PublishedRow& row : published.rows) {
    AccuracyRow& out = outcome.rows.emplace_back(row.row);
    for (const PublishedReading& reading : row.readings) {
      const Result<double> predicted = Predict(reading, runs);
      if (!predicted.ok()) {
        outcome.failures.push_back(OfRow(predicted.error(), row));
        out.failure = outcome.failures.back().ToString();
        out.readings.clear();
        break;
      }
      out.readings.push_back({reading.name, *predicted});
    }
  }
  return outcome;
}

}  // namespace npusched
