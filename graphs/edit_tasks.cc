#include "graphs/edit_tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "graphs/inference.h"

namespace npusched {
namespace {

RegionId AddRegion(const Region& region, Program* program) {
  // New regions are few beside those there are; an equal one may stand twice.
  program->regions.push_back(region);
  return static_cast<RegionId>(program->regions.size() - 1);
}

// -- merging

// The box of two windows that lie side by side along one dimension; false when they do not.
bool Join(const Region& a, const Region& b, Region* joined) {
  if (a.dtype != b.dtype || a.rank != b.rank || a.strides != b.strides) return false;
  int along = -1;
  for (int d = 0; d < a.rank; ++d) {
    if (a.shape[d] == b.shape[d]) continue;
    if (along >= 0) return false;
    along = d;
  }
  for (int d = along < 0 ? 0 : along; d < (along < 0 ? a.rank : along + 1); ++d) {
    if (b.start_offset != a.start_offset + a.shape[d] * a.strides[d]) continue;
    *joined = a;
    joined->shape[d] += b.shape[d];
    // A box wider than its stride would run into the next row.
    if (d == 0 || joined->shape[d] * a.strides[d] <= a.strides[d - 1]) return true;
  }
  return false;
}

class Merger {
 public:
  Merger(const Edit& edit, Program* program) : edit_(edit), program_(*program) {}

  Status Run(const std::vector<TaskId>& tasks) {
    Result<Inference> inferred = Infer(program_);
    if (!inferred.ok()) return inferred.error();
    graph_ = &inferred->graph;
    std::vector<TaskId> group;
    for (const TaskId t : tasks) {
      const bool fits = group.empty() || Alike(group.front(), t);
      if (!fits) group.clear();
      group.push_back(t);
      if (group.size() < edit_.count) continue;
      if (Status s = Merge(group); !s.ok()) return s;
      group.clear();
    }
    if (replacements_.empty()) {
      return InputError(edit_.where,
                        fmt::format("merges nothing: no {} tasks of '{}' follow each other in one scope with "
                                    "the same cores and blocks",
                                    edit_.count, edit_.kernel));
    }
    program_ = Rewrite(program_, replacements_);
    return {};
  }

 private:
  // Siblings: each iteration of a loop is a scope of its own, so the scope around counts as well.
  [[nodiscard]] bool Alike(TaskId a, TaskId b) const {
    const Task& x = program_.tasks[a];
    const Task& y = program_.tasks[b];
    const bool scopes = x.scope == y.scope || program_.scopes[x.scope].parent == program_.scopes[y.scope].parent;
    return scopes && x.kernel == y.kernel && x.slots == y.slots && x.block_num == y.block_num &&
           x.manual_scope == y.manual_scope && x.predicate_false == y.predicate_false;
  }

  Status Merge(const std::vector<TaskId>& group) {
    for (TaskId between = group.front() + 1; between < group.back(); ++between) {
      for (const ProducerEdge& edge : graph_->Producers(between)) {
        const bool member = std::ranges::binary_search(group, edge.producer);
        if (!member || std::ranges::binary_search(group, between)) continue;
        return InputError(
            edit_.where,
            fmt::format("cannot merge: task {} '{}' stands between tasks {} and {} and depends on {}", between,
                        program_.KernelName(between), group.front(), group.back(), edge.producer));
      }
    }
    LooseTask merged = TakeTask(program_, group.front());
    merged.task.scope = program_.tasks[group.back()].scope;
    merged.task.ring = program_.tasks[group.back()].ring;
    for (std::size_t i = 1; i < group.size(); ++i) {
      const LooseTask other = TakeTask(program_, group[i]);
      merged.deps.insert(merged.deps.end(), other.deps.begin(), other.deps.end());
      for (const Arg& arg : other.args) Add(arg, &merged.args);
      AddRows(other.rows, &merged.rows);
    }
    std::erase_if(merged.deps, [&](const Dep& dep) { return std::ranges::binary_search(group, dep.task); });
    for (std::size_t i = 0; i + 1 < group.size(); ++i)
      replacements_[group[i]] = {.tasks = {}, .merged_into = group.back()};
    replacements_[group.back()].tasks.push_back(std::move(merged));
    return {};
  }

  void Add(const Arg& arg, std::vector<Arg>* args) {
    for (Arg& known : *args) {
      if (known.buffer != arg.buffer || known.tag != arg.tag || known.view != arg.view ||
          known.manual_dep != arg.manual_dep)
        continue;
      Region joined;
      if (known.region == arg.region || program_.regions[known.region] == program_.regions[arg.region]) return;
      if (!Join(program_.regions[known.region], program_.regions[arg.region], &joined)) continue;
      known.region = AddRegion(joined, &program_);
      known.touched = kNoId;
      return;
    }
    args->push_back(arg);
  }

