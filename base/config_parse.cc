// YAML text becomes a ConfigNode: yaml-cpp scans and parses, its events build the tree here, so that
// duplicate keys, aliases and marks are under our own rules.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>

#include "base/atomic_file.h"
#include "base/config.h"

namespace npusched {
namespace {

constexpr std::size_t kMaxBytes = 64U << 20U;
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxKeys = 4096;  // of one map, looked up one after the other
// Of the tree with its aliases expanded: a few lines of nested aliases would fill any memory.
constexpr std::size_t kMaxNodes = 1'000'000;

struct ParseFailure {
  Error error;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string file) : file_(std::move(file)) {}

  ConfigNode Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    ConfigNode node;
    node.where = At(mark);
    Add(std::move(node), anchor, mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      Refuse(mark, "an alias to a node that contains it");
    }
    Count(found->second.nodes, mark);
    Add(found->second.node, 0, mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    ConfigNode node = ConfigNode::Scalar(value, At(mark));
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (!node.quoted) {
      CheckTag(tag, mark);
    }
    Add(std::move(node), anchor, mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(NodeKind::kList, tag, anchor, mark);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(NodeKind::kMap, tag, anchor, mark);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    ConfigNode node;
    YAML::anchor_t anchor = 0;
    std::size_t nodes_before = 0;
    bool has_key = false;
    ConfigNode::Entry entry;  // the key that waits for its value
  };
  struct Anchored {
    ConfigNode node;
    std::size_t nodes = 0;
  };

  [[nodiscard]] Location At(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1, ""}; }

  [[noreturn]] void Refuse(const YAML::Mark& mark, const std::string& message) const {
    throw ParseFailure{InputError(At(mark), message)};
  }

  void CheckTag(const std::string& tag, const YAML::Mark& mark) const {
    if (!tag.empty() && tag != "?") {
      Refuse(mark, fmt::format("expected plain YAML, got the tag '{}'", tag));
    }
  }

  void Count(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ > kMaxNodes) {
      Refuse(mark, fmt::format("expected at most {} values, aliases expanded", kMaxNodes));
    }
  }

  void Open(NodeKind kind, const std::string& tag, YAML::anchor_t anchor, const YAML::Mark& mark) {
    CheckTag(tag, mark);
    if (!levels_.empty() && levels_.back().node.kind == NodeKind::kMap && !levels_.back().has_key) {
      Refuse(mark, "expected a name as key, got a list or a map");
    }
    if (levels_.size() >= kMaxDepth) {
      Refuse(mark, fmt::format("expected at most {} levels of nesting", kMaxDepth));
    }
    Level level;
    level.node.kind = kind;
    level.node.where = At(mark);
    level.anchor = anchor;
    level.nodes_before = nodes_;
    levels_.push_back(std::move(level));
    Count(1, mark);
  }

  void Close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    if (level.anchor != 0) {
      anchors_[level.anchor] = {level.node, nodes_ - level.nodes_before};
    }
    Attach(std::move(level.node));
  }

  void Add(ConfigNode node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    Count(1, mark);
    if (anchor != 0) {
      anchors_[anchor] = {node, 1};
    }
    Attach(std::move(node));
  }

  void Attach(ConfigNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& top = levels_.back();
    if (top.node.kind == NodeKind::kList) {
      top.node.items.push_back(std::move(node));
    } else if (top.has_key) {
      top.entry.value = std::move(node);
      top.node.entries.push_back(std::move(top.entry));
      top.has_key = false;
    } else {
      TakeKey(top, std::move(node));
    }
  }

  static void TakeKey(Level& top, ConfigNode key) {
    if (key.kind != NodeKind::kScalar) {
      throw ParseFailure{InputError(key.where, "expected a name as key")};
    }
    if (top.node.entries.size() >= kMaxKeys) {
      throw ParseFailure{InputError(key.where, fmt::format("expected at most {} keys in one map", kMaxKeys))};
    }
    if (const ConfigNode* first = top.node.Find(key.scalar); first != nullptr) {
      throw ParseFailure{InputError(key.where, fmt::format("expected each key once, got '{}' again (first in line {})",
                                                           key.scalar, first->where.line))};
    }
    top.entry = {std::move(key.scalar), std::move(key.where), {}};
    top.has_key = true;
  }

  std::string file_;
  ConfigNode root_;
  std::vector<Level> levels_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

Result<ConfigNode> ParseYaml(std::string_view text, const std::string& file) {
  if (text.size() > kMaxBytes) {
    return InputError({file, 1, 1, ""},
                      fmt::format("expected at most {} bytes of YAML, got {}", kMaxBytes, text.size()));
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(file);
    if (!parser.HandleNextDocument(builder)) {
      return InputError({file, 1, 1, ""}, "expected YAML, got an empty file");
    }
    TreeBuilder rest(file);
    if (parser.HandleNextDocument(rest)) {
      return InputError(rest.Take().where, "expected one YAML document, got several");
    }
    return builder.Take();
  } catch (const ParseFailure& failure) {
    return failure.error;
  } catch (const YAML::Exception& e) {
    return InputError({file, e.mark.line + 1, e.mark.column + 1, ""}, "expected YAML: " + e.msg);
  } catch (const std::exception& e) {
    return InputError({file, 1, 1, ""}, std::string("expected YAML: ") + e.what());
  }
}

Result<ConfigNode> LoadYaml(const std::filesystem::path& path) {
  Result<std::string> text = ReadFile(path, kMaxBytes);
  if (!text.ok()) {
    return text.error();
  }
  return ParseYaml(*text, path.string());
}

}  // namespace npusched
