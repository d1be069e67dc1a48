#include "reports/chrome_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "reports/row_wait.h"
#include "reports/text.h"

namespace npusched {
namespace {

constexpr int kRuntimeProcess = 1;
constexpr int kCoreProcess = 2;
constexpr std::int64_t kOrchestratorLane = 1;
constexpr std::int64_t kFirstSchedulerLane = 2;
// Flows leave a slice this long before its end, because viewers round times to nanoseconds.
constexpr Picoseconds kFlowInset = 10 * kPsPerNs;
constexpr int kTypes = 3;  // AIC, AIV, MIX
constexpr std::array<std::string_view, kTypes> kTypeNames = {"AIC", "AIV", "MIX"};
constexpr std::array<std::string_view, kPhaseKinds> kPhaseNames = {"complete",       "dummy", "dispatch",
                                                                   "early_dispatch", "drain", "release"};

// A change of a counter of one core type.
struct Change {
  Picoseconds time = 0;
  std::int32_t type = 0;
  std::int32_t delta = 0;
};

class Writer {
 public:
  Writer(const RunInput& input, const RunTrace& trace, std::string& out) : input_(input), trace_(trace), out_(out) {
    for (const Kernel& kernel : input.program.kernels) {
      std::string quoted = JsonString(kernel.name);
      kernels_.push_back(quoted.substr(1, quoted.size() - 2));
    }
    for (CoreId core = 0; core < input.machine.core_count(); ++core) cores_.push_back(CoreName(input.machine, core));
  }

  void Write(const Attribution& attribution) {
    out_.reserve(out_.size() + 512 * trace_.rows.size() + 192 * (trace_.tasks.size() + trace_.phases.size()));
    out_ += R"({"displayTimeUnit":"ns","traceEvents":[)";
    Lanes();
    Submits();
    Phases();
    Rows();
    RunningCounter();
    ReadyCounter();
    Flows(attribution);
    out_ += "\n]}\n";
  }

 private:
  // -- pieces of an event
  void Open(char phase, int process, std::int64_t lane) {
    out_ += first_ ? "\n{\"ph\":\"" : ",\n{\"ph\":\"";
    first_ = false;
    out_.push_back(phase);
    Int("\",\"pid\":", process);
    Int(",\"tid\":", lane);
  }
  void Int(std::string_view key, std::int64_t value) {
    out_ += key;
    AppendInt(out_, value);
  }
  void Us(std::string_view key, Picoseconds t) {
    out_ += key;
    AppendUs(out_, t);
  }
  void Span(Picoseconds begin, Picoseconds end) {
    Us(",\"ts\":", begin);
    Us(",\"dur\":", end - begin);
  }
  [[nodiscard]] std::string_view KernelOf(TaskId task) const { return kernels_[input_.program.tasks[task].kernel]; }
  // "silu #12"
  void TaskName(TaskId task) {
    out_ += KernelOf(task);
    Int(" #", task);
  }

  void Lane(int process, std::int64_t lane, std::string_view name) {
    Open('M', process, lane);
    out_ += ",\"name\":\"thread_name\",\"args\":{\"name\":\"";
    out_ += name;
    out_ += "\"}}";
    Open('M', process, lane);
    Int(",\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":", lane);
    out_ += "}}";
  }

  void Lanes() {
    for (const auto& [process, name] : {std::pair(kRuntimeProcess, "Runtime"), std::pair(kCoreProcess, "Cores")}) {
      Open('M', process, 0);
      out_ += fmt::format(R"(,"name":"process_name","args":{{"name":"{}"}}}})", name);
      Open('M', process, 0);
      out_ += fmt::format(R"(,"name":"process_sort_index","args":{{"sort_index":{}}}}})", process);
    }
    Lane(kRuntimeProcess, kOrchestratorLane, "Orchestrator");
    for (std::uint32_t s = 0; s < input_.runtime.schedulers; ++s) {
      Lane(kRuntimeProcess, kFirstSchedulerLane + s, fmt::format("Scheduler {}", s));
    }
    for (CoreId core = 0; core < cores_.size(); ++core) Lane(kCoreProcess, CoreLane(core), cores_[core]);
  }
  static std::int64_t CoreLane(CoreId core) { return std::int64_t{core} + 1; }

  void Submits() {
    for (TaskId t = 0; t < trace_.tasks.size(); ++t) {
      const TaskTimes& times = trace_.tasks[t];
      Open('X', kRuntimeProcess, kOrchestratorLane);
      Span(times.submit_begin, times.submit);
      out_ += ",\"cat\":\"submit\",\"name\":\"submit ";
      TaskName(t);
      Int("\",\"args\":{\"task\":", t);
      out_ += "}}";
    }
  }

  void Phases() {
    for (const PhaseRecord& phase : trace_.phases) {
      Open('X', kRuntimeProcess, kFirstSchedulerLane + phase.thread);
      Span(phase.begin, phase.end);
      out_ += ",\"cat\":\"scheduler\",\"name\":\"";
      out_ += kPhaseNames[static_cast<std::size_t>(phase.kind)];
      Int("\",\"args\":{\"tasks\":", phase.tasks);
      Int(",\"loop_iteration\":", phase.loop_iteration);
      out_ += "}}";
    }
  }

  void Rows() {
    const std::vector<RowWait> waits = LongestWaits(trace_);
    for (std::size_t i = 0; i < trace_.rows.size(); ++i) {
      const DispatchRow& row = trace_.rows[i];
      const TaskTimes& times = trace_.tasks[row.task];
      Open('X', kCoreProcess, CoreLane(row.core));
      Span(row.start, row.end);
      out_ += ",\"cat\":\"kernel\",\"name\":\"";
      out_ += KernelOf(row.task);
      Int("\",\"args\":{\"task\":", row.task);
      Int(",\"block\":", row.block);
      Us(",\"submit_us\":", times.submit);
      Us(",\"ready_us\":", times.ready);
      Us(",\"dispatch_us\":", row.dispatch);
      Us(",\"receive_us\":", row.receive);
      Us(",\"start_us\":", row.start);
      Us(",\"end_us\":", row.end);
      Us(",\"finish_us\":", row.finish);
      out_ += ",\"waited\":\"";
      Waited(waits[i]);
      out_ += "\"}}";
    }
  }

  void Waited(const RowWait& wait) {
    if (wait.kind == WaitKind::kNone) {
      out_ += "no wait: dispatched when submitted";
      return;
    }
    Us("", wait.length);
    if (wait.kind == WaitKind::kQueue) {
      out_ += " us in the ready queue";
      return;
    }
    out_ += wait.kind == WaitKind::kProducer ? " us for producer " : " us behind ";
    TaskName(wait.task);
    if (wait.kind == WaitKind::kCore) out_ += " on the core";
  }

  // One sample at each instant at which a counter changes. `types` of kTypeNames are shown.
  void Counter(std::string_view name, std::vector<Change> changes, int types) {
    std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.time < b.time; });
    std::array<std::int64_t, kTypes> values{};
    for (std::size_t i = 0; i < changes.size(); ++i) {
      values[static_cast<std::size_t>(changes[i].type)] += changes[i].delta;
      if (i + 1 < changes.size() && changes[i + 1].time == changes[i].time) continue;
      Open('C', kRuntimeProcess, 0);
      Us(",\"ts\":", changes[i].time);
      out_ += ",\"name\":\"";
      out_ += name;
      out_ += "\",\"args\":{";
      for (std::size_t type = 0; type < static_cast<std::size_t>(types); ++type) {
        out_ += type == 0 ? "\"" : ",\"";
        out_ += kTypeNames[type];
        Int("\":", values[type]);
      }
      out_ += "}}";
    }
  }

