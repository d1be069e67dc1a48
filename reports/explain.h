// Why a task started when it did, in words: the walk back over what it waited for, to time 0.
//
//   const Explanation why = Explain(input, trace, task, &rows);
//   fmt::print("{}", ExplanationText(why));
//
//   down_proj (task 705) started at 1094.302 us on AIC_3
//     from us    to us      us  cause
//    1093.862 1094.302   0.440  scheduler      down_proj (task 705) on its way to AIC_3 ...
//
// reports/attribution.h states the rule of the walk; each of its steps is a line here, latest first.
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/attribution.h"

namespace npusched {

struct ExplanationStep {
  Picoseconds begin = 0;
  Picoseconds end = 0;
  Cause cause = Cause::kKernel;
  TaskId task = kNoTask;
  std::string words;
};

struct Explanation {
  std::string task;  // "down_proj (task 705)"
  std::string core;  // of its first row
  Picoseconds start = 0;
  std::vector<ExplanationStep> steps;  // latest first, from the start back to time 0
  std::array<Picoseconds, kCauses> totals{};
};

// `rows`: those of inference, to name the tensor of an edge; may be null.
// REQUIRES: the task ran.
Explanation Explain(const RunInput& input, const RunTrace& trace, TaskId task, const std::vector<EdgeRow>* rows);

std::string ExplanationText(const Explanation& why);
nlohmann::ordered_json ExplanationJson(const Explanation& why);

}  // namespace npusched
