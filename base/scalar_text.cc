#include "base/scalar_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace npusched {
namespace {

constexpr std::size_t kShownText = 60;
constexpr std::size_t kShownNames = 24;

template <typename T>
std::optional<T> ParseWhole(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::string ShowNode(const ConfigNode& node) {
  switch (node.kind) {
    case NodeKind::kNull:
      return "nothing";
    case NodeKind::kList:
      return "a list";
    case NodeKind::kMap:
      return "a map";
    case NodeKind::kScalar:
      break;
  }
  std::string text = node.scalar.substr(0, kShownText);
  for (char& c : text) {
    c = (c >= 0 && c < ' ') ? ' ' : c;  // one line, whatever the text
  }
  return fmt::format("'{}{}'", text, node.scalar.size() > kShownText ? "..." : "");
}

std::optional<double> ParseFinite(const ConfigNode& node) {
  const std::optional<double> value = node.quoted ? std::nullopt : ParseWhole<double>(node.scalar);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> ParseInteger(const ConfigNode& node) {
  if (node.quoted) {
    return std::nullopt;
  }
  if (const std::optional<std::int64_t> value = ParseWhole<std::int64_t>(node.scalar)) {
    return value;
  }
  constexpr double kExact = 9007199254740992.0;  // 2^53: whole doubles are exact up to here
  const std::optional<double> value = ParseFinite(node);
  if (!value || std::abs(*value) > kExact || std::trunc(*value) != *value) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

std::string JoinNames(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kShownNames; ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() > kShownNames ? text + ", ..." : text;
}

}  // namespace npusched
