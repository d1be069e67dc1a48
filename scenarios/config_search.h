// Finds hardware, runtime and model descriptions by name or path, and resolves their `extends`.
//
//   ConfigSearch search("scenarios/tiny_chain.yaml");
//   Result<ConfigNode> machine = search.Resolve(node, "hardware");   // node: tiny | ../my.yaml | {extends: tiny, ...}
//
// A name is looked for in NPUSCHED_CONFIG_PATH (folders with ':' between), then in a configs/ beside or
// above the scenario, then in the configs the tool was built or installed with.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"

namespace npusched {

class ConfigSearch {
 public:
  ConfigSearch() = default;
  explicit ConfigSearch(const std::filesystem::path& scenario);

  // The whole description as one map, `extends` followed and merged away. `kind` is the folder below
  // configs/ and the key in messages. Errors: no such name (with the nearest), a cycle of extends.
  [[nodiscard]] Result<ConfigNode> Resolve(const ConfigNode& spec, const std::string& kind) const;

  // A path written at `where` in some file is relative to that file; one of the command line, to the scenario.
  [[nodiscard]] std::filesystem::path RelativeTo(const Location& where, const std::string& path) const;

 private:
  using Chain = std::vector<std::filesystem::path>;
  [[nodiscard]] Result<ConfigNode> Follow(const ConfigNode& spec, const std::string& kind, Chain chain) const;
  [[nodiscard]] Result<std::filesystem::path> Locate(const ConfigNode& spec, const std::string& kind) const;
  [[nodiscard]] std::vector<std::string> Names(const std::string& kind) const;

  std::filesystem::path folder_;  // of the scenario
  std::vector<std::filesystem::path> folders_;
};

// Reads a file of the form {extends: other.yaml, ...}: the other file with this one merged over it.
Result<ConfigNode> LoadExtended(const std::filesystem::path& file);

}  // namespace npusched
