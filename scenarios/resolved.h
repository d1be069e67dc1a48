// scenario.resolved.yaml: the scenario with every default written out, the tool's version and a hash of
// the inputs. It is a scenario itself: running it gives the same results.
#pragma once

#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "scenarios/case.h"

namespace npusched {

// `inputs` is the hash of what the cases depend on, by AddInputs.
Result<std::string> ResolvedYaml(const Scenario& scenario, const CaseList& cases, const Digest& inputs);

}  // namespace npusched
