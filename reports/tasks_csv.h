// tasks.csv: every time of every task, one line per dispatch row. docs/formats/tasks_csv.md describes the columns.
#pragma once

#include <string>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

// Lines in order of task, then dispatch; a task without a core has one line with blanks.
void AppendTasksCsv(const RunInput& input, const RunTrace& trace, std::string& out);

}  // namespace npusched
