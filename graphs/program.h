// A program: everything an orchestration function submits, in submission order.
//
// First intermediate form of the flow: emitters (qwen3_decode, submit_trace, synthetic) fill it,
// inference reads it and yields the task graph. Plain data, flat arrays, dense ids.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "graphs/kernel_work.h"
#include "graphs/tensor.h"

namespace npusched {

enum class ArgTag : std::uint8_t { kInput, kOutput, kInOut, kOutputExisting, kNoDep };
enum class CoreShape : std::uint8_t { kAic, kAiv, kMix, kDummy, kAlloc };
enum class ScopeKind : std::uint8_t { kAuto, kManual };

// Edge flags of the runtime: the consumer waits for the producer; the producer's memory is kept.
inline constexpr std::uint8_t kWait = 1;
inline constexpr std::uint8_t kRetain = 2;

// Storage. The dependency map is keyed by the base address alone; two buffers never share one
// unless `address` says so.
struct Buffer {
  std::int64_t size_bytes = 0;  // of the storage, padding included
  std::uint64_t address = 0;    // 0: none given
  TaskId creator = kNoTask;     // the task that allocated it
  RegionId whole = kNoId;       // the tensor's own region
  std::uint32_t name = kNoId;   // position in Program::names
  bool manual_dep = false;      // every argument on it is manual_dep
};

// How one argument sees its buffer where that differs from the buffer itself.
struct ArgView {
  std::int64_t buffer_bytes = -1;  // storage size as this view has it; -1: Buffer::size_bytes
  std::int64_t owner = -1;         // creator as this view has it; -1: Buffer::creator, -2: none
  std::int32_t version = 0;
};

// What the kernel does with an argument where the tag does not tell: an INOUT that is only written,
// an argument opted out with NO_DEP.
// kAccumulate is an atomic add: in any order among themselves.
enum class Access : std::uint8_t { kByTag, kRead, kWrite, kReadWrite, kAccumulate };

struct Arg {
  BufferId buffer = kNoId;
  RegionId region = kNoId;
  std::uint32_t view = kNoId;  // position in Program::views
  ArgTag tag = ArgTag::kInput;
  bool manual_dep = false;  // of this argument: creator edge only, no look-up, no insert
  Access access = Access::kByTag;
  RegionId touched = kNoId;  // what the kernel really touches; kNoId: `region`. Inference never looks at it.
};

struct Dep {
  TaskId task = kNoTask;
  std::uint8_t flags = kWait | kRetain;
};

struct Task {
  KernelId kernel = 0;
  WorkId work = kNoWork;                   // kNoWork: the duration is given (or none is known)
  std::uint32_t first_block_work = kNoId;  // works of its blocks, in Program::block_works; kNoId: `work` of all
  ScopeId scope = 0;
  std::uint32_t first_arg = 0;  // args of task t: [t.first_arg, (t+1).first_arg)
  std::uint32_t first_dep = 0;
  std::uint32_t block_num = 1;  // SPMD blocks
  CoreShape core = CoreShape::kAiv;
  std::uint8_t slots = 0;  // bit kSlotAic, kSlotAiv0, kSlotAiv1
  std::uint8_t ring = 0;   // min(scope depth - 1, 3)
  bool manual_scope : 1 = false;
  bool early_dispatch : 1 = false;
  bool sync_start : 1 = false;
  bool predicate_false : 1 = false;  // retires like a dummy
};

struct Kernel {
  std::string name;
  CoreShape core = CoreShape::kAiv;
  std::int32_t ids[kSlots] = {-1, -1, -1};  // of a capture or trace; -1: slot unused
};

struct Scope {
  ScopeKind kind = ScopeKind::kAuto;
  std::uint8_t depth = 1;  // 1 = outermost
  ScopeId parent = kNoId;
  TaskId first_task = 0;  // tasks submitted while it was open: [first_task, end_task)
  TaskId end_task = 0;
};

struct ScopeEvent {
  enum class Kind : std::uint8_t { kBeginAuto, kBeginManual, kEnd };
  TaskId before = 0;  // applied before this task is submitted
  Kind kind = Kind::kBeginAuto;
  ScopeId scope = 0;
};

// Durations of single rows: those of a task stand block after block, the slots it fills in ascending order.
struct RowDurations {
  std::vector<std::uint64_t> first;  // rows of task t: [first[t], first[t+1]); empty: no task has any
  std::vector<Picoseconds> values;

