// When was every core a task could take occupied? The attribution asks this of waits in a ready queue.
//
// A core is occupied from the dispatch of a row to its end; rows queued behind one another join. A seat is what
// one block needs: a core of the type, or for MIX the cores of one cluster that the task uses, occupied while any
// of them is.
#pragma once

#include <vector>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

struct TimeSpan {
  Picoseconds begin = 0;
  Picoseconds end = 0;
};

// The instants at which no seat for a task of this shape and slot mask was free; ascending, disjoint.
// O(n log n) in rows.
std::vector<TimeSpan> FullyOccupied(const Machine& machine, const RunTrace& trace, CoreShape shape, std::uint8_t slots);

}  // namespace npusched
