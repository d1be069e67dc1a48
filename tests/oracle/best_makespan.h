// The shortest makespan that any scheduler could reach, by trying every order: a bound that no run may beat.
#pragma once

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched::oracle {

inline constexpr std::size_t kMostSearchedRows = 8;

// Of the rows of `trace`, each as long as it was, on the machine's cores without any overhead: a row may run on any
// core of its type from the end of the last row before it. Some order of rows, each put on the core that is free first,
// is best. REQUIRES: at most kMostSearchedRows rows.
Picoseconds BestMakespan(const RunInput& input, const RunTrace& trace);

}  // namespace npusched::oracle
