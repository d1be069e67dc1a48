// scenario.resolved.yaml: the scenario with every default written out, the tool's version and a hash of
// the inputs. It is a scenario itself: running it gives the same results.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "scenarios/scenario.h"

namespace npusched {

// REQUIRES: `cases` is what ListCases gave for `scenario`, each of which emits.
Result<std::string> ResolvedYaml(const Scenario& scenario, const std::vector<Case>& cases);

}  // namespace npusched
