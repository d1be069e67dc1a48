#include "reports/text_grid.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace npusched {
namespace {

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kPlain = "\x1b[0m";

}  // namespace

std::size_t DisplayWidth(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void TextGrid::Add(std::vector<std::string> cells) {
  NPU_CHECK(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::string TextGrid::Print(bool color) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = DisplayWidth(columns_[c].title);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[c]));
    widths.push_back(width);
  }
  std::string out;
  const auto print_line = [&](const auto& cell_of) {
    std::string line;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const std::string& cell = cell_of(c);
      const std::string blanks(widths[c] - DisplayWidth(cell), ' ');
      if (c > 0) line += "  ";
      line += columns_[c].right ? blanks + cell : cell + blanks;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  };
  const std::string titles = print_line([&](std::size_t c) -> const std::string& { return columns_[c].title; });
  if (color) out += kBold;
  out += titles;
  if (color) out += kPlain;
  out += '\n';
  for (const auto& row : rows_) {
    out += print_line([&](std::size_t c) -> const std::string& { return row[c]; }) + '\n';
  }
  return out;
}

}  // namespace npusched
