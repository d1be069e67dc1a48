// deps.json, the dependency file of a capture: 64-bit quantities are decimal strings, a tensor is a
// (base address, version), and tasks that only allocate have no row of their own. What the format has no word
// for stands in objects named "simulator", which other tools pass over; docs/formats/capture.md has their keys.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/check.h"
#include "graphs/capture_kernels.h"
#include "graphs/export.h"
#include "graphs/task_ids.h"
#include "graphs/trace_names.h"

namespace npusched {
namespace {

constexpr std::uint64_t kAlignment = 1024;              // of what the runtime allocates
constexpr std::uint64_t kFirstAddress = 0x1'0000'0000;  // for buffers that state none

// FNV-1a over the address and the version, little endian.
std::uint64_t TensorId(std::uint64_t address, std::int32_t version) {
  std::uint64_t hash = 0xCBF2'9CE4'8422'2325U;
  const auto add = [&hash](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
      hash = (hash ^ (value >> (8 * i) & 0xFFU)) * 0x100'0000'01B3U;
    }
  };
  add(address, 8);
  add(static_cast<std::uint32_t>(version), 4);
  return hash;
}

// Addresses by buffer: the stated ones, and behind them a place for each of the others.
std::vector<std::uint64_t> AddressesOf(const Program& program) {
  std::uint64_t next = kFirstAddress;
  for (const Buffer& buffer : program.buffers) {
    next = std::max(next, buffer.address == 0 ? 0 : buffer.address + static_cast<std::uint64_t>(buffer.size_bytes));
  }
  std::vector<std::uint64_t> addresses;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.address != 0) {
      addresses.push_back(buffer.address);
      continue;
    }
    next = (next + kAlignment - 1) / kAlignment * kAlignment;
    addresses.push_back(next);
    next += std::max<std::uint64_t>(static_cast<std::uint64_t>(buffer.size_bytes), 1);
  }
  return addresses;
}

