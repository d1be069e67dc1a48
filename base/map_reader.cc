// Typed reading of one map of the config tree.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/config.h"
#include "base/read_recorder.h"
#include "base/scalar_text.h"

namespace npusched {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct IntegerRange {
  std::int64_t min;
  std::int64_t max;
  [[nodiscard]] bool Holds(std::int64_t value) const { return value >= min && value <= max; }
};

std::int64_t Clamp(double bound, std::int64_t min, std::int64_t max) {
  if (bound <= static_cast<double>(min)) {
    return min;
  }
  return bound >= static_cast<double>(max) ? max : static_cast<std::int64_t>(bound);
}

template <typename T>
IntegerRange Limits(Range range) {
  constexpr auto kMin = static_cast<std::int64_t>(std::numeric_limits<T>::min());
  constexpr auto kMax = static_cast<std::int64_t>(std::numeric_limits<T>::max());
  return {Clamp(std::ceil(range.min), kMin, kMax), Clamp(std::floor(range.max), kMin, kMax)};
}

std::string Describe(IntegerRange range) {
  if (range.min == std::numeric_limits<std::int64_t>::min() && range.max == std::numeric_limits<std::int64_t>::max()) {
    return "an integer";
  }
  return fmt::format("an integer between {} and {}", range.min, range.max);
}

std::string Describe(Range range) {
  const Range any;
  if (range.min == any.min && range.max == any.max) {
    return "a number";
  }
  if (range.max == any.max) {
    return fmt::format("a number of at least {}", range.min);
  }
  return fmt::format("a number between {} and {}", range.min, range.max);
}

}  // namespace

MapReader::MapReader(const ConfigNode& node, std::string path) : node_(node), path_(std::move(path)) {
  if (node.kind != NodeKind::kMap && node.kind != NodeKind::kNull) {
    status_ = InputError(node.where,
                         fmt::format("{}{}expected a map, got {}", path_, path_.empty() ? "" : ": ", ShowNode(node)));
  }
}

