// A grid of text cells, printed in aligned columns two blanks apart.
//
//   TextGrid grid({{"kernel", false}, {"cores", true}});
//   grid.Add({"silu", "14"});
//   std::string out = grid.Print(/*color=*/false);
#pragma once

#include <string>
#include <vector>

namespace npusched {

class TextGrid {
 public:
  struct Column {
    std::string title;
    bool right = true;  // numbers
  };

  explicit TextGrid(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // REQUIRES: as many cells as columns.
  void Add(std::vector<std::string> cells);
  // Without trailing blanks; the titles bold when `color`.
  [[nodiscard]] std::string Print(bool color) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Characters a terminal shows, counting one for each code point.
std::size_t DisplayWidth(const std::string& text);

}  // namespace npusched
