#include "reports/capture_export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <numeric>
#include <string_view>

#include "graphs/capture_kernels.h"
#include "graphs/export.h"
#include "graphs/submit_trace.h"
#include "graphs/task_ids.h"
#include "reports/capture_phases.h"
#include "sim/policies/partition.h"

namespace npusched {
namespace {

// Tick 0 means "missing": the run begins later.
constexpr std::int64_t kOrigin = 1'000'000;
constexpr std::int64_t kPsPerSecond = 1'000'000'000'000;
constexpr std::array<std::string_view, kPhaseKinds> kPhaseNames = {"complete",       "dummy", "dispatch",
                                                                   "early_dispatch", "drain", "release"};

class RecordsWriter {
 public:
  RecordsWriter(const RunInput& input, const RunTrace& trace, const CaptureOptions& options, const TextSink& sink)
      : input_(input),
        trace_(trace),
        clock_hz_(options.clock_hz),
        ps_per_tick_(kPsPerSecond / options.clock_hz),
        sink_(sink),
        ids_(RuntimeTaskIds(input.program)) {
    // By core, then by dispatch.
    order_.resize(trace.rows.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::ranges::sort(order_, {},
                      [&](std::uint32_t r) { return std::pair(trace.rows[r].core, trace.rows[r].sequence); });
  }

  void Write() {
    Metadata();
    Rows();
    Phases();
    Submits();
    Extras();
    Add("}}\n");
    Flush();
  }

 private:
  template <typename... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    if (text_.size() >= kPiece) Flush();
  }
  void Flush() {
    sink_({text_.data(), text_.size()});
    text_.clear();
  }

  [[nodiscard]] std::int64_t Ticks(Picoseconds t) const { return kOrigin + t / ps_per_tick_; }
  // A kernel without length lasts one tick, as the format wants it; see Extras().
  [[nodiscard]] std::int64_t EndTicks(const DispatchRow& row) const {
    return std::max(Ticks(row.end), Ticks(row.start) + 1);
  }

  void Metadata() {
    const Machine& machine = input_.machine;
    Add("{{\"chip_swimlane_level\":4,\n\"metadata\":{{\"clock_freq_hz\":{},\"num_cores\":{},\"core_types\":[",
        clock_hz_, machine.core_count());
    for (CoreId core = 0; core < machine.core_count(); ++core) {
      Add("{}\"{}\"", core == 0 ? "" : ",", machine.IsAic(core) ? "aic" : "aiv");
    }
    Add("],\"core_to_thread\":[");
    for (CoreId core = 0; core < machine.core_count(); ++core) {
      Add("{}{}", core == 0 ? "" : ",",
          OwnerOf(machine.ClusterOf(core), machine.clusters, input_.runtime.schedulers,
                  input_.runtime.policies.partition));
    }
    Add("]}}");
  }

  void Rows() {
    Add(",\n\"aicore_tasks\":[");
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const DispatchRow& row = trace_.rows[order_[i]];
      Add("{}[{},{},{},{},{},{}]", i == 0 ? "\n" : ",\n", row.core, ids_[row.task], row.sequence, Ticks(row.start),
          EndTicks(row), Ticks(row.start) - Ticks(row.receive));
    }
    Add("],\n\"aicpu_tasks\":[");
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const DispatchRow& row = trace_.rows[order_[i]];
      Add("{}[{},{},{},{}]", i == 0 ? "\n" : ",\n", row.core, row.sequence, Ticks(row.dispatch),
          std::max(Ticks(row.finish), EndTicks(row)));
    }
    Add("]");
  }

  void Phases() {
    Add(",\n\"aicpu_scheduler_phases\":[");
    const auto threads = CapturePhases(input_, trace_);
    for (std::size_t thread = 0; thread < threads.size(); ++thread) {
      Add("{}[", thread == 0 ? "\n" : ",\n");
      for (std::size_t i = 0; i < threads[thread].size(); ++i) {
        Add("{}", i == 0 ? "\n" : ",\n");
        AddPhase(threads[thread][i]);
      }
      Add("]");
    }
    Add("]");
  }

  void AddPhase(const CapturePhase& phase) {
    std::string_view kind = kPhaseNames.at(static_cast<std::size_t>(phase.kind));
    if (phase.marker != kNoTask) {
      kind = input_.program.tasks[phase.marker].core == CoreShape::kDummy ? "dummy_task" : "predicated_skip";
    }
    Add("{{\"kind\":\"{}\",\"start_cycles\":{},\"end_cycles\":{},\"loop_iter\":{},\"tasks_processed\":{}", kind,
        Ticks(phase.begin), Ticks(phase.end), phase.loop_iteration, phase.tasks);
    if (phase.kind == PhaseKind::kDispatch) Add(",\"pop_hit\":{},\"pop_miss\":{}", phase.pop_hit, phase.pop_miss);
    if (phase.marker != kNoTask) Add(",\"task_id\":{}", ids_[phase.marker]);
    const auto& at_begin = phase.queued_at_begin;
    const auto& at_end = phase.queued_at_end;
    Add(",\"shared_at_start\":[{},{},{}],\"shared_at_end\":[{},{},{}]}}", at_begin[0], at_begin[1], at_begin[2],
        at_end[0], at_end[1], at_end[2]);
  }

