#include "reports/perfetto_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "reports/counters.h"
#include "reports/deflate.h"
#include "reports/proto_message.h"
#include "reports/row_wait.h"
#include "reports/text.h"

namespace npusched {
namespace {

// Field numbers of perfetto/trace/trace_packet.proto and what it includes.
namespace field {
constexpr std::uint32_t kTracePacket = 1;  // of Trace
constexpr std::uint32_t kTimestamp = 8;
constexpr std::uint32_t kSequenceId = 10;
constexpr std::uint32_t kTrackEvent = 11;
constexpr std::uint32_t kInternedData = 12;
constexpr std::uint32_t kSequenceFlags = 13;
constexpr std::uint32_t kCompressedPackets = 50;
constexpr std::uint32_t kTrackDescriptor = 60;
namespace event {
constexpr std::uint32_t kCategoryIds = 3;
constexpr std::uint32_t kAnnotations = 4;
constexpr std::uint32_t kType = 9;
constexpr std::uint32_t kNameId = 10;
constexpr std::uint32_t kTrack = 11;
constexpr std::uint32_t kCounterValue = 30;
constexpr std::uint32_t kFlowIds = 47;
constexpr std::uint32_t kTerminatingFlowIds = 48;
}  // namespace event
namespace interned {
constexpr std::uint32_t kCategories = 1;
constexpr std::uint32_t kEventNames = 2;
constexpr std::uint32_t kAnnotationNames = 3;
constexpr std::uint32_t kId = 1;
constexpr std::uint32_t kName = 2;
}  // namespace interned
namespace annotation {
constexpr std::uint32_t kNameId = 1;
constexpr std::uint32_t kUint = 3;
constexpr std::uint32_t kDouble = 5;
constexpr std::uint32_t kString = 6;
}  // namespace annotation
namespace track {
constexpr std::uint32_t kId = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kProcess = 3;
constexpr std::uint32_t kThread = 4;
constexpr std::uint32_t kParent = 5;
constexpr std::uint32_t kCounter = 8;
constexpr std::uint32_t kPid = 1;
constexpr std::uint32_t kTid = 2;         // of a thread
constexpr std::uint32_t kThreadName = 5;  // of a thread
constexpr std::uint32_t kProcessName = 6;
}  // namespace track
}  // namespace field

enum EventType : std::uint8_t { kBegin = 1, kEnd = 2, kCounter = 4 };
enum Category : std::uint8_t { kSubmitCategory = 1, kSchedulerCategory, kKernelCategory };
constexpr std::uint64_t kSequence = 1;
constexpr std::uint64_t kStateCleared = 1;  // of the interned names: once, at the start
constexpr std::uint64_t kNeedsState = 2;
constexpr std::size_t kGroupBytes = 256U << 10U;  // of packets before they are deflated

// Annotations of a kernel's slice, by their interned number.
enum Key : std::uint8_t {
  kTask = 1,
  kBlock,
  kSubmit,
  kReady,
  kDispatch,
  kReceive,
  kStart,
  kEndTime,
  kFinish,
  kWaited,
  kTasks,
  kIteration
};
constexpr std::array<std::string_view, 12> kKeys = {"task",        "block",      "submit_us", "ready_us",
                                                    "dispatch_us", "receive_us", "start_us",  "end_us",
                                                    "finish_us",   "waited",     "tasks",     "loop_iteration"};

// Tracks by number; processes are tracks too.
constexpr std::uint64_t kRuntimeProcess = 1;
constexpr std::uint64_t kCoreProcess = 2;
constexpr std::uint64_t kOrchestratorTrack = 10;
constexpr std::uint64_t kFirstSchedulerTrack = 11;
constexpr std::uint64_t kFirstCounterTrack = 1'000;
constexpr std::uint64_t kFirstCoreTrack = 2'000;
constexpr std::uint64_t kFirstCoreThread = 1'000;  // threads are told apart across processes

class Writer {
 public:
  Writer(const RunInput& input, const RunTrace& trace) : input_(input), trace_(trace) {}

  std::string Write(const std::vector<Flow>& flows) {
    SortFlows(flows);
    Tracks();
    Names();
    Submits();
    Phases();
    Rows();
    CounterSamples();
    FlushGroup();
    return std::move(out_);
  }

 private:
  // -- packets
  // Adds packet_ with what every packet has; a full group goes out deflated.
  void Emit(std::uint64_t flags = kNeedsState) {
    packet_.Varint(field::kSequenceId, kSequence).Varint(field::kSequenceFlags, flags);
    group_.Bytes(field::kTracePacket, packet_.bytes());
    packet_.clear();
    if (group_.bytes().size() >= kGroupBytes) FlushGroup();
  }

