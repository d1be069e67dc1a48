// The three parts of ReadQwen3Options that know keys: the shape, the sizes, the switches, read in this order.
#pragma once

#include <string_view>

#include "base/config.h"
#include "base/result.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// The section `key` of the model's file, overridden by the program's.
ConfigNode MergedMap(const ConfigNode& model, MapReader& program, std::string_view key);

// `shape` and `lm_head_form`.
void ReadShape(MapReader& read, Qwen3Options* options);

// Sizes of the model, and of its tiles as the shape and the head have them.
Status ReadSizes(const ConfigNode& model, MapReader& program, const Qwen3Options& options, Qwen3Sizes* sizes);

// Everything else but the workload. REQUIRES: the shape and the sizes are read.
void ReadSwitches(MapReader& read, Qwen3Options* options);

}  // namespace npusched
