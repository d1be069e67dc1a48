// The kernel ids of a capture: deps.json names the kernel of each slot by a number, the name map tells its name.
//
//   CaptureKernels kernels = NumberKernels(program);
//   kernels.ids[task.kernel]   // {3, 4, -1}
//   kernels.names.at(3)        // "qk"
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "graphs/program.h"

namespace npusched {

struct CaptureKernels {
  std::vector<std::array<std::int32_t, kSlots>> ids;  // by KernelId; of a slot that no task fills, anything
  std::map<std::int32_t, std::string> names;          // of every id in use
};

// The ids that the program states, when each of them has one name; else every kernel takes its place in the
// program for all its slots.
CaptureKernels NumberKernels(const Program& program);

// name_map_<case>.json: what the ids are called.
std::string FormatNameMap(const Program& program);

}  // namespace npusched
