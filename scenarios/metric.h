// Figures of a result by their dotted path: "makespan_us", "kernels.silu.distinct_cores".
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace npusched {

// The figure at a path into a variant of summary.json, null when there is none. Names of kernels may have dots
// themselves, so the longest key that fits is tried first.
const nlohmann::ordered_json* FindMetric(const nlohmann::ordered_json& node, std::string_view path);

// Appends the path of every figure below `node`.
void AddMetrics(const nlohmann::ordered_json& node, const std::string& path, std::vector<std::string>* out);

}  // namespace npusched
