// Whether a kernel's tiles fit the buffers of its core.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "graphs/kernel_work.h"
#include "hw_models/machine.h"

namespace npusched {

// The loads of one trip live together, `stage` trips of them: in L1 of a cube core, in UB of a vector core. The
// products of a trip live together in L0C until a store. A vector operation's or a store's tile fits UB alone.
// Operands larger than L0A or L0B pass through them in pieces. `kernel` and the loop's position are for the message.
Status CheckCapacity(std::span<const Loop> loops, int slot, const std::string& kernel, const Machine& machine);

}  // namespace npusched