  void RunningCounter() {
    std::vector<Change> changes;
    changes.reserve(2 * trace_.rows.size());
    for (const DispatchRow& row : trace_.rows) {
      const int type = input_.machine.IsAic(row.core) ? 0 : 1;
      changes.push_back({row.start, type, 1});
      changes.push_back({row.end, type, -1});
    }
    Counter("running cores", std::move(changes), 2);
  }

  // Tasks that are ready and have no block dispatched yet.
  void ReadyCounter() {
    std::vector<Picoseconds> first(trace_.tasks.size(), kNever);
    for (const DispatchRow& row : trace_.rows) first[row.task] = std::min(first[row.task], row.dispatch);
    std::vector<Change> changes;
    for (TaskId t = 0; t < trace_.tasks.size(); ++t) {
      const Picoseconds ready = trace_.tasks[t].ready;
      if (first[t] == kNever || first[t] <= ready) continue;
      const int type = static_cast<int>(input_.program.tasks[t].core);
      changes.push_back({ready, type, 1});
      changes.push_back({first[t], type, -1});
    }
    Counter("ready tasks", std::move(changes), kTypes);
  }

  // One end of an arrow: 's' leaves a slice, 'f' enters one at its start.
  void FlowEnd(char phase, std::int64_t id, int process, std::int64_t lane, Picoseconds at) {
    Open(phase, process, lane);
    Us(",\"ts\":", at);
    Int(",\"cat\":\"critical\",\"name\":\"critical chain\",\"id\":", id);
    out_ += phase == 'f' ? ",\"bp\":\"e\"}" : "}";
  }

  void Flows(const Attribution& attribution) {
    std::int64_t id = 0;
    const DispatchRow* next = nullptr;  // the chain's next row in time
    for (const Segment& segment : attribution.segments) {
      if (segment.cause == Cause::kKernel) {
        const DispatchRow& row = trace_.rows[segment.row];
        if (next != nullptr) {
          const Picoseconds inset = std::min(kFlowInset, (row.end - row.start) / 2);
          FlowEnd('s', id, kCoreProcess, CoreLane(row.core), row.end - inset);
          FlowEnd('f', id++, kCoreProcess, CoreLane(next->core), next->start);
        }
        next = &row;
      } else if (segment.cause == Cause::kOrchestrator && next != nullptr) {
        const TaskTimes& times = trace_.tasks[segment.task];
        const Picoseconds inset = std::min(kFlowInset, (times.submit - times.submit_begin) / 2);
        FlowEnd('s', id, kRuntimeProcess, kOrchestratorLane, times.submit - inset);
        FlowEnd('f', id++, kCoreProcess, CoreLane(next->core), next->start);
      }
    }
  }

  const RunInput& input_;
  const RunTrace& trace_;
  std::string& out_;
  std::vector<std::string> kernels_;  // escaped, without quotes
  std::vector<std::string> cores_;
  bool first_ = true;
};

}  // namespace

void AppendChromeTrace(const RunInput& input, const RunTrace& trace, const Attribution& attribution, std::string& out) {
  Writer(input, trace, out).Write(attribution);
}

}  // namespace npusched
