// summary.csv: one line per variant, for spreadsheets. Declared in summary_json.h.
#include <fmt/format.h>

#include <algorithm>

#include "reports/summary_json.h"
#include "reports/text.h"

namespace npusched {
namespace {

std::vector<std::string> PointKeys(const ScenarioSummary& summary) {
  std::vector<std::string> keys;  // in order of first use
  for (const VariantSummary& variant : summary.variants) {
    for (const PointValue& value : variant.point) {
      if (std::find(keys.begin(), keys.end(), value.key) == keys.end()) keys.push_back(value.key);
    }
  }
  return keys;
}

// A line under construction: fields joined by commas.
class Line {
 public:
  explicit Line(std::string& out) : out_(out) {}
  ~Line() { out_.push_back('\n'); }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  void Text(std::string_view text) { Next().append(CsvField(text)); }
  void Count(std::uint64_t count) { AppendInt(Next(), static_cast<std::int64_t>(count)); }
  void Us(Picoseconds t) { AppendUs(Next(), t); }
  void Number(double number) { fmt::format_to(std::back_inserter(Next()), "{}", number); }

 private:
  std::string& Next() {
    if (!first_) out_.push_back(',');
    first_ = false;
    return out_;
  }

  std::string& out_;
  bool first_ = true;
};

// Columns between the chain and the status: makespan, bounds and which binds, four overheads, two utilisations, causes.
constexpr int kTimes = 1 + kBounds + 1 + 4 + 2 + kCauses;

void AppendHeader(std::string& out, const std::vector<std::string>& keys) {
  Line line(out);
  line.Text("scenario");
  line.Text("variant");
  for (const std::string& key : keys) line.Text(key);
  for (const char* name : {"tasks", "allocs", "unique_pairs", "creator_edges", "tensormap_edges", "explicit_edges",
                           "longest_chain_tasks", "makespan_us"}) {
    line.Text(name);
  }
  for (int i = 0; i < kBounds; ++i) line.Text(fmt::format("bound_{}_us", NameOf(static_cast<Bound>(i))));
  line.Text("bound_by");
  for (const char* name : {"aic", "aiv", "all", "has"}) line.Text(fmt::format("overhead_{}_pct", name));
  for (const char* name : {"aic", "aiv"}) line.Text(fmt::format("utilisation_{}_pct", name));
  for (int i = 0; i < kCauses; ++i) line.Text(fmt::format("attribution_{}_us", NameOf(static_cast<Cause>(i))));
  line.Text("status");
}

void AppendVariant(std::string& out, const std::string& scenario, const VariantSummary& variant,
                   const std::vector<std::string>& keys) {
  Line line(out);
  line.Text(scenario);
  line.Text(variant.name);
  for (const std::string& key : keys) {
    const auto value =
        std::find_if(variant.point.begin(), variant.point.end(), [&](const PointValue& v) { return v.key == key; });
    line.Text(value == variant.point.end() ? "" : value->value);
  }
  const EdgeCounts& edges = variant.edges;
  for (const std::uint64_t count : {variant.tasks.total, variant.tasks.allocs, edges.unique_pairs, edges.creator,
                                    edges.tensormap, edges.explicit_deps}) {
    line.Count(count);
  }
  line.Count(variant.longest_chain_tasks);
  if (variant.deadlock) {
    for (int i = 0; i < kTimes; ++i) line.Text("");
    line.Text(variant.status);
    return;
  }
  line.Us(variant.makespan);
  for (const Picoseconds bound : variant.bounds.values) line.Us(bound);
  line.Text(NameOf(variant.bounds.Binding()));
  const Overhead& overhead = variant.overhead;
  for (const Picoseconds t : {overhead.aic, overhead.aiv, overhead.all, overhead.has}) {
    line.Number(Percent(t, variant.makespan));
  }
  line.Number(variant.aic_utilisation_pct);
  line.Number(variant.aiv_utilisation_pct);
  for (const Picoseconds t : variant.attribution) line.Us(t);
  line.Text(variant.status);
}

}  // namespace

std::string SummaryCsv(const ScenarioSummary& summary) {
  const std::vector<std::string> keys = PointKeys(summary);
  std::string out;
  AppendHeader(out, keys);
  for (const VariantSummary& variant : summary.variants) AppendVariant(out, summary.scenario, variant, keys);
  return out;
}

}  // namespace npusched
