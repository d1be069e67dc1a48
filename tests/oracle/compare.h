// Holds a run against the oracle's, event by event.
#pragma once

#include <string>

#include "base/result.h"
#include "tests/oracle/oracle.h"

namespace npusched::oracle {

// Empty when both tell the same, to the picosecond; else the first difference.
std::string Difference(const Result<RunTrace>& run, const OracleRun& oracle);
// The same between two traces.
std::string Difference(const RunTrace& a, const RunTrace& b);

}  // namespace npusched::oracle
