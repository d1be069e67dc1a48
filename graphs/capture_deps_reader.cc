#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "graphs/capture_tables.h"
#include "graphs/json_stream.h"
#include "graphs/region_table.h"
#include "graphs/trace_names.h"
#include "graphs/trace_regions.h"

namespace npusched {
namespace {

constexpr std::int64_t kMostBlocks = std::int64_t{1} << 20;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 60;
constexpr std::size_t kMostTasks = std::size_t{1} << 31;
constexpr RuntimeId kMostRings = 4;
constexpr unsigned kRingShift = 32;
constexpr std::string_view kSchema = "npusched.capture/1";
constexpr std::array<std::string_view, 4> kCapturedTags = {"INPUT", "OUTPUT", "INOUT", "OUTPUT_EXISTING"};

class DepsReader {
 public:
  explicit DepsReader(const std::filesystem::path& file) : in_(file) { table_.file = file.string(); }

  Result<DepsTable> Read() {
    bool has_tasks = false;
    bool has_edges = false;
    for (std::string key; in_.NextMember(&key);) {
      if (key == "tasks") {
        has_tasks = true;
        EachItem([this](const StreamAt& task) { ReadTask(task); });
      } else if (key == "tensors") {
        table_.has_tensors = true;
        EachItem([this](const StreamAt& tensor) { ReadTensor(tensor); });
      } else if (key == "edges") {
        has_edges = true;
        EachItem([this](const StreamAt& edge) { ReadEdge(edge); });
      } else if (key == "simulator") {
        ReadExtras();
      }
    }
    if (in_.ok() && !has_tasks) in_.Fail("expected the members tasks and edges; tasks is missing");
    if (in_.ok() && !has_edges) in_.Fail("expected the members tasks and edges; edges is missing");
    if (in_.ok() && table_.tasks.empty()) in_.Fail(StreamAt{}, "tasks", "has no tasks; expected at least one");
    CheckTensors();
    if (!in_.ok()) return in_.status().error();
    table_.regions = regions_.Take();
    return std::move(table_);
  }

 private:
  template <typename Visit>
  void EachItem(const Visit& visit) {
    if (!in_.EnterList()) return;
    while (in_.NextItem()) {
      const StreamAt item = in_.Value();
      if (!in_.ok()) return;
      visit(item);
    }
  }

  bool ReadId(const StreamAt& map, std::string_view key, RuntimeId* id) {
    if (!in_.Required(map, key, id)) return false;
    if (*id >> kRingShift >= kMostRings) {
      in_.Fail(map, key, fmt::format("is no task id: its ring is {}; expected 0..3", *id >> kRingShift));
      return false;
    }
    return true;
  }

  void ReadTask(const StreamAt& at) {
    DepsTask task;
    if (table_.tasks.size() >= kMostTasks) in_.Fail(at, "is one task more than can be simulated");
    if (!ReadId(at, "task_id", &task.id)) return;
    if (!ids_.insert(task.id).second) in_.Fail(at, "task_id", fmt::format("task {} is listed twice", task.id));
    int scope = 0;
    in_.OptionalName(at, "scope", kScopeNames, &scope);
    task.manual_scope = scope == static_cast<int>(ScopeKind::kManual);
    task.early_dispatch = Flag(at, "early_dispatch", false);
    ReadKernelIds(at, &task);
    std::int64_t blocks = 1;
    in_.Optional(at, "block_num", &blocks, {1, kMostBlocks});
    task.block_num = static_cast<std::uint32_t>(blocks);
    task.first_arg = static_cast<std::uint32_t>(table_.args.size());
    const StreamAt args = in_.Member(at, "args");
    task.has_args = args.present();
    in_.Each(args, [this](const StreamAt& arg) { ReadArg(arg); });
    ReadTaskExtras(at, &task);
    table_.tasks.push_back(task);
  }

  bool Flag(const StreamAt& at, std::string_view key, bool value) {
    in_.Optional(at, key, &value);
    return value;
  }

