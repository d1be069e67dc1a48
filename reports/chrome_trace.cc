#include "reports/chrome_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "reports/counters.h"
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

class Writer {
 public:
  Writer(const RunInput& input, const RunTrace& trace, std::string& out) : input_(input), trace_(trace), out_(out) {
    for (const Kernel& kernel : input.program.kernels) {
      std::string quoted = JsonString(kernel.name);
      kernels_.push_back(quoted.substr(1, quoted.size() - 2));
    }
    for (CoreId core = 0; core < input.machine.core_count(); ++core) cores_.push_back(CoreName(input.machine, core));
  }

  void Write(FlowChoice choice, const Attribution& attribution) {
    arrow_name_ =
        choice == FlowChoice::kAll ? R"(,"cat":"edge","name":"edge")" : R"(,"cat":"critical","name":"critical chain")";
    out_.reserve(out_.size() + 512 * trace_.rows.size() + 192 * (trace_.tasks.size() + trace_.phases.size()));
    out_ += R"({"displayTimeUnit":"ns","traceEvents":[)";
    Lanes();
    Submits();
    Phases();
    Rows();
    for (const Counter& counter : Counters(input_, trace_)) Samples(counter);
    std::int64_t id = 0;
    for (const Flow& flow : ChooseFlows(choice, input_, trace_, attribution)) Arrow(flow, id++);
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
      out_ += NameOf(phase.kind);
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
      out_ += WaitWords(input_.program, kernels_, waits[i]);
      out_ += "\"}}";
    }
  }

  void Samples(const Counter& counter) {
    for (const Counter::Sample& sample : counter.samples) {
      Open('C', kRuntimeProcess, 0);
      Us(",\"ts\":", sample.time);
      out_ += ",\"name\":\"";
      out_ += counter.name;
      out_ += "\",\"args\":{";
      for (std::size_t i = 0; i < counter.series.size(); ++i) {
        out_ += i == 0 ? "\"" : ",\"";
        out_ += counter.series[i];
        Int("\":", sample.values[i]);
      }
      out_ += "}}";
    }
  }

  // One end of an arrow: 's' leaves a slice, 'f' enters one at its start.
  void FlowEnd(char phase, std::int64_t id, int process, std::int64_t lane, Picoseconds at) {
    Open(phase, process, lane);
    Us(",\"ts\":", at);
    out_ += arrow_name_;
    Int(",\"id\":", id);
    out_ += phase == 'f' ? ",\"bp\":\"e\"}" : "}";
  }

  void Arrow(const Flow& flow, std::int64_t id) {
    const DispatchRow& to = trace_.rows[flow.to_row];
    if (flow.from_row == kNoId) {
      const TaskTimes& times = trace_.tasks[flow.from_submit];
      const Picoseconds inset = std::min(kFlowInset, (times.submit - times.submit_begin) / 2);
      FlowEnd('s', id, kRuntimeProcess, kOrchestratorLane, times.submit - inset);
    } else {
      const DispatchRow& from = trace_.rows[flow.from_row];
      const Picoseconds inset = std::min(kFlowInset, (from.end - from.start) / 2);
      FlowEnd('s', id, kCoreProcess, CoreLane(from.core), from.end - inset);
    }
    FlowEnd('f', id, kCoreProcess, CoreLane(to.core), to.start);
  }

  const RunInput& input_;
  const RunTrace& trace_;
  std::string& out_;
  std::vector<std::string> kernels_;  // escaped, without quotes
  std::vector<std::string> cores_;
  std::string_view arrow_name_;
  bool first_ = true;
};

}  // namespace

void AppendChromeTrace(const RunInput& input, const RunTrace& trace, const Attribution& attribution, std::string& out,
                       FlowChoice flows) {
  Writer(input, trace, out).Write(flows, attribution);
}

}  // namespace npusched
