#include "reports/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>

#include "reports/text.h"
#include "reports/text_grid.h"

namespace npusched {
namespace {

constexpr std::size_t kNamedWidth = 72;   // names of all variants that still fit beside each other
constexpr std::size_t kMostKernels = 16;  // lines of the second table

using Variants = std::vector<VariantSummary>;

// Keys of the sweep, in order of first use.
std::vector<std::string> PointKeys(const Variants& variants) {
  std::vector<std::string> keys;
  for (const VariantSummary& variant : variants) {
    for (const PointValue& value : variant.point) {
      if (std::find(keys.begin(), keys.end(), value.key) == keys.end()) keys.push_back(value.key);
    }
  }
  return keys;
}

std::string PointText(const VariantSummary& variant, const std::string& key) {
  for (const PointValue& value : variant.point) {
    if (value.key == key) return value.value;
  }
  return "";
}

// "program.vocab_chunk" -> "vocab_chunk", unless two keys end alike.
std::string ShortKey(const std::string& key, const std::vector<std::string>& keys) {
  const std::string last = key.substr(key.rfind('.') + 1);
  const auto alike =
      std::count_if(keys.begin(), keys.end(), [&](const std::string& k) { return k.substr(k.rfind('.') + 1) == last; });
  return alike == 1 ? last : key;
}

// What a variant's speed-up is measured against.
const VariantSummary& BaseOf(const VariantSummary& variant, const Variants& variants) {
  const VariantSummary& first = variants.front();
  const bool single =
      std::all_of(variants.begin(), variants.end(), [&](const auto& v) { return v.name == first.name; });
  if (single) return first;
  const auto base = std::find_if(variants.begin(), variants.end(),
                                 [&](const auto& v) { return v.name == first.name && v.point == variant.point; });
  return base == variants.end() ? first : *base;
}

std::string SpeedUp(const VariantSummary& variant, const VariantSummary& base) {
  if (variant.makespan == 0 || base.makespan == 0) return "-";
  return fmt::format("{:.2f}x", static_cast<double>(base.makespan) / static_cast<double>(variant.makespan));
}

std::string BoundText(const VariantSummary& variant) {
  const Bound bound = variant.bounds.Binding();
  const Picoseconds value = variant.bounds[bound];
  return fmt::format("{} {:.1f} us {:.0f} %", NameOf(bound), NearestUs(value), Percent(value, variant.makespan));
}

// Names when they fit beside each other, else "#1", "#2", ...
std::vector<std::string> Labels(const Variants& variants) {
  std::vector<std::string> names;
  std::size_t width = 0;
  bool plain = true;
  for (const VariantSummary& variant : variants) {
    names.push_back(variant.name);
    width += 2 + std::max<std::size_t>(DisplayWidth(variant.name), 7);
    plain = plain && variant.point.empty();
  }
  if (plain && width <= kNamedWidth) return names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = fmt::format("#{}", i + 1);
  return names;
}

std::string VariantTable(const Variants& variants, const std::vector<std::string>& labels, bool color) {
  const std::vector<std::string> keys = PointKeys(variants);
  const bool numbered = labels.front() == "#1" && variants.size() > 1;
  const bool failed = std::any_of(variants.begin(), variants.end(), [](const auto& v) { return v.status != "ok"; });
  std::vector<TextGrid::Column> columns;
  if (numbered) columns.push_back({"#"});
  columns.push_back({"variant", false});
  for (const std::string& key : keys) columns.push_back({ShortKey(key, keys)});
  for (const char* title : {"makespan us", "speed-up"}) columns.push_back({title});
  columns.push_back({"bound by", false});
  for (const char* title : {"tasks", "pairs", "chain", "AIC %", "AIV %", "overhead %"}) columns.push_back({title});
  if (failed) columns.push_back({"status", false});
  TextGrid grid(std::move(columns));
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const VariantSummary& variant = variants[i];
    std::vector<std::string> cells;
    if (numbered) cells.push_back(fmt::format("{}", i + 1));
    cells.push_back(variant.name);
    for (const std::string& key : keys) cells.push_back(PointText(variant, key));
    const bool ended = !variant.deadlock.has_value();
    const auto shown = [ended](std::string cell) { return ended ? std::move(cell) : std::string("-"); };
    cells.push_back(shown(fmt::format("{:.2f}", NearestUs(variant.makespan))));
    cells.push_back(SpeedUp(variant, BaseOf(variant, variants)));
    cells.push_back(shown(BoundText(variant)));
    cells.push_back(fmt::format("{}", variant.tasks.total));
    cells.push_back(fmt::format("{}", variant.edges.unique_pairs));
    cells.push_back(fmt::format("{}", variant.longest_chain_tasks));
    cells.push_back(shown(fmt::format("{:.1f}", variant.aic_utilisation_pct)));
    cells.push_back(shown(fmt::format("{:.1f}", variant.aiv_utilisation_pct)));
    cells.push_back(shown(fmt::format("{:.1f}", Percent(variant.overhead.has, variant.makespan))));
    if (failed) cells.push_back(ended ? variant.status : fmt::format("{} {}", variant.status, variant.deadlock->code));
    grid.Add(std::move(cells));
  }
  return grid.Print(color);
}

// One kernel name across the variants; null where a variant has no such kernel.
struct KernelLine {
  std::string name;
  std::vector<const KernelSummary*> of_variant;

