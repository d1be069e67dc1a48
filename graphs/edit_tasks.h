// The edits that change which tasks there are: several become one, one becomes several.
#pragma once

#include <string_view>
#include <vector>

#include "graphs/edit.h"
#include "graphs/edit_rewrite.h"

namespace npusched {

// '*' stands for any text, '?' for any one letter.
bool MatchesPattern(std::string_view name, std::string_view pattern);

// Each `edit.count` tasks that follow each other in one scope become one, where the last of them stood: it has all
// their arguments, neighbouring windows joined, and takes as long as they did together. REQUIRES: durations given.
// Errors: a task in between depends on one of them.
Status MergeTasks(const Edit& edit, const std::vector<TaskId>& tasks, Program* program);

// Each task becomes `edit.count`, which share its time. The arguments that it writes are cut along the first
// dimension that has enough elements; what it created is allocated before. REQUIRES: durations given.
Status SplitTasks(const Edit& edit, const std::vector<TaskId>& tasks, Program* program);

}  // namespace npusched
