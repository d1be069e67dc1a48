// A scenario: one YAML file names one experiment. The start of the flow.
//
//   Result<Scenario> scenario = LoadScenario("scenarios/silu_fanout.yaml", {});
//   Result<CaseList> cases = CaseList::Open(*scenario);   // scenarios/case.h: variants crossed with the sweep
//
// docs/formats/scenario.md describes every key; `npusched schema` prints them for an editor.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "reports/summary.h"
#include "scenarios/config_search.h"

namespace npusched {

// One key of a `set`, of a sweep's point or of --set: "program.layers" -> 2.
struct Change {
  std::string path;
  ConfigNode value;
};

struct VariantSpec {
  std::string name;
  std::vector<Change> changes;
  ConfigNode edit = {};  // a list, see graphs/edit.h; null: none
};

struct SweepAxis {
  std::string path;
  std::vector<ConfigNode> values;
};

// What `run` checks at the end. A plain one holds for every point of its variant (of all variants when none is
// named); a ratio takes the metric of one variant over that of another, point by point.
struct Expectation {
  Location where;
  Location metric_where;
  std::string metric;   // dotted path into the variant of summary.json
  std::string variant;  // empty: every variant
  std::string of;       // ratio: of / over; both empty otherwise
  std::string over;
  std::vector<PointValue> point;  // only points with these values
  double at_least = -1e308;
  double at_most = 1e308;
  ConfigNode equals;   // kNull: a range
  std::string source;  // where the expected value comes from
};

struct Scenario {
  std::filesystem::path file;
  std::string name;
  std::string question;
  ConfigNode program;
  ConfigNode hardware;  // a name, a path or a map, as written
  ConfigNode runtime;
  ConfigNode numeric;                 // null when the file says nothing
  std::vector<VariantSpec> variants;  // at least one; the first is the base of the comparison
  std::vector<SweepAxis> sweep;
  std::vector<Expectation> expect;
  std::optional<bool> races;      // look for them; nothing said: where it is cheap
  std::vector<Change> overrides;  // of the command line: applied last
  ConfigNode root;                // the file, `extends` merged
  ConfigSearch search;
};

// `overrides`: --set arguments, "key.path=value". Unknown keys and names are errors.
Result<Scenario> LoadScenario(const std::filesystem::path& file, const std::vector<std::string>& overrides);

}  // namespace npusched
