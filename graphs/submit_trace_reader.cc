#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>

#include "graphs/json_fields.h"
#include "graphs/region_table.h"
#include "graphs/submit_trace.h"
#include "graphs/trace_kernels.h"
#include "graphs/trace_names.h"
#include "graphs/trace_regions.h"
#include "graphs/trace_scopes.h"

namespace npusched {
namespace {

// Beyond any program.
constexpr std::int64_t kMostTasks = std::int64_t{1} << 31;
constexpr std::int64_t kMostBlocks = std::int64_t{1} << 20;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 60;
constexpr double kLongestUs = 1e12;

class TraceReader {
 public:
  explicit TraceReader(const std::string& file)
      : read_(file), kernels_(read_, trace_.program), scopes_(read_, trace_.program) {
    trace_.program.source = file;
    trace_.program.name = std::filesystem::path(file).stem().stem().string();
  }

  Result<SubmitTrace> Read(const nlohmann::json& document) {
    const JsonAt root{&document};
    ReadHeader(root);
    read_.Each(root, "buffers", [&](const JsonAt& buffer) { ReadBuffer(buffer); });
    scopes_.ReadEvents(root, task_count_);
    read_.Each(root, "tasks", [&](const JsonAt& task) { ReadTask(task); });
    scopes_.Close(root);
    ReadEdges(root);
    if (!read_.ok()) {
      return read_.status().error();
    }
    trace_.program.regions = regions_.Take();
    return std::move(trace_);
  }

 private:
  void ReadHeader(const JsonAt& root) {
    std::string schema;
    if (read_.Required(root, "schema", &schema) && schema != kSubmitTraceSchema) {
      read_.Fail(root, "schema", fmt::format("expected \"{}\"; got \"{}\"", kSubmitTraceSchema, schema));
    }
    read_.Optional(root, "case", &trace_.program.name);
    const JsonAt tasks = read_.Member(root, "tasks");
    task_count_ = static_cast<std::int64_t>(read_.Length(tasks));
    if (task_count_ == 0 && read_.ok()) {
      read_.Fail(tasks, "has no tasks; expected at least one");
    }
    if (task_count_ >= kMostTasks) {
      read_.Fail(tasks, fmt::format("has {} tasks; expected fewer than {}", task_count_, kMostTasks));
    }
  }

  void ReadBuffer(const JsonAt& at) {
    Program& program = trace_.program;
    Buffer buffer;
    std::int64_t id = 0;
    if (read_.Required(at, "id", &id) && !buffer_ids_.emplace(id, program.buffers.size()).second) {
      read_.Fail(at, "id", fmt::format("buffer {} is defined twice", id));
    }
    const Region whole = ReadWholeRegion(read_, at);
    read_.Required(at, "size_bytes", &buffer.size_bytes, IntRange{0, kMostBytes});
    read_.Optional(at, "addr", &buffer.address);
    std::int64_t creator = 0;
    if (read_.Optional(at, "creator_task", &creator, {0, task_count_ - 1})) {
      buffer.creator = static_cast<TaskId>(creator);
    }
    std::string name;
    if (read_.Optional(at, "name", &name) && !name.empty()) {
      buffer.name = static_cast<std::uint32_t>(program.names.size());
      program.names.push_back(std::move(name));
    }
    // `manual_dep` of a buffer tells how the tensor was made; its views do not inherit it, so in a trace
    // each argument has its own word and the buffer's binds none.
    if (read_.ok()) {
      buffer.whole = regions_.Intern(whole);
      program.buffers.push_back(buffer);
    }
  }

  void ReadTask(const JsonAt& at) {
    Program& program = trace_.program;
    Task task;
    const auto index = static_cast<std::int64_t>(at.index);
    std::int64_t id = index;
    if (read_.Required(at, "id", &id) && id != index) {
      read_.Fail(at, "id", fmt::format("expected {}, ids are the submission order; got {}", index, id));
    }
    kernels_.ReadTask(at, &task);
    scopes_.ReadTask(at, &task);
    std::int64_t blocks = 1;
    read_.Optional(at, "block_num", &blocks, {1, kMostBlocks});
    task.block_num = static_cast<std::uint32_t>(blocks);
    task.early_dispatch = ReadFlag(at, "early_dispatch", false);
    task.sync_start = ReadFlag(at, "sync_start", false);
    task.predicate_false = !ReadFlag(at, "predicate", true);
    ReadDuration(at, task);
    task.first_arg = static_cast<std::uint32_t>(program.args.size());
    task.first_dep = static_cast<std::uint32_t>(program.deps.size());
    ReadDeps(at);
    read_.Each(at, "args", [&](const JsonAt& arg) { ReadArg(arg); });
    program.tasks.push_back(task);
  }

