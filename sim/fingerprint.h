// One number for a whole run: two runs have the same fingerprint when all their events have.
//
//   summary.fingerprint = Fingerprint(trace);   // "b7a1f2c09d3e4415", pinned by a scenario's `expect`
//
// Equal across runs, numbers of jobs and builds: only integers enter, each as its eight bytes, lowest first.
#pragma once

#include <string>

#include "sim/trace.h"

namespace npusched {

// 16 hexadecimal digits over every task's times and every dispatch row, in order. What only one engine tells of
// itself, such as loop iterations, stays out.
std::string Fingerprint(const RunTrace& trace);

}  // namespace npusched
