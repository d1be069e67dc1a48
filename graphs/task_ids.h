// The runtime's own names of tasks: ring << 32 | count within the ring, in submission order. Allocs and
// dummies take numbers too. Captures and viewers show them; inside the project a TaskId is enough.
//
//   RuntimeTaskIds(program)[3] == 4294967296;  DisplayName(4294967296) == "r1t0"
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graphs/program.h"

namespace npusched {

// By task.
std::vector<std::uint64_t> RuntimeTaskIds(const Program& program);

// "t7" in ring 0, "r2t7" in ring 2.
std::string DisplayName(std::uint64_t runtime_task_id);

}  // namespace npusched