std::string MapReader::Name(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

bool MapReader::Has(std::string_view key) const {
  const ConfigNode* found = node_.Find(key);
  return found != nullptr && found->kind != NodeKind::kNull;
}

void MapReader::Fail(std::string_view key, const std::string& message) {
  if (!status_.ok()) {
    return;
  }
  const ConfigNode* found = node_.Find(key);
  status_ = InputError(found != nullptr ? found->where : node_.where, fmt::format("{}: {}", Name(key), message));
}

void MapReader::Absorb(const Status& status) {
  if (status_.ok() && !status.ok()) {
    status_ = status;
  }
}

void MapReader::Missing(std::string_view key) {
  Take(key);
  if (status_.ok()) {
    missing_ = key;
    Fail(key, "expected a value, but the key is missing");
  }
}

void MapReader::Expected(std::string_view key, const ConfigNode& node, const std::string& expected,
                         const std::string& near) {
  if (status_.ok()) {
    status_ = InputError(node.where, fmt::format("{}: expected {}, got {}{}", Name(key), expected, ShowNode(node),
                                                 near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
}

const ConfigNode* MapReader::Take(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
    known_.emplace_back(key);
  }
  const bool present = Has(key);
  if (ReadRecorder* recorder = ReadRecorder::Current(); recorder != nullptr && recorded_) {
    recorder->Add({Name(key), present, present ? *node_.Find(key) : ConfigNode{}});
  }
  return status_.ok() && present ? node_.Find(key) : nullptr;
}

void MapReader::RecordDefault(std::string_view key, std::string text) const {
  if (ReadRecorder* recorder = ReadRecorder::Current(); recorder != nullptr && recorded_ && !Has(key)) {
    recorder->Add({Name(key), false, ConfigNode::Scalar(std::move(text))});
  }
}

void MapReader::RecordDefault(std::string_view key, const std::vector<std::string>& texts) const {
  if (ReadRecorder* recorder = ReadRecorder::Current(); recorder != nullptr && recorded_ && !Has(key)) {
    ConfigNode list;
    list.kind = NodeKind::kList;
    for (const std::string& text : texts) {
      list.items.push_back(ConfigNode::Scalar(text));
    }
    recorder->Add({Name(key), false, std::move(list)});
  }
}

const ConfigNode* MapReader::Child(std::string_view key) {
  Take(key);
  return Has(key) ? node_.Find(key) : nullptr;
}

const ConfigNode* MapReader::RequiredChild(std::string_view key) {
  if (!Has(key)) {
    Missing(key);
  }
  return Child(key);
}

const ConfigNode& MapReader::ChildMap(std::string_view key) {
  if (const ConfigNode* found = Child(key); found != nullptr) {
    return *found;
  }
  ConfigNode& absent = absent_.emplace_front();
  absent.where = node_.where;  // so that a missing key inside has a place
  return absent;
}

const ConfigNode* MapReader::Scalar(std::string_view key, const std::string& expected) {
  const ConfigNode* found = Take(key);
  if (found != nullptr && found->kind != NodeKind::kScalar) {
    Expected(key, *found, expected);
    return nullptr;
  }
  return found;
}

const ConfigNode* MapReader::Number(std::string_view key, const std::string& expected) {
  const ConfigNode* found = Take(key);
  if (found == nullptr) {
    return nullptr;
  }
  if (found->kind == NodeKind::kMap) {
    return Unwrap(key, *found, expected);
  }
  if (found->kind != NodeKind::kScalar) {
    Expected(key, *found, expected);
    return nullptr;
  }
  return found;
}

const ConfigNode* MapReader::Unwrap(std::string_view key, const ConfigNode& node, const std::string& expected) {
  MapReader inner(node, Name(key));
  inner.recorded_ = false;
  const ConfigNode* value = inner.Child("value");
  const ConfigNode* range = inner.Child("range");
  std::string source;
  std::string reason;
  inner.Optional("source", &source);
  inner.Optional("reason", &reason);
  if (value == nullptr) {
    inner.Missing("value");
  } else if (value->kind != NodeKind::kScalar) {
    inner.Expected("value", *value, expected);
  } else if (range != nullptr) {
    const std::vector<ConfigNode>& ends = range->items;
    const double low = ends.size() == 2 ? ParseFinite(ends[0]).value_or(kNaN) : kNaN;
    const double high = ends.size() == 2 ? ParseFinite(ends[1]).value_or(kNaN) : kNaN;
    const double number = ParseFinite(*value).value_or(low);  // not a number: the caller says so
    if (!(low <= high)) {
      inner.Expected("range", *range, "two numbers [low, high]");
    } else if ((number < low || number > high) && reason.empty()) {
      inner.Fail("value", fmt::format("expected a number within its range [{}, {}], or a 'reason' beside it, got {}",
                                      low, high, ShowNode(*value)));
    }
  }
  Absorb(inner.Finish());
  return status_.ok() ? value : nullptr;
}

template <typename T>
static bool ReadInteger(const ConfigNode* node, IntegerRange limits, T* out) {
  const std::optional<std::int64_t> value = ParseInteger(*node);
  if (!value || !limits.Holds(*value)) {
    return false;
  }
  *out = static_cast<T>(*value);
  return true;
}

bool MapReader::Optional(std::string_view key, std::int64_t* out, Range range) {
  const IntegerRange limits = Limits<std::int64_t>(range);
  const ConfigNode* node = Number(key, Describe(limits));
  if (node == nullptr) {
    RecordDefault(key, fmt::format("{}", *out));
    return false;
  }
  if (!ReadInteger(node, limits, out)) {
    Expected(key, *node, Describe(limits));
    return false;
  }
  return true;
}

bool MapReader::Optional(std::string_view key, std::int32_t* out, Range range) {
  const IntegerRange limits = Limits<std::int32_t>(range);
  std::int64_t wide = *out;
  const bool read = Optional(key, &wide, {static_cast<double>(limits.min), static_cast<double>(limits.max)});
  *out = static_cast<std::int32_t>(wide);
  return read;
}

bool MapReader::Optional(std::string_view key, std::uint32_t* out, Range range) {
  const IntegerRange limits = Limits<std::uint32_t>(range);
  std::int64_t wide = *out;
  const bool read = Optional(key, &wide, {static_cast<double>(limits.min), static_cast<double>(limits.max)});
  *out = static_cast<std::uint32_t>(wide);
  return read;
}

bool MapReader::Optional(std::string_view key, double* out, Range range) {
  const ConfigNode* node = Number(key, Describe(range));
  if (node == nullptr) {
    RecordDefault(key, fmt::format("{}", *out));
    return false;
  }
  const std::optional<double> value = ParseFinite(*node);
  if (!value || *value < range.min || *value > range.max) {
    Expected(key, *node, value ? Describe(range) : Describe(range) + ", finite");
    return false;
  }
  *out = *value;
  return true;
}

bool MapReader::Optional(std::string_view key, bool* out) {
  const ConfigNode* node = Scalar(key, "true or false");
  if (node == nullptr) {
    RecordDefault(key, *out ? "true" : "false");
    return false;
  }
  const std::string& text = node->scalar;
  if (node->quoted || (text != "true" && text != "false")) {
    Expected(key, *node, "true or false");
    return false;
  }
  *out = text == "true";
  return true;
}

bool MapReader::Optional(std::string_view key, std::string* out) {
  const ConfigNode* node = Scalar(key, "a text");
  if (node == nullptr) {
    RecordDefault(key, *out);
    return false;
  }
  *out = node->scalar;
  return true;
}

bool MapReader::Optional(std::string_view key, std::vector<std::int64_t>* out, Range range) {
  const IntegerRange limits = Limits<std::int64_t>(range);
  const ConfigNode* node = Take(key);
  if (node == nullptr) {
    std::vector<std::string> texts;
    for (const std::int64_t value : *out) {
      texts.push_back(fmt::format("{}", value));
    }
    RecordDefault(key, texts);
    return false;
  }
  if (node->kind != NodeKind::kList) {
    Expected(key, *node, "a list of integers");
    return false;
  }
  std::vector<std::int64_t> values(node->items.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ConfigNode& item = node->items[i];
    if (item.kind != NodeKind::kScalar || !ReadInteger(&item, limits, &values[i])) {
      Expected(fmt::format("{}[{}]", key, i), item, Describe(limits));
      return false;
    }
  }
  *out = std::move(values);
  return true;
}

bool MapReader::Optional(std::string_view key, std::vector<std::string>* out) {
  const ConfigNode* node = Take(key);
  if (node == nullptr) {
    RecordDefault(key, *out);
    return false;
  }
  if (node->kind != NodeKind::kList) {
    Expected(key, *node, "a list of texts");
    return false;
  }
  std::vector<std::string> values;
  for (const ConfigNode& item : node->items) {
    if (item.kind != NodeKind::kScalar) {
      Expected(fmt::format("{}[{}]", key, values.size()), item, "a text");
      return false;
    }
    values.push_back(item.scalar);
  }
  *out = std::move(values);
  return true;
}

bool MapReader::OptionalTime(std::string_view key, Picoseconds* out) {
  double scale = 0;
  for (const auto& [suffix, ps] : {std::pair{"_ps", 1.0}, {"_ns", 1e3}, {"_us", 1e6}, {"_ms", 1e9}}) {
    scale = key.ends_with(suffix) ? ps : scale;
  }
  NPU_CHECK(scale > 0);
  constexpr double kLongest = 9e18;  // below 2^63 ps
  double value = static_cast<double>(*out) / scale;
  if (!Optional(key, &value, {.min = 0, .max = kLongest / scale})) {
    return false;
  }
  *out = std::llround(value * scale);
  return true;
}

void MapReader::RequiredTime(std::string_view key, Picoseconds* out) {
  if (Has(key)) {
    OptionalTime(key, out);
  } else {
    Missing(key);
  }
}

bool MapReader::OptionalEnum(std::string_view key, std::initializer_list<std::string_view> names, int* out) {
  const std::vector<std::string> known(names.begin(), names.end());
  const std::string expected = "one of " + JoinNames(known);
  const ConfigNode* node = Scalar(key, expected);
  if (node == nullptr) {
    RecordDefault(key, *out >= 0 && *out < static_cast<int>(known.size()) ? known[static_cast<std::size_t>(*out)] : "");
    return false;
  }
  const auto found = std::find(known.begin(), known.end(), node->scalar);
  if (found == known.end()) {
    Expected(key, *node, expected, NearestName(node->scalar, known));
    return false;
  }
  *out = static_cast<int>(found - known.begin());
  return true;
}

void MapReader::RequiredEnum(std::string_view key, std::initializer_list<std::string_view> names, int* out) {
  if (Has(key)) {
    OptionalEnum(key, names, out);
  } else {
    Missing(key);
  }
}

Status MapReader::Finish() {
  // A key that is missing may stand there misspelled: that message helps more.
  if (!status_.ok() && missing_.empty()) {
    return status_;
  }
  for (const ConfigNode::Entry& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) {
      continue;
    }
    const std::string near = NearestName(entry.key, known_);
    return InputError(entry.where,
                      fmt::format("{}: unknown key, expected one of {}{}", Name(entry.key), JoinNames(known_),
                                  near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  return status_;
}

}  // namespace npusched
