#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "graphs/json_fields.h"
#include "graphs/submit_trace.h"
#include "graphs/trace_names.h"

namespace npusched {
namespace {

// Writes text straight into one buffer: a trace has millions of small values, and one line for each
// buffer, task and edge keeps it readable and diffable.
class TraceWriter {
 public:
  TraceWriter(const Program& program, const TextSink& sink, const std::vector<Picoseconds>& durations,
              const RowDurations& row_durations)
      : program_(program), sink_(sink), durations_(durations), row_durations_(row_durations) {}

  void Write(const std::vector<EdgeRow>* edges) {
    Add("{{\"schema\":\"{}\",\n\"case\":{}", kSubmitTraceSchema, Quoted(program_.name));
    List("buffers", program_.buffers.size(), [this](std::size_t i) { AddBuffer(i); });
    if (!program_.scope_events.empty()) {
      List("scope_events", program_.scope_events.size(), [this](std::size_t i) {
        const ScopeEvent& event = program_.scope_events[i];
        Add("[{},\"{}\"]", event.before, kScopeEventNames[static_cast<std::size_t>(event.kind)]);
      });
    }
    List("tasks", program_.tasks.size(), [this](std::size_t i) { AddTask(static_cast<TaskId>(i)); });
    if (edges != nullptr) {
      List("edges", edges->size(), [this, edges](std::size_t i) { AddEdge((*edges)[i]); });
    }
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

  template <typename Item>
  void List(std::string_view key, std::size_t count, const Item& item) {
    Add(",\n\"{}\":[", key);
    for (std::size_t i = 0; i < count; ++i) {
      Add("{}", i == 0 ? "" : ",\n");
      item(i);
    }
    Add("]");
  }

  static std::string Quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void AddBuffer(std::size_t id) {
    const Buffer& buffer = program_.buffers[id];
    const Region& whole = program_.regions[buffer.whole];
    Add("{{\"id\":{}", id);
    if (buffer.name != kNoId) {
      Add(",\"name\":{}", Quoted(program_.names[buffer.name]));
    }
    Add(",\"dtype\":\"{}\",\"shape\":[{}],\"size_bytes\":{}", NameOf(whole.dtype),
        fmt::join(whole.shape.begin(), whole.shape.begin() + whole.rank, ","), buffer.size_bytes);
    if (buffer.address != 0) {
      Add(",\"addr\":\"{}\"", buffer.address);
    }
    AddTaskOrNull("creator_task", buffer.creator);
    Add(",\"manual_dep\":{}}}", buffer.manual_dep);
  }

  void AddTaskOrNull(std::string_view key, TaskId task) {
    task == kNoTask ? Add(",\"{}\":null", key) : Add(",\"{}\":{}", key, task);
  }

  void AddTask(TaskId id) {
    const Task& task = program_.tasks[id];
    Add("{{\"id\":{},\"name\":{},\"core\":\"{}\",\"block_num\":{},\"scope\":\"{}\"", id,
        Quoted(program_.KernelName(id)), kCoreNames[static_cast<std::size_t>(task.core)], task.block_num,
        kScopeNames[task.manual_scope ? 1 : 0]);
    if (!program_.scopes.empty()) {
      Add(",\"depth\":{}", program_.scopes[task.scope].depth);
    }
    AddKernelIds(task);
    AddSwitches(task);
    AddDuration(id);
    AddDeps(program_.Deps(id));
    Add(",\"args\":[");
    bool first = true;
    for (const Arg& arg : program_.Args(id)) {
      Add("{}", first ? "" : ",");
      AddArg(arg);
      first = false;
    }
    Add("]}}");
  }

  // A kernel that has no ids of its own takes its place in the program for the slots it fills.
  void AddKernelIds(const Task& task) {
    std::array<std::int64_t, kSlots> ids{};
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      const std::int32_t given = program_.kernels[task.kernel].ids[slot];
      const bool used = (task.slots >> slot & 1U) != 0;
      ids[slot] = given >= 0 || !used ? given : static_cast<std::int64_t>(task.kernel);
    }
    Add(",\"kernel_ids\":[{}]", fmt::join(ids, ","));
  }

  void AddSwitches(const Task& task) {
    if (task.early_dispatch) {
      Add(",\"early_dispatch\":true");
    }
    if (task.sync_start) {
      Add(",\"sync_start\":true");
    }
    if (task.predicate_false) {
      Add(",\"predicate\":false");
    }
  }