  void ReadKernelIds(const StreamAt& at, DepsTask* task) {
    if (!in_.Has(at, "kernel_ids")) return;
    std::array<std::int64_t, kSlots + 1> ids{};
    const StreamAt list = in_.Member(at, "kernel_ids");
    const std::size_t count = in_.Ints(list, ids, {-1, std::numeric_limits<std::int32_t>::max()});
    if (in_.ok() && count != kSlots) {
      in_.Fail(list, fmt::format("expected [aic, aiv0, aiv1]; got {} entries", count));
    }
    for (std::size_t slot = 0; slot < kSlots; ++slot)
      task->kernel_ids.at(slot) = static_cast<std::int32_t>(ids.at(slot));
  }

  void ReadTaskExtras(const StreamAt& at, DepsTask* task) {
    const StreamAt extras = in_.Member(at, "simulator");
    if (!extras.present()) return;
    const auto row = static_cast<std::uint32_t>(table_.tasks.size());
    task->sync_start = Flag(extras, "sync_start", false);
    task->predicate_false = !Flag(extras, "predicate", true);
    if (std::string name; in_.Optional(extras, "name", &name)) table_.names[row] = name;
    const StreamAt deps = in_.Member(extras, "explicit_deps");
    if (deps.present()) table_.explicit_deps[row];
    in_.Each(deps, [&](const StreamAt& dep) {
      RuntimeId id = 0;
      if (in_.Unsigned(dep, &id)) table_.explicit_deps[row].push_back(id);
    });
  }

  void ReadArg(const StreamAt& at) {
    DepsArg arg;
    int tag = 0;
    in_.RequiredName(at, "type", kCapturedTags, &tag);
    arg.tag = static_cast<ArgTag>(tag);
    const StreamAt extras = in_.Member(at, "simulator");
    if (arg.tag != ArgTag::kOutput) {
      std::uint64_t tensor = 0;
      if (in_.Required(at, "tensor_id", &tensor)) arg.tensor = TensorOf(tensor, at);
      arg.region = regions_.Intern(ReadStreamRegion(at, /*whole=*/false));
    }
    if (extras.present()) {
      std::string no_dep;
      if (in_.Optional(extras, "tag", &no_dep) && no_dep == kTagNames[static_cast<std::size_t>(ArgTag::kNoDep)]) {
        arg.tag = ArgTag::kNoDep;
      }
      in_.Optional(extras, "manual_dep", &arg.manual_dep);
      int access = 0;
      if (in_.OptionalName(extras, "access", kAccessNames, &access)) arg.access = static_cast<Access>(access);
      if (const StreamAt touches = in_.Member(extras, "touches"); touches.present()) {
        arg.touched = regions_.Intern(ReadStreamRegion(touches, /*whole=*/false));
      }
      in_.Optional(extras, "buffer_bytes", &arg.buffer_bytes, {0, kMostBytes});
      simdjson::dom::element owner;
      if (extras.value->at_key("owner").get(owner) == simdjson::SUCCESS) {
        arg.owner = -2;  // null: this view has no creator
        in_.Optional(extras, "owner", &arg.owner, {0, kMostBytes});
      }
    }
    table_.args.push_back(arg);
  }

  std::uint32_t TensorOf(std::uint64_t id, const StreamAt& arg) {
    const auto [at, is_new] = tensor_of_.try_emplace(id, static_cast<std::uint32_t>(table_.tensors.size()));
    if (is_new) {
      table_.tensors.push_back({.id = id,
                                .first_task = static_cast<std::uint32_t>(table_.tasks.size()),
                                .first_arg = static_cast<std::uint32_t>(arg.index)});
    }
    return at->second;
  }

  DType ReadDType(const StreamAt& at) {
    std::string name;
    if (!in_.Required(at, "dtype", &name)) return DType::kFloat32;
    if (name == "UNKNOWN") {
      Warn("a tensor's dtype is UNKNOWN: its elements are taken as one byte");
      return DType::kUint8;
    }
    const std::optional<DType> dtype = DTypeFromName(name);
    if (!dtype) in_.Fail(at, "dtype", fmt::format("expected a dtype such as FLOAT32 or BFLOAT16; got \"{}\"", name));
    return dtype.value_or(DType::kFloat32);
  }

