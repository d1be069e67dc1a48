#include "graphs/capture_owners.h"

#include <algorithm>

namespace npusched {
namespace {

class OwnerFinder {
 public:
  OwnerFinder(const std::vector<EdgeRow>& rows, Program* program)
      : rows_(rows), program_(*program), owners_(program->buffers.size()), owned_(program->tasks.size()) {}

  std::size_t Assign() {
    CollectOwners();
    for (BufferId b = 0; b < owners_.size(); ++b) {
      if (!owners_[b].empty()) program_.buffers[b].creator = owners_[b].front();
    }
    std::size_t row = 0;
    for (TaskId t = 0; t < program_.tasks.size(); ++t) {
      const std::size_t first = row;
      while (row < rows_.size() && rows_[row].consumer == t) ++row;
      if (!program_.tasks[t].manual_scope) SetViews(t, first, row);
    }
    return FillOutputs();
  }

 private:
  // The tasks that own each buffer, ascending, and the buffers that each task owns in order of first use.
  void CollectOwners() {
    for (const EdgeRow& row : rows_) {
      if (row.source != EdgeSource::kCreator) continue;
      const auto args = program_.Args(row.consumer);
      if (row.arg < 0 || static_cast<std::size_t>(row.arg) >= args.size()) continue;
      const BufferId buffer = args[static_cast<std::size_t>(row.arg)].buffer;
      if (buffer == kNoId) continue;
      std::vector<TaskId>& owners = owners_[buffer];
      if (std::ranges::find(owners, row.producer) != owners.end()) continue;
      owners.push_back(row.producer);
      owned_[row.producer].push_back(buffer);
    }
    for (auto& owners : owners_) std::ranges::sort(owners);
  }

  // Who an argument says it belongs to: its creator row's producer; without a row, the last owner before it when the
  // task waited for that one already; else nobody.
  void SetViews(TaskId t, std::size_t first, std::size_t end) {
    const std::uint32_t first_arg = program_.tasks[t].first_arg;
    for (std::size_t i = 0; i < program_.Args(t).size(); ++i) {
      Arg& arg = program_.args[first_arg + i];
      if (arg.buffer == kNoId || arg.tag == ArgTag::kOutput || owners_[arg.buffer].empty()) continue;
      const TaskId owner = OwnerSeen(t, static_cast<std::int32_t>(i), arg.buffer, first, end);
      if (owner == program_.buffers[arg.buffer].creator) continue;
      ArgView view = arg.view == kNoId ? ArgView{} : program_.views[arg.view];
      view.owner = owner == kNoTask ? -2 : std::int64_t{owner};
      arg.view = static_cast<std::uint32_t>(program_.views.size());
      program_.views.push_back(view);
    }
  }

  [[nodiscard]] TaskId OwnerSeen(TaskId t, std::int32_t arg, BufferId buffer, std::size_t first,
                                 std::size_t end) const {
    for (std::size_t r = first; r < end; ++r) {
      if (rows_[r].source == EdgeSource::kCreator && rows_[r].arg == arg) return rows_[r].producer;
    }
    const std::vector<TaskId>& owners = owners_[buffer];
    const auto after = std::ranges::lower_bound(owners, t);
    if (after == owners.begin()) return kNoTask;
    const TaskId candidate = *std::prev(after);
    for (std::size_t r = first; r < end; ++r) {
      if (rows_[r].arg < arg && rows_[r].producer == candidate) return candidate;
    }
    return kNoTask;
  }

  std::size_t FillOutputs() {
    std::vector<Arg> args;
    args.reserve(program_.args.size());
    std::size_t unknown = 0;
    for (TaskId t = 0; t < program_.tasks.size(); ++t) {
      const auto given = program_.Args(t);
      const auto begin = args.size();
      std::size_t next = 0;
      for (Arg arg : given) {
        if (arg.tag == ArgTag::kOutput && arg.buffer == kNoId) {
          if (next < owned_[t].size()) {
            Take(arg, owned_[t][next++]);
          } else {
            ++unknown;
          }
        }
        args.push_back(arg);
      }
      if (program_.tasks[t].core == CoreShape::kAlloc) {
        while (next < owned_[t].size()) Take(args.emplace_back(Arg{.tag = ArgTag::kOutput}), owned_[t][next++]);
      }
      first_arg_.push_back(static_cast<std::uint32_t>(begin));
    }
    for (TaskId t = 0; t < program_.tasks.size(); ++t) program_.tasks[t].first_arg = first_arg_[t];
    program_.args = std::move(args);
    return unknown;
  }

  void Take(Arg& arg, BufferId buffer) const {
    arg.buffer = buffer;
    arg.region = program_.buffers[buffer].whole;
  }

  const std::vector<EdgeRow>& rows_;
  Program& program_;
  std::vector<std::vector<TaskId>> owners_;   // by buffer
  std::vector<std::vector<BufferId>> owned_;  // by task
  std::vector<std::uint32_t> first_arg_;
};

}  // namespace

std::size_t AssignOwners(const std::vector<EdgeRow>& rows, Program* program) {
  return OwnerFinder(rows, program).Assign();
}

}  // namespace npusched
