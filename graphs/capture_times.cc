#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "graphs/capture_build.h"
#include "graphs/task_ids.h"

namespace npusched {
namespace {

constexpr std::int64_t kPsPerSecond = 1'000'000'000'000;
constexpr Picoseconds kLongest = std::int64_t{1} << 60;  // 13 days

class TimeTaker {
 public:
  TimeTaker(const RecordsTable& records, const SubmitOrder& order, Capture* capture)
      : records_(records), order_(order), program_(capture->program), capture_(*capture) {}

  Status Take() {
    program_.warnings.insert(program_.warnings.end(), records_.warnings.begin(), records_.warnings.end());
    capture_.timing.emplace();
    SetClock();
    PlaceCores();
    GroupRows();
    for (TaskId t = 0; t < program_.tasks.size() && status_.ok(); ++t) TakeTask(t);
    if (!status_.ok()) return status_;
    SetDurations();
    SortRows();
    TakePhases();
    TakeSubmits();
    return status_;
  }

 private:
  void Fail(std::string pointer, std::string message) {
    if (status_.ok()) status_ = InputError({records_.file, 0, 0, std::move(pointer)}, std::move(message));
  }
  CaptureTiming& timing() { return *capture_.timing; }

  // -- time and cores

  void SetClock() {
    timing().level = records_.level;
    timing().tick = std::max<Picoseconds>(1, kPsPerSecond / records_.clock_hz);
    origin_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t last = 0;
    const auto see = [&](std::int64_t tick) {
      if (tick > 0) origin_ = std::min(origin_, tick);
      last = std::max(last, tick);
    };
    for (const RecordsRow& row : records_.rows) {
      for (const std::int64_t tick : {row.receive, row.end, row.dispatch, row.finish}) see(tick);
    }
    for (const RecordsPhase& phase : records_.phases) {
      see(phase.start);
      see(phase.end);
    }
    for (const RecordsSubmit& submit : records_.submits) {
      see(submit.start);
      see(submit.end);
    }
    const double seconds = static_cast<double>(last - std::min(origin_, last)) / static_cast<double>(records_.clock_hz);
    if (seconds * static_cast<double>(kPsPerSecond) > static_cast<double>(kLongest)) {
      Fail("/metadata/clock_freq_hz",
           fmt::format("makes the run last {:.0f} days; expected at most 13", seconds / 86400));
    }
  }

  // Exact for every clock that divides a second into whole picoseconds.
  [[nodiscard]] Picoseconds Span(std::int64_t ticks) const {
    if (kPsPerSecond % records_.clock_hz == 0) return ticks * (kPsPerSecond / records_.clock_hz);
    return static_cast<Picoseconds>(
        std::llround(static_cast<long double>(ticks) * kPsPerSecond / static_cast<long double>(records_.clock_hz)));
  }
  [[nodiscard]] Picoseconds At(std::int64_t tick) const { return tick == 0 ? -1 : Span(tick - origin_); }

  // The k-th cube core and the k-th pair of vector cores are cluster k.
  void PlaceCores() {
    std::uint32_t cubes = 0;
    std::uint32_t vectors = 0;
    for (const bool is_aic : records_.is_aic) {
      cluster_of_.push_back(is_aic ? cubes : vectors / 2);
      upper_.push_back(!is_aic && vectors % 2 == 1);
      ++(is_aic ? cubes : vectors);
    }
    timing().clusters = std::max(cubes, (vectors + 1) / 2);
    timing().is_aic = records_.is_aic;
    timing().thread_of.assign(records_.thread_of.begin(), records_.thread_of.end());
    if (vectors != 2 * cubes) {
      program_.warnings.push_back(
          fmt::format("{} cube and {} vector cores: expected two vector cores for each cube core", cubes, vectors));
    }
  }

  // -- rows

