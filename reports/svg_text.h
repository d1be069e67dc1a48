// What the still pictures share (reports/swimlane_svg.h, reports/bars_svg.h): short figures, titles in lines,
// hatchings.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace npusched {

// "12.3": microseconds to the nearest tenth.
std::string ShortUs(Picoseconds t);

// Lines of at most `width` bytes, broken at spaces; a longer word gets a line of its own.
std::vector<std::string> WrapText(std::string_view text, std::size_t width);

// Paths that hatch a tile of 6 by 6; the first is none.
inline constexpr std::array<std::string_view, 4> kHatchings = {"", "M-1 1L1-1M0 6L6 0M5 7L7 5",
                                                               "M-1 5L1 7M0 0L6 6M5-1L7 1", "M0 3H6"};

// A pattern of a colour under its hatching, to be filled with url(#id); `tile` are the attributes that
// colour its ground.
std::string HatchPattern(std::string_view id, std::string_view tile, std::string_view hatching);

}  // namespace npusched
