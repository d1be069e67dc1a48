#include "scenarios/metric.h"

#include <fmt/format.h>

namespace npusched {

using Json = nlohmann::ordered_json;

const Json* FindMetric(const Json& node, std::string_view path) {
  if (path.empty() || !node.is_object()) {
    return path.empty() && !node.is_object() ? &node : nullptr;
  }
  for (std::size_t end = path.size(); end != std::string_view::npos && end > 0; end = path.rfind('.', end - 1)) {
    const auto found = node.find(std::string(path.substr(0, end)));
    if (found != node.end()) {
      const Json* rest = FindMetric(*found, end == path.size() ? "" : path.substr(end + 1));
      if (rest != nullptr) {
        return rest;
      }
    }
  }
  return nullptr;
}

void AddMetrics(const Json& node, const std::string& path, std::vector<std::string>* out) {
  if (!node.is_object()) {
    out->push_back(path);
    return;
  }
  for (const auto& [key, value] : node.items()) {
    AddMetrics(value, path.empty() ? key : fmt::format("{}.{}", path, key), out);
  }
}

}  // namespace npusched