  void GroupRows() {
    rows_of_.resize(program_.tasks.size() + 1);
    std::vector<TaskId> tasks;
    for (std::size_t i = 0; i < records_.rows.size(); ++i) {
      const RuntimeId id = records_.rows[i].task;
      const auto found = order_.task_of.find(id);
      if (found == order_.task_of.end() || order_.tasks[found->second].row == kNoId) {
        return Fail(fmt::format("/aicore_tasks/{}/1", i),
                    fmt::format("task {} ({}) is not in the tasks of deps.json", id, DisplayName(id)));
      }
      tasks.push_back(found->second);
      order_of_rows_.push_back(static_cast<std::uint32_t>(i));
    }
    const auto key = [&](std::uint32_t i) {
      const RecordsRow& row = records_.rows[i];
      return std::tuple(tasks[i], row.dispatch == 0 ? row.start : row.dispatch, row.core, row.sequence);
    };
    std::ranges::sort(order_of_rows_, {}, key);
    for (const TaskId task : tasks) ++rows_of_[task + 1];
    for (std::size_t t = 1; t < rows_of_.size(); ++t) rows_of_[t] += rows_of_[t - 1];
  }

  [[nodiscard]] std::span<const std::uint32_t> RowsOf(TaskId t) const {
    return {order_of_rows_.data() + rows_of_[t], order_of_rows_.data() + rows_of_[t + 1]};
  }

  void TakeTask(TaskId t) {
    const std::span<const std::uint32_t> rows = RowsOf(t);
    const Task& task = program_.tasks[t];
    const auto width = static_cast<std::uint64_t>(std::popcount(task.slots));
    const std::uint64_t expected = program_.ReachesCore(t) ? task.block_num * width : 0;
    if (rows.empty() || !status_.ok()) {
      if (expected > 0) missing_.push_back(t);
      return;
    }
    if (rows.size() != expected) {
      return Fail("/aicore_tasks",
                  fmt::format("has {} rows of task {} ({}); expected {}", rows.size(), order_.tasks[t].id,
                              DisplayName(order_.tasks[t].id),
                              expected == 0 ? std::string("none: it runs on no core")
                                            : fmt::format("{}: {} blocks of {}", expected, task.block_num, width)));
    }
    const std::size_t first = timing().rows.size();
    for (const std::uint32_t i : rows) {
      CapturedRow& row = AddRow(t, records_.rows[i]);
      const int slot = SlotOf(task.slots, records_.rows[i].core);
      if (slot < 0) {
        return Fail(
            fmt::format("/aicore_tasks/{}/0", i),
            fmt::format("task {} ran on core {}, of a type that it has no kernel for", order_.tasks[t].id, row.core));
      }
      row.slot = static_cast<std::uint8_t>(slot);
    }
    const std::span<CapturedRow> added(timing().rows.data() + first, rows.size());
    records_.rows[rows[0]].block != kNoId ? CheckBlocks(t, added) : AssignBlocks(task, added);
  }

  CapturedRow& AddRow(TaskId t, const RecordsRow& row) {
    CapturedRow& added = timing().rows.emplace_back();
    added.task = t;
    added.core = row.core;
    added.cluster = cluster_of_[row.core];
    added.block = row.block;
    added.sequence = row.sequence;
    added.dispatch = At(row.dispatch);
    added.receive = At(row.receive);
    added.start = At(row.start);
    added.end = row.instant ? added.start : At(row.end);
    added.finish = At(row.finish);
    return added;
  }

  // The core tells: the cube core runs slot 0; of two vector slots, the lower core of its cluster runs the first.
  [[nodiscard]] int SlotOf(std::uint8_t slots, CoreId core) const {
    const bool first = (slots >> kSlotAiv0 & 1) != 0;
    const bool second = (slots >> kSlotAiv1 & 1) != 0;
    if (records_.is_aic[core]) return (slots >> kSlotAic & 1) != 0 ? kSlotAic : -1;
    if (first && second) return upper_[core] ? kSlotAiv1 : kSlotAiv0;
    return first ? kSlotAiv0 : second ? kSlotAiv1 : -1;
  }