  bool ReadFlag(const JsonAt& at, std::string_view key, bool value) {
    read_.Optional(at, key, &value);
    return value;
  }

  // `duration_us` for all rows, or `row_durations_us`: block after block, the slots in ascending order.
  void ReadDuration(const JsonAt& at, const Task& task) {
    Program& program = trace_.program;
    Picoseconds duration = -1;
    const JsonAt rows = read_.Member(at, "row_durations_us");
    const std::size_t given = read_.Length(rows);
    if (!rows.value->is_null()) {
      ReadRowDurations(rows, given, task);
    } else if (double us = 0; read_.Optional(at, "duration_us", &us)) {
      duration = Duration(JsonAt{nullptr, &at, "duration_us"}, us);
    }
    if (duration >= 0) program.durations.resize(at.index, -1);
    if (duration >= 0 || !program.durations.empty()) program.durations.push_back(duration);
    if (!program.row_durations.first.empty())
      program.row_durations.first.push_back(program.row_durations.values.size());
  }

  void ReadRowDurations(const JsonAt& rows, std::size_t given, const Task& task) {
    const std::size_t expected = std::size_t{task.block_num} * static_cast<std::size_t>(std::popcount(task.slots));
    if (read_.ok() && given != expected) {
      read_.Fail(rows, fmt::format("expected {} entries, one for each core of each block; got {}", expected, given));
      return;
    }
    RowDurations& durations = trace_.program.row_durations;
    durations.first.resize(rows.parent->index + 1, durations.values.size());
    for (std::size_t i = 0; i < given && read_.ok(); ++i) {
      const JsonAt row{&(*rows.value)[i], &rows, {}, i};
      if (!row.value->is_number()) {
        read_.Fail(row, "expected a number");
        return;
      }
      durations.values.push_back(Duration(row, row.value->get<double>()));
    }
  }

  Picoseconds Duration(const JsonAt& at, double us) {
    if (us >= 0 && us <= kLongestUs) return FromUs(us);
    read_.Fail(at, fmt::format("expected a number in 0..{}; got {}", kLongestUs, us));
    return 0;
  }

  void ReadDeps(const JsonAt& at) {
    const std::size_t first = trace_.program.deps.size();
    read_.Each(at, "explicit_deps", [&](const JsonAt& dep) {
      std::int64_t task = 0;
      if (read_.Int(dep, &task, {0, task_count_ - 1})) {
        trace_.program.deps.push_back({static_cast<TaskId>(task), kWait | kRetain});
      }
    });
    const JsonAt flags = read_.Member(at, "explicit_dep_flags");
    const std::size_t deps = trace_.program.deps.size() - first;
    if (flags.value->is_number()) {
      for (std::size_t i = 0; i < deps; ++i) {
        ReadDepFlags(flags, &trace_.program.deps[first + i]);
      }
      return;
    }
    const std::size_t count = read_.Length(flags);
    if (count != deps && !flags.value->is_null()) {
      read_.Fail(flags, fmt::format("expected one entry for each of {} explicit_deps; got {}", deps, count));
    }
    for (std::size_t i = 0; i < count && read_.ok(); ++i) {
      ReadDepFlags(JsonAt{&(*flags.value)[i], &flags, {}, i}, &trace_.program.deps[first + i]);
    }
  }

  void ReadDepFlags(const JsonAt& at, Dep* dep) {
    std::int64_t flags = 0;
    if (read_.Int(at, &flags) && flags != kWait && flags != (kWait | kRetain)) {
      read_.Fail(at, fmt::format("expected 1 (wait) or 3 (wait and retain); got {}", flags));
      return;
    }
    dep->flags = static_cast<std::uint8_t>(flags);
  }

