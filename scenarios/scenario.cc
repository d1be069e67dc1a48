#include "scenarios/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "graphs/edit.h"
#include "scenarios/expect.h"

namespace npusched {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kMaxAxes = 16;

// Names become files: letters, digits, '_', '-', '.' and no leading dot.
bool IsFileName(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), allowed);
}

void ReadName(MapReader& read, std::string* name) {
  read.Required("name", name);
  if (read.Has("name") && !IsFileName(*name)) {
    read.Fail("name", fmt::format("expected 1 to {} of letters, digits, '_', '-' and '.', got '{}'", kLongestName,
                                  name->substr(0, kLongestName)));
  }
}

// The path of a change, with model.x short for program.model.x.
Result<std::string> ChangePath(const std::string& path, const Location& where) {
  const std::string section = path.substr(0, path.find('.'));
  const std::vector<std::string> sections = {"program", "hardware", "runtime", "model", "numeric"};
  if (std::find(sections.begin(), sections.end(), section) == sections.end()) {
    const std::string near = NearestName(section, sections);
    return InputError(where, fmt::format("{}: expected a key of program, hardware, runtime, model or numeric{}", path,
                                         near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  return section == "model" ? "program." + path : path;
}

Result<std::vector<Change>> ReadChanges(const ConfigNode& node, const std::string& name) {
  std::vector<Change> changes;
  if (node.kind != NodeKind::kMap && node.kind != NodeKind::kNull) {
    return InputError(node.where, fmt::format("{}: expected a map of dotted keys", name));
  }
  for (const ConfigNode::Entry& entry : node.entries) {
    Result<std::string> path = ChangePath(entry.key, entry.where);
    if (!path.ok()) {
      return path.error();
    }
    changes.push_back({*path, entry.value});
  }
  return changes;
}

const std::vector<ConfigNode>& Items(MapReader& read, std::string_view key) {
  static const std::vector<ConfigNode> kNone;
  const ConfigNode* list = read.Child(key);
  if (list != nullptr && list->kind != NodeKind::kList) {
    read.Fail(key, "expected a list");
    return kNone;
  }
  return list == nullptr ? kNone : list->items;
}

void ReadVariants(MapReader& read, Scenario* scenario) {
  std::set<std::string> names;
  for (const ConfigNode& item : Items(read, "variants")) {
    const std::string path = fmt::format("variants[{}]", scenario->variants.size());
    MapReader variant(item, path);
    VariantSpec spec;
    ReadName(variant, &spec.name);
    Result<std::vector<Change>> changes = ReadChanges(variant.ChildMap("set"), path + ".set");
    if (!changes.ok()) {
      variant.Absorb(changes.error());
    } else {
      spec.changes = *std::move(changes);
    }
    if (const ConfigNode* edit = variant.Child("edit"); edit != nullptr) {
      spec.edit = *edit;
      if (const auto edits = ReadEdits(*edit, path + ".edit"); !edits.ok()) {
        variant.Absorb(edits.error());
      }
    }
    if (!names.insert(spec.name).second) {
      variant.Fail("name", fmt::format("expected each variant once, got '{}' again", spec.name));
    }
    read.Absorb(variant.Finish());
    scenario->variants.push_back(std::move(spec));
  }
  if (scenario->variants.empty()) {
    scenario->variants.push_back({"base", {}, {}});
  }
}

void ReadSweep(MapReader& read, Scenario* scenario) {
  Result<std::vector<Change>> axes = ReadChanges(read.ChildMap("sweep"), "sweep");
  if (!axes.ok()) {
    read.Absorb(axes.error());
    return;
  }
  for (Change& axis : *axes) {
    const Location where = axis.value.where;
    if (axis.value.kind != NodeKind::kList || axis.value.items.empty()) {
      read.Absorb(InputError(where, fmt::format("sweep.{}: expected a list of at least one value", axis.path)));
      return;
    }
    std::set<std::string> values;  // as written; each names files
    for (const ConfigNode& value : axis.value.items) {
      if (!values.insert(EmitYaml(value)).second) {
        read.Absorb(InputError(value.where, fmt::format("sweep.{}: expected each value once", axis.path)));
        return;
      }
    }
    scenario->sweep.push_back({std::move(axis.path), std::move(axis.value.items)});
  }
  if (scenario->sweep.size() > kMaxAxes) {
    read.Fail("sweep", fmt::format("expected at most {} keys, got {}", kMaxAxes, scenario->sweep.size()));
  }
}

Status ReadOverrides(const std::vector<std::string>& overrides, Scenario* scenario) {
  for (const std::string& text : overrides) {
    Result<std::pair<std::string, ConfigNode>> parsed = ParseOverride(text);
    if (!parsed.ok()) {
      return parsed.error();
    }
    Result<std::string> path = ChangePath(parsed->first, {"--set", 1, 1, ""});
    if (!path.ok()) {
      return path.error();
    }
    const auto swept = std::find_if(scenario->sweep.begin(), scenario->sweep.end(),
                                    [&](const SweepAxis& axis) { return axis.path == *path; });
    if (swept != scenario->sweep.end()) {
      return InputError({"--set", 1, 1, ""}, fmt::format("{}: expected a key that the scenario does not sweep", *path));
    }
    scenario->overrides.push_back({*path, std::move(parsed->second)});
  }
  return {};
}

void ReadSection(MapReader& read, const char* key, ConfigNode* out) {
  if (const ConfigNode* node = read.RequiredChild(key); node != nullptr) {
    *out = *node;
  }
}

// Expectations name variants, so they come after them.
void ReadExpectations(MapReader& read, Scenario* scenario) {
  std::vector<std::string> names;
  for (const VariantSpec& variant : scenario->variants) {
    names.push_back(variant.name);
  }
  std::size_t index = 0;
  for (const ConfigNode& item : Items(read, "expect")) {
    Result<Expectation> expectation = ReadExpectation(item, fmt::format("expect[{}]", index++), names);
    if (!expectation.ok()) {
      read.Absorb(expectation.error());
      return;
    }
    scenario->expect.push_back(*std::move(expectation));
  }
}

}  // namespace

Result<Scenario> LoadScenario(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  Result<ConfigNode> root = LoadExtended(file);
  if (!root.ok()) {
    return root.error();
  }
  Scenario scenario;
  scenario.file = file;
  scenario.root = *root;
  scenario.search = ConfigSearch(file);
  MapReader read(*root, "");
  int schema = 0;
  read.RequiredEnum("schema", {"npusched.scenario/1"}, &schema);
  ReadName(read, &scenario.name);
  read.Optional("question", &scenario.question);
  ReadSection(read, "program", &scenario.program);
  ReadSection(read, "hardware", &scenario.hardware);
  ReadSection(read, "runtime", &scenario.runtime);
  scenario.numeric = read.ChildMap("numeric");
  ReadVariants(read, &scenario);
  ReadSweep(read, &scenario);
  ReadExpectations(read, &scenario);
  bool races = false;
  read.Optional("races", &races);
  if (read.Has("races")) {
    scenario.races = races;
  }
  read.Child("tool");  // what a resolved scenario says about its making
  if (Status s = read.Finish(); !s.ok()) {
    return s.error();
  }
  if (Status s = ReadOverrides(overrides, &scenario); !s.ok()) {
    return s.error();
  }
  return scenario;
}

}  // namespace npusched