  void FlushGroup() {
    if (group_.bytes().empty()) return;
    ProtoMessage compressed;
    compressed.Bytes(field::kCompressedPackets, Deflate(group_.bytes(), DeflateFormat::kZlib));
    ProtoMessage packet;
    packet.Bytes(field::kTracePacket, compressed.bytes());
    out_ += packet.bytes();
    group_.clear();
  }

  // An event at `t`; event_ holds what is special to it.
  void Event(EventType type, std::uint64_t track, Picoseconds t) {
    event_.Varint(field::event::kType, type).Varint(field::event::kTrack, track);
    packet_.Varint(field::kTimestamp, static_cast<std::uint64_t>((t + kPsPerNs / 2) / kPsPerNs));
    packet_.Bytes(field::kTrackEvent, event_.bytes());
    event_.clear();
    Emit();
  }
  void Slice(std::uint64_t track, Picoseconds begin, Picoseconds end) {
    Event(kBegin, track, begin);
    Event(kEnd, track, end);
  }
  void Name(Category category, std::uint64_t name) {
    event_.Varint(field::event::kCategoryIds, category).Varint(field::event::kNameId, name);
  }

  // -- annotations of the event that is being made
  void Number(Key key, std::uint64_t value) {
    annotation_.Varint(field::annotation::kNameId, key).Varint(field::annotation::kUint, value);
    Annotate();
  }
  void Us(Key key, Picoseconds t) {
    annotation_.Varint(field::annotation::kNameId, key);
    annotation_.Fixed64(field::annotation::kDouble, std::bit_cast<std::uint64_t>(NearestUs(t)));
    Annotate();
  }
  void Words(Key key, std::string_view words) {
    annotation_.Varint(field::annotation::kNameId, key).Bytes(field::annotation::kString, words);
    Annotate();
  }
  void Annotate() {
    event_.Bytes(field::event::kAnnotations, annotation_.bytes());
    annotation_.clear();
  }

  // -- what comes first: tracks, then names by number
  void Tracks() {
    Process(kRuntimeProcess, "Runtime");
    Process(kCoreProcess, "Cores");
    Thread(kOrchestratorTrack, kRuntimeProcess, 1, "Orchestrator");
    for (std::uint32_t s = 0; s < input_.runtime.schedulers; ++s) {
      Thread(kFirstSchedulerTrack + s, kRuntimeProcess, 2 + s, fmt::format("Scheduler {}", s));
    }
    for (CoreId core = 0; core < input_.machine.core_count(); ++core) {
      Thread(kFirstCoreTrack + core, kCoreProcess, kFirstCoreThread + core, CoreName(input_.machine, core));
    }
  }
  void Process(std::uint64_t id, std::string_view name) {
    ProtoMessage process;
    process.Varint(field::track::kPid, id).Bytes(field::track::kProcessName, name);
    ProtoMessage track;
    track.Varint(field::track::kId, id).Bytes(field::track::kProcess, process.bytes());
    Track(track);
  }
  void Thread(std::uint64_t id, std::uint64_t process, std::uint64_t number, std::string_view name) {
    ProtoMessage thread;
    thread.Varint(field::track::kPid, process)
        .Varint(field::track::kTid, number)
        .Bytes(field::track::kThreadName, name);
    ProtoMessage track;
    track.Varint(field::track::kId, id).Varint(field::track::kParent, process);
    track.Bytes(field::track::kThread, thread.bytes());
    Track(track);
  }
  void Track(const ProtoMessage& track) {
    packet_.Bytes(field::kTrackDescriptor, track.bytes());
    Emit(0);
  }

  // Event names: kernels as they are, then with "submit " before, then the phases. Numbers begin at 1.
  [[nodiscard]] std::uint64_t KernelName(TaskId t) const { return 1 + input_.program.tasks[t].kernel; }
  [[nodiscard]] std::uint64_t SubmitName(TaskId t) const { return KernelName(t) + input_.program.kernels.size(); }
  [[nodiscard]] std::uint64_t PhaseName(PhaseKind kind) const {
    return 1 + 2 * input_.program.kernels.size() + static_cast<std::uint64_t>(kind);
  }
  void Names() {
    ProtoMessage all;
    const auto intern = [&](std::uint32_t of, std::uint64_t id, std::string_view name) {
      ProtoMessage entry;
      entry.Varint(field::interned::kId, id).Bytes(field::interned::kName, name);
      all.Bytes(of, entry.bytes());
    };
    const std::vector<Kernel>& kernels = input_.program.kernels;
    for (std::size_t k = 0; k < kernels.size(); ++k) {
      const std::string name = Utf8(kernels[k].name);
      names_.push_back(name);
      intern(field::interned::kEventNames, 1 + k, name);
      intern(field::interned::kEventNames, 1 + kernels.size() + k, "submit " + name);
    }
    for (int kind = 0; kind < kPhaseKinds; ++kind) {
      const auto phase = static_cast<PhaseKind>(kind);
      intern(field::interned::kEventNames, PhaseName(phase), NameOf(phase));
    }
    intern(field::interned::kCategories, kSubmitCategory, "submit");
    intern(field::interned::kCategories, kSchedulerCategory, "scheduler");
    intern(field::interned::kCategories, kKernelCategory, "kernel");
    for (std::size_t k = 0; k < kKeys.size(); ++k) intern(field::interned::kAnnotationNames, 1 + k, kKeys[k]);
    packet_.Bytes(field::kInternedData, all.bytes());
    Emit(kStateCleared);
  }