  [[nodiscard]] bool Differs() const {
    const KernelSummary* first = of_variant.front();
    return std::any_of(of_variant.begin(), of_variant.end(), [&](const KernelSummary* k) {
      if (k == nullptr || first == nullptr) return k != first;
      return k->count != first->count || k->distinct_cores != first->distinct_cores;
    });
  }
  [[nodiscard]] bool CountsDiffer() const {
    const KernelSummary* first = of_variant.front();
    return std::any_of(of_variant.begin(), of_variant.end(), [&](const KernelSummary* k) {
      return (k == nullptr ? 0 : k->count) != (first == nullptr ? 0 : first->count);
    });
  }
};

// The kernels that differ, in order of first use.
std::vector<KernelLine> DifferingKernels(const Variants& variants) {
  std::vector<KernelLine> lines;
  std::map<std::string, std::size_t> line_of;
  for (std::size_t v = 0; v < variants.size(); ++v) {
    for (const KernelSummary& kernel : variants[v].kernels) {
      const auto [entry, added] = line_of.try_emplace(kernel.name, lines.size());
      if (added) lines.push_back({kernel.name, std::vector<const KernelSummary*>(variants.size(), nullptr)});
      lines[entry->second].of_variant[v] = &kernel;
    }
  }
  std::erase_if(lines, [](const KernelLine& line) { return !line.Differs(); });
  return lines;
}

std::string KernelTable(const Variants& variants, const std::vector<std::string>& labels, bool color) {
  const std::vector<KernelLine> lines = DifferingKernels(variants);
  if (lines.empty()) return "";
  const bool counts = std::any_of(lines.begin(), lines.end(), [](const KernelLine& l) { return l.CountsDiffer(); });
  std::vector<TextGrid::Column> columns = {{"kernel", false}};
  for (const std::string& label : labels) columns.push_back({label});
  TextGrid grid(std::move(columns));
  for (std::size_t i = 0; i < std::min(lines.size(), kMostKernels); ++i) {
    std::vector<std::string> cells = {lines[i].name};
    for (const KernelSummary* kernel : lines[i].of_variant) {
      std::string cell = kernel == nullptr ? "-" : "";
      if (kernel != nullptr && counts) cell = fmt::format("{} on ", kernel->count);
      if (kernel != nullptr) cell += fmt::format("{} / {}", kernel->distinct_cores, kernel->peak_concurrency);
      cells.push_back(std::move(cell));
    }
    grid.Add(std::move(cells));
  }
  std::string out = counts ? "\ntasks on cores used / most at once\n" : "\ncores used / most at once\n";
  out += grid.Print(color);
  if (lines.size() > kMostKernels) {
    out += fmt::format("and {} more kernels in summary.json\n", lines.size() - kMostKernels);
  }
  return out;
}

// Against the capture that a variant replays; the kernels whose latency is furthest off.
std::string ReplayTable(const Variants& variants, bool color) {
  TextGrid grid({{"replay", false}, {"captured us"}, {"predicted us"}, {"error %"}});
  const auto line = [&](std::string name, Picoseconds captured, Picoseconds predicted) {
    grid.Add({std::move(name), fmt::format("{:.2f}", NearestUs(captured)), fmt::format("{:.2f}", NearestUs(predicted)),
              fmt::format("{:+.2f}", ErrorPct(captured, predicted))});
  };
  bool any = false;
  for (const VariantSummary& variant : variants) {
    if (!variant.replay) continue;
    any = true;
    line(variant.name + ": makespan", variant.replay->captured, variant.replay->predicted);
    std::vector<KernelReplay> kernels = variant.replay->kernels;
    std::ranges::stable_sort(kernels, std::greater<>(),
                             [](const KernelReplay& k) { return std::abs(ErrorPct(k.captured, k.predicted)); });
    constexpr std::size_t kMostLines = 5;
    for (std::size_t i = 0; i < std::min(kernels.size(), kMostLines); ++i) {
      line("  latency of " + kernels[i].name, kernels[i].captured, kernels[i].predicted);
    }
  }
  return any ? "\n" + grid.Print(color) : "";
}

}  // namespace

std::string ComparisonTable(const ScenarioSummary& summary, const TableOptions& options) {
  std::string out = fmt::format("{} ({})\n", summary.scenario, summary.engine);
  if (summary.variants.empty()) return out;
  const std::vector<std::string> labels = Labels(summary.variants);
  out += VariantTable(summary.variants, labels, options.color);
  Variants ended;  // the others used no cores
  std::vector<std::string> ended_labels;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (summary.variants[i].deadlock.has_value()) continue;
    ended.push_back(summary.variants[i]);
    ended_labels.push_back(labels[i]);
  }
  if (ended.size() > 1) out += KernelTable(ended, ended_labels, options.color);
  out += ReplayTable(summary.variants, options.color);
  return out;
}

}  // namespace npusched
