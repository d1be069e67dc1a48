// `expect:` of a scenario: what its results must say, checked on the JSON that scripts read.
//
//   - {variant: silu_manual, metric: kernels.silu.distinct_cores, between: [12, 16], source: "..."}
//   - {metric: makespan_us, of: blocks_64, over: blocks_512, between: [2.2, 3.0]}
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "scenarios/scenario.h"

namespace npusched {

// `path` names the item in messages; `variants` are the known names. Errors: an unknown variant or metric.
Result<Expectation> ReadExpectation(const ConfigNode& node, const std::string& path,
                                    const std::vector<std::string>& variants);

// Whether this variant's status is what the scenario is there to show, as in {metric: status, equals: deadlock}.
bool StatusExpected(const std::vector<Expectation>& expectations, const nlohmann::ordered_json& variant);

struct ExpectOutcome {
  bool met = false;
  Location where;    // of the expectation
  std::string text;  // "silu_manual: kernels.silu.distinct_cores is 14, expected between 12 and 16"
};

// `variants`: the elements of "variants" in summary.json. One outcome per expectation and point. Errors: a
// metric that no such result has, such as a kernel that the program does not emit.
Result<std::vector<ExpectOutcome>> CheckExpectations(const std::vector<Expectation>& expectations,
                                                     const std::vector<nlohmann::ordered_json>& variants);

// Every metric of a variant's summary, `*` for the name of a kernel: "makespan_us", "kernels.*.count", ...
const std::vector<std::string>& MetricPatterns();

}  // namespace npusched