  // The call of each submit: what the program itself does before it, and the scope ends, stay outside.
  void Submits() {
    Add(",\n\"aicpu_orchestrator_phases\":[[");
    const std::vector<ScopeEvent>& events = input_.program.scope_events;
    std::size_t next = 0;
    for (TaskId t = 0; t < trace_.tasks.size(); ++t) {
      Picoseconds outside = input_.runtime.submit.user_code;
      for (; next < events.size() && events[next].before <= t; ++next) {
        if (events[next].kind == ScopeEvent::Kind::kEnd) outside += input_.runtime.submit.scope_end;
      }
      const TaskTimes& times = trace_.tasks[t];
      Add("{}{{\"submit_idx\":{},\"task_id\":{},\"start_cycles\":{},\"end_cycles\":{}}}", t == 0 ? "\n" : ",\n", t,
          ids_[t], Ticks(std::min(times.submit_begin + outside, times.submit)), Ticks(times.submit));
    }
    Add("]]");
  }

  // What the rows have no column for: the block of each row, and the kernels without length.
  void Extras() {
    Add(",\n\"simulator\":{{\"schema\":\"npusched.capture/1\"");
    const bool spmd = std::ranges::any_of(trace_.rows, [](const DispatchRow& row) { return row.block > 0; });
    if (spmd) {
      Add(",\"blocks\":[");
      for (std::size_t i = 0; i < order_.size(); ++i) Add("{}{}", i == 0 ? "" : ",", trace_.rows[order_[i]].block);
      Add("]");
    }
    std::vector<std::size_t> instant;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      if (trace_.rows[order_[i]].start == trace_.rows[order_[i]].end) instant.push_back(i);
    }
    if (!instant.empty()) Add(",\"instant_rows\":[{}]", fmt::join(instant, ","));
    Add("}}");
  }

  const RunInput& input_;
  const RunTrace& trace_;
  std::int64_t clock_hz_;
  Picoseconds ps_per_tick_;
  const TextSink& sink_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint32_t> order_;  // of the rows
  fmt::memory_buffer text_;
};

// How long each row took: one number for a task whose rows agree.
GivenDurations MeasuredDurations(const Program& program, const RunTrace& trace) {
  GivenDurations measured;
  RowDurations& rows = measured.by_row;
  measured.by_task.assign(program.tasks.size(), -1);
  rows.first.assign(program.tasks.size() + 1, 0);
  std::vector<bool> differ(program.tasks.size());
  for (const DispatchRow& row : trace.rows) {
    Picoseconds& task = measured.by_task[row.task];
    differ[row.task] = differ[row.task] || (task >= 0 && task != row.end - row.start);
    task = std::max(task, row.end - row.start);
  }
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    const auto width = static_cast<std::uint64_t>(std::popcount(program.tasks[t].slots));
    rows.first[t + 1] = rows.first[t] + (differ[t] ? program.tasks[t].block_num * width : 0);
    if (differ[t]) measured.by_task[t] = -1;
  }
  rows.values.resize(rows.first.back());
  for (const DispatchRow& row : trace.rows) {
    if (differ[row.task]) rows.Set(row.task, program.tasks[row.task].slots, row.slot, row.block, row.end - row.start);
  }
  return measured;
}

template <typename Write>
Status WriteTo(const std::filesystem::path& path, const Write& write) {
  OutputFile file(path);
  write(file.sink());
  return file.Commit();
}

// Anything but letters, digits, '_', '-' and '.' becomes '_'.
std::string FileName(std::string name) {
  for (char& c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!plain) c = '_';
  }
  return name.empty() ? "program" : name;
}

}  // namespace

Status ExportCapture(const RunInput& input, const RunTrace& trace, const std::vector<EdgeRow>& rows,
                     const std::filesystem::path& folder, const CaptureOptions& options) {
  const Program& program = input.program;
  // Tools take the newest name map, and some refuse when there are two.
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
    if (entry.path().filename().string().starts_with("name_map")) std::filesystem::remove(entry.path(), ec);
  }
  Status status = WriteTo(folder / "deps.json", [&](const TextSink& sink) { WriteDeps(program, rows, sink); });
  if (!status.ok()) return status;
  status = WriteTo(folder / "chip_swimlane_records.json",
                   [&](const TextSink& sink) { WriteCaptureRecords(input, trace, options, sink); });
  if (!status.ok()) return status;
  status = WriteTo(folder / "submit_trace.json", [&](const TextSink& sink) {
    const GivenDurations durations = MeasuredDurations(program, trace);
    WriteSubmitTrace(program, &rows, sink, &durations);
  });
  if (!status.ok()) return status;
  return WriteFileAtomically(folder / fmt::format("name_map_{}.json", FileName(program.name)), FormatNameMap(program));
}

void WriteCaptureRecords(const RunInput& input, const RunTrace& trace, const CaptureOptions& options,
                         const TextSink& sink) {
  RecordsWriter(input, trace, options, sink).Write();
}

}  // namespace npusched
