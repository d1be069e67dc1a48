#include "graphs/lifetimes.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "graphs/ancestors.h"

namespace npusched {
namespace {

// A task that touches memory of another's without an edge that keeps it.
struct Use {
  TaskId owner = kNoTask;
  TaskId user = kNoTask;
  std::uint32_t arg = 0;
  bool after_scope = false;
  bool kept = false;  // a retaining consumer waits for the user
};

TaskId ScopeEnd(const Program& program, TaskId task) { return program.scopes[program.tasks[task].scope].end_task; }

bool Retains(const TaskGraph& graph, TaskId owner, TaskId user) {
  const auto producers = graph.Producers(user);
  const auto edge = std::ranges::lower_bound(producers, owner, {}, &ProducerEdge::producer);
  return edge != producers.end() && edge->producer == owner && (edge->flags & kRetain) != 0;
}

// By user, then argument; one for each buffer of a task.
std::vector<Use> UnretainedUses(const Program& program, const TaskGraph& graph) {
  std::vector<Use> uses;
  for (TaskId user = 0; user < program.tasks.size(); ++user) {
    if (!program.ReachesCore(user)) continue;
    const std::span<const Arg> args = program.Args(user);
    for (std::uint32_t i = 0; i < args.size(); ++i) {
      const TaskId owner = program.buffers[args[i].buffer].creator;
      if (owner == kNoTask || owner >= user) continue;
      const TaskId end = ScopeEnd(program, owner);
      if (end >= program.tasks.size()) continue;  // nothing is submitted after it
      const bool after_scope = user >= end;
      if (!after_scope && Retains(graph, owner, user)) continue;
      const bool seen =
          std::any_of(args.begin(), args.begin() + i, [&](const Arg& arg) { return arg.buffer == args[i].buffer; });
      if (!seen) uses.push_back({owner, user, i, after_scope, false});
    }
  }
  return uses;
}

// Marks the uses whose task a retaining consumer of the owner waits for.
void MarkKept(const Program& program, const TaskGraph& graph, std::vector<Use>* uses) {
  std::vector<std::uint32_t> by_owner(uses->size());
  std::iota(by_owner.begin(), by_owner.end(), 0);
  std::stable_sort(by_owner.begin(), by_owner.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return (*uses)[a].owner < (*uses)[b].owner; });
  std::vector<TaskId> users;
  for (const Use& use : *uses) {
    if (users.empty() || users.back() != use.user) users.push_back(use.user);
  }
  AncestorSweep sweep(program, graph, users);
  const auto on_row = [&](const AncestorSweep::Row& row) {
    for (const ProducerEdge& edge : graph.Producers(row.task)) {
      if ((edge.flags & kRetain) == 0 || row.task >= ScopeEnd(program, edge.producer)) continue;
      const auto owner = [&](std::uint32_t i) { return (*uses)[i].owner; };
      const auto last = std::ranges::upper_bound(by_owner, edge.producer, {}, owner);
      for (auto at = std::ranges::lower_bound(by_owner, edge.producer, {}, owner); at != last; ++at) {
        Use& use = (*uses)[*at];
        const auto column = static_cast<std::size_t>(std::ranges::lower_bound(users, use.user) - users.begin());
        if (use.user < row.task && column >= row.first_column && column < row.end_column) {
          use.kept = use.kept || row.Has(column);
        }
      }
    }
  };
  sweep.Run([](const TaskPair&, bool, bool) {}, on_row);
}

// For every task and ring: the oldest task of the ring that cannot be CONSUMED before the task completes.
class OldestHeld {
 public:
  OldestHeld(const Program& program, const TaskGraph& graph) : of_(program.tasks.size()) {
    Rings open;
    open.fill(kNoTask);
    for (auto t = static_cast<TaskId>(of_.size()); t-- > 0;) {
      if (ScopeEnd(program, t) == of_.size()) open[program.tasks[t].ring] = t;
    }
    for (auto t = static_cast<TaskId>(of_.size()); t-- > 0;) {
      of_[t] = open;
      for (const ProducerEdge& edge : graph.Producers(t)) {
        if ((edge.flags & kRetain) != 0 && t < ScopeEnd(program, edge.producer)) {
          TaskId& oldest = of_[t][program.tasks[edge.producer].ring];
          oldest = std::min(oldest, edge.producer);
        }
      }
      for (const TaskId consumer : graph.Consumers(t)) {
        if (program.tasks[consumer].core == CoreShape::kAlloc) continue;
        for (std::size_t ring = 0; ring < open.size(); ++ring)
          of_[t][ring] = std::min(of_[t][ring], of_[consumer][ring]);
      }
    }
  }
  [[nodiscard]] TaskId Of(TaskId task, std::uint8_t ring) const { return of_[task][ring]; }

 private:
  using Rings = std::array<TaskId, 4>;
  std::vector<Rings> of_;
};

}  // namespace

LifetimeReport FindLifetimes(const Program& program, const TaskGraph& graph) {
  LifetimeReport report;
  std::vector<Use> uses = UnretainedUses(program, graph);
  if (uses.empty()) return report;
  MarkKept(program, graph, &uses);
  const OldestHeld held(program, graph);
  std::map<std::tuple<LifetimeRisk, std::string, std::string, std::string>, std::size_t> at;
  for (const Use& use : uses) {
    if (use.kept) continue;
    const std::uint32_t name = program.buffers[program.Args(use.user)[use.arg].buffer].name;
    LifetimeGroup group{.risk = use.after_scope ? LifetimeRisk::kAfterScope : LifetimeRisk::kNotRetained,
                        .owner = program.KernelName(use.owner),
                        .user = program.KernelName(use.user),
                        .tensor = name == kNoId ? "" : program.names[name],
                        .example_owner = use.owner,
                        .example_user = use.user,
                        .example_arg = use.arg};
    const auto [entry, is_new] =
        at.try_emplace({group.risk, group.owner, group.user, group.tensor}, report.groups.size());
    if (is_new) report.groups.push_back(std::move(group));
    LifetimeGroup& into = report.groups[entry->second];
    ++into.uses;
    into.held_by_ring += held.Of(use.user, program.tasks[use.owner].ring) <= use.owner ? 1 : 0;
  }
  return report;
}

}  // namespace npusched
