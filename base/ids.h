// Dense ids that link the objects of a program, its graph and its run.
//
// Stands at the very left of the flow: every layer shares these words.
// Ids are positions in arrays, never pointers, so every order can end in an id.
#pragma once

#include <cstdint>

namespace npusched {

using TaskId = std::uint32_t;    // submission order, 0..n-1, allocs and dummies included
using BufferId = std::uint32_t;  // position in Program::buffers
using KernelId = std::uint32_t;  // position in Program::kernels
using WorkId = std::uint32_t;    // position in Program::works
using RegionId = std::uint32_t;  // position in Program::regions
using ScopeId = std::uint32_t;   // position in Program::scopes
using CoreId = std::uint32_t;    // AIC c = c; AIV = clusters + 2c and clusters + 2c + 1

inline constexpr std::uint32_t kNoId = 0xFFFF'FFFFU;
inline constexpr TaskId kNoTask = kNoId;
inline constexpr WorkId kNoWork = kNoId;

}  // namespace npusched
