#include "reports/text.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

namespace npusched {

void AppendInt(std::string& out, std::int64_t value) {
  const fmt::format_int text(value);
  out.append(text.data(), text.size());
}

void AppendUs(std::string& out, Picoseconds t) {
  if (t < 0) out.push_back('-');
  // Through unsigned, so that the smallest value has a magnitude too.
  const std::uint64_t magnitude = t < 0 ? 0 - static_cast<std::uint64_t>(t) : static_cast<std::uint64_t>(t);
  const fmt::format_int whole(magnitude / kPsPerUs);
  out.append(whole.data(), whole.size());
  std::uint64_t fraction = magnitude % kPsPerUs;
  if (fraction == 0) return;
  char digits[7] = {'.', '0', '0', '0', '0', '0', '0'};
  for (int i = 6; i > 0; --i, fraction /= 10) digits[i] = static_cast<char>('0' + fraction % 10);
  std::size_t length = sizeof digits;
  while (digits[length - 1] == '0') --length;
  out.append(digits, length);
}

std::string CoreName(const Machine& machine, CoreId core) {
  if (machine.IsAic(core)) return fmt::format("AIC_{}", core);
  return fmt::format("AIV_{}", core - machine.aic_count());
}

std::string_view NameOf(CoreShape shape) {
  switch (shape) {
    case CoreShape::kAic:
      return "aic";
    case CoreShape::kAiv:
      return "aiv";
    case CoreShape::kMix:
      return "mix";
    case CoreShape::kDummy:
      return "dummy";
    case CoreShape::kAlloc:
      return "alloc";
  }
  return "";
}

std::string_view NameOf(PhaseKind kind) {
  constexpr std::array<std::string_view, kPhaseKinds> kNames = {"complete",       "dummy", "dispatch",
                                                                "early_dispatch", "drain", "release"};
  return kNames[static_cast<std::size_t>(kind)];
}

// Through JSON and back.
std::string Utf8(std::string_view text) { return nlohmann::json::parse(JsonString(text)).get<std::string>(); }

std::string JsonString(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string CsvField(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

std::string XmlText(std::string_view text) {
  constexpr std::string_view kSpecial = "&<>\"";
  constexpr std::array<std::string_view, kSpecial.size()> kEntities = {"&amp;", "&lt;", "&gt;", "&quot;"};
  std::string out;
  for (const char c : Utf8(text)) {
    if (const std::size_t special = kSpecial.find(c); special != std::string_view::npos) {
      out += kEntities[special];
    } else {
      out.push_back(static_cast<unsigned char>(c) < ' ' ? ' ' : c);
    }
  }
  return out;
}

}  // namespace npusched
