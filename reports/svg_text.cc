#include "reports/svg_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace npusched {

std::string ShortUs(Picoseconds t) {
  const Picoseconds tenths = (t + kPsPerUs / 20) / (kPsPerUs / 10);
  return fmt::format("{}.{}", tenths / 10, tenths % 10);
}

std::vector<std::string> WrapText(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back();
    }
    lines.back() += lines.back().empty() ? "" : " ";
    lines.back() += word;
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return lines;
}

std::string HatchPattern(std::string_view id, std::string_view tile, std::string_view hatching) {
  return fmt::format(
      "<pattern id=\"{}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect {} width=\"6\" "
      "height=\"6\"/><path d=\"{}\" stroke=\"#fff\" stroke-opacity=\".45\"/></pattern>\n",
      id, tile, hatching);
}

}  // namespace npusched
