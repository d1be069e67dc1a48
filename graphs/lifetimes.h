// Buffer lifetime: who may still touch heap memory after the runtime has taken it back.
//
// Memory on a ring belongs to the task that created it, and goes back when that task is CONSUMED: it completed,
// every consumer whose edge retains it completed, and its scope ended. A task that touches the memory without
// such an edge, and that no retaining consumer waits for, may find it overwritten. Stands beside race analysis.
//
//   UP (in a MANUAL scope) reads what SF created, but depends on PV alone: PV done, SF's memory is free
//
//   LifetimeReport report = FindLifetimes(program, inference->graph);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

enum class LifetimeRisk : std::uint8_t {
  kNotRetained,  // no edge keeps the memory while the task runs
  kAfterScope,   // submitted after the owner's scope ended: the owner may be CONSUMED before any edge is made
};

// All uses of one kind by one kernel of tensors of one name that one kernel owns.
struct LifetimeGroup {
  LifetimeRisk risk = LifetimeRisk::kNotRetained;
  std::string owner;  // kernels
  std::string user;
  std::string tensor;      // empty: it has no name
  std::uint64_t uses = 0;  // pairs of task and buffer
  // Of these, uses whose memory an older task of the same ring holds back: rings free in order. Safe as long as
  // that task stays where it is.
  std::uint64_t held_by_ring = 0;
  TaskId example_owner = kNoTask;  // of the lowest user
  TaskId example_user = kNoTask;
  std::uint32_t example_arg = 0;
};

struct LifetimeReport {
  std::vector<LifetimeGroup> groups;  // by example
};

LifetimeReport FindLifetimes(const Program& program, const TaskGraph& graph);

}  // namespace npusched
