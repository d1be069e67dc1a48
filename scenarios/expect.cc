#include "scenarios/expect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "reports/summary_json.h"
#include "scenarios/metric.h"

namespace npusched {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kUnbounded = 1e308;

// `pattern` with its '*' filled by the part of `metric` in that place; empty when there is none.
std::string Filled(const std::string& pattern, const std::string& metric) {
  const std::size_t star = pattern.find('*');
  if (star == std::string::npos) {
    return pattern;
  }
  if (!metric.starts_with(pattern.substr(0, star))) {
    return "";
  }
  const std::size_t last_dot = metric.rfind('.');
  const bool tail = star + 1 < pattern.size();
  const std::size_t end = tail && last_dot != std::string::npos && last_dot > star ? last_dot : metric.size();
  if (end <= star) {
    return "";
  }
  return pattern.substr(0, star) + metric.substr(star, end - star) + pattern.substr(star + 1);
}

std::string NearText(const std::string& near) { return near.empty() ? "" : fmt::format("; did you mean '{}'?", near); }

void CheckMetric(MapReader& read, const std::string& metric) {
  std::vector<std::string> known;
  for (const std::string& pattern : MetricPatterns()) {
    if (std::string filled = Filled(pattern, metric); !filled.empty()) {
      known.push_back(std::move(filled));
    }
  }
  if (std::find(known.begin(), known.end(), metric) == known.end()) {
    read.Fail("metric", fmt::format("expected a metric of summary.json such as makespan_us, got '{}'{}", metric,
                                    NearText(NearestName(metric, known))));
  }
}

void ReadVariantName(MapReader& read, const char* key, const std::vector<std::string>& variants, std::string* out) {
  read.Optional(key, out);
  if (read.Has(key) && std::find(variants.begin(), variants.end(), *out) == variants.end()) {
    read.Fail(key, fmt::format("expected a variant of this scenario ({}), got '{}'{}", fmt::join(variants, ", "), *out,
                               NearText(NearestName(*out, variants))));
  }
}

// {program.vocab_chunk: 64}
void ReadPoint(MapReader& read, Expectation* out) {
  const ConfigNode& point = read.ChildMap("point");
  if (point.kind != NodeKind::kMap && point.kind != NodeKind::kNull) {
    read.Fail("point", "expected a map of swept keys");
  }
  for (const ConfigNode::Entry& entry : point.entries) {
    out->point.push_back({entry.key, entry.value.scalar});
  }
}

void ReadOperators(MapReader& read, Expectation* out) {
  const int operators = static_cast<int>(read.Has("between")) + static_cast<int>(read.Has("equals")) +
                        static_cast<int>(read.Has("at_most") || read.Has("at_least"));
  read.Optional("at_least", &out->at_least);
  read.Optional("at_most", &out->at_most);
  if (const ConfigNode* equals = read.Child("equals"); equals != nullptr) {
    out->equals = *equals;
    if (equals->kind != NodeKind::kScalar) {
      read.Fail("equals", "expected a number, true, false or a text");
    }
  }
  if (const ConfigNode* between = read.Child("between"); between != nullptr) {
    const bool pair = between->kind == NodeKind::kList && between->items.size() == 2;
    for (std::size_t i = 0; pair && i < 2; ++i) {
      ConfigNode end;
      end.At("between") = between->items[i];
      MapReader read_end(end, read.path());
      read_end.Optional("between", i == 0 ? &out->at_least : &out->at_most);
      read.Absorb(read_end.Finish());
    }
    if (!pair || out->at_least > out->at_most) {
      read.Fail("between", "expected two numbers [low, high]");
    }
  }
  if (operators != 1) {
    read.Fail("metric", "expected one of between, equals, at_least with at_most beside it");
  }
}

bool Deadlocked(const Json& variant) { return variant["status"] == "deadlock"; }

// A run that ended in a deadlock has no times.
ExpectOutcome NotEnded(const Expectation& expectation, const std::string& what) {
  return {false, expectation.where, what + " is not known, the run did not complete"};
}

bool PointMatches(const Expectation& expectation, const Json& variant) {
  return std::all_of(expectation.point.begin(), expectation.point.end(), [&](const PointValue& value) {
    const auto found = variant["point"].find(value.key);
    return found != variant["point"].end() &&
           (found->is_string() ? found->get<std::string>() : found->dump()) == value.value;
  });
}

// Whether the expectation is about this variant.
bool AppliesTo(const Expectation& expectation, const Json& variant) {
  const std::string& wanted = expectation.of.empty() ? expectation.variant : expectation.of;
  return (wanted.empty() || variant["name"] == wanted) && PointMatches(expectation, variant);
}

Error NoMetric(const Expectation& expectation, const Json& variant) {
  std::vector<std::string> known;
  AddMetrics(variant, "", &known);
  return InputError(
      expectation.metric_where,
      fmt::format("expect.metric: expected a metric of variant '{}', got '{}'{}", variant["name"].get<std::string>(),
                  expectation.metric, NearText(NearestName(expectation.metric, known))));
}

std::string Place(const Json& variant) {
  std::string place = variant["name"].get<std::string>();
  for (const auto& [key, value] : variant["point"].items()) {
    place += fmt::format(" {}={}", key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return place;
}

std::string RangeText(const Expectation& expectation) {
  if (expectation.at_least == -kUnbounded) {
    return fmt::format("at most {}", expectation.at_most);
  }
  if (expectation.at_most == kUnbounded) {
    return fmt::format("at least {}", expectation.at_least);
  }
  return fmt::format("between {} and {}", expectation.at_least, expectation.at_most);
}

ExpectOutcome CheckRange(const Expectation& expectation, double value, const std::string& what) {
  const bool met = value >= expectation.at_least && value <= expectation.at_most;
  return {met, expectation.where, fmt::format("{} is {:.6g}, expected {}", what, value, RangeText(expectation))};
}

ExpectOutcome CheckEquals(const Expectation& expectation, const Json& value, const std::string& what) {
  const ConfigNode& wanted = expectation.equals;
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  bool met = text == wanted.scalar;
  if (value.is_number() && !wanted.quoted) {
    const Json number = Json::parse(wanted.scalar, nullptr, false);
    met = number.is_number() && number.get<double>() == value.get<double>();
  }
  return {met, expectation.where, fmt::format("{} is {}, expected {}", what, text, wanted.scalar)};
}

Result<ExpectOutcome> CheckPlain(const Expectation& expectation, const Json& variant) {
  const Json* value = FindMetric(variant, expectation.metric);
  if (value == nullptr) {
    return NoMetric(expectation, variant);
  }
  const std::string what = fmt::format("{}: {}", Place(variant), expectation.metric);
  if (value->is_null() && Deadlocked(variant)) {
    return NotEnded(expectation, what);
  }
  if (expectation.equals.kind != NodeKind::kNull) {
    return CheckEquals(expectation, *value, what);
  }
  if (!value->is_number()) {
    return InputError(expectation.metric_where,
                      fmt::format("expect.metric: expected a number, but {} is {}", expectation.metric, value->dump()));
  }
  return CheckRange(expectation, value->get<double>(), what);
}

Result<ExpectOutcome> CheckRatio(const Expectation& expectation, const Json& of, const Json& over) {
  std::optional<double> values[2];
  for (int i = 0; i < 2; ++i) {
    const Json& variant = i == 0 ? of : over;
    const Json* value = FindMetric(variant, expectation.metric);
    if (value != nullptr && value->is_null() && Deadlocked(variant)) {
      return NotEnded(expectation, fmt::format("{}: {}", Place(variant), expectation.metric));
    }
    if (value == nullptr || !value->is_number()) {
      return NoMetric(expectation, variant);
    }
    values[i] = value->get<double>();
  }
  const std::string what = fmt::format("{} of {} over {}", expectation.metric, Place(of), Place(over));
  if (*values[1] == 0) {
    return ExpectOutcome{false, expectation.where,
                         what + fmt::format(" divides by 0, expected {}", RangeText(expectation))};
  }
  return CheckRange(expectation, *values[0] / *values[1], what);
}

Status CheckOne(const Expectation& expectation, const std::vector<Json>& variants, std::vector<ExpectOutcome>* out) {
  const std::size_t before = out->size();
  for (const Json& variant : variants) {
    if (!AppliesTo(expectation, variant)) {
      continue;
    }
    const auto over = std::find_if(variants.begin(), variants.end(), [&](const Json& other) {
      return other["name"] == expectation.over && other["point"] == variant["point"];
    });
    NPU_CHECK(expectation.of.empty() || over != variants.end());
    Result<ExpectOutcome> outcome =
        expectation.of.empty() ? CheckPlain(expectation, variant) : CheckRatio(expectation, variant, *over);
    if (!outcome.ok()) {
      return outcome.error();
    }
    out->push_back(*std::move(outcome));
  }
  if (out->size() == before) {
    return InputError(expectation.where, "expect.point: expected a point of the sweep, got one that it does not have");
  }
  return {};
}

}  // namespace

bool StatusExpected(const std::vector<Expectation>& expectations, const Json& variant) {
  return std::ranges::any_of(expectations, [&](const Expectation& expectation) {
    return expectation.metric == "status" && variant["status"] == expectation.equals.scalar &&
           AppliesTo(expectation, variant);
  });
}

const std::vector<std::string>& MetricPatterns() {
  static const std::vector<std::string> kPatterns = [] {
    VariantSummary summary;
    summary.kernels.push_back({.name = "*"});
    summary.replay.emplace().kernels.push_back({.name = "*"});
    Json json = VariantJson(summary);
    json.erase("point");
    json.erase("name");
    json.erase("races");
    std::vector<std::string> leaves;
    AddMetrics(json, "", &leaves);
    summary.deadlock.emplace();
    AddMetrics(VariantJson(summary)["deadlock"], "deadlock", &leaves);
    return leaves;
  }();
  return kPatterns;
}

Result<Expectation> ReadExpectation(const ConfigNode& node, const std::string& path,
                                    const std::vector<std::string>& variants) {
  Expectation out;
  out.where = node.where;
  MapReader read(node, path);
  read.Required("metric", &out.metric);
  if (const ConfigNode* metric = node.Find("metric"); metric != nullptr) {
    out.metric_where = metric->where;
    CheckMetric(read, out.metric);
  }
  ReadVariantName(read, "variant", variants, &out.variant);
  ReadVariantName(read, "of", variants, &out.of);
  ReadVariantName(read, "over", variants, &out.over);
  if (out.of.empty() != out.over.empty() || (!out.of.empty() && !out.variant.empty())) {
    read.Fail("metric", "expected 'of' and 'over' together, without 'variant'");
  }
  ReadPoint(read, &out);
  ReadOperators(read, &out);
  if (!out.of.empty() && out.equals.kind != NodeKind::kNull) {
    read.Fail("equals", "expected a range for a ratio");
  }
  read.Optional("source", &out.source);
  if (Status s = read.Finish(); !s.ok()) {
    return s.error();
  }
  return out;
}

Result<std::vector<ExpectOutcome>> CheckExpectations(const std::vector<Expectation>& expectations,
                                                     const std::vector<Json>& variants) {
  std::vector<ExpectOutcome> outcomes;
  for (const Expectation& expectation : expectations) {
    if (Status s = CheckOne(expectation, variants, &outcomes); !s.ok()) {
      return s.error();
    }
  }
  return outcomes;
}

}  // namespace npusched
