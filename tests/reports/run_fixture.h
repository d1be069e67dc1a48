// A run written down in text: tasks with their times and rows, no engine needed. Times are microseconds.
//
//   const WrittenRun run = ParseRun(R"(
//     machine 1 3                      # clusters, schedulers
//     task A aic 0 1 1                 # name, shape, submit_begin, submit, ready
//     task B aiv 1 2 14 after A by A   # producers (comma-separated), and which of them released it
//     row A AIC_0 2 3 13 13.5          # task, core, dispatch, start, end, finish
//     row B AIV_1 15 16 20 20.5
//     phase 0 complete 13.5 14         # thread, kind, begin, end
//   )");
//
// "silu.3" is a task of kernel silu. Rows come in order of dispatch; first start and last end follow from them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched {

struct WrittenRun {
  Program program;
  Inference inference;
  Machine machine;
  RuntimeConfig runtime;
  std::vector<KernelCost> costs;
  RunTrace trace;
  std::map<std::string, TaskId, std::less<>> ids;

  [[nodiscard]] RunInput input() const { return {program, inference, machine, runtime, costs}; }
  [[nodiscard]] TaskId Id(std::string_view name) const { return ids.find(name)->second; }
};

WrittenRun ParseRun(std::string_view text);

inline Picoseconds Us(double us) { return FromUs(us); }

}  // namespace npusched