  // Readers that know no rows take the longest of them.
  void AddDuration(TaskId id) {
    if (!durations_.empty() && durations_[id] >= 0) {
      Add(",\"duration_us\":{}", Us(durations_[id]));
    } else if (row_durations_.Has(id)) {
      const std::span rows(row_durations_.values.data() + row_durations_.first[id],
                           row_durations_.values.data() + row_durations_.first[id + 1]);
      Add(",\"duration_us\":{},\"row_durations_us\":[", Us(*std::ranges::max_element(rows)));
      for (std::size_t i = 0; i < rows.size(); ++i) Add("{}{}", i == 0 ? "" : ",", Us(rows[i]));
      Add("]");
    }
  }
  // The double nearest to the decimal: its shortest text reads back to the same picosecond.
  static double Us(Picoseconds t) { return static_cast<double>(t) / 1e6; }

  void AddDeps(std::span<const Dep> deps) {
    Add(",\"explicit_deps\":[");
    bool plain = true;
    for (std::size_t i = 0; i < deps.size(); ++i) {
      Add("{}{}", i == 0 ? "" : ",", deps[i].task);
      plain = plain && deps[i].flags == (kWait | kRetain);
    }
    Add("]");
    if (!plain) {
      Add(",\"explicit_dep_flags\":[");
      for (std::size_t i = 0; i < deps.size(); ++i) {
        Add("{}{}", i == 0 ? "" : ",", deps[i].flags);
      }
      Add("]");
    }
  }

  void AddArg(const Arg& arg) {
    const Region& region = program_.regions[arg.region];
    Add("{{\"tag\":\"{}\",\"buffer\":{},\"dtype\":\"{}\",\"shape\":[{}],\"start_offset\":{},\"strides\":[{}]",
        kTagNames[static_cast<std::size_t>(arg.tag)], arg.buffer, NameOf(region.dtype),
        fmt::join(region.shape.begin(), region.shape.begin() + region.rank, ","), region.start_offset,
        fmt::join(region.strides.begin(), region.strides.begin() + region.rank, ","));
    // Each argument has its own word in a trace, whatever its buffer says.
    if (arg.manual_dep || program_.buffers[arg.buffer].manual_dep) {
      Add(",\"manual_dep\":true");
    }
    if (arg.view != kNoId) {
      const ArgView& view = program_.views[arg.view];
      if (view.version != 0) {
        Add(",\"version\":{}", view.version);
      }
      if (view.buffer_bytes >= 0) {
        Add(",\"buffer_bytes\":{}", view.buffer_bytes);
      }
      if (view.owner != -1) {
        AddTaskOrNull("owner", view.owner < 0 ? kNoTask : static_cast<TaskId>(view.owner));
      }
    }
    Add("}}");
  }

  void AddEdge(const EdgeRow& row) {
    Add("{{\"pred\":{},\"succ\":{},\"arg\":{},\"source\":\"{}\"", row.producer, row.consumer, row.arg,
        kSourceNames[static_cast<std::size_t>(row.source)]);
    if (row.overlap == Overlap::kNone) {
      Add(",\"overlap\":null");
    } else {
      Add(",\"overlap\":\"{}\"", kOverlapNames[static_cast<std::size_t>(row.overlap)]);
    }
    Add(",\"flags\":\"{}\"}}", (row.flags & kRetain) != 0 ? "wait+retain" : "wait");
  }

  const Program& program_;
  const TextSink& sink_;
  const std::vector<Picoseconds>& durations_;
  const RowDurations& row_durations_;
  fmt::memory_buffer text_;
};

}  // namespace

std::string FormatSubmitTrace(const Program& program, const std::vector<EdgeRow>* edges) {
  std::string text;
  WriteSubmitTrace(program, edges, [&text](std::string_view piece) { text += piece; });
  return text;
}

void WriteSubmitTrace(const Program& program, const std::vector<EdgeRow>* edges, const TextSink& sink,
                      const GivenDurations* durations) {
  TraceWriter(program, sink, durations == nullptr ? program.durations : durations->by_task,
              durations == nullptr ? program.row_durations : durations->by_row)
      .Write(edges);
}

Status WriteSubmitTrace(const Program& program, const std::vector<EdgeRow>* edges, const std::filesystem::path& path) {
  return WriteTextFile(path, FormatSubmitTrace(program, edges));
}

}  // namespace npusched
