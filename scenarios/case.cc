// Cases: the variants of a scenario crossed with the points of its sweep.
#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "scenarios/scenario.h"

namespace npusched {
namespace {

constexpr std::size_t kMaxCases = 100'000;
constexpr std::size_t kLongestLabel = 120;

// A value as one line of the scenario would write it: "64", "true", "[1, 2]".
std::string OneLine(const ConfigNode& node) {
  switch (node.kind) {
    case NodeKind::kNull:
      return "null";
    case NodeKind::kScalar:
      return node.scalar;
    case NodeKind::kList: {
      std::vector<std::string> items;
      for (const ConfigNode& item : node.items) {
        items.push_back(OneLine(item));
      }
      return fmt::format("[{}]", fmt::join(items, ", "));
    }
    case NodeKind::kMap:
      break;
  }
  std::vector<std::string> items;
  for (const ConfigNode::Entry& entry : node.entries) {
    items.push_back(fmt::format("{}: {}", entry.key, OneLine(entry.value)));
  }
  return fmt::format("{{{}}}", fmt::join(items, ", "));
}

// A file name: what is not a letter, a digit or one of -_.,=@ becomes '_'; a long one ends in its hash.
std::string Label(const std::string& variant, const std::vector<PointValue>& point) {
  std::string label = variant;
  for (const PointValue& value : point) {
    const std::string key = value.key.substr(value.key.rfind('.') + 1);
    label += fmt::format("{}{}={}", &value == point.data() ? "@" : ",", key, value.value);
  }
  Digest digest;
  digest.Add(label);
  for (const PointValue& value : point) {
    digest.Add(value.key);
  }
  bool changed = false;
  for (char& c : label) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (std::isalnum(byte) == 0 && std::string_view("-_.,=@").find(c) == std::string_view::npos)) {
      c = '_';
      changed = true;
    }
  }
  if (changed || label.size() > kLongestLabel) {
    label = fmt::format("{}~{}", label.substr(0, kLongestLabel), digest.Hex());
  }
  return label;
}

Status Apply(const Change& change, const ConfigSearch& search, Case* one) {
  const std::string section = change.path.substr(0, change.path.find('.'));
  ConfigNode& target = section == "program" ? one->program : section == "hardware" ? one->hardware : one->runtime;
  if (change.path != section) {
    Status status = SetPath(target, std::string_view(change.path).substr(section.size() + 1), change.value);
    return status.ok() ? status : InputError(status.error().where, section + "." + status.error().message);
  }
  if (section == "program") {
    Merge(target, change.value);
    return {};
  }
  // A name, a path or a map with `extends` takes the place of the whole description.
  if (change.value.kind == NodeKind::kMap && change.value.Find("extends") == nullptr) {
    Merge(target, change.value);
    return {};
  }
  Result<ConfigNode> resolved = search.Resolve(change.value, section);
  if (!resolved.ok()) {
    return resolved.error();
  }
  target = *std::move(resolved);
  return {};
}

// The model's sizes, by the program's own key.
Status ResolveModel(const ConfigSearch& search, Case* one) {
  const ConfigNode* kind = one->program.Find("kind");
  if (kind == nullptr || kind->scalar != "qwen3_decode") {
    return {};
  }
  ConfigNode& named = one->program.At("model_config");
  if (named.kind == NodeKind::kNull) {
    named = ConfigNode::Scalar("qwen3_14b", one->program.where);
  }
  Result<ConfigNode> model = search.Resolve(named, "models");
  if (!model.ok()) {
    return model.error();
  }
  one->model = *std::move(model);
  return {};
}

struct Descriptions {
  ConfigNode hardware;
  ConfigNode runtime;
};

Result<Descriptions> ResolveDescriptions(const Scenario& scenario) {
  Result<ConfigNode> hardware = scenario.search.Resolve(scenario.hardware, "hardware");
  if (!hardware.ok()) {
    return hardware.error();
  }
  Result<ConfigNode> runtime = scenario.search.Resolve(scenario.runtime, "runtime");
  if (!runtime.ok()) {
    return runtime.error();
  }
  return Descriptions{*std::move(hardware), *std::move(runtime)};
}

Result<Case> MakeCase(const Scenario& scenario, const Descriptions& descriptions, const VariantSpec& variant,
                      const std::vector<Change>& point) {
  Case one;
  one.variant = variant.name;
  one.program = scenario.program;
  one.hardware = descriptions.hardware;
  one.runtime = descriptions.runtime;
  one.search = &scenario.search;
  for (const Change& change : point) {
    one.point.push_back({change.path, OneLine(change.value)});
  }
  one.label = Label(one.variant, one.point);
  for (const std::vector<Change>* changes : {&variant.changes, &point, &scenario.overrides}) {
    for (const Change& change : *changes) {
      if (Status s = Apply(change, scenario.search, &one); !s.ok()) {
        return s.error();
      }
    }
  }
  if (Status s = ResolveModel(scenario.search, &one); !s.ok()) {
    return s.error();
  }
  Result<Machine> machine = ReadMachine(one.hardware);
  if (!machine.ok()) {
    return machine.error();
  }
  Result<RuntimeConfig> runtime_config = ReadRuntimeConfig(one.runtime);
  if (!runtime_config.ok()) {
    return runtime_config.error();
  }
  one.machine = *std::move(machine);
  one.runtime_config = *std::move(runtime_config);
  return one;
}

// Point `index` of the sweep, the last axis fastest.
std::vector<Change> PointAt(const std::vector<SweepAxis>& sweep, std::size_t index) {
  std::vector<Change> point(sweep.size());
  for (std::size_t axis = sweep.size(); axis-- > 0;) {
    const std::size_t size = sweep[axis].values.size();
    point[axis] = {sweep[axis].path, sweep[axis].values[index % size]};
    index /= size;
  }
  return point;
}

}  // namespace

Result<std::vector<Case>> ListCases(const Scenario& scenario) {
  std::size_t points = 1;
  for (const SweepAxis& axis : scenario.sweep) {
    points *= axis.values.size();
    if (points * scenario.variants.size() > kMaxCases) {
      return InputError(axis.values.front().where,
                        fmt::format("sweep: expected at most {} points times variants, {} alone makes it more",
                                    kMaxCases, axis.path));
    }
  }
  Result<Descriptions> descriptions = ResolveDescriptions(scenario);
  if (!descriptions.ok()) {
    return descriptions.error();
  }
  std::vector<Case> cases;
  for (const VariantSpec& variant : scenario.variants) {
    for (std::size_t p = 0; p < points; ++p) {
      Result<Case> one = MakeCase(scenario, *descriptions, variant, PointAt(scenario.sweep, p));
      if (!one.ok()) {
        return one.error();
      }
      cases.push_back(*std::move(one));
    }
  }
  return cases;
}

Result<Case> BaseCase(const Scenario& scenario) {
  Result<Descriptions> descriptions = ResolveDescriptions(scenario);
  if (!descriptions.ok()) {
    return descriptions.error();
  }
  return MakeCase(scenario, *descriptions, {"base", {}}, PointAt(scenario.sweep, 0));
}

}  // namespace npusched
