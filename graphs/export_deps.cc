// deps.json, the dependency file of a capture: 64-bit quantities are decimal strings, a tensor is a
// (base address, version), and tasks that only allocate have no row of their own.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/check.h"
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

class DepsWriter {
 public:
  DepsWriter(const Program& program, const std::vector<EdgeRow>& rows)
      : program_(program), rows_(rows), ids_(RuntimeTaskIds(program)), addresses_(AddressesOf(program)) {}

  std::string Write() {
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
      Add("{}", between_rows.Next());
      AddRow(row);
    }
    Add("]}}\n");
    return fmt::to_string(text_);
  }

 private:
  struct Separator {
    bool first = true;
    std::string_view Next() { return std::exchange(first, false) ? "\n" : ",\n"; }
  };

  template <typename... Args>
  void Add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }

  [[nodiscard]] std::int32_t VersionOf(const Arg& arg) const {
    return arg.view == kNoId ? 0 : program_.views[arg.view].version;
  }
  [[nodiscard]] std::uint64_t TensorIdOf(const Arg& arg) const {
    return TensorId(addresses_[arg.buffer], VersionOf(arg));
  }

  void AddTask(TaskId id) {
    const Task& task = program_.tasks[id];
    const Kernel& kernel = program_.kernels[task.kernel];
    std::array<std::int64_t, kSlots> kernel_ids{};
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      const bool used = (task.slots >> slot & 1U) != 0;
      kernel_ids[slot] = !used ? -1 : kernel.ids[slot] >= 0 ? kernel.ids[slot] : std::int64_t{task.kernel};
    }
    Add("{{\"task_id\":\"{}\",\"scope\":\"{}\",\"early_dispatch\":{},\"kernel_ids\":[{}],\"block_num\":{},\"args\":[",
        ids_[id], kScopeNames[task.manual_scope ? 1 : 0], bool{task.early_dispatch}, fmt::join(kernel_ids, ","),
        task.block_num);
    const std::span<const Arg> args = program_.Args(id);
    for (std::size_t i = 0; i < args.size(); ++i) {
      Add("{}{{\"idx\":{},", i == 0 ? "" : ",", i);
      AddArg(args[i]);
    }
    Add("]}}");
  }

  void AddArg(const Arg& arg) {
    if (arg.tag == ArgTag::kOutput) {
      Add("\"type\":\"OUTPUT\"}}");  // its buffer does not exist yet when it is submitted
      return;
    }
    // The file has no word of its own for NO_DEP.
    const ArgTag tag = arg.tag == ArgTag::kNoDep ? ArgTag::kInput : arg.tag;
    Add("\"type\":\"{}\",\"tensor_id\":\"{}\",", kTagNames[static_cast<std::size_t>(tag)], TensorIdOf(arg));
    AddGeometry("", program_.regions[arg.region], true);
    if (arg.tag == ArgTag::kNoDep) {
      Add(",\"simulator\":{{\"tag\":\"NO_DEP\"}}");
    }
    Add("}}");
  }

  void AddGeometry(std::string_view prefix, const Region& region, bool with_dtype) {
    if (with_dtype) {
      Add("\"{}dtype\":\"{}\",", prefix, NameOf(region.dtype));
    }
    const auto rank = static_cast<std::ptrdiff_t>(region.rank);
    Add("\"{0}shape\":[{1}],\"{0}start_offset\":\"{2}\",\"{0}strides\":[{3}]", prefix,
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
  std::vector<std::uint64_t> ids_;
  std::vector<std::uint64_t> addresses_;  // by buffer
  fmt::memory_buffer text_;
};

}  // namespace

std::string ExportDeps(const Program& program, const std::vector<EdgeRow>& rows) {
  return DepsWriter(program, rows).Write();
}

}  // namespace npusched
