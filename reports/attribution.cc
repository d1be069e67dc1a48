#include "reports/attribution.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "reports/occupancy.h"

namespace npusched {
namespace {

class Walk {
 public:
  Walk(const RunInput& input, const RunTrace& trace, Picoseconds origin)
      : input_(input), trace_(trace), origin_(origin) {
    FindNeighbours();
  }

  Attribution From(std::uint32_t row) {
    at_ = std::max(origin_, trace_.rows[row].end);
    const Picoseconds length = at_ - origin_;
    while (row != kNoId && at_ > origin_) row = Step(row);
    NPU_CHECK(std::accumulate(result_.totals.begin(), result_.totals.end(), Picoseconds{0}) == length);
    return std::move(result_);
  }

 private:
  // The row before each row on its core, and the row of each task whose finish was seen last.
  void FindNeighbours() {
    const auto rows = static_cast<std::uint32_t>(trace_.rows.size());
    std::vector<std::uint32_t> last_on_core(input_.machine.core_count(), kNoId);
    row_before_.resize(rows);
    last_row_.assign(trace_.tasks.size(), kNoId);
    for (std::uint32_t i = 0; i < rows; ++i) {
      const DispatchRow& row = trace_.rows[i];
      row_before_[i] = std::exchange(last_on_core[row.core], i);
      std::uint32_t& last = last_row_[row.task];
      if (last == kNoId || std::tie(row.finish, row.end) > std::tie(trace_.rows[last].finish, trace_.rows[last].end)) {
        last = i;
      }
    }
  }

  // Gives the time from `begin` to the walk's position to `cause` and moves there, not past the origin.
  void Take(Cause cause, Picoseconds begin, TaskId task, std::uint32_t row) {
    begin = std::max(begin, origin_);
    if (begin >= at_) return;
    result_.totals[static_cast<std::size_t>(cause)] += at_ - begin;
    result_.segments.push_back({.begin = begin, .end = at_, .task = task, .row = row, .cause = cause});
    at_ = begin;
  }

  // Walks over one row to the row that its task waited for; kNoId at the end of the chain.
  std::uint32_t Step(std::uint32_t index) {
    const DispatchRow& row = trace_.rows[index];
    const Picoseconds ready = trace_.tasks[row.task].ready;
    Take(Cause::kMemoryContention, row.end - row.contention, row.task, index);
    Take(Cause::kKernel, row.start, row.task, index);
    // A row may be placed ahead of its release; it waits for the later of the two.
    const Picoseconds placed = std::max(row.dispatch, ready);
    const std::uint32_t before = row_before_[index];
    const Picoseconds before_end = before == kNoId ? 0 : trace_.rows[before].end;
    const Picoseconds core_free = std::max(placed, before_end);
    // Written while the row before ran: the core took it by itself.
    if (before_end > row.dispatch) {
      Take(Cause::kScheduler, std::max(core_free, before_end + input_.runtime.link.switch_pending), row.task, index);
      Take(Cause::kSwitch, core_free, row.task, index);
    }
    Take(Cause::kScheduler, core_free, row.task, index);
    Take(Cause::kCoreBusy, placed, row.task, index);
    InQueue(index, ready);
    return BeforeReady(row.task);
  }

  // [ready, dispatch): split by whether any core the task could take was free.
  void InQueue(std::uint32_t index, Picoseconds ready) {
    const TaskId task = trace_.rows[index].task;
    ready = std::max(ready, origin_);
    if (ready >= at_) return;
    const std::vector<TimeSpan>& full = Occupied(input_.program.tasks[task]);
    auto after = std::partition_point(full.begin(), full.end(), [&](const TimeSpan& i) { return i.begin < at_; });
    while (after != full.begin() && at_ > ready) {
      const TimeSpan& interval = *--after;
      Take(Cause::kScheduler, std::max(interval.end, ready), task, index);
      Take(Cause::kCoreBusy, std::max(interval.begin, ready), task, index);
    }
    Take(Cause::kScheduler, ready, task, index);
  }

  const std::vector<TimeSpan>& Occupied(const Task& task) {
    const auto key = std::pair(task.core, task.core == CoreShape::kMix ? task.slots : std::uint8_t{0});
    const auto [entry, added] = occupied_.try_emplace(key);
    if (added) entry->second = FullyOccupied(input_.machine, trace_, task.core, task.slots);
    return entry->second;
  }

  // From the moment `task` became ready to the row whose completion made it so.
  std::uint32_t BeforeReady(TaskId task) {
    while (true) {
      const TaskId producer = trace_.tasks[task].released_by;
      if (producer == kNoTask) break;
      NPU_CHECK(producer < task);
      const std::uint32_t row = last_row_[producer];
      if (row != kNoId) {
        Take(Cause::kScheduler, trace_.rows[row].end, producer, row);
        return row;
      }
      Take(Cause::kDependencyWait, trace_.tasks[producer].ready, producer, kNoId);
      task = producer;
    }
    Take(Cause::kDependencyWait, trace_.tasks[task].submit, task, kNoId);
    BeforeSubmit(task);
    return kNoId;
  }

  // All that came before the submit of `task` is the orchestrator's: at work, or waiting for a ring.
  void BeforeSubmit(TaskId task) {
    const std::vector<RingWait>& waits = trace_.ring_waits;
    auto after = std::partition_point(waits.begin(), waits.end(), [&](const RingWait& w) { return w.begin < at_; });
    while (after != waits.begin() && at_ > origin_) {
      const RingWait& wait = *--after;
      Take(Cause::kOrchestrator, wait.end, task, kNoId);
      Take(Cause::kRingFull, wait.begin, wait.task, kNoId);
    }
    Take(Cause::kOrchestrator, origin_, task, kNoId);
  }

  const RunInput& input_;
  const RunTrace& trace_;
  Picoseconds origin_;
  Picoseconds at_ = 0;
  std::vector<std::uint32_t> row_before_;
  std::vector<std::uint32_t> last_row_;
  std::map<std::pair<CoreShape, std::uint8_t>, std::vector<TimeSpan>> occupied_;
  Attribution result_;
};

}  // namespace

std::string_view NameOf(Cause cause) {
  constexpr std::array<std::string_view, kCauses> kNames = {
      "kernel",    "dependency_wait", "orchestrator",      "scheduler",
      "core_busy", "ring_full",       "memory_contention", "switch"};
  return kNames[static_cast<std::size_t>(cause)];
}

Attribution WalkBack(const RunInput& input, const RunTrace& trace, std::uint32_t row, Picoseconds origin) {
  NPU_CHECK(row < trace.rows.size());
  return Walk(input, trace, origin).From(row);
}

Attribution Attribute(const RunInput& input, const RunTrace& trace) {
  if (trace.rows.empty()) return {};
  const auto last = std::min_element(trace.rows.begin(), trace.rows.end(), [](const auto& a, const auto& b) {
    return std::tie(b.end, a.task, a.block, a.slot) < std::tie(a.end, b.task, b.block, b.slot);
  });
  return WalkBack(input, trace, static_cast<std::uint32_t>(last - trace.rows.begin()), trace.first_start);
}

}  // namespace npusched
