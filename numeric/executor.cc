#include "numeric/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "numeric/kernels.h"

namespace npusched {
namespace {

// A task is one event twice: all its blocks start with the first and end with the last.
struct Event {
  Picoseconds time = 0;
  bool start = false;
  TaskId task = kNoTask;

  friend bool operator<(const Event& a, const Event& b) {
    return std::tie(a.time, a.start, a.task) < std::tie(b.time, b.start, b.task);
  }
};

std::vector<Event> EventsOf(const Program& program, const RunTrace& trace) {
  struct Span {
    Picoseconds start = -1;
    Picoseconds end = -1;
  };
  std::vector<Span> spans(program.tasks.size());
  for (const DispatchRow& row : trace.rows) {
    Span& span = spans[row.task];
    span.start = span.start < 0 ? row.start : std::min(span.start, row.start);
    span.end = std::max(span.end, row.end);
  }
  std::vector<Event> events;
  for (TaskId t = 0; t < spans.size(); ++t) {
    if (spans[t].start < 0) continue;
    events.push_back({spans[t].start, true, t});
    events.push_back({spans[t].end, false, t});
  }
  std::sort(events.begin(), events.end());
  return events;
}

bool IsKept(const Program& program, const Buffer& buffer) {
  return buffer.creator == kNoTask || (buffer.name != kNoId && program.names[buffer.name] == "next_hidden");
}

class Execution {
 public:
  explicit Execution(const ExecuteInput& input)
      : in_(input), memory_(input.program, input.inputs), accesses_(input.program.buffers.size()) {
    for (TaskId t = 0; t < in_.program.tasks.size(); ++t) {
      if (!in_.program.ReachesCore(t)) continue;
      for (const Arg& arg : in_.program.Args(t)) ++accesses_[arg.buffer];
    }
  }

  DeviceMemory Run() {
    for (const Event& event : EventsOf(in_.program, in_.trace)) {
      event.start ? Start(event.task) : End(event.task);
    }
    return std::move(memory_);
  }

 private:
  void Start(TaskId task) {
    TaskTensors tensors(in_.program, task, memory_, in_.sizes);
    FindKernel(in_.program.KernelName(task))->run(tensors);
    running_[task] = std::move(tensors.stores());
  }

  void End(TaskId task) {
    const auto results = running_.find(task);
    for (const PendingStore& store : results->second) {
      memory_.Store(store.buffer, in_.program.regions[store.region], store.values);
    }
    running_.erase(results);
    for (const Arg& arg : in_.program.Args(task)) {
      const bool last = --accesses_[arg.buffer] == 0;
      if (last && !IsKept(in_.program, in_.program.buffers[arg.buffer])) memory_.Release(arg.buffer);
    }
    if (in_.tasks_done != nullptr) ++*in_.tasks_done;
  }

  const ExecuteInput& in_;
  DeviceMemory memory_;
  std::vector<std::uint32_t> accesses_;                  // still to come, by buffer
  std::map<TaskId, std::vector<PendingStore>> running_;  // computed, not yet visible
};

}  // namespace

Status CheckKernels(const Program& program) {
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (!program.ReachesCore(t)) continue;
    const NumericKernel* kernel = FindKernel(program.KernelName(t));
    if (kernel == nullptr || kernel->args != program.Args(t).size()) {
      return InputError(
          {program.source, 0, 0, ""},
          fmt::format("no numbers for kernel {} with {} tensors; only the base shape of qwen3_decode has them",
                      program.KernelName(t), program.Args(t).size()));
    }
  }
  return {};
}

Result<DeviceMemory> Execute(const ExecuteInput& input) {
  if (Status status = CheckKernels(input.program); !status.ok()) return status.error();
  return Execution(input).Run();
}

}  // namespace npusched
