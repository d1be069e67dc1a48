#include "graphs/edit_rewrite.h"

#include <algorithm>

namespace npusched {
namespace {

class Rewriter {
 public:
  Rewriter(const Program& old, const Replacements& replacements) : old_(old), replacements_(replacements) {}

  Program Run() {
    NumberTasks();
    CopyTables();
    for (TaskId t = 0; t < old_.tasks.size(); ++t) {
      const auto replaced = replacements_.find(t);
      if (replaced == replacements_.end()) {
        Add(TakeTask(old_, t), t);
        continue;
      }
      for (const LooseTask& task : replaced->second.tasks) Add(task, t);
    }
    Trim();
    return std::move(program_);
  }

 private:
  void NumberTasks() {
    TaskId next = 0;
    for (TaskId t = 0; t < old_.tasks.size(); ++t) {
      first_new_.push_back(next);
      const auto replaced = replacements_.find(t);
      next += replaced == replacements_.end() ? 1 : static_cast<TaskId>(replaced->second.tasks.size());
    }
    first_new_.push_back(next);
  }

  // Who stands for an old task.
  [[nodiscard]] TaskId Stands(TaskId task) const {
    const auto replaced = replacements_.find(task);
    if (replaced == replacements_.end()) return first_new_[task];
    if (replaced->second.tasks.empty()) return Stands(replaced->second.merged_into);
    return first_new_[task] + static_cast<TaskId>(replaced->second.creator);
  }

  void CopyTables() {
    program_ = old_;
    program_.tasks.clear();
    program_.args.clear();
    program_.deps.clear();
    program_.durations.clear();
    program_.scalars.clear();
    program_.row_durations = {};
    for (Buffer& buffer : program_.buffers) {
      if (buffer.creator != kNoTask) buffer.creator = Stands(buffer.creator);
    }
    for (ArgView& view : program_.views) {
      if (view.owner >= 0) view.owner = Stands(static_cast<TaskId>(view.owner));
    }
    for (Scope& scope : program_.scopes) {
      scope.first_task = first_new_[scope.first_task];
      scope.end_task = first_new_[scope.end_task];
    }
    for (ScopeEvent& event : program_.scope_events) event.before = first_new_[event.before];
    program_.row_durations.first.push_back(0);
  }

  void Add(const LooseTask& loose, TaskId from) {
    Task task = loose.task;
    task.first_arg = static_cast<std::uint32_t>(program_.args.size());
    task.first_dep = static_cast<std::uint32_t>(program_.deps.size());
    program_.args.insert(program_.args.end(), loose.args.begin(), loose.args.end());
    const auto id = static_cast<TaskId>(program_.tasks.size());
    for (const Dep& dep : loose.deps) AddDep(dep, id, task.first_dep);
    program_.tasks.push_back(task);
    program_.scalars.push_back(from < old_.scalars.size() ? old_.scalars[from] : 0);
    RowDurations& rows = program_.row_durations;
    program_.durations.push_back(loose.rows.size() == 1 ? loose.rows[0] : -1);
    if (loose.rows.size() > 1) rows.values.insert(rows.values.end(), loose.rows.begin(), loose.rows.end());
    rows.first.push_back(rows.values.size());
  }

  void AddDep(Dep dep, TaskId consumer, std::uint32_t first) {
    const auto replaced = replacements_.find(dep.task);
    if (replaced == replacements_.end()) {
      program_.deps.push_back({first_new_[dep.task], dep.flags});
      return;
    }
    const bool several = !replaced->second.tasks.empty();
    const TaskId begin =
        several ? first_new_[dep.task] + static_cast<TaskId>(replaced->second.first_waited) : Stands(dep.task);
    const TaskId end = several ? first_new_[dep.task + 1] : begin + 1;
    for (TaskId producer = begin; producer < end; ++producer) {
      if (producer == consumer) continue;  // merged with what it waited for
      const auto known = std::find_if(program_.deps.begin() + first, program_.deps.end(),
                                      [&](const Dep& d) { return d.task == producer; });
      known == program_.deps.end() ? program_.deps.push_back({producer, dep.flags}) : void(known->flags |= dep.flags);
    }
  }

  // Tables that say nothing are left empty, as emitters leave them.
  void Trim() {
    if (std::ranges::all_of(program_.durations, [](Picoseconds d) { return d < 0; })) program_.durations.clear();
    if (program_.row_durations.values.empty()) program_.row_durations.first.clear();
    while (!program_.scalars.empty() && program_.scalars.back() == 0) program_.scalars.pop_back();
  }

  const Program& old_;
  const Replacements& replacements_;
  Program program_;
  std::vector<TaskId> first_new_;  // by old task: the first new one in its place
};

}  // namespace

LooseTask TakeTask(const Program& program, TaskId task) {
  LooseTask loose{.task = program.tasks[task], .args = {}, .deps = {}, .rows = {}};
  const auto args = program.Args(task);
  const auto deps = program.Deps(task);
  loose.args.assign(args.begin(), args.end());
  loose.deps.assign(deps.begin(), deps.end());
  if (!program.durations.empty() && program.durations[task] >= 0) {
    loose.rows.push_back(program.durations[task]);
  } else if (program.row_durations.Has(task)) {
    const RowDurations& rows = program.row_durations;
    loose.rows.assign(rows.values.begin() + static_cast<std::ptrdiff_t>(rows.first[task]),
                      rows.values.begin() + static_cast<std::ptrdiff_t>(rows.first[task + 1]));
  }
  return loose;
}

Program Rewrite(const Program& old, const Replacements& replacements) { return Rewriter(old, replacements).Run(); }

}  // namespace npusched