  void CheckBlocks(TaskId t, std::span<const CapturedRow> rows) {
    std::vector<std::pair<std::uint32_t, std::uint8_t>> seen;
    for (const CapturedRow& row : rows) seen.emplace_back(row.block, row.slot);
    std::ranges::sort(seen);
    const bool twice = std::ranges::adjacent_find(seen) != seen.end();
    if (twice || seen.back().first >= program_.tasks[t].block_num) {
      Fail("/simulator/blocks", fmt::format("does not give task {} each of its blocks once", order_.tasks[t].id));
    }
  }

  // Up to permutation: in order of dispatch; the cores of one block belong to one cluster.
  void AssignBlocks(const Task& task, std::span<CapturedRow> rows) const {
    std::vector<std::uint32_t> by_slot(kSlots, 0);
    if (std::popcount(task.slots) == 1) {
      for (CapturedRow& row : rows) row.block = by_slot[row.slot]++;
      return;
    }
    // The n-th visit to a cluster takes the n-th block placed there.
    const int lead = std::countr_zero(task.slots);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> visits;  // cluster and count, by block
    std::vector<std::uint32_t> count(cluster_of_.size() + 1, 0);
    for (CapturedRow& row : rows) {
      if (row.slot != lead) continue;
      row.block = static_cast<std::uint32_t>(visits.size());
      visits.emplace_back(row.cluster, count[row.cluster]++);
    }
    for (int slot = lead + 1; slot < kSlots; ++slot) {
      std::ranges::fill(count, 0);
      std::vector<CapturedRow*> strays;
      std::vector<bool> taken(visits.size());
      for (CapturedRow& row : rows) {
        if (row.slot != slot) continue;
        const auto at = std::ranges::find(visits, std::pair(row.cluster, count[row.cluster]));
        if (at == visits.end()) {
          strays.push_back(&row);
          continue;
        }
        ++count[row.cluster];
        row.block = static_cast<std::uint32_t>(at - visits.begin());
        taken[row.block] = true;
      }
      for (CapturedRow* row : strays) {  // of other clusters than the lead's: the blocks left over, in order
        row->block = static_cast<std::uint32_t>(std::ranges::find(taken, false) - taken.begin());
        taken[row->block] = true;
      }
    }
  }

  // -- durations

  void SetDurations() {
    RowDurations& by_row = program_.row_durations;
    program_.durations.assign(program_.tasks.size(), 0);
    by_row.first.assign(1, 0);
    std::size_t at = 0;  // in timing().rows, which are by task as yet
    std::vector<std::vector<Picoseconds>> of_kernel(program_.kernels.size());
    for (TaskId t = 0; t < program_.tasks.size(); ++t) {
      const std::size_t first = at;
      while (at < timing().rows.size() && timing().rows[at].task == t) ++at;
      const std::span<const CapturedRow> rows(timing().rows.data() + first, at - first);
      if (!rows.empty()) TakeDurations(t, rows);
      if (!rows.empty() && !missing_.empty())
        of_kernel[program_.tasks[t].kernel].push_back(rows[0].end - rows[0].start);
      by_row.first.push_back(by_row.values.size());
    }
    for (const TaskId t : missing_) {
      std::vector<Picoseconds>& known = of_kernel[program_.tasks[t].kernel];
      std::ranges::sort(known);
      program_.durations[t] = known.empty() ? 0 : known[known.size() / 2];
    }
    if (!missing_.empty()) {
      program_.warnings.push_back(fmt::format("{} tasks have no rows ({}{}): they take the median of their kernel",
                                              missing_.size(), DisplayName(order_.tasks[missing_.front()].id),
                                              missing_.size() > 1 ? ", ..." : ""));
    }
  }

