#include "base/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "base/check.h"

namespace npusched {
namespace {

void Emit(YAML::Emitter& out, const ConfigNode& node) {
  switch (node.kind) {
    case NodeKind::kNull:
      out << YAML::Null;
      break;
    case NodeKind::kScalar:
      if (node.quoted) {
        out << YAML::DoubleQuoted;
      }
      out << node.scalar;
      break;
    case NodeKind::kList:
      if (std::all_of(node.items.begin(), node.items.end(),
                      [](const ConfigNode& item) { return item.kind <= NodeKind::kScalar; })) {
        out << YAML::Flow;
      }
      out << YAML::BeginSeq;
      for (const ConfigNode& item : node.items) {
        Emit(out, item);
      }
      out << YAML::EndSeq;
      break;
    case NodeKind::kMap: {
      out << YAML::BeginMap;
      for (const ConfigNode::Entry& entry : node.entries) {
        out << YAML::Key << entry.key << YAML::Value;
        Emit(out, entry.value);
      }
      out << YAML::EndMap;
      break;
    }
  }
}

std::vector<std::string> SplitPath(std::string_view dotted) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t dot = dotted.find('.', begin);
    parts.emplace_back(dotted.substr(begin, dot - begin));
    if (dot == std::string_view::npos) {
      return parts;
    }
    begin = dot + 1;
  }
}

}  // namespace

const ConfigNode* ConfigNode::Find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

ConfigNode* ConfigNode::Find(std::string_view key) {
  return const_cast<ConfigNode*>(static_cast<const ConfigNode*>(this)->Find(key));
}

ConfigNode& ConfigNode::At(std::string_view key) {
  NPU_CHECK(kind == NodeKind::kMap || kind == NodeKind::kNull);
  kind = NodeKind::kMap;
  if (ConfigNode* found = Find(key); found != nullptr) {
    return *found;
  }
  entries.push_back({std::string(key), where, {}});
  return entries.back().value;
}

ConfigNode ConfigNode::Scalar(std::string text, Location where) {
  ConfigNode node;
  node.kind = NodeKind::kScalar;
  node.scalar = std::move(text);
  node.where = std::move(where);
  return node;
}

std::string EmitYaml(const ConfigNode& node) {
  YAML::Emitter out;
  Emit(out, node);
  NPU_CHECK(out.good());
  return std::string(out.c_str()) + "\n";
}

void Merge(ConfigNode& base, const ConfigNode& over) {
  if (base.kind != NodeKind::kMap || over.kind != NodeKind::kMap) {
    base = over;
    return;
  }
  for (const ConfigNode::Entry& entry : over.entries) {
    if (ConfigNode* found = base.Find(entry.key); found != nullptr) {
      Merge(*found, entry.value);
    } else {
      base.entries.push_back(entry);
    }
  }
}

Status SetPath(ConfigNode& root, std::string_view dotted_path, const ConfigNode& value) {
  ConfigNode* node = &root;
  for (const std::string& part : SplitPath(dotted_path)) {
    if (part.empty()) {
      return InputError(value.where,
                        fmt::format("expected a dotted path such as program.layers, got '{}'", dotted_path));
    }
    if (node->kind != NodeKind::kMap && node->kind != NodeKind::kNull) {
      return InputError(value.where, fmt::format("{}: expected a path into maps, but what stands before '{}' is a {}",
                                                 dotted_path, part, node->kind == NodeKind::kList ? "list" : "value"));
    }
    if (node->Find(part) == nullptr) {
      node->At(part);
      node->entries.back().where = value.where;
    }
    node = node->Find(part);
  }
  Merge(*node, value);
  return {};
}

Result<std::pair<std::string, ConfigNode>> ParseOverride(std::string_view text) {
  const std::string file = "--set";
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return InputError({file, 1, 1, ""}, fmt::format("expected key.path=value, got '{}'", text));
  }
  const std::string_view value_text = text.substr(equals + 1);
  ConfigNode value;
  if (!value_text.empty()) {
    // Spaces stand for the path, so that columns count from the start of the argument.
    Result<ConfigNode> parsed = ParseYaml(std::string(equals + 1, ' ') + std::string(value_text), file);
    if (!parsed.ok()) {
      return parsed.error();
    }
    value = *parsed;
  }
  value.where = {file, 1, static_cast<int>(equals) + 2, ""};
  return std::pair{std::string(text.substr(0, equals)), std::move(value)};
}

}  // namespace npusched
