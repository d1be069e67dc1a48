#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "graphs/edit.h"
#include "graphs/edit_tasks.h"
#include "graphs/overlap.h"

namespace npusched {
namespace {

constexpr double kLongestPs = 1e18;

class Editor {
 public:
  Editor(const PriceOf& price, Program* program) : price_(price), program_(*program) {}

  Status Apply(const Edit& edit) {
    edit_ = &edit;
    switch (edit.kind) {
      case EditKind::kTag:
        return SetTags();
      case EditKind::kManual:
        return MarkManual();
      case EditKind::kAddDeps:
        return AddDeps();
      case EditKind::kDropDeps:
        return DropDeps();
      case EditKind::kDuration:
        return SetDurations();
      case EditKind::kBlocks:
        return SetBlocks();
      case EditKind::kMerge:
      case EditKind::kSplit:
        break;
    }
    std::vector<TaskId> tasks;
    if (Status s = Find(edit.kernel, &tasks); !s.ok()) return s;
    Give(tasks);
    return edit.kind == EditKind::kMerge ? MergeTasks(edit, tasks, &program_) : SplitTasks(edit, tasks, &program_);
  }

 private:
  [[nodiscard]] Error Fail(const std::string& message) const { return InputError(edit_->where, message); }

  // The tasks of the kernels that `pattern` matches and that reach a core; at least one. Dummies match too.
  Status Find(const std::string& pattern, std::vector<TaskId>* tasks) const {
    std::vector<bool> wanted;
    std::vector<std::string> names;
    for (const Kernel& kernel : program_.kernels) {
      wanted.push_back(kernel.core != CoreShape::kAlloc && MatchesPattern(kernel.name, pattern));
      if (kernel.core != CoreShape::kAlloc) names.push_back(kernel.name);
    }
    for (TaskId t = 0; t < program_.tasks.size(); ++t) {
      if (wanted[program_.tasks[t].kernel]) tasks->push_back(t);
    }
    if (!tasks->empty()) return {};
    const std::string near = NearestName(pattern, names);
    return Fail(fmt::format("expected the name of a kernel, or a pattern; nothing is called '{}'{}", pattern,
                            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }

  // -- arguments

  Status SetTags() {
    std::vector<TaskId> tasks;
    if (Status s = Find(edit_->kernel, &tasks); !s.ok()) return s;
    for (const TaskId t : tasks) {
      Arg* arg = ArgOf(t);
      if (arg == nullptr) return NoArg(t);
      if (arg->tag == ArgTag::kOutput) {
        return Fail(
            fmt::format("argument {} of '{}' creates its buffer: it stays OUTPUT", edit_->arg, program_.KernelName(t)));
      }
      arg->tag = edit_->tag;
    }
    return {};
  }

  Arg* ArgOf(TaskId t) {
    const auto index = static_cast<std::size_t>(edit_->arg);
    return index < program_.Args(t).size() ? &program_.args[program_.tasks[t].first_arg + index] : nullptr;
  }
  [[nodiscard]] Error NoArg(TaskId t) const {
    return Fail(fmt::format("task {} '{}' has {} arguments; expected one at {}", t, program_.KernelName(t),
                            program_.Args(t).size(), edit_->arg));
  }

  Status MarkManual() {
    if (!edit_->buffer.empty()) {
      std::set<BufferId> buffers;
      if (Status s = FindBuffers(edit_->buffer, &buffers); !s.ok()) return s;
      for (const BufferId buffer : buffers) program_.buffers[buffer].manual_dep = true;
      return {};
    }
    std::vector<TaskId> tasks;
    if (Status s = Find(edit_->kernel, &tasks); !s.ok()) return s;
    for (const TaskId t : tasks) {
      const Arg* arg = ArgOf(t);
      if (arg == nullptr) return NoArg(t);
      program_.buffers[arg->buffer].manual_dep = true;
    }
    return {};
  }

  // By name; a buffer without one goes by its address.
  Status FindBuffers(const std::string& pattern, std::set<BufferId>* buffers) const {
    std::vector<std::string> names;
    for (BufferId b = 0; b < program_.buffers.size(); ++b) {
      const Buffer& buffer = program_.buffers[b];
      names.push_back(buffer.name != kNoId ? program_.names[buffer.name] : std::to_string(buffer.address));
      if (MatchesPattern(names.back(), pattern)) buffers->insert(b);
    }
    if (!buffers->empty()) return {};
    const std::string near = NearestName(pattern, names);
    return Fail(fmt::format(
        "expected the name of a buffer (the address where it has none), or a pattern; nothing is called '{}'{}",
        pattern, near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }

  // -- dependencies

  // Dependencies of single tasks grow and shrink here, and go back into the program at the end.
  std::vector<std::vector<Dep>> TakeDeps() const {
    std::vector<std::vector<Dep>> deps(program_.tasks.size());
    for (TaskId t = 0; t < deps.size(); ++t) deps[t].assign(program_.Deps(t).begin(), program_.Deps(t).end());
    return deps;
  }
  void PutDeps(const std::vector<std::vector<Dep>>& deps) {
    program_.deps.clear();
    for (TaskId t = 0; t < deps.size(); ++t) {
      program_.tasks[t].first_dep = static_cast<std::uint32_t>(program_.deps.size());
      program_.deps.insert(program_.deps.end(), deps[t].begin(), deps[t].end());
    }
  }

  Status AddDeps() {
    std::vector<TaskId> producers;
    std::vector<TaskId> consumers;
    std::set<BufferId> buffers;
    if (Status s = Find(edit_->from, &producers); !s.ok()) return s;
    if (Status s = Find(edit_->to, &consumers); !s.ok()) return s;
    if (!edit_->through.empty()) {
      if (Status s = FindBuffers(edit_->through, &buffers); !s.ok()) return s;
    }
    std::vector<std::vector<Dep>> deps = TakeDeps();
    std::size_t added = 0;
    for (const TaskId consumer : consumers) {
      const auto end = std::ranges::lower_bound(producers, consumer);
      for (auto producer = end; producer != producers.begin();) {
        --producer;
        if (!edit_->through.empty() && !Meet(*producer, consumer, buffers)) continue;
        if (std::ranges::find(deps[consumer], *producer, &Dep::task) == deps[consumer].end()) {
          deps[consumer].push_back({*producer});
          ++added;
        }
        if (edit_->last) break;
      }
    }
    if (added == 0) {
      return Fail(fmt::format("adds no dependency: no '{}' comes before a '{}'{}", edit_->from, edit_->to,
                              edit_->through.empty() ? "" : fmt::format(" that meets it in '{}'", edit_->through)));
    }
    PutDeps(deps);
    return {};
  }

  [[nodiscard]] bool Meet(TaskId producer, TaskId consumer, const std::set<BufferId>& buffers) const {
    for (const Arg& written : program_.Args(producer)) {
      if (!buffers.contains(written.buffer)) continue;
      for (const Arg& read : program_.Args(consumer)) {
        if (read.buffer != written.buffer) continue;
        const std::int64_t bytes = program_.buffers[read.buffer].size_bytes;
        if (Compare(program_.regions[read.region], 0, bytes, program_.regions[written.region], 0) != Overlap::kNone)
          return true;
      }
    }
    return false;
  }

  Status DropDeps() {
    std::vector<TaskId> producers;
    std::vector<TaskId> consumers;
    if (Status s = Find(edit_->from, &producers); !s.ok()) return s;
    if (Status s = Find(edit_->to, &consumers); !s.ok()) return s;
    std::vector<std::vector<Dep>> deps = TakeDeps();
    std::size_t dropped = 0;
    for (const TaskId consumer : consumers) {
      dropped += std::erase_if(deps[consumer],
                               [&](const Dep& dep) { return std::ranges::binary_search(producers, dep.task); });
    }
    if (dropped == 0)
      return Fail(fmt::format("drops no dependency: '{}' has no explicit one on '{}'", edit_->to, edit_->from));
    PutDeps(deps);
    return {};
  }

  // -- time

  // States the durations of tasks whose work tells them.
  void Give(const std::vector<TaskId>& tasks) {
    std::vector<Picoseconds>& durations = program_.durations;
    RowDurations rows;
    rows.first.push_back(0);
    durations.resize(program_.tasks.size(), -1);
    std::size_t next = 0;
    for (TaskId t = 0; t < program_.tasks.size(); ++t) {
      const bool wanted = next < tasks.size() && tasks[next] == t;
      next += wanted ? 1 : 0;
      if (program_.row_durations.Has(t)) {
        const RowDurations& old = program_.row_durations;
        rows.values.insert(rows.values.end(), old.values.begin() + static_cast<std::ptrdiff_t>(old.first[t]),
                           old.values.begin() + static_cast<std::ptrdiff_t>(old.first[t + 1]));
      } else if (wanted && durations[t] < 0) {
        Price(t, &rows);
      }
      rows.first.push_back(rows.values.size());
    }
    if (rows.values.empty()) rows.first.clear();
    program_.row_durations = std::move(rows);
  }

  void Price(TaskId t, RowDurations* rows) {
    const Task& task = program_.tasks[t];
    const bool one = std::popcount(task.slots) == 1 && task.first_block_work == kNoId;  // for all rows
    if (task.work == kNoWork || one) {
      program_.durations[t] = task.work == kNoWork ? 0 : price_(task.work, std::countr_zero(task.slots));
      return;
    }
    for (std::uint32_t block = 0; block < task.block_num; ++block) {
      for (int slot = 0; slot < kSlots; ++slot) {
        if ((task.slots >> slot & 1) != 0) rows->values.push_back(price_(program_.WorkOf(t, block), slot));
      }
    }
  }

  Status SetDurations() {
    std::vector<TaskId> tasks;
    if (Status s = Find(edit_->kernel, &tasks); !s.ok()) return s;
    Give(tasks);
    for (const TaskId t : tasks) {
      const auto changed = [&](Picoseconds given) {
        return edit_->duration >= 0 ? edit_->duration
                                    : std::llround(std::min(static_cast<double>(given) * edit_->scale, kLongestPs));
      };
      if (program_.durations[t] >= 0) program_.durations[t] = changed(program_.durations[t]);
      RowDurations& rows = program_.row_durations;
      for (std::uint64_t i = rows.Has(t) ? rows.first[t] : 0; rows.Has(t) && i < rows.first[t + 1]; ++i) {
        rows.values[i] = changed(rows.values[i]);
      }
    }
    return {};
  }

  // The work stays: more blocks are shorter ones. Blocks that differed become their mean.
  Status SetBlocks() {
    std::vector<TaskId> tasks;
    if (Status s = Find(edit_->kernel, &tasks); !s.ok()) return s;
    Give(tasks);
    Replacements replacements;
    for (const TaskId t : tasks) {
      if (!program_.ReachesCore(t)) continue;
      LooseTask task = TakeTask(program_, t);
      const auto width = static_cast<std::size_t>(std::popcount(task.task.slots));
      std::vector<Picoseconds> slots(width, 0);
      if (task.rows.size() == 1) {
        std::ranges::fill(slots, task.rows[0] * task.task.block_num);
      } else {
        for (std::size_t i = 0; i < task.rows.size(); ++i) slots[i % width] += task.rows[i];
      }
      const auto blocks = static_cast<Picoseconds>(edit_->count);
      for (Picoseconds& slot : slots) slot = (slot + blocks / 2) / blocks;
      task.rows.clear();
      const bool alike = std::ranges::adjacent_find(slots, std::not_equal_to<>()) == slots.end();
      for (std::uint32_t block = 0; block < (alike ? 1 : edit_->count); ++block) {
        task.rows.insert(task.rows.end(), slots.begin(), alike ? slots.begin() + 1 : slots.end());
      }
      task.task.block_num = edit_->count;
      task.task.first_block_work = kNoId;
      replacements[t].tasks.push_back(std::move(task));
    }
    program_ = Rewrite(program_, replacements);
    return {};
  }

  const PriceOf& price_;
  Program& program_;
  const Edit* edit_ = nullptr;
};

}  // namespace

bool MatchesPattern(std::string_view name, std::string_view pattern) {
  std::size_t n = 0;
  std::size_t p = 0;
  std::size_t star = std::string_view::npos;  // the last '*', and what it has taken so far
  std::size_t taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n]) && pattern[p] != '*') {
      ++n;
      ++p;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Status ApplyEdits(const std::vector<Edit>& edits, const PriceOf& price, Program* program) {
  for (const Edit& edit : edits) {
    if (Status s = Editor(price, program).Apply(edit); !s.ok()) return s;
  }
  return {};
}

}  // namespace npusched
