// The config tree: YAML (or JSON) as nodes that remember file:line:column, and a reader that
// turns them into typed fields with clear errors.
//
//   Result<ConfigNode> root = LoadYaml("configs/hardware/tiny.yaml");
//   MapReader read(*root, "hardware");
//   read.Required("clusters", &machine.clusters, {.min = 1, .max = 1024});
//   read.Optional("clock_mhz", &machine.clock_mhz);
//   if (Status s = read.Finish(); !s.ok()) return s.error();   // first error, or an unknown key
#pragma once

#include <cstdint>
#include <filesystem>
#include <forward_list>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace npusched {

enum class NodeKind : std::uint8_t { kNull, kScalar, kList, kMap };

// One node of a parsed file. A plain value type: copy, merge and edit freely.
struct ConfigNode {
  struct Entry;

  NodeKind kind = NodeKind::kNull;
  bool quoted = false;  // a quoted scalar is a string even when it looks like a number
  std::string scalar;
  std::vector<ConfigNode> items;  // kList
  std::vector<Entry> entries;     // kMap, in file order
  Location where;

  // The value under `key`, or null.
  [[nodiscard]] const ConfigNode* Find(std::string_view key) const;
  ConfigNode* Find(std::string_view key);
  // The value under `key`, added as null at the end when absent. REQUIRES: kMap or kNull.
  ConfigNode& At(std::string_view key);

  static ConfigNode Scalar(std::string text, Location where = {});
};

struct ConfigNode::Entry {
  std::string key;
  Location where;  // of the key
  ConfigNode value;
};

// Refuses duplicate keys, anchors that cycle, several documents, and input over 64 MiB or 64 levels.
Result<ConfigNode> ParseYaml(std::string_view text, const std::string& file);
Result<ConfigNode> LoadYaml(const std::filesystem::path& path);
std::string EmitYaml(const ConfigNode& node);

// Maps merge key by key, everything else is replaced by `over`.
void Merge(ConfigNode& base, const ConfigNode& over);

// Sets the node at a dotted path, making maps on the way. `file:line:column` of an error is `value.where`.
Status SetPath(ConfigNode& root, std::string_view dotted_path, const ConfigNode& value);

// Parses "key.path=value" (value is YAML) as the command line's --set gives it.
Result<std::pair<std::string, ConfigNode>> ParseOverride(std::string_view text);

// The name of `known` nearest to `name` (Damerau-Levenshtein), empty when none is near.
std::string NearestName(std::string_view name, const std::vector<std::string>& known);

struct Range {
  double min = -1e308;
  double max = 1e308;
};

// Reads one map. The first error is kept and later calls do nothing, so reading stays flat.
// A number may be plain (`poll_core_ns: 100`) or carry where it comes from:
// `poll_core_ns: {value: 100, range: [95, 105], source: "...", reason: "..."}`; a value outside its
// published range needs a `reason`.
class MapReader {
 public:
  // `path` is the dotted name of this map in messages, e.g. "program.workload".
  MapReader(const ConfigNode& node, std::string path);

  // `out` keeps its value (the default) when the key is absent or null.
  bool Optional(std::string_view key, std::int64_t* out, Range range = {});
  bool Optional(std::string_view key, std::int32_t* out, Range range = {});
  bool Optional(std::string_view key, std::uint32_t* out, Range range = {});
  bool Optional(std::string_view key, double* out, Range range = {});
  bool Optional(std::string_view key, bool* out);
  bool Optional(std::string_view key, std::string* out);
  bool Optional(std::string_view key, std::vector<std::int64_t>* out, Range range = {});
  bool Optional(std::string_view key, std::vector<std::string>* out);
  // A time: the key ends in _ps, _ns, _us or _ms; never negative.
  bool OptionalTime(std::string_view key, Picoseconds* out);
  template <typename... Args>
  void Required(std::string_view key, Args&&... args) {
    if (Has(key)) {
      Optional(key, std::forward<Args>(args)...);
    } else {
      Missing(key);
    }
  }
  void RequiredTime(std::string_view key, Picoseconds* out);
  // One of `names`; `*out` is its position.
  bool OptionalEnum(std::string_view key, std::initializer_list<std::string_view> names, int* out);
  void RequiredEnum(std::string_view key, std::initializer_list<std::string_view> names, int* out);

  [[nodiscard]] bool Has(std::string_view key) const;
  // The raw node (marks the key as known); null when absent.
  const ConfigNode* Child(std::string_view key);
  const ConfigNode* RequiredChild(std::string_view key);
  // A nested map to read with its own MapReader; an empty map when absent, which lives as long as this reader.
  const ConfigNode& ChildMap(std::string_view key);
  // Records an error at a key of this map (or at the map when the key is absent).
  void Fail(std::string_view key, const std::string& message);
  // Takes over the error of a nested reader.
  void Absorb(const Status& status);
  [[nodiscard]] const std::string& path() const { return path_; }
  // The keys asked for so far, in that order.
  [[nodiscard]] const std::vector<std::string>& known() const { return known_; }

  // The first error so far; unknown keys apart.
  [[nodiscard]] const Status& status() const { return status_; }

  // The first error; else unknown keys are refused with the nearest known name.
  Status Finish();

 private:
  void Missing(std::string_view key);
  // Tells the thread's ReadRecorder, if there is one, what an absent key defaults to.
  void RecordDefault(std::string_view key, std::string text) const;
  void RecordDefault(std::string_view key, const std::vector<std::string>& texts) const;
  // Marks the key as known; null when it is absent or null, or after an error.
  const ConfigNode* Take(std::string_view key);
  // A scalar; null when there is none to read.
  const ConfigNode* Scalar(std::string_view key, const std::string& expected);
  // Unwraps {value, range, source, reason}; null when there is none to read.
  const ConfigNode* Number(std::string_view key, const std::string& expected);
  const ConfigNode* Unwrap(std::string_view key, const ConfigNode& node, const std::string& expected);
  void Expected(std::string_view key, const ConfigNode& node, const std::string& expected,
                const std::string& near = "");
  // "program.layers", or "layers" at the root.
  [[nodiscard]] std::string Name(std::string_view key) const;

  const ConfigNode& node_;
  std::string path_;
  std::vector<std::string> known_;
  Status status_;
  std::forward_list<ConfigNode> absent_;
  std::string missing_;   // the key whose absence is the error in status_
  bool recorded_ = true;  // false: the inside of one number
};

}  // namespace npusched
