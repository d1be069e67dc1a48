#include "graphs/cycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace npusched {
namespace {

// Edges looked at before the search settles for the best cycle it has.
constexpr std::uint64_t kSearchBudget = 20'000'000;
constexpr std::size_t kTasksShown = 12;

// Breadth-first search over the graph and its back edges, reusing its arrays from run to run.
class CycleSearch {
 public:
  CycleSearch(const TaskGraph& graph, std::span<const BackEdge> back_edges)
      : graph_(graph), back_(back_edges.begin(), back_edges.end()), parent_(graph.size()), run_(graph.size(), 0) {
    std::ranges::sort(back_, [](const BackEdge& a, const BackEdge& b) {
      return std::pair(a.producer, a.consumer) < std::pair(b.producer, b.consumer);
    });
  }

  [[nodiscard]] const std::vector<BackEdge>& back_edges() const { return back_; }
  [[nodiscard]] bool Exhausted() const { return looked_at_ > kSearchBudget; }

  // The tasks of a shortest path from `from` to `to`, shorter than `limit` tasks; empty when none.
  std::vector<TaskId> Path(TaskId from, TaskId to, std::size_t limit) {
    ++current_run_;
    queue_.assign(1, from);
    run_[from] = current_run_;
    parent_[from] = kNoTask;
    std::size_t level_end = 1;
    std::size_t length = 1;
    for (std::size_t head = 0; head < queue_.size(); ++head) {
      if (head == level_end) {
        level_end = queue_.size();
        ++length;
      }
      if (queue_[head] == to) {
        return Trace(to);
      }
      if (length + 1 < limit && !Exhausted()) {
        Expand(queue_[head]);
      }
    }
    return {};
  }

 private:
  void Expand(TaskId task) {
    auto back = std::ranges::lower_bound(back_, task, {}, &BackEdge::producer);
    for (; back != back_.end() && back->producer == task; ++back) {
      Reach(task, back->consumer);
    }
    for (const TaskId consumer : graph_.Consumers(task)) {
      Reach(task, consumer);
    }
  }
  void Reach(TaskId from, TaskId to) {
    ++looked_at_;
    if (run_[to] != current_run_) {
      run_[to] = current_run_;
      parent_[to] = from;
      queue_.push_back(to);
    }
  }
  [[nodiscard]] std::vector<TaskId> Trace(TaskId task) const {
    std::vector<TaskId> path;
    for (; task != kNoTask; task = parent_[task]) {
      path.push_back(task);
    }
    std::ranges::reverse(path);
    return path;
  }

  const TaskGraph& graph_;
  std::vector<BackEdge> back_;
  std::vector<TaskId> queue_;
  std::vector<TaskId> parent_;
  std::vector<std::uint32_t> run_;
  std::uint32_t current_run_ = 0;
  std::uint64_t looked_at_ = 0;
};

std::string Named(const Program& program, TaskId task) {
  return fmt::format("{} '{}'", task, program.KernelName(task));
}

// The reasons of the edge producer -> consumer of a cycle.
std::string Reasons(const TaskGraph& graph, TaskId producer, TaskId consumer) {
  const auto producers = graph.Producers(consumer);
  const auto edge = std::ranges::lower_bound(producers, producer, {}, &ProducerEdge::producer);
  return edge != producers.end() && edge->producer == producer ? SourceNames(edge->sources)
                                                               : SourceNames(kFromExplicit);
}

std::string DescribeCycle(const Program& program, const TaskGraph& graph, const std::vector<TaskId>& cycle) {
  if (cycle.size() == 1) {
    return fmt::format("task {} depends on itself", Named(program, cycle[0]));
  }
  std::string text =
      fmt::format("the dependencies form a cycle of {} tasks: {}", cycle.size(), Named(program, cycle[0]));
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    if (cycle.size() > kTasksShown && i == kTasksShown / 2) {
      i = cycle.size() - kTasksShown / 2;
      text += fmt::format(" -> ... ({} more) -> {}", i - (kTasksShown / 2) - 1, Named(program, cycle[i]));
    }
    const TaskId next = cycle[(i + 1) % cycle.size()];
    text += fmt::format(" -> {} ({})", Named(program, next), Reasons(graph, cycle[i], next));
  }
  return text;
}

}  // namespace

std::string SourceNames(std::uint8_t sources) {
  std::string names;
  for (const auto& [bit, name] :
       {std::pair(kFromExplicit, "explicit"), {kFromCreator, "creator"}, {kFromTensormap, "tensormap"}}) {
    if ((sources & bit) != 0) {
      names += names.empty() ? name : fmt::format("+{}", name);
    }
  }
  return names;
}

std::vector<TaskId> ShortestCycle(const TaskGraph& graph, std::span<const BackEdge> back_edges) {
  CycleSearch search(graph, back_edges);
  std::vector<TaskId> best;
  for (const BackEdge& back : search.back_edges()) {
    // Every cycle has a back edge; the rest of it is a path from its consumer to its producer.
    std::vector<TaskId> path = search.Path(back.consumer, back.producer, best.empty() ? SIZE_MAX : best.size());
    if (!path.empty()) {
      best = std::move(path);
    }
    if (best.size() == 1 || search.Exhausted()) {
      break;
    }
  }
  std::rotate(best.begin(), std::min_element(best.begin(), best.end()), best.end());
  return best;
}

Error BackEdgeError(const Program& program, const TaskGraph& graph, std::span<const BackEdge> back_edges) {
  const std::vector<TaskId> cycle = ShortestCycle(graph, back_edges);
  // Point at a dependency of the cycle, or at the first wrong one.
  BackEdge at = back_edges.front();
  std::string message;
  if (cycle.empty()) {
    message = fmt::format("task {} depends explicitly on task {}, which is submitted later; expected an earlier task",
                          Named(program, at.consumer), Named(program, at.producer));
  } else {
    for (const BackEdge& back : back_edges) {
      const auto consumer = std::ranges::find(cycle, back.consumer);
      const TaskId before = consumer == cycle.end()     ? kNoTask
                            : consumer == cycle.begin() ? cycle.back()
                                                        : *(consumer - 1);
      if (before == back.producer) {
        at = back;
        break;
      }
    }
    message = DescribeCycle(program, graph, cycle);
  }
  Location where;
  where.file = program.source;
  where.pointer = fmt::format("/tasks/{}/explicit_deps/{}", at.consumer, at.dep);
  return InputError(where, message);
}

}  // namespace npusched