  // -1 when the task has none.
  [[nodiscard]] Picoseconds Find(TaskId t, std::uint8_t slots, int slot, std::uint32_t block) const {
    return Has(t) ? values[At(t, slots, slot, block)] : -1;
  }
  void Set(TaskId t, std::uint8_t slots, int slot, std::uint32_t block, Picoseconds duration) {
    values[At(t, slots, slot, block)] = duration;
  }
  [[nodiscard]] bool Has(TaskId t) const { return !first.empty() && first[t] != first[t + 1]; }

 private:
  [[nodiscard]] std::uint64_t At(TaskId t, std::uint8_t slots, int slot, std::uint32_t block) const {
    const auto before = static_cast<std::uint8_t>(slots & ((1U << static_cast<unsigned>(slot)) - 1U));
    return first[t] + std::uint64_t{block} * static_cast<std::uint64_t>(std::popcount(slots)) +
           static_cast<std::uint64_t>(std::popcount(before));
  }
};

struct Program {
  std::string name;
  std::string source;       // file it was read from, for messages; empty: emitted
  std::vector<Task> tasks;  // plus nothing: use Args(t), Deps(t)
  std::vector<Arg> args;
  std::vector<Dep> deps;
  std::vector<Buffer> buffers;
  std::vector<Region> regions;  // interned: equal regions share an id
  std::vector<ArgView> views;
  std::vector<Kernel> kernels;
  std::vector<KernelWork> works;
  std::vector<WorkId> block_works;  // block after block, of tasks whose blocks differ; tasks may share a range
  std::vector<Scope> scopes;
  std::vector<ScopeEvent> scope_events;  // in order of `before`
  std::vector<std::string> names;        // of buffers
  std::vector<Picoseconds> durations;    // by task; empty: none given; -1: not given for this task
  std::vector<std::int64_t> scalars;     // by task, what its kernel gets by value; may end early; 0: nothing
  RowDurations row_durations;            // where the rows of a task differ; its entry above is then -1
  std::vector<std::string> warnings;     // for standard error

  [[nodiscard]] std::span<const Arg> Args(TaskId t) const {
    const std::size_t end = t + 1 < tasks.size() ? tasks[t + 1].first_arg : args.size();
    return {args.data() + tasks[t].first_arg, end - tasks[t].first_arg};
  }
  [[nodiscard]] std::span<const Dep> Deps(TaskId t) const {
    const std::size_t end = t + 1 < tasks.size() ? tasks[t + 1].first_dep : deps.size();
    return {deps.data() + tasks[t].first_dep, end - tasks[t].first_dep};
  }
  [[nodiscard]] const std::string& KernelName(TaskId t) const { return kernels[tasks[t].kernel].name; }
  // What a block does; kNoWork: its duration is given.
  [[nodiscard]] WorkId WorkOf(TaskId t, std::uint32_t block) const {
    const std::uint32_t first = tasks[t].first_block_work;
    return first == kNoId ? tasks[t].work : block_works[first + block];
  }
  // What one slot of one block lasts when that is given; -1: its work tells.
  [[nodiscard]] Picoseconds GivenDuration(TaskId t, int slot, std::uint32_t block) const {
    if (!durations.empty() && durations[t] >= 0) return durations[t];
    return row_durations.Find(t, tasks[t].slots, slot, block);
  }
  // A task that occupies a core: neither alloc, dummy nor predicated away.
  [[nodiscard]] bool ReachesCore(TaskId t) const {
    return tasks[t].core < CoreShape::kDummy && !tasks[t].predicate_false;
  }
};

}  // namespace npusched
