#include "scenarios/config_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

namespace npusched {
namespace {

namespace fs = std::filesystem;

bool IsFile(const fs::path& path) {
  std::error_code ec;
  return fs::exists(path, ec) && !fs::is_directory(path, ec);
}

bool LooksLikePath(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".yaml") || text.ends_with(".yml") ||
         text.ends_with(".json");
}

// Appends `file` to the chain, or says how it comes back to itself.
Status Enter(const fs::path& file, const ConfigNode& spec, std::vector<fs::path>* chain) {
  std::error_code ec;
  const fs::path canonical = fs::weakly_canonical(file, ec);
  const auto again = std::find(chain->begin(), chain->end(), canonical);
  if (again != chain->end()) {
    std::string cycle;
    for (auto it = again; it != chain->end(); ++it) {
      cycle += it->filename().string() + " -> ";
    }
    return InputError(spec.where,
                      fmt::format("extends: expected no cycle, got {}{}", cycle, canonical.filename().string()));
  }
  chain->push_back(canonical);
  return {};
}

// Takes `extends` out of a map.
ConfigNode WithoutExtends(const ConfigNode& map) {
  ConfigNode rest = map;
  std::erase_if(rest.entries, [](const ConfigNode::Entry& entry) { return entry.key == "extends"; });
  return rest;
}

Status CheckText(const ConfigNode& spec, const std::string& key, const std::string& expected) {
  if (spec.kind != NodeKind::kScalar || spec.scalar.empty()) {
    return InputError(spec.where, fmt::format("{}: expected {}", key, expected));
  }
  return {};
}

Result<ConfigNode> LoadChain(const fs::path& file, std::vector<fs::path> chain) {
  Result<ConfigNode> loaded = LoadYaml(file);
  if (!loaded.ok() || loaded->kind != NodeKind::kMap) {
    return loaded.ok() ? Result<ConfigNode>(InputError(loaded->where, "expected a map of keys")) : loaded;
  }
  const ConfigNode* extends = loaded->Find("extends");
  if (extends == nullptr) {
    return loaded;
  }
  if (Status s = CheckText(*extends, "extends", "the path of another file"); !s.ok()) {
    return s.error();
  }
  const fs::path other = file.parent_path() / extends->scalar;
  if (Status s = Enter(other, *extends, &chain); !s.ok()) {
    return s.error();
  }
  if (!IsFile(other)) {
    return InputError(extends->where, fmt::format("extends: expected the path of a file, got '{}'", extends->scalar));
  }
  Result<ConfigNode> base = LoadChain(other, std::move(chain));
  if (base.ok()) {
    Merge(*base, WithoutExtends(*loaded));
    base->where = loaded->where;
  }
  return base;
}

}  // namespace

Result<ConfigNode> LoadExtended(const fs::path& file) {
  std::error_code ec;
  return LoadChain(file, {fs::weakly_canonical(file, ec)});
}

ConfigSearch::ConfigSearch(const fs::path& scenario) : folder_(scenario.parent_path()) {
  std::error_code ec;
  if (const char* listed = std::getenv("NPUSCHED_CONFIG_PATH"); listed != nullptr) {
    std::string_view rest = listed;
    while (!rest.empty()) {
      const std::size_t colon = std::min(rest.find(':'), rest.size());
      if (colon > 0) {
        folders_.emplace_back(rest.substr(0, colon));
      }
      rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
  }
  const fs::path absolute = fs::weakly_canonical(scenario, ec).parent_path();
  for (fs::path above = absolute; !above.empty(); above = above.parent_path()) {
    folders_.push_back(above / "configs");
    if (above == above.parent_path()) {
      break;
    }
  }
  folders_.emplace_back(NPUSCHED_CONFIG_DIR);
  const fs::path program = fs::read_symlink("/proc/self/exe", ec);
  if (!ec) {
    folders_.push_back(program.parent_path().parent_path() / "share/npusched/configs");  // moved after the install
  }
  folders_.emplace_back(NPUSCHED_INSTALLED_CONFIG_DIR);
}

fs::path ConfigSearch::RelativeTo(const Location& where, const std::string& path) const {
  const bool in_file = !where.file.empty() && where.file != "--set";
  return (in_file ? fs::path(where.file).parent_path() : folder_) / path;
}

Result<ConfigNode> ConfigSearch::Resolve(const ConfigNode& spec, const std::string& kind) const {
  return Follow(spec, kind, {});
}

Result<ConfigNode> ConfigSearch::Follow(const ConfigNode& spec, const std::string& kind, Chain chain) const {
  if (spec.kind == NodeKind::kMap) {
    const ConfigNode* extends = spec.Find("extends");
    if (extends == nullptr) {
      return spec;
    }
    Result<ConfigNode> base = Follow(*extends, kind, std::move(chain));
    if (base.ok()) {
      Merge(*base, WithoutExtends(spec));
    }
    return base;
  }
  if (Status s = CheckText(spec, kind, fmt::format("the name of a {} config, a path or a map", kind)); !s.ok()) {
    return s.error();
  }
  Result<fs::path> file = Locate(spec, kind);
  if (!file.ok()) {
    return file.error();
  }
  if (Status s = Enter(*file, spec, &chain); !s.ok()) {
    return s.error();
  }
  Result<ConfigNode> loaded = LoadYaml(*file);
  if (loaded.ok() && loaded->kind != NodeKind::kMap) {
    return InputError(loaded->where, fmt::format("{}: expected a map of keys", kind));
  }
  if (!loaded.ok()) {
    return loaded;
  }
  // One file may stand for a machine and a runtime, as calibrate writes it.
  const ConfigNode* schema = loaded->Find("schema");
  if (schema != nullptr && schema->scalar == "npusched.calibration/1") {
    const ConfigNode* part = loaded->Find(kind);
    if (part == nullptr) {
      return InputError(loaded->where, fmt::format("{}: expected a calibration with a section of that name", kind));
    }
    return Follow(ConfigNode(*part), kind, std::move(chain));
  }
  return Follow(*loaded, kind, std::move(chain));
}

Result<fs::path> ConfigSearch::Locate(const ConfigNode& spec, const std::string& kind) const {
  if (LooksLikePath(spec.scalar)) {
    fs::path path = RelativeTo(spec.where, spec.scalar);
    if (!IsFile(path)) {
      return InputError(spec.where, fmt::format("{}: expected the path of a file, got '{}'", kind, spec.scalar));
    }
    return path;
  }
  for (const fs::path& folder : folders_) {
    if (fs::path path = folder / kind / (spec.scalar + ".yaml"); IsFile(path)) {
      return path;
    }
  }
  const std::vector<std::string> names = Names(kind);
  const std::string near = NearestName(spec.scalar, names);
  return InputError(spec.where, fmt::format("{}: expected the name of a {} config ({}) or a path, got '{}'{}", kind,
                                            kind, fmt::join(names, ", "), spec.scalar,
                                            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

std::vector<std::string> ConfigSearch::Names(const std::string& kind) const {
  std::set<std::string> names;
  for (const fs::path& folder : folders_) {
    std::error_code ec;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder / kind, ec)) {
      if (entry.path().extension() == ".yaml") {
        names.insert(entry.path().stem().string());
      }
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace npusched
