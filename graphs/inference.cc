#include "graphs/inference.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "graphs/cycle.h"
#include "graphs/tensor_map.h"

namespace npusched {
namespace {

// The map is keyed by base address: buffers that state the same one share their entries.
std::vector<std::uint32_t> KeysOf(const Program& program, std::uint32_t* count) {
  std::vector<std::uint32_t> keys;
  keys.reserve(program.buffers.size());
  std::unordered_map<std::uint64_t, std::uint32_t> by_address;
  std::uint32_t next = 0;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.address == 0) {
      keys.push_back(next++);
      continue;
    }
    const auto [at, is_new] = by_address.try_emplace(buffer.address, next);
    keys.push_back(at->second);
    next += is_new ? 1 : 0;
  }
  *count = next;
  return keys;
}

bool LooksUp(ArgTag tag) { return tag == ArgTag::kInput || tag == ArgTag::kInOut; }
bool Inserts(ArgTag tag) { return tag == ArgTag::kInOut || tag == ArgTag::kOutputExisting; }

// Replays the submits of a program, one after the other, without retiring any.
class Replay {
 public:
  Replay(const Program& program, const InferenceOptions& options)
      : program_(program),
        options_(options),
        keys_(KeysOf(program, &key_count_)),
        footprints_(program.regions),
        map_(footprints_, program.regions, key_count_),
        edge_of_(program.tasks.size(), 0) {
    map_.set_index_threshold(options.index_threshold);
    first_.reserve(program.tasks.size() + 1);
    counts_.reserve(program.tasks.size());
    edges_.reserve(program.tasks.size() + program.args.size() / 2);
  }

  Result<Inference> Run() {
    first_.push_back(0);
    for (TaskId task = 0; task < program_.tasks.size(); ++task) {
      if (Status submitted = Submit(task); !submitted.ok()) {
        return submitted.error();
      }
    }
    Inference result{.graph = TaskGraph(std::move(first_), std::move(edges_)),
                     .counts = std::move(counts_),
                     .removed = std::move(removed_),
                     .row_counts = row_counts_,
                     .rows = std::move(rows_)};
    if (!back_edges_.empty()) {
      return BackEdgeError(program_, result.graph, back_edges_);
    }
    return result;
  }

 private:
  Status Submit(TaskId task) {
    task_ = task;
    first_edge_ = edges_.size();
    counts_.emplace_back();
    if (Status added = AddExplicit(); !added.ok()) {
      return added;
    }
    const std::span<const Arg> args = program_.Args(task);
    if (args.size() > std::numeric_limits<std::uint16_t>::max()) {
      return Refuse("", fmt::format("has {} arguments; expected at most 65535", args.size()));
    }
    if (!program_.tasks[task].manual_scope) {
      // All look-ups come before any insert: a task never meets its own regions.
      for (std::size_t i = 0; i < args.size(); ++i) {
        if (Status found = LookUp(args[i], static_cast<std::int32_t>(i)); !found.ok()) {
          return found;
        }
      }
      for (std::size_t i = 0; i < args.size(); ++i) {
        Insert(args[i], static_cast<std::int32_t>(i));
      }
    }
    std::sort(edges_.begin() + static_cast<std::ptrdiff_t>(first_edge_), edges_.end(),
              [](const ProducerEdge& a, const ProducerEdge& b) { return a.producer < b.producer; });
    first_.push_back(edges_.size());
    return {};
  }

  Status AddExplicit() {
    const std::span<const Dep> deps = program_.Deps(task_);
    for (std::size_t i = 0; i < deps.size(); ++i) {
      const TaskId producer = deps[i].task;
      if (producer >= program_.tasks.size()) {
        return Refuse(fmt::format("/explicit_deps/{}", i),
                      fmt::format("depends on task {}; the program has {} tasks", producer, program_.tasks.size()));
      }
      if (producer >= task_) {
        back_edges_.push_back({producer, task_, static_cast<std::uint32_t>(i)});
      } else if (Join(producer, kFromExplicit, deps[i].flags)) {
        AddRow({producer, task_, -1, EdgeSource::kExplicit, Overlap::kNone, deps[i].flags, -1});
      }
    }
    return {};
  }

