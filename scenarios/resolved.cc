#include "scenarios/resolved.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "base/read_recorder.h"
#include "base/version.h"
#include "scenarios/program.h"

namespace npusched {
namespace {

namespace fs = std::filesystem;

// A number with its source is written as the plain number; the sources stay in the configs.
ConfigNode Plain(const ConfigNode& node) {
  const ConfigNode* value = node.kind == NodeKind::kMap ? node.Find("value") : nullptr;
  return value != nullptr ? *value : node;
}

// Whether a tree has something at a dotted path.
bool HasPath(const ConfigNode& root, std::string_view path) {
  const ConfigNode* node = &root;
  while (node != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    node = node->Find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return node != nullptr && node->kind != NodeKind::kNull;
}

// Adds what readers asked for below `section` and the tree does not say.
Status AddDefaults(const std::vector<ReadKey>& keys, const std::string& section, ConfigNode* tree) {
  for (const ReadKey& key : keys) {
    if (!key.path.starts_with(section + ".")) {
      continue;
    }
    const std::string path = key.path.substr(section.size() + 1);
    const ConfigNode value = Plain(key.value);
    const bool shown = value.kind == NodeKind::kScalar || (value.kind == NodeKind::kList && !value.items.empty());
    if (shown && !HasPath(*tree, path)) {
      if (Status s = SetPath(*tree, path, value); !s.ok()) {
        return s;
      }
    }
  }
  return {};
}

// Other keys of a program take their defaults from its shape and from the form of its head.
bool ChangesShape(const Scenario& scenario) {
  const auto of_shape = [](const auto& change) {
    return change.path == "program.shape" || change.path == "program.lm_head_form";
  };
  return std::ranges::any_of(scenario.overrides, of_shape) || std::ranges::any_of(scenario.sweep, of_shape) ||
         std::ranges::any_of(scenario.variants, [&](const VariantSpec& variant) {
           return std::ranges::any_of(variant.changes, of_shape);
         });
}

// Every key that the readers of the base ask for. Where only the variants make a whole, there is nothing to
// write out: a default taken from one variant would leak into the others.
std::vector<ReadKey> ReadKeys(const CaseList& cases) {
  const ReadRecorder recorder;
  Result<Case> base = cases.MakeBase();  // reads the machine and the runtime
  if (!base.ok() || !EmitCase(*base).ok()) {
    return {};
  }
  return recorder.keys();
}

// Relative paths would point elsewhere from the results folder.
void MakePathAbsolute(const ConfigSearch& search, ConfigNode* path) {
  if (path != nullptr && path->kind == NodeKind::kScalar) {
    std::error_code ec;
    path->scalar = fs::weakly_canonical(search.RelativeTo(path->where, path->scalar), ec).string();
  }
}

ConfigNode ChangesNode(const std::vector<Change>& changes, const ConfigSearch& search) {
  ConfigNode node;
  node.kind = NodeKind::kMap;
  for (const Change& change : changes) {
    ConfigNode& value = node.At(change.path);
    value = change.value;
    if (change.path == "program.path") {
      MakePathAbsolute(search, &value);
    }
  }
  return node;
}

ConfigNode VariantsNode(const Scenario& scenario) {
  ConfigNode list;
  list.kind = NodeKind::kList;
  for (const VariantSpec& variant : scenario.variants) {
    ConfigNode node;
    node.At("name") = ConfigNode::Scalar(variant.name);
    std::vector<Change> changes = variant.changes;
    changes.insert(changes.end(), scenario.overrides.begin(), scenario.overrides.end());
    if (!changes.empty()) {
      node.At("set") = ChangesNode(changes, scenario.search);
    }
    if (variant.edit.kind != NodeKind::kNull) {
      node.At("edit") = variant.edit;
    }
    list.items.push_back(std::move(node));
  }
  return list;
}

ConfigNode SweepNode(const Scenario& scenario) {
  ConfigNode node;
  node.kind = NodeKind::kMap;
  for (const SweepAxis& axis : scenario.sweep) {
    ConfigNode& values = node.At(axis.path);
    values.kind = NodeKind::kList;
    values.items = axis.values;
  }
  return node;
}

}  // namespace

Result<std::string> ResolvedYaml(const Scenario& scenario, const CaseList& cases, const Digest& inputs) {
  ConfigNode root;
  root.At("schema") = ConfigNode::Scalar("npusched.scenario/1");
  root.At("name") = ConfigNode::Scalar(scenario.name);
  if (!scenario.question.empty()) {
    root.At("question") = ConfigNode::Scalar(scenario.question);
  }
  root.At("program") = scenario.program;
  root.At("hardware") = cases.hardware();
  root.At("runtime") = cases.runtime();
  root.At("numeric") = scenario.numeric;
  root.Find("numeric")->kind = NodeKind::kMap;
  const std::vector<ReadKey> keys = ReadKeys(cases);
  for (const char* key : {"program", "hardware", "runtime", "numeric"}) {
    if (std::string_view(key) == "program" && ChangesShape(scenario)) {
      continue;  // a default of the base would leak into the other shapes
    }
    if (Status s = AddDefaults(keys, key, root.Find(key)); !s.ok()) {
      return s.error();
    }
  }
  MakePathAbsolute(scenario.search, root.Find("program")->Find("path"));
  root.At("variants") = VariantsNode(scenario);
  if (!scenario.sweep.empty()) {
    root.At("sweep") = SweepNode(scenario);
  }
  if (const ConfigNode* expect = scenario.root.Find("expect"); expect != nullptr) {
    root.At("expect") = *expect;
  }
  if (scenario.races.has_value()) {
    root.At("races") = ConfigNode::Scalar(*scenario.races ? "true" : "false");
  }
  Digest hash;
  hash.Add(EmitYaml(root));
  hash.Add(inputs.Hex());
  ConfigNode& tool = root.At("tool");
  tool.At("version") = ConfigNode::Scalar(std::string(kVersion));
  tool.At("inputs") = ConfigNode::Scalar(hash.Hex());
  tool.Find("version")->quoted = true;
  tool.Find("inputs")->quoted = true;
  return EmitYaml(root);
}

}  // namespace npusched