  std::uint8_t ReadSizes(const StreamAt& at, std::string_view key, std::array<std::int64_t, kMaxRank>* sizes) {
    if (!in_.Has(at, key)) return 0;
    const StreamAt list = in_.Member(at, key);
    const std::size_t count = in_.Ints(list, *sizes, {0, kMostElements});
    if (in_.ok() && count == 0) in_.Fail(list, fmt::format("expected a list of 1 to {} sizes", kMaxRank));
    return static_cast<std::uint8_t>(count);
  }

  // `whole`: dtype and shape alone, row after row from the start of the buffer.
  Region ReadStreamRegion(const StreamAt& at, bool whole) {
    Region region;
    region.dtype = ReadDType(at);
    region.rank = ReadSizes(at, "shape", &region.shape);
    if (whole) {
      SetRowMajor(region);
    } else {
      const std::uint8_t strides = ReadSizes(at, "strides", &region.strides);
      if (in_.ok() && strides != region.rank) {
        in_.Fail(at, "strides", fmt::format("expected {} entries, as shape has; got {}", region.rank, strides));
      }
      in_.Required(at, "start_offset", &region.start_offset, IntRange{0, kMostElements});
    }
    if (const std::string wrong = in_.ok() ? WhatIsWrong(region) : ""; !wrong.empty()) in_.Fail(at, "shape", wrong);
    if (in_.ok() && StrideOfZero(region) >= 0) in_.Fail(at, "strides", "expected strides of at least 1; got 0");
    return region;
  }

  void ReadTensor(const StreamAt& at) {
    std::uint64_t id = 0;
    if (!in_.Required(at, "tensor_id", &id)) return;
    if (!tensor_rows_.insert(id).second) in_.Fail(at, "tensor_id", fmt::format("tensor {} is listed twice", id));
    std::int64_t version = 0;
    std::int64_t elements = 0;
    DepsTensor row;
    in_.Required(at, "buffer_addr", &row.address);
    in_.Optional(at, "version", &version,
                 {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()});
    const DType dtype = ReadDType(at);
    in_.Required(at, "buffer_numel", &elements, IntRange{0, kMostElements});
    const auto known = tensor_of_.try_emplace(id, static_cast<std::uint32_t>(table_.tensors.size()));
    if (known.second) table_.tensors.push_back({.id = id});  // of an edge, or ahead of the tasks
    DepsTensor& tensor = table_.tensors[known.first->second];
    tensor.address = row.address;
    tensor.version = static_cast<std::int32_t>(version);
    tensor.bytes = elements * SizeOf(dtype);
  }

  void CheckTensors() {
    if (!in_.ok() || !table_.has_tensors) return;
    for (const DepsTensor& tensor : table_.tensors) {
      if (tensor.bytes >= 0) continue;
      in_.Fail(StreamAt{}, fmt::format("tasks/{}/args/{}/tensor_id", tensor.first_task, tensor.first_arg),
               fmt::format("tensor {} is not in /tensors", tensor.id));
      return;
    }
  }

  void ReadEdge(const StreamAt& at) {
    DepsEdge edge;
    if (!ReadId(at, "pred", &edge.pred) || !ReadId(at, "succ", &edge.succ)) return;
    if (edge.pred == edge.succ) in_.Fail(at, fmt::format("is a cycle of one: task {} waits for itself", edge.succ));
    int source = 0;
    if (!in_.OptionalName(at, "source", kSourceNames, &source)) table_.has_sources = false;
    edge.source = static_cast<EdgeSource>(source);
    std::int64_t arg = -1;
    in_.Optional(at, "arg", &arg, {-1, std::numeric_limits<std::int32_t>::max()});
    edge.arg = static_cast<std::int32_t>(arg);
    int overlap = -1;
    if (edge.source == EdgeSource::kTensormap) {
      in_.OptionalName(at, "overlap", std::span(kOverlapNames).subspan(1), &overlap);
    }
    edge.overlap = static_cast<Overlap>(overlap + 1);
    edge.flags = edge.source == EdgeSource::kTensormap ? kWait : kWait | kRetain;
    const StreamAt flags = in_.Member(at, "flags");
    if (flags.present()) edge.flags = 0;
    in_.Each(flags, [&](const StreamAt& flag) {
      constexpr std::array<std::string_view, 2> kFlagNames = {"wait", "retain"};
      const auto* found = std::ranges::find(kFlagNames, JsonStream::TextOf(flag));
      if (in_.Expect(flag, found != kFlagNames.end(), "\"wait\" or \"retain\"")) {
        edge.flags |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(found - kFlagNames.begin()));
      }
    });
    table_.edges.push_back(edge);
  }

