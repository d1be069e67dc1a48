// Executes a program in the order of a simulated run: a task reads memory as it is at its simulated start,
// and what it writes appears at its simulated end. Where the graph permits an order that the author did not
// mean, the results are those that the device would have had.
//
//   Result<DeviceMemory> memory = Execute({program, trace, inputs, sizes});
//   ForwardResult got = Collect(program, *memory, ...);      // numeric/forward_result.h
#pragma once

#include <atomic>

#include "base/result.h"
#include "graphs/program.h"
#include "graphs/qwen3_sizes.h"
#include "numeric/device_memory.h"
#include "numeric/inputs.h"
#include "sim/trace.h"

namespace npusched {

// Work done, for a progress line: a reader divides by the total it expects.
using WorkCounter = std::atomic<std::uint64_t>;

struct ExecuteInput {
  const Program& program;
  const RunTrace& trace;
  const Inputs& inputs;
  const Qwen3Sizes& sizes;
  WorkCounter* tasks_done = nullptr;
};

// Heap buffers are dropped after their last access, next_hidden apart: memory stays at a few buffers' size.
// At one instant ends come before starts, and lower ids first. Errors: a kernel that has no numbers here.
Result<DeviceMemory> Execute(const ExecuteInput& input);

// Whether every task that reaches a core has a kernel in numeric/kernels.h.
Status CheckKernels(const Program& program);

}  // namespace npusched
