// The findings of a check as JUnit XML, which CI servers show: a test case for each variant.
#pragma once

#include <string>
#include <vector>

#include "reports/baseline.h"

namespace npusched {

std::string JUnitXml(const Baseline& now, const std::vector<Finding>& findings);

}  // namespace npusched