  Status LookUp(const Arg& arg, std::int32_t position) {
    if (arg.tag == ArgTag::kOutput) {
      return {};
    }
    const TaskId creator = CreatorOf(arg);
    if (creator != kNoTask) {
      if (creator >= task_) {
        return Refuse(fmt::format("/args/{}", position),
                      fmt::format("uses a buffer that task {} creates {}; expected an earlier task", creator,
                                  creator == task_ ? "itself" : "later"));
      }
      if (Join(creator, kFromCreator, kWait | kRetain)) {
        AddRow({creator, task_, position, EdgeSource::kCreator, Overlap::kNone, kWait | kRetain, -1});
      }
    }
    if (!LooksUp(arg.tag) || ManualDep(arg)) {
      return {};
    }
    SubmitCounts& counts = counts_[task_];
    ++counts.lookups;
    counts.entries_walked += map_.Lookup(AccessOf(arg), [&](TensorMap::Writer writer, Overlap overlap) {
      Join(writer.task, kFromTensormap, kWait);
      AddRow({writer.task, task_, position, EdgeSource::kTensormap, overlap, kWait, writer.arg});
      const bool remove = arg.tag == ArgTag::kInOut && overlap == Overlap::kCovered;
      if (remove) {
        ++counts.removals;
        removed_.push_back(writer.task);
      }
      return remove;
    });
    return {};
  }

  void Insert(const Arg& arg, std::int32_t position) {
    if (Inserts(arg.tag) && !ManualDep(arg)) {
      ++counts_[task_].inserts;
      map_.Insert(AccessOf(arg), {task_, position});
    }
  }

  // Adds a reason to the edge from `producer`; true when it is the first one.
  bool Join(TaskId producer, std::uint8_t source, std::uint8_t flags) {
    // edge_of_ may hold a position of an older task; it counts only if it names this producer here.
    const std::uint64_t at = edge_of_[producer];
    if (at >= first_edge_ && at < edges_.size() && edges_[at].producer == producer) {
      edges_[at].sources |= source;
      edges_[at].flags |= flags;
      return false;
    }
    edge_of_[producer] = edges_.size();
    edges_.push_back({producer, source, flags});
    return true;
  }

  void AddRow(const EdgeRow& row) {
    std::uint64_t* const counts[] = {&row_counts_.explicit_deps, &row_counts_.creator, &row_counts_.tensormap};
    ++*counts[static_cast<int>(row.source)];
    if (options_.record_rows) {
      rows_.push_back(row);
    }
  }

  [[nodiscard]] TaskId CreatorOf(const Arg& arg) const {
    const std::int64_t owner = arg.view == kNoId ? -1 : program_.views[arg.view].owner;
    if (owner == -1) {
      return program_.buffers[arg.buffer].creator;
    }
    return owner < 0 ? kNoTask : static_cast<TaskId>(owner);
  }

  [[nodiscard]] bool ManualDep(const Arg& arg) const {
    return arg.manual_dep || program_.buffers[arg.buffer].manual_dep;
  }

  [[nodiscard]] TensorMap::Access AccessOf(const Arg& arg) const {
    TensorMap::Access access{keys_[arg.buffer], arg.region, 0, program_.buffers[arg.buffer].size_bytes};
    if (arg.view != kNoId) {
      const ArgView& view = program_.views[arg.view];
      access.version = view.version;
      access.storage_bytes = view.buffer_bytes < 0 ? access.storage_bytes : view.buffer_bytes;
    }
    return access;
  }

  [[nodiscard]] Status Refuse(const std::string& pointer, const std::string& message) const {
    Location where;
    where.file = program_.source;
    where.pointer = fmt::format("/tasks/{}{}", task_, pointer);
    return InputError(where, fmt::format("task {} '{}' {}", task_, program_.KernelName(task_), message));
  }

  const Program& program_;
  const InferenceOptions& options_;
  std::uint32_t key_count_ = 0;
  std::vector<std::uint32_t> keys_;  // by buffer
  FootprintTable footprints_;
  TensorMap map_;
  std::vector<std::uint64_t> edge_of_;  // by producer: its last edge

  std::vector<std::uint64_t> first_;
  std::vector<ProducerEdge> edges_;
  std::vector<SubmitCounts> counts_;
  std::vector<TaskId> removed_;
  std::vector<EdgeRow> rows_;
  RowCounts row_counts_;
  std::vector<BackEdge> back_edges_;
  TaskId task_ = 0;
  std::uint64_t first_edge_ = 0;  // of the task being submitted
};

}  // namespace

Result<Inference> Infer(const Program& program, const InferenceOptions& options) {
  if (program.tasks.empty()) {
    Location where;
    where.file = program.source;
    return InputError(where, "the program has no tasks; expected at least one");
  }
  return Replay(program, options).Run();
}

}  // namespace npusched