  static void AddRows(const std::vector<Picoseconds>& other, std::vector<Picoseconds>* rows) {
    if (rows->size() < other.size()) rows->assign(other.size(), rows->empty() ? 0 : rows->front());
    for (std::size_t i = 0; i < rows->size(); ++i) (*rows)[i] += other.empty() ? 0 : other[other.size() == 1 ? 0 : i];
  }

  const Edit& edit_;
  Program& program_;
  const TaskGraph* graph_ = nullptr;
  Replacements replacements_;
};

// -- splitting

class Splitter {
 public:
  Splitter(const Edit& edit, Program* program) : edit_(edit), program_(*program) {}

  Status Run(const std::vector<TaskId>& tasks) {
    for (const TaskId t : tasks) {
      if (program_.ReachesCore(t)) Split(t);
    }
    if (uncut_ > 0) {
      program_.warnings.push_back(
          fmt::format("{} windows of '{}' are too small to cut in {}: every part has all of them", uncut_, edit_.kernel,
                      edit_.count));
    }
    program_ = Rewrite(program_, replacements_);
    return {};
  }

 private:
  void Split(TaskId t) {
    const LooseTask whole = TakeTask(program_, t);
    Replacement& replacement = replacements_[t];
    AddAlloc(whole, &replacement);
    for (std::uint32_t part = 0; part < edit_.count; ++part) {
      LooseTask piece = whole;
      for (std::size_t i = 0; i < piece.args.size(); ++i) {
        Arg& arg = piece.args[i];
        if (arg.tag == ArgTag::kOutput) arg.tag = ArgTag::kOutputExisting;
        if (Cuts(whole.args[i], static_cast<std::int64_t>(i))) Cut(part, &arg);
      }
      for (Picoseconds& row : piece.rows) row = Share(row, part);
      replacement.tasks.push_back(std::move(piece));
    }
  }

  // What the task created must be there before its parts write into it.
  void AddAlloc(const LooseTask& whole, Replacement* replacement) {
    LooseTask alloc;
    for (const Arg& arg : whole.args) {
      if (arg.tag == ArgTag::kOutput) alloc.args.push_back(arg);
    }
    if (alloc.args.empty()) return;
    alloc.task = {.kernel = AllocKernel(),
                  .scope = whole.task.scope,
                  .core = CoreShape::kAlloc,
                  .ring = whole.task.ring,
                  .manual_scope = whole.task.manual_scope};
    alloc.rows = {0};
    replacement->tasks.push_back(std::move(alloc));
    replacement->first_waited = 1;
  }

  KernelId AllocKernel() {
    const auto known = std::ranges::find(program_.kernels, CoreShape::kAlloc, &Kernel::core);
    if (known != program_.kernels.end()) return static_cast<KernelId>(known - program_.kernels.begin());
    program_.kernels.push_back({.name = "alloc", .core = CoreShape::kAlloc});
    return static_cast<KernelId>(program_.kernels.size() - 1);
  }

  [[nodiscard]] bool Cuts(const Arg& arg, std::int64_t index) const {
    if (!edit_.cut.empty()) return std::ranges::find(edit_.cut, index) != edit_.cut.end();
    return arg.tag == ArgTag::kInOut || arg.tag == ArgTag::kOutputExisting || arg.tag == ArgTag::kOutput;
  }

  void Cut(std::uint32_t part, Arg* arg) {
    Region region = program_.regions[arg->region];
    const std::int64_t parts = edit_.count;
    const auto* const end = region.shape.begin() + region.rank;
    const auto* const along =
        std::find_if(region.shape.cbegin(), end, [&](std::int64_t size) { return size >= parts; });
    if (along == end) {
      uncut_ += part == 0 ? 1 : 0;
      return;
    }
    const auto d = static_cast<std::size_t>(along - region.shape.begin());
    const std::int64_t first = region.shape[d] * part / parts;
    const std::int64_t last = region.shape[d] * (part + 1) / parts;
    region.start_offset += first * region.strides[d];
    region.shape[d] = last - first;
    arg->region = AddRegion(region, &program_);
    arg->touched = kNoId;
  }

  // The parts add up to the whole.
  [[nodiscard]] Picoseconds Share(Picoseconds whole, std::uint32_t part) const {
    const auto parts = static_cast<Picoseconds>(edit_.count);
    return whole / parts + (static_cast<Picoseconds>(part) < whole % parts ? 1 : 0);
  }

  const Edit& edit_;
  Program& program_;
  Replacements replacements_;
  std::size_t uncut_ = 0;
};

}  // namespace

Status MergeTasks(const Edit& edit, const std::vector<TaskId>& tasks, Program* program) {
  return Merger(edit, program).Run(tasks);
}

Status SplitTasks(const Edit& edit, const std::vector<TaskId>& tasks, Program* program) {
  return Splitter(edit, program).Run(tasks);
}

}  // namespace npusched
