#include "reports/verification.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/race_views.h"
#include "reports/summary_json.h"
#include "reports/text_grid.h"

namespace npusched {
namespace {

using Json = nlohmann::ordered_json;

std::string At(const Mismatch& where) { return fmt::format("[{}, {}]", where.row, where.column); }

std::string NumbersText(const NumericOutcome& numbers) {
  TextGrid grid(
      {{"  tensor", false}, {"elements"}, {"close %"}, {"needed %"}, {"largest error"}, {"at"}, {"unwritten"}});
  for (const TensorComparison& t : numbers.tensors) {
    grid.Add({"  " + t.name, fmt::format("{}", t.elements), fmt::format("{:.4f}", 100 * t.pass_rate()),
              t.judged ? fmt::format("{:g}", 100 * numbers.rule.pass_rate) : "-",
              t.max_error > 0 ? fmt::format("{:.3g}", t.max_error) : "-", t.max_error > 0 ? At(t.worst) : "-",
              fmt::format("{}", t.unwritten)});
  }
  std::string text = grid.Print(false);
  if (numbers.argmax_rows > 0) {
    text += fmt::format("  the same greatest logit in {} of {} rows\n", numbers.argmax_equal, numbers.argmax_rows);
  }
  for (const TensorComparison& t : numbers.tensors) {
    if (!t.judged || t.pass_rate() >= numbers.rule.pass_rate) continue;
    for (const Mismatch& m : t.mismatches) {
      text += fmt::format("    {}{}: got {:.6g}, expected {:.6g}\n", t.name, At(m), m.got, m.expected);
    }
  }
  return text;
}

// JSON has no NaN: null.
Json NumberJson(float value) { return std::isfinite(value) ? Json(value) : Json(); }

Json MismatchJson(const Mismatch& m) {
  return {{"index", {m.row, m.column}}, {"got", NumberJson(m.got)}, {"expected", NumberJson(m.expected)}};
}

Json TensorJson(const TensorComparison& t) {
  Json mismatches = Json::array();
  for (const Mismatch& m : t.mismatches) mismatches.push_back(MismatchJson(m));
  return {{"name", t.name},
          {"judged", t.judged},
          {"elements", t.elements},
          {"close", t.close},
          {"pass_rate", t.pass_rate()},
          {"unwritten", t.unwritten},
          {"max_error", t.max_error},
          {"worst", t.max_error > 0 ? MismatchJson(t.worst) : Json()},
          {"mismatches", std::move(mismatches)}};
}

Json NumbersJson(const CaseVerification& verification) {
  if (!verification.numbers) return {{"compared", false}, {"why", verification.not_compared}};
  const NumericOutcome& numbers = *verification.numbers;
  Json tensors = Json::array();
  for (const TensorComparison& t : numbers.tensors) tensors.push_back(TensorJson(t));
  return {{"compared", true},
          {"seed", verification.options.seed},
          {"reference", verification.options.reference == Precision::kFloat ? "float" : "double"},
          {"rule", {{"atol", numbers.rule.atol}, {"rtol", numbers.rule.rtol}, {"pass_rate", numbers.rule.pass_rate}}},
          {"tensors", std::move(tensors)},
          {"argmax", {{"rows", numbers.argmax_rows}, {"equal", numbers.argmax_equal}}},
          {"passed", numbers.passed()}};
}

}  // namespace

std::string VerificationText(const CaseVerification& verification) {
  std::string text = fmt::format("{}: {}\n", verification.label, verification.passed() ? "pass" : "FAIL");
  text += RacesText(verification.races);
  if (verification.numbers) {
    text += NumbersText(*verification.numbers);
  } else {
    text += fmt::format("  numbers not compared: {}\n", verification.not_compared);
  }
  return text;
}

std::string VerificationJson(const std::string& scenario, const std::vector<CaseVerification>& cases) {
  Json json = {{"schema", "npusched.verify/1"}, {"scenario", scenario}};
  bool passed = true;
  for (const CaseVerification& one : cases) passed = passed && one.passed();
  json["verdict"] = passed ? "pass" : "fail";
  json["variants"] = Json::array();
  for (const CaseVerification& one : cases) {
    Json entry = {{"name", one.variant}, {"point", PointJson(one.point)}};
    entry["verdict"] = one.passed() ? "pass" : "fail";
    entry["races"] = RacesJson(one.races.groups);
    entry["fences"] = FencesJson(one.races.fences);
    entry["numbers"] = NumbersJson(one);
    json["variants"].push_back(std::move(entry));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace npusched
