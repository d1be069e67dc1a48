// Whose buffers a captured program uses. A capture tells it only by its creator rows, and leaves a row out when the
// consumer waits for that producer anyway; on a device the address of a retired buffer is used again.
//
// Part of reading a capture, for files that say nothing more.
#pragma once

#include <cstddef>
#include <vector>

#include "graphs/inference.h"
#include "graphs/program.h"

namespace npusched {

// Sets Buffer::creator and, where an argument sees another owner, ArgView::owner, so that inference yields the same
// creator rows again. Gives every OUTPUT argument without a buffer one that its task created, in order of first use,
// and allocs an OUTPUT for each of theirs. `rows`: all recorded, by consumer. Returns how many OUTPUT arguments found
// none: their buffer is still kNoId.
std::size_t AssignOwners(const std::vector<EdgeRow>& rows, Program* program);

}  // namespace npusched
