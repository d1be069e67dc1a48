// Rebuilds a program in which some tasks give way to others: what merging and splitting share.
//
//   Replacements replacements;
//   replacements[7] = {.tasks = {first_half, second_half}};   // task 7 becomes two
//   program = Rewrite(program, replacements);
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "graphs/program.h"

namespace npusched {

// A task on its own. Ids in it are those of the old program.
struct LooseTask {
  Task task;
  std::vector<Arg> args;
  std::vector<Dep> deps;
  std::vector<Picoseconds> rows;  // given durations: one for each row, one for all, or none
};

struct Replacement {
  std::vector<LooseTask> tasks;  // in the place of the old task; none: it is gone
  TaskId merged_into = kNoTask;  // when it is gone: the old task whose replacement stands for it
  // Position in `tasks` of the one that stands for the old task: as creator, and as what a dependency waits for.
  std::size_t creator = 0;
  std::size_t first_waited = 0;  // a dependency on the old task waits for all from here on
};

using Replacements = std::map<TaskId, Replacement>;

Program Rewrite(const Program& old, const Replacements& replacements);

LooseTask TakeTask(const Program& program, TaskId task);

}  // namespace npusched
