// The baseline as a file: written for people to read in a diff, read with places in its errors.
#include <fmt/format.h>

#include "reports/baseline.h"

namespace npusched {
namespace {

constexpr Range kCount{.min = 0, .max = 1e15};
constexpr Range kTime{.min = 0, .max = 1e15};
constexpr Range kPercent{.min = 0, .max = 1e6};

constexpr std::array<std::string_view, 3> kEdgeSources = {"explicit", "creator", "tensormap"};

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void AppendVariant(const VariantBaseline& v, std::string& out) {
  out += fmt::format("  - name: {}\n", Quoted(v.name));
  for (const auto& [key, value] : v.counts) out += fmt::format("    {}: {}\n", key, value);
  for (const auto& [key, value] : v.times_us) out += fmt::format("    {}: {:.6f}\n", key, value);
  out += fmt::format("    bound_by: {}\n", v.bound_by);
  out += "    kernels:\n";
  for (const auto& [name, kernel] : v.kernels) {
    out += fmt::format("      {}: {{count: {}, mean_us: {:.6f}}}\n", Quoted(name), kernel.count, kernel.mean_us);
  }
  out += "    edges:\n";
  for (const auto& [edge, count] : v.edges) {
    out += fmt::format("      - {{from: {}, to: {}, by: {}, count: {}}}\n", Quoted(edge.producer),
                       Quoted(edge.consumer), edge.source, count);
  }
  out += "    critical_tasks:\n";
  for (const auto& [kernel, ranges] : v.critical_tasks) {
    out += fmt::format("      {}: {}\n", Quoted(kernel), Quoted(ranges));
  }
}

// The entries of a child map, each read by `read(key, node)`.
template <typename Read>
void ForEntries(MapReader& parent, std::string_view key, const Read& read) {
  const ConfigNode* node = parent.Child(key);
  if (node == nullptr || node->kind == NodeKind::kNull) return;
  if (node->kind != NodeKind::kMap) return parent.Fail(key, "expected a map");
  for (const ConfigNode::Entry& entry : node->entries) read(entry);
}

Status ReadEdges(const ConfigNode& node, const std::string& path, VariantBaseline& v) {
  if (node.kind == NodeKind::kNull) return {};
  if (node.kind != NodeKind::kList) return InputError(node.where, path + ": expected a list");
  for (const ConfigNode& item : node.items) {
    MapReader read(item, path);
    EdgeGroup edge;
    std::int64_t count = 0;
    int source = 0;
    read.Required("from", &edge.producer);
    read.Required("to", &edge.consumer);
    read.RequiredEnum("by", {"explicit", "creator", "tensormap"}, &source);
    read.Required("count", &count, kCount);
    if (Status s = read.Finish(); !s.ok()) return s;
    edge.source = kEdgeSources.at(static_cast<std::size_t>(source));
    v.edges[edge] = static_cast<std::uint64_t>(count);
  }
  return {};
}

Status ReadVariant(const ConfigNode& node, VariantBaseline& v) {
  MapReader read(node, "variants");
  read.Required("name", &v.name);
  for (const char* key : {"tasks", "allocs", "dummies", "unique_pairs", "longest_chain_tasks"}) {
    std::int64_t count = 0;
    read.Required(key, &count, kCount);
    v.counts[key] = static_cast<std::uint64_t>(count);
  }
  for (const char* key : {"critical_path_us", "makespan_us"}) read.Required(key, &v.times_us[key], kTime);
  read.Required("bound_by", &v.bound_by);
  ForEntries(read, "kernels", [&](const ConfigNode::Entry& entry) {
    MapReader kernel(entry.value, "variants.kernels." + entry.key);
    std::int64_t count = 0;
    kernel.Required("count", &count, kCount);
    kernel.Required("mean_us", &v.kernels[entry.key].mean_us, kTime);
    v.kernels[entry.key].count = static_cast<std::uint64_t>(count);
    read.Absorb(kernel.Finish());
  });
  if (const ConfigNode* edges = read.Child("edges"); edges != nullptr)
    read.Absorb(ReadEdges(*edges, "variants.edges", v));
  ForEntries(read, "critical_tasks", [&](const ConfigNode::Entry& entry) {
    const Result<std::vector<std::uint32_t>> ranges = ParseRanges(entry.value.scalar);
    if (!ranges.ok()) {
      read.Absorb(
          InputError(entry.value.where, "variants.critical_tasks." + entry.key + ": " + ranges.error().message));
    }
    v.critical_tasks[entry.key] = entry.value.scalar;
  });
  return read.Finish();
}

}  // namespace

std::string BaselineYaml(const Baseline& baseline) {
  std::string out = "# What this scenario came to. `npusched check --update` rewrites it; the tolerances stay.\n";
  out += "schema: npusched.baseline/1\n";
  out += fmt::format("scenario: {}\n", Quoted(baseline.scenario));
  out += "tolerances_pct:  # what is not listed must be equal\n";
  for (const auto& [key, percent] : baseline.tolerances) out += fmt::format("  {}: {}\n", key, percent);
  out += "variants:\n";
  for (const VariantBaseline& v : baseline.variants) AppendVariant(v, out);
  return out;
}

Result<Baseline> ReadBaseline(const ConfigNode& node) {
  Baseline baseline;
  MapReader read(node, "");
  int schema = 0;
  read.RequiredEnum("schema", {"npusched.baseline/1"}, &schema);
  read.Required("scenario", &baseline.scenario);
  MapReader tolerances(read.ChildMap("tolerances_pct"), "tolerances_pct");
  for (const auto& [key, percent] : UsualTolerances()) {
    double value = 0;
    if (tolerances.Optional(key, &value, kPercent)) baseline.tolerances[key] = value;
  }
  read.Absorb(tolerances.Finish());
  const ConfigNode* variants = read.RequiredChild("variants");
  if (variants != nullptr && variants->kind != NodeKind::kList) {
    read.Fail("variants", "expected a list");
  } else if (variants != nullptr) {
    for (const ConfigNode& item : variants->items) read.Absorb(ReadVariant(item, baseline.variants.emplace_back()));
  }
  if (Status s = read.Finish(); !s.ok()) return s.error();
  return baseline;
}

}  // namespace npusched