std::vector<bool> SharedAddresses(const std::vector<std::uint64_t>& addresses) {
  std::vector<std::uint64_t> sorted = addresses;
  std::ranges::sort(sorted);
  std::vector<bool> shared;
  for (const std::uint64_t address : addresses) {
    const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), address);
    shared.push_back(last - first > 1);
  }
  return shared;
}

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class DepsWriter {
 public:
  DepsWriter(const Program& program, const std::vector<EdgeRow>& rows, const TextSink& sink)
      : program_(program),
        rows_(rows),
        sink_(sink),
        kernels_(NumberKernels(program)),
        ids_(RuntimeTaskIds(program)),
        addresses_(AddressesOf(program)),
        shared_(SharedAddresses(addresses_)) {}

  void Write() {
    Add("{{\"tasks\":[");
    Separator separator;
    for (TaskId task = 0; task < program_.tasks.size(); ++task) {
      if (program_.tasks[task].core != CoreShape::kAlloc) {
        Add("{}", separator.Next());
        AddTask(task);
      }
    }
    Add("],\n\"tensors\":[");
    AddTensors();
    Add("],\n\"edges\":[");
    Separator between_rows;
    for (const EdgeRow& row : rows_) {
      // The format has rows only for what has a task row: what an alloc waits for is lost.
      if (program_.tasks[row.consumer].core == CoreShape::kAlloc) continue;
      Add("{}", between_rows.Next());
      AddRow(row);
    }
    Add("],\n\"simulator\":{{\"schema\":\"npusched.capture/1\",\"scope_events\":[");
    AddScopeEvents();
    Add("],\n\"buffers\":[");
    AddBuffers();
    Add("],\n\"outputs\":[");
    AddOutputs();
    Add("]}}}}\n");
    Flush();
  }

 private:
  struct Separator {
    bool first = true;
    std::string_view Next() { return std::exchange(first, false) ? "\n" : ",\n"; }
  };

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

  [[nodiscard]] std::int32_t VersionOf(const Arg& arg) const {
    return arg.view == kNoId ? 0 : program_.views[arg.view].version;
  }
  [[nodiscard]] std::uint64_t TensorIdOf(const Arg& arg) const {
    return TensorId(addresses_[arg.buffer], VersionOf(arg));
  }

  void AddTask(TaskId id) {
    const Task& task = program_.tasks[id];
    std::array<std::int32_t, kSlots> kernel_ids{};
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      kernel_ids[slot] = (task.slots >> slot & 1U) == 0 ? -1 : kernels_.ids[task.kernel][slot];
    }
    Add("{{\"task_id\":\"{}\",\"scope\":\"{}\",\"early_dispatch\":{},\"kernel_ids\":[{}],\"block_num\":{},\"args\":[",
        ids_[id], kScopeNames[task.manual_scope ? 1 : 0], bool{task.early_dispatch}, fmt::join(kernel_ids, ","),
        task.block_num);
    const std::span<const Arg> args = program_.Args(id);
    for (std::size_t i = 0; i < args.size(); ++i) {
      Add("{}{{\"idx\":{},", i == 0 ? "" : ",", i);
      AddArg(args[i]);
    }
    Add("]");
    AddExtra(TaskExtra(id));
    Add("}}");
  }

  // The members of a "simulator" object, none when there is nothing to say.
  void AddExtra(const std::string& members) {
    if (!members.empty()) Add(",\"simulator\":{{{}}}", std::string_view(members).substr(1));
  }

  [[nodiscard]] std::string TaskExtra(TaskId id) const {
    const Task& task = program_.tasks[id];
    std::string extra;
    if (task.core == CoreShape::kDummy && program_.KernelName(id) != "dummy") {
      extra += fmt::format(",\"name\":{}", Quoted(program_.KernelName(id)));
    }
    if (task.sync_start) extra += ",\"sync_start\":true";
    if (task.predicate_false) extra += ",\"predicate\":false";
    // A producer that is named twice has one row, but costs twice.
    std::vector<TaskId> deps;
    for (const Dep& dep : program_.Deps(id)) deps.push_back(dep.task);
    std::vector<TaskId> distinct = deps;
    std::ranges::sort(distinct);
    if (std::ranges::adjacent_find(distinct) != distinct.end()) {
      extra += ",\"explicit_deps\":[";
      for (std::size_t i = 0; i < deps.size(); ++i) extra += fmt::format("{}\"{}\"", i == 0 ? "" : ",", ids_[deps[i]]);
      extra += "]";
    }
    return extra;
  }

  void AddArg(const Arg& arg) {
    if (arg.tag == ArgTag::kOutput) {
      Add("\"type\":\"OUTPUT\"");  // its buffer does not exist yet when it is submitted
      AddExtra(UseExtra(arg));
      Add("}}");
      return;
    }
    // The file has no word of its own for NO_DEP.
    const ArgTag tag = arg.tag == ArgTag::kNoDep ? ArgTag::kInput : arg.tag;
    Add("\"type\":\"{}\",\"tensor_id\":\"{}\",", kTagNames[static_cast<std::size_t>(tag)], TensorIdOf(arg));
    AddGeometry("", program_.regions[arg.region], true);
    AddExtra(ArgExtra(arg) + UseExtra(arg));
    Add("}}");
  }

  // What the kernel does with it, where the tag and the region passed do not tell.
  [[nodiscard]] std::string UseExtra(const Arg& arg) const {
    std::string extra;
    if (arg.access != Access::kByTag) {
      extra += fmt::format(",\"access\":\"{}\"", kAccessNames[static_cast<std::size_t>(arg.access)]);
    }
    if (arg.touched != kNoId && arg.touched != arg.region) {
      extra += fmt::format(",\"touches\":{{{}}}", Geometry("", program_.regions[arg.touched], true));
    }
    return extra;
  }

  [[nodiscard]] std::string ArgExtra(const Arg& arg) const {
    std::string extra;
    if (arg.tag == ArgTag::kNoDep) extra += ",\"tag\":\"NO_DEP\"";
    if (arg.manual_dep || program_.buffers[arg.buffer].manual_dep) extra += ",\"manual_dep\":true";
    ArgView view = arg.view == kNoId ? ArgView{} : program_.views[arg.view];
    if (shared_[arg.buffer]) {  // the address does not tell which buffer is meant
      const Buffer& buffer = program_.buffers[arg.buffer];
      if (view.buffer_bytes < 0) view.buffer_bytes = buffer.size_bytes;
      if (view.owner == -1) view.owner = buffer.creator == kNoTask ? -2 : std::int64_t{buffer.creator};
    }
    if (view.buffer_bytes >= 0) extra += fmt::format(",\"buffer_bytes\":{}", view.buffer_bytes);
    if (view.owner == -2) extra += ",\"owner\":null";
    if (view.owner >= 0) extra += fmt::format(",\"owner\":\"{}\"", ids_[static_cast<TaskId>(view.owner)]);
    return extra;
  }

  void AddGeometry(std::string_view prefix, const Region& region, bool with_dtype) {
    Add("{}", Geometry(prefix, region, with_dtype));
  }

  static std::string Geometry(std::string_view prefix, const Region& region, bool with_dtype) {
    const auto rank = static_cast<std::ptrdiff_t>(region.rank);
    std::string text;
    if (with_dtype) text = fmt::format("\"{}dtype\":\"{}\",", prefix, NameOf(region.dtype));
    return text + fmt::format("\"{0}shape\":[{1}],\"{0}start_offset\":\"{2}\",\"{0}strides\":[{3}]", prefix,
                              fmt::join(region.shape.begin(), region.shape.begin() + rank, ","), region.start_offset,
                              fmt::join(region.strides.begin(), region.strides.begin() + rank, ","));
  }

  // In the order of first appearance.
  void AddTensors() {
    std::map<std::pair<std::uint64_t, std::int32_t>, bool> seen;
    Separator separator;
    for (const Arg& arg : program_.args) {
      if (arg.tag == ArgTag::kOutput || std::exchange(seen[{addresses_[arg.buffer], VersionOf(arg)}], true)) {
        continue;
      }
      const DType dtype = program_.regions[arg.region].dtype;
      const std::int64_t stated = arg.view == kNoId ? -1 : program_.views[arg.view].buffer_bytes;
      const std::int64_t bytes = stated >= 0 ? stated : program_.buffers[arg.buffer].size_bytes;
      Add("{}{{\"tensor_id\":\"{}\",\"buffer_addr\":\"{}\",\"version\":{},\"dtype\":\"{}\",\"buffer_numel\":\"{}\"}}",
          separator.Next(), TensorIdOf(arg), addresses_[arg.buffer], VersionOf(arg), NameOf(dtype),
          bytes / SizeOf(dtype));
    }
  }

  void AddScopeEvents() {
    Separator separator;
    for (const ScopeEvent& event : program_.scope_events) {
      Add("{}[{},\"{}\"]", separator.Next(), event.before, kScopeEventNames[static_cast<std::size_t>(event.kind)]);
    }
  }

  void AddBuffers() {
    Separator separator;
    for (BufferId id = 0; id < program_.buffers.size(); ++id) {
      const Buffer& buffer = program_.buffers[id];
      Add("{}{{\"addr\":\"{}\",\"bytes\":{}", separator.Next(), addresses_[id], buffer.size_bytes);
      if (buffer.whole != kNoId) {
        const Region& whole = program_.regions[buffer.whole];
        Add(",\"dtype\":\"{}\",\"shape\":[{}]", NameOf(whole.dtype),
            fmt::join(whole.shape.begin(), whole.shape.begin() + whole.rank, ","));
      }
      if (buffer.creator != kNoTask) Add(",\"creator\":\"{}\"", ids_[buffer.creator]);
      if (buffer.name != kNoId) Add(",\"name\":{}", Quoted(program_.names[buffer.name]));
      Add("}}");
    }
  }

  // [task, argument, buffer] of each OUTPUT argument, those of allocs included.
  void AddOutputs() {
    Separator separator;
    for (TaskId id = 0; id < program_.tasks.size(); ++id) {
      const std::span<const Arg> args = program_.Args(id);
      for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i].tag == ArgTag::kOutput) Add("{}[\"{}\",{},{}]", separator.Next(), ids_[id], i, args[i].buffer);
      }
    }
  }

  void AddRow(const EdgeRow& row) {
    Add("{{\"pred\":\"{}\",\"succ\":\"{}\",\"arg\":{},\"source\":\"{}\",\"flags\":[{}]", ids_[row.producer],
        ids_[row.consumer], row.arg, kSourceNames[static_cast<std::size_t>(row.source)],
        (row.flags & kRetain) != 0 ? "\"wait\",\"retain\"" : "\"wait\"");
    if (row.source == EdgeSource::kTensormap) {
      Add(",\"overlap\":\"{}\"", kOverlapNames[static_cast<std::size_t>(row.overlap)]);
    }
    if (row.source != EdgeSource::kExplicit) {
      const Arg& consumer = program_.Args(row.consumer)[static_cast<std::size_t>(row.arg)];
      const Arg* recorded =
          row.producer_arg < 0 ? nullptr : &program_.Args(row.producer)[static_cast<std::size_t>(row.producer_arg)];
      Add(",\"tensor_id\":\"{}\",", TensorIdOf(recorded == nullptr ? consumer : *recorded));
      AddGeometry("consumer_", program_.regions[consumer.region], true);
      if (recorded != nullptr) {
        Add(",");
        AddGeometry("producer_", program_.regions[recorded->region], false);
      }
    }
    Add("}}");
  }

  const Program& program_;
  const std::vector<EdgeRow>& rows_;
  const TextSink& sink_;
  CaptureKernels kernels_;
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint64_t> addresses_;  // by buffer
  std::vector<bool> shared_;              // by buffer: another one states the same address
  fmt::memory_buffer text_;
};

}  // namespace

void WriteDeps(const Program& program, const std::vector<EdgeRow>& rows, const TextSink& sink) {
  DepsWriter(program, rows, sink).Write();
}

std::string ExportDeps(const Program& program, const std::vector<EdgeRow>& rows) {
  std::string text;
  WriteDeps(program, rows, [&text](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace npusched
