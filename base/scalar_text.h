// Scalars between text and numbers, and how messages show a node.
//
// Behind base/map_reader.cc; `ParseInteger(node)` of `4096`, `4096.0` or `1e6` is a number, of `"4096"` is not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"

namespace npusched {

// Nothing for a quoted text, NaN and infinities.
std::optional<double> ParseFinite(const ConfigNode& node);
// Whole numbers of any spelling that fit 64 bits.
std::optional<std::int64_t> ParseInteger(const ConfigNode& node);

// What a message calls a node: 'text' of a scalar (shortened, on one line), the kind of anything else.
std::string ShowNode(const ConfigNode& node);
// "a, b, c", the first two dozen.
std::string JoinNames(const std::vector<std::string>& names);

}  // namespace npusched