  void TakeDurations(TaskId t, std::span<const CapturedRow> rows) {
    const Picoseconds first = rows[0].end - rows[0].start;
    const auto alike = [&](const CapturedRow& row) { return row.end - row.start == first; };
    if (std::ranges::all_of(rows, alike)) {
      program_.durations[t] = first;
      return;
    }
    program_.durations[t] = -1;
    RowDurations& by_row = program_.row_durations;
    by_row.values.resize(by_row.values.size() + rows.size());
    for (const CapturedRow& row : rows)
      by_row.Set(t, program_.tasks[t].slots, row.slot, row.block, row.end - row.start);
  }

  void SortRows() {
    std::ranges::sort(timing().rows, {}, [](const CapturedRow& row) { return std::pair(row.core, row.sequence); });
  }

  // -- threads and submits

  static CapturedKind KindOf(RecordKind kind) {
    return kind <= RecordKind::kRelease ? static_cast<CapturedKind>(kind) : CapturedKind::kOther;
  }

  void TakePhases() {
    timing().completed.assign(program_.tasks.size(), -1);
    for (const RecordsPhase& phase : records_.phases) {
      if (phase.kind == RecordKind::kDummyTask || phase.kind == RecordKind::kPredicatedSkip) {
        const auto task = order_.task_of.find(phase.task);
        if (task != order_.task_of.end()) timing().completed[task->second] = At(phase.start);
      } else if (phase.kind <= RecordKind::kAsyncPoll) {
        timing().phases.push_back(
            {KindOf(phase.kind), phase.thread, phase.loop_iteration, phase.tasks, At(phase.start), At(phase.end)});
      }
    }
    std::ranges::stable_sort(timing().phases, {},
                             [](const CapturedPhase& p) { return std::tuple(p.thread, p.begin, p.end); });
    InferSyncStart();
  }

  // A task with several blocks of which one was placed during a drain started all of them together.
  void InferSyncStart() {
    std::vector<const CapturedPhase*> drains;
    for (const CapturedPhase& phase : timing().phases) {
      if (phase.kind == CapturedKind::kDrain) drains.push_back(&phase);
    }
    for (const CapturedRow& row : timing().rows) {
      if (row.core >= timing().thread_of.size() || program_.tasks[row.task].block_num == 1) continue;
      const auto placed = [&](const CapturedPhase* drain) {
        return drain->thread == timing().thread_of[row.core] && drain->begin <= row.dispatch &&
               row.dispatch <= drain->end;
      };
      if (std::ranges::any_of(drains, placed)) program_.tasks[row.task].sync_start = true;
    }
  }

  void TakeSubmits() {
    if (records_.submits.empty()) return;
    timing().submits.resize(program_.tasks.size());
    for (const RecordsSubmit& submit : records_.submits) {
      timing().submits[order_.task_of.at(submit.task)] = {At(submit.start), At(submit.end)};
    }
  }

  const RecordsTable& records_;
  const SubmitOrder& order_;
  Program& program_;
  Capture& capture_;
  Status status_;
  std::int64_t origin_ = 0;
  std::vector<std::uint32_t> cluster_of_;     // by core
  std::vector<bool> upper_;                   // by core: the second vector core of its cluster
  std::vector<std::uint32_t> order_of_rows_;  // by task, then in order of dispatch
  std::vector<std::size_t> rows_of_;          // first of each task
  std::vector<TaskId> missing_;               // tasks that should have rows
};

}  // namespace

Status TakeTimes(const CaptureTables& tables, const SubmitOrder& order, Capture* capture) {
  return TimeTaker(*tables.records, order, capture).Take();
}

std::uint32_t CaptureTiming::threads() const {
  std::int32_t most = -1;
  for (const std::int32_t thread : thread_of) most = std::max(most, thread);
  for (const CapturedPhase& phase : phases) most = std::max<std::int32_t>(most, phase.thread);
  return static_cast<std::uint32_t>(most + 1);
}

Picoseconds CaptureTiming::makespan() const {
  if (rows.empty()) return 0;
  const Picoseconds first = std::ranges::min(rows, {}, &CapturedRow::start).start;
  return std::ranges::max(rows, {}, &CapturedRow::end).end - first;
}

}  // namespace npusched