  // -- what this project's own captures add

  void ReadExtras() {
    if (!in_.EnterMap()) return;
    for (std::string key; in_.NextMember(&key);) {
      if (key == "schema") {
        table_.has_extras = JsonStream::TextOf(in_.Value()) == kSchema;
        if (!table_.has_extras) Warn(fmt::format("deps.json:/simulator: is not of schema {}, so passed over", kSchema));
      } else if (key == "scope_events" && table_.has_extras) {
        EachItem([this](const StreamAt& event) { ReadScopeEvent(event); });
      } else if (key == "buffers" && table_.has_extras) {
        EachItem([this](const StreamAt& buffer) { ReadBuffer(buffer); });
      } else if (key == "outputs" && table_.has_extras) {
        EachItem([this](const StreamAt& output) { ReadOutput(output); });
      }
    }
  }

  void ReadScopeEvent(const StreamAt& at) {
    std::int64_t before = -1;
    std::string_view kind;
    in_.Each(at, [&](const StreamAt& part) {
      if (part.index == 0) in_.Int(part, &before, {0, std::numeric_limits<std::int32_t>::max()});
      if (part.index == 1) kind = JsonStream::TextOf(part);
    });
    const auto* found = std::ranges::find(kScopeEventNames, kind);
    const bool good = before >= 0 && found != kScopeEventNames.end();
    if (!in_.Expect(at, good, "[position, \"begin_auto\"|\"begin_manual\"|\"end\"]")) return;
    table_.scope_events.push_back(
        {static_cast<std::uint32_t>(before), static_cast<ScopeEvent::Kind>(found - kScopeEventNames.begin())});
  }

  void ReadBuffer(const StreamAt& at) {
    DepsBuffer buffer;
    in_.Required(at, "addr", &buffer.address);
    in_.Required(at, "bytes", &buffer.bytes, IntRange{0, kMostBytes});
    in_.Optional(at, "creator", &buffer.creator);
    in_.Optional(at, "name", &buffer.name);
    if (in_.Member(at, "shape").present()) buffer.whole = regions_.Intern(ReadStreamRegion(at, /*whole=*/true));
    table_.buffers.push_back(std::move(buffer));
  }

  void ReadOutput(const StreamAt& at) {
    std::array<std::int64_t, 3> row{};
    if (in_.Ints(at, row, {0, kMostBytes}) != row.size()) in_.Fail(at, "expected [task, argument, buffer]");
    table_.outputs.push_back(
        {static_cast<RuntimeId>(row[0]), static_cast<std::uint32_t>(row[1]), static_cast<std::uint32_t>(row[2])});
  }

  void Warn(std::string text) {
    if (std::ranges::find(table_.warnings, text) == table_.warnings.end()) table_.warnings.push_back(std::move(text));
  }

  JsonStream in_;
  DepsTable table_;
  RegionTable regions_;
  std::unordered_set<RuntimeId> ids_;
  std::unordered_map<std::uint64_t, std::uint32_t> tensor_of_;
  std::unordered_set<std::uint64_t> tensor_rows_;
};

}  // namespace

Result<DepsTable> ReadDepsTable(const std::filesystem::path& file) { return DepsReader(file).Read(); }

}  // namespace npusched