  void ReadArg(const JsonAt& at) {
    Arg arg;
    int tag = 0;
    read_.RequiredName(at, "tag", kTagNames, &tag);
    arg.tag = static_cast<ArgTag>(tag);
    std::int64_t buffer = 0;
    if (!read_.Required(at, "buffer", &buffer)) {
      return;
    }
    const auto known = buffer_ids_.find(buffer);
    if (known == buffer_ids_.end()) {
      read_.Fail(at, "buffer", fmt::format("buffer {} is not in /buffers", buffer));
      return;
    }
    arg.buffer = known->second;
    read_.Optional(at, "manual_dep", &arg.manual_dep);
    // An OUTPUT is the whole tensor that it creates.
    const bool whole = arg.tag == ArgTag::kOutput && !at.value->contains("shape");
    arg.region = whole ? trace_.program.buffers[arg.buffer].whole : regions_.Intern(ReadRegion(read_, at));
    arg.view = ReadView(at);
    if (read_.ok()) {
      trace_.program.args.push_back(arg);
    }
  }

  // What the argument says of its buffer that differs from the buffer itself; kNoId when nothing does.
  std::uint32_t ReadView(const JsonAt& at) {
    ArgView view;
    std::int64_t version = 0;
    constexpr IntRange kInt32{std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
    read_.Optional(at, "version", &version, kInt32);
    view.version = static_cast<std::int32_t>(version);
    read_.Optional(at, "buffer_bytes", &view.buffer_bytes, {0, kMostBytes});
    if (!read_.Optional(at, "owner", &view.owner, {0, task_count_ - 1}) && at.value->contains("owner")) {
      view.owner = -2;  // null: this view has no creator
    }
    if (view.version == 0 && view.buffer_bytes == -1 && view.owner == -1) {
      return kNoId;
    }
    trace_.program.views.push_back(view);
    return static_cast<std::uint32_t>(trace_.program.views.size() - 1);
  }

  void ReadEdges(const JsonAt& root) {
    if (read_.Member(root, "edges").value->is_null()) {
      return;
    }
    trace_.edges.emplace();
    read_.Each(root, "edges", [&](const JsonAt& at) {
      std::int64_t producer = 0;
      std::int64_t consumer = 0;
      std::int64_t arg = -1;
      int source = 0;
      int overlap = 0;
      read_.Required(at, "pred", &producer, IntRange{0, task_count_ - 1});
      read_.Required(at, "succ", &consumer, IntRange{0, task_count_ - 1});
      read_.Optional(at, "arg", &arg, {-1, std::numeric_limits<std::int32_t>::max()});
      read_.RequiredName(at, "source", kSourceNames, &source);
      read_.OptionalName(at, "overlap", std::span(kOverlapNames).subspan(1), &overlap);
      const bool has_overlap = !read_.Member(at, "overlap").value->is_null();
      const bool waits_only = static_cast<EdgeSource>(source) == EdgeSource::kTensormap;
      trace_.edges->push_back({static_cast<TaskId>(producer), static_cast<TaskId>(consumer),
                               static_cast<std::int32_t>(arg), static_cast<EdgeSource>(source),
                               static_cast<Overlap>(has_overlap ? overlap + 1 : 0),
                               static_cast<std::uint8_t>(waits_only ? kWait : kWait | kRetain), -1});
    });
  }

  JsonFields read_;
  SubmitTrace trace_;
  TraceKernels kernels_;
  TraceScopes scopes_;
  RegionTable regions_;
  std::int64_t task_count_ = 0;
  std::unordered_map<std::int64_t, BufferId> buffer_ids_;
};

}  // namespace

Result<SubmitTrace> ParseSubmitTrace(std::string_view text, const std::string& file) {
  const Result<nlohmann::json> document = ParseJson(text, file);
  if (!document.ok()) {
    return document.error();
  }
  return TraceReader(file).Read(*document);
}

Result<SubmitTrace> ReadSubmitTrace(const std::filesystem::path& path) {
  const Result<std::string> text = ReadTextFile(path);
  if (!text.ok()) {
    return text.error();
  }
  return ParseSubmitTrace(*text, path.string());
}

}  // namespace npusched