  // -- slices
  void Submits() {
    for (TaskId t = 0; t < trace_.tasks.size(); ++t) {
      Name(kSubmitCategory, SubmitName(t));
      Number(kTask, t);
      FlowsOut(from_submit_, t);
      Slice(kOrchestratorTrack, trace_.tasks[t].submit_begin, trace_.tasks[t].submit);
    }
  }

  void Phases() {
    for (const PhaseRecord& phase : trace_.phases) {
      Name(kSchedulerCategory, PhaseName(phase.kind));
      Number(kTasks, phase.tasks);
      Number(kIteration, phase.loop_iteration);
      Slice(kFirstSchedulerTrack + phase.thread, phase.begin, phase.end);
    }
  }

  void Rows() {
    const std::vector<RowWait> waits = LongestWaits(trace_);
    for (std::uint32_t i = 0; i < trace_.rows.size(); ++i) {
      const DispatchRow& row = trace_.rows[i];
      const TaskTimes& times = trace_.tasks[row.task];
      Name(kKernelCategory, KernelName(row.task));
      Number(kTask, row.task);
      Number(kBlock, row.block);
      Us(kSubmit, times.submit);
      Us(kReady, times.ready);
      Us(kDispatch, row.dispatch);
      Us(kReceive, row.receive);
      Us(kStart, row.start);
      Us(kEndTime, row.end);
      Us(kFinish, row.finish);
      Words(kWaited, WaitWords(input_.program, names_, waits[i]));
      FlowsOut(from_row_, i);
      for (auto flow = Lower(to_row_, i); flow != to_row_.end() && flow->first == i; ++flow) {
        event_.Fixed64(field::event::kTerminatingFlowIds, flow->second);
      }
      Slice(kFirstCoreTrack + row.core, row.start, row.end);
    }
  }

  void CounterSamples() {
    std::uint64_t track = kFirstCounterTrack;
    for (const Counter& counter : Counters(input_, trace_)) {
      for (std::size_t series = 0; series < counter.series.size(); ++series, ++track) {
        ProtoMessage descriptor;
        descriptor.Varint(field::track::kId, track).Varint(field::track::kParent, kRuntimeProcess);
        descriptor.Bytes(field::track::kName, fmt::format("{} {}", counter.name, counter.series[series]));
        descriptor.Bytes(field::track::kCounter, "");
        Track(descriptor);
        std::int64_t before = -1;
        for (const Counter::Sample& sample : counter.samples) {
          const std::int64_t value = sample.values[series];
          if (value == before) continue;
          before = value;
          event_.Varint(field::event::kCounterValue, static_cast<std::uint64_t>(value));
          Event(kCounter, track, sample.time);
        }
      }
    }
  }

  // -- arrows: (row or task, number of the flow), in that order
  using Ends = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

  void SortFlows(const std::vector<Flow>& flows) {
    for (std::size_t i = 0; i < flows.size(); ++i) {
      const Flow& flow = flows[i];
      (flow.from_row == kNoId ? from_submit_ : from_row_)
          .emplace_back(flow.from_row == kNoId ? flow.from_submit : flow.from_row, 1 + i);
      to_row_.emplace_back(flow.to_row, 1 + i);
    }
    for (Ends* ends : {&from_submit_, &from_row_, &to_row_}) std::sort(ends->begin(), ends->end());
  }
  static Ends::const_iterator Lower(const Ends& ends, std::uint32_t of) {
    return std::lower_bound(ends.begin(), ends.end(), std::pair(of, std::uint64_t{0}));
  }
  void FlowsOut(const Ends& ends, std::uint32_t of) {
    for (auto flow = Lower(ends, of); flow != ends.end() && flow->first == of; ++flow) {
      event_.Fixed64(field::event::kFlowIds, flow->second);
    }
  }

  const RunInput& input_;
  const RunTrace& trace_;
  std::vector<std::string> names_;  // of kernels
  Ends from_submit_;
  Ends from_row_;
  Ends to_row_;
  ProtoMessage annotation_;
  ProtoMessage event_;
  ProtoMessage packet_;
  ProtoMessage group_;
  std::string out_;
};

}  // namespace

std::string PerfettoTrace(const RunInput& input, const RunTrace& trace, const Attribution& attribution,
                          FlowChoice flows) {
  return Writer(input, trace).Write(ChooseFlows(flows, input, trace, attribution));
}

}  // namespace npusched
