// Reads a plan of a fit, and the start and range of each parameter from the description that is fitted.
#include <fmt/format.h>

#include <set>

#include "scenarios/config_search.h"
#include "scenarios/fit.h"

namespace npusched {
namespace {

// The node at a dotted path, null when there is none.
const ConfigNode* FindPath(const ConfigNode& root, std::string_view path) {
  const ConfigNode* node = &root;
  while (node != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    node = node->kind == NodeKind::kMap ? node->Find(path.substr(0, dot)) : nullptr;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return node;
}

// Dotted paths of all numbers with a range.
void AddRanged(const ConfigNode& node, const std::string& path, std::vector<std::string>* out) {
  if (node.kind != NodeKind::kMap) {
    return;
  }
  if (node.Find("value") != nullptr) {
    if (node.Find("range") != nullptr) out->push_back(path);
    return;
  }
  for (const ConfigNode::Entry& entry : node.entries) {
    AddRanged(entry.value, path.empty() ? entry.key : fmt::format("{}.{}", path, entry.key), out);
  }
}

Status ReadRange(const ConfigNode& description, const Location& where, FitParameter* parameter) {
  const ConfigNode* node = FindPath(description, parameter->path);
  if (node == nullptr || node->kind != NodeKind::kMap || node->Find("range") == nullptr) {
    std::vector<std::string> ranged;
    AddRanged(description, "", &ranged);
    const std::string near = NearestName(parameter->path, ranged);
    return InputError(where, fmt::format("path: expected a number with a range, got '{}'{}", parameter->path,
                                         near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  // The reader unwraps {value, range}; the ends are read as numbers of their own.
  MapReader read(*node, parameter->path);
  const ConfigNode* range = read.RequiredChild("range");
  if (range->kind != NodeKind::kList || range->items.size() != 2) {
    return InputError(range->where, fmt::format("{}.range: expected [low, high]", parameter->path));
  }
  read.Required("value", &parameter->start);
  double* ends[] = {&parameter->low, &parameter->high};
  for (std::size_t i = 0; i < 2; ++i) {
    ConfigNode end;
    end.At("range") = range->items[i];
    MapReader read_end(end, parameter->path);
    read_end.Required("range", ends[i]);
    read.Absorb(read_end.Finish());
  }
  if (!read.status().ok()) {
    return read.status();
  }
  if (parameter->low >= parameter->high) {
    return InputError(range->where, fmt::format("{}.range: expected [low, high], low below high", parameter->path));
  }
  return {};
}

const std::vector<ConfigNode>& ItemsOf(MapReader& read, const char* key) {
  static const std::vector<ConfigNode> kNone;
  const ConfigNode* list = read.RequiredChild(key);
  if (list == nullptr || list->kind != NodeKind::kList || list->items.empty()) {
    read.Fail(key, "expected a list of at least one item");
    return kNone;
  }
  return list->items;
}

void ReadParameters(MapReader& read, const ConfigNode& description, FitPlan* plan) {
  for (const ConfigNode& item : ItemsOf(read, "parameters")) {
    FitParameter parameter;
    MapReader one(item, fmt::format("parameters[{}]", plan->parameters.size()));
    one.Required("path", &parameter.path);
    one.Required("reason", &parameter.reason);
    read.Absorb(one.Finish());
    if (!read.status().ok()) {
      return;
    }
    read.Absorb(ReadRange(description, item.where, &parameter));
    plan->parameters.push_back(std::move(parameter));
  }
}

void ReadRows(MapReader& read, FitPlan* plan) {
  for (const ConfigNode& item : ItemsOf(read, "rows")) {
    FitRow row;
    row.where = item.where;
    std::string reason;
    MapReader one(item, fmt::format("rows[{}]", plan->rows.size()));
    one.Required("id", &row.id);
    one.Optional("weight", &row.weight, Range{.min = 0});
    one.Optional("reason", &reason);
    read.Absorb(one.Finish());
    plan->rows.push_back(std::move(row));
  }
}

}  // namespace

Result<FitPlan> LoadFitPlan(const std::string& section, const std::string& config) {
  FitPlan plan;
  plan.section = section;
  plan.config = config;
  const ConfigSearch search("scenario.yaml");  // a path is relative to the current folder
  const Result<ConfigNode> description =
      search.Resolve(ConfigNode::Scalar(config, {"--" + section, 1, 1, ""}), section);
  if (!description.ok()) {
    return description.error();
  }
  const Result<ConfigNode> root = search.Resolve(ConfigNode::Scalar(section), "fit");
  if (!root.ok()) {
    return root.error();
  }
  MapReader read(*root, "");
  int schema = 0;
  read.RequiredEnum("schema", {"npusched.fit/1"}, &schema);
  ReadParameters(read, *description, &plan);
  ReadRows(read, &plan);
  if (Status s = read.Finish(); !s.ok()) {
    return s.error();
  }
  return plan;
}

}  // namespace npusched
