#include "graphs/builder.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/check.h"

namespace npusched {
namespace {

constexpr std::size_t kTensorsPerAlloc = 16;  // arguments one alloc_tensors takes
constexpr std::int64_t kHeapAlignment = 1024;
constexpr std::uint8_t kMaxScopeDepth = 64;
constexpr int kRings = 4;

std::uint8_t SlotsOf(CoreShape core) {
  if (core == CoreShape::kAic) return 1U << kSlotAic;
  if (core == CoreShape::kAiv) return 1U << kSlotAiv0;
  if (core == CoreShape::kMix) return (1U << kSlots) - 1;
  return 0;
}

// Row-major, from the start of its buffer.
Region Contiguous(DType dtype, Builder::Dims shape) {
  NPU_CHECK(shape.size() >= 1 && shape.size() <= kMaxRank);
  Region region{.rank = static_cast<std::uint8_t>(shape.size()), .dtype = dtype};
  std::copy(shape.begin(), shape.end(), region.shape.begin());
  std::int64_t stride = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    region.strides.at(d) = stride;
    stride *= region.shape.at(d);
  }
  return region;
}

}  // namespace

std::size_t Builder::RegionHash::operator()(const Region& region) const {
  std::uint64_t hash = static_cast<std::uint64_t>(region.start_offset) * 0x9E37'79B9'7F4A'7C15ULL;
  const auto add = [&](std::int64_t value) {
    hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x9FB2'1C65'1E98'DF25ULL;
    hash ^= hash >> 29U;
  };
  add(region.rank * 256 + static_cast<int>(region.dtype));
  for (std::uint8_t d = 0; d < region.rank; ++d) {
    add(region.shape[d]);
    add(region.strides[d]);
  }
  return hash;
}

Builder::Builder(std::string name) {
  program_.name = std::move(name);
  alloc_ = Kernel("alloc_tensors", CoreShape::kAlloc);
  dummy_ = Kernel("dummy", CoreShape::kDummy);
  scope_ = kNoId;
  OpenScope(ScopeKind::kAuto);
  tags_.OpenBody(false);
}

KernelId Builder::InternKernel(std::string_view name, CoreShape core) {
  for (KernelId id = 0; id < program_.kernels.size(); ++id) {
    if (program_.kernels[id].name != name) continue;
    NPU_CHECK(program_.kernels[id].core == core);
    return id;
  }
  program_.kernels.push_back({.name = std::string(name), .core = core});
  return static_cast<KernelId>(program_.kernels.size() - 1);
}

Launch Builder::Kernel(KernelWork work) {
  Launch launch{.work = static_cast<WorkId>(program_.works.size()), .core = CoreShape::kMix};
  for (int slot = 0; slot < kSlots; ++slot) {
    if (!work.slots[slot].empty()) launch.slots |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(slot));
  }
  NPU_CHECK(launch.slots != 0);
  for (const CoreShape single : {CoreShape::kAic, CoreShape::kAiv}) {
    if (launch.slots == SlotsOf(single)) launch.core = single;
  }
  launch.kernel = InternKernel(work.name, launch.core);
  program_.works.push_back(std::move(work));
  return launch;
}

Launch Builder::KernelOfBlocks(std::span<const KernelWork> blocks) {
  NPU_CHECK(!blocks.empty());
  Launch launch = Kernel(blocks.front());
  launch.blocks = static_cast<std::uint32_t>(blocks.size());
  if (std::ranges::all_of(blocks, [&](const KernelWork& work) { return work == blocks.front(); })) return launch;
  launch.first_block_work = static_cast<std::uint32_t>(program_.block_works.size());
  for (const KernelWork& work : blocks) {
    const auto known = std::find(program_.works.begin() + launch.work, program_.works.end(), work);
    if (known != program_.works.end()) {
      program_.block_works.push_back(static_cast<WorkId>(known - program_.works.begin()));
      continue;
    }
    const Launch other = Kernel(work);
    NPU_CHECK(other.kernel == launch.kernel && other.slots == launch.slots);
    program_.block_works.push_back(other.work);
  }
  return launch;
}

Launch Builder::Kernel(std::string_view name, CoreShape core) {
  return {.kernel = InternKernel(name, core), .core = core, .slots = SlotsOf(core)};
}

RegionId Builder::Intern(const Region& region) {
  const auto [entry, added] = region_ids_.try_emplace(region, static_cast<RegionId>(program_.regions.size()));
  if (added) program_.regions.push_back(region);
  return entry->second;
}

BufferId Builder::AddBuffer(std::string_view name, DType dtype, Dims shape, bool from_heap) {
  const Region whole = Contiguous(dtype, shape);
  std::int64_t bytes = whole.Elements() * SizeOf(dtype);
  if (from_heap) bytes = (bytes + kHeapAlignment - 1) / kHeapAlignment * kHeapAlignment;
  const auto [entry, added] =
      name_ids_.try_emplace(std::string(name), static_cast<std::uint32_t>(program_.names.size()));
  if (added) program_.names.emplace_back(name);
  program_.buffers.push_back({.size_bytes = bytes, .whole = Intern(whole), .name = entry->second});
  tags_.AddBuffer();
  return static_cast<BufferId>(program_.buffers.size() - 1);
}

Tensor Builder::Whole(BufferId buffer) const { return {.buffer = buffer, .region = program_.buffers[buffer].whole}; }

Tensor Builder::External(std::string_view name, DType dtype, Dims shape) {
  return Whole(AddBuffer(name, dtype, shape, false));
}

Tensor Builder::New(std::string_view name, DType dtype, Dims shape) {
  return Whole(AddBuffer(name, dtype, shape, true));
}

Tensor Builder::Create(std::string_view name, DType dtype, Dims shape) {
  NPU_CHECK(at_top_);
  NPU_CHECK(!InManual());
  created_.push_back(AddBuffer(name, dtype, shape, true));
  return Whole(created_.back());
}

Tensor Builder::CreateAlone(std::string_view name, DType dtype, Dims shape) {
  NPU_CHECK(!InManual());
  FlushCreated();
  const BufferId buffer = AddBuffer(name, dtype, shape, true);
  Alloc(std::array{buffer});
  return Whole(buffer);
}

void Builder::FlushCreated() {
  for (std::size_t first = 0; first < created_.size(); first += kTensorsPerAlloc) {
    const std::size_t count = std::min(kTensorsPerAlloc, created_.size() - first);
    Alloc(std::span(created_).subspan(first, count));
  }
  created_.clear();
}

void Builder::Alloc(std::span<const BufferId> buffers) {
  const TaskId task = AddTask(alloc_);
  for (const BufferId id : buffers) {
    Buffer& buffer = program_.buffers[id];
    buffer.creator = task;
    program_.args.push_back({.buffer = id, .region = buffer.whole, .tag = ArgTag::kOutput});
  }
}

Tensor Builder::Slice(const Tensor& tensor, Dims begin, Dims shape) {
  Region region = program_.regions[tensor.region];
  NPU_CHECK(begin.size() == region.rank && shape.size() == region.rank);
  for (std::size_t d = 0; d < region.rank; ++d) {
    const std::int64_t first = begin.begin()[d];
    const std::int64_t count = shape.begin()[d];
    NPU_CHECK(first >= 0 && count >= 0 && first + count <= region.shape.at(d));
    region.start_offset += first * region.strides.at(d);
    region.shape.at(d) = count;
  }
  return {.buffer = tensor.buffer, .region = Intern(region)};
}

Tensor Builder::Rows(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  return Slice(tensor, {first, 0}, {count, program_.regions[tensor.region].shape[1]});
}

Tensor Builder::Columns(const Tensor& tensor, std::int64_t first, std::int64_t count) {
  return Slice(tensor, {0, first}, {program_.regions[tensor.region].shape[0], count});
}

Tensor Builder::Box(const Tensor& tensor, std::int64_t offset, Dims shape, Dims strides) {
  Region region = Contiguous(program_.regions[tensor.region].dtype, shape);
  NPU_CHECK(strides.size() == shape.size());
  std::copy(strides.begin(), strides.end(), region.strides.begin());
  region.start_offset = offset;
  NPU_CHECK(offset >= 0 &&
            (offset + region.Extent()) * SizeOf(region.dtype) <= program_.buffers[tensor.buffer].size_bytes);
  return {.buffer = tensor.buffer, .region = Intern(region)};
}

void Builder::BeginStatement() {
  FlushCreated();
  tags_.BeginStatement();
  at_top_ = false;
}

TaskId Builder::AddTask(const Launch& launch) {
  const auto id = static_cast<TaskId>(program_.tasks.size());
  NPU_CHECK(id != kNoTask);
  const npusched::Scope& scope = program_.scopes[scope_];
  program_.tasks.push_back({.kernel = launch.kernel,
                            .work = launch.work,
                            .first_block_work = launch.first_block_work,
                            .scope = scope_,
                            .first_arg = static_cast<std::uint32_t>(program_.args.size()),
                            .first_dep = static_cast<std::uint32_t>(program_.deps.size()),
                            .block_num = launch.blocks,
                            .core = launch.core,
                            .slots = launch.slots,
                            .ring = static_cast<std::uint8_t>(std::min(scope.depth - 1, kRings - 1)),
                            .manual_scope = scope.kind == ScopeKind::kManual});
  return id;
}

Submission Builder::Submit(const Launch& launch) {
  BeginStatement();
  return {*this, AddTask(launch)};
}

Submission Builder::Dummy() { return Submit(dummy_); }

Submission Builder::SubmitAlloc() { return Submit(alloc_); }

void Builder::OpenScope(ScopeKind kind) {
  const std::uint8_t depth = scope_ == kNoId ? 1 : static_cast<std::uint8_t>(program_.scopes[scope_].depth + 1);
  NPU_CHECK(depth <= kMaxScopeDepth);
  const auto next_task = static_cast<TaskId>(program_.tasks.size());
  const auto id = static_cast<ScopeId>(program_.scopes.size());
  program_.scopes.push_back({.kind = kind, .depth = depth, .parent = scope_, .first_task = next_task});
  program_.scope_events.push_back(
      {.before = next_task,
       .kind = kind == ScopeKind::kAuto ? ScopeEvent::Kind::kBeginAuto : ScopeEvent::Kind::kBeginManual,
       .scope = id});
  scope_ = id;
  at_top_ = true;
}

void Builder::Close(bool scoped) {
  FlushCreated();
  tags_.CloseBody();
  at_top_ = false;
  if (!scoped) return;
  npusched::Scope& scope = program_.scopes[scope_];
  scope.end_task = static_cast<TaskId>(program_.tasks.size());
  program_.scope_events.push_back({.before = scope.end_task, .kind = ScopeEvent::Kind::kEnd, .scope = scope_});
  scope_ = scope.parent;
}

Program Builder::Finish() {
  NPU_CHECK(program_.scopes[scope_].parent == kNoId);
  Close(true);
  if (!program_.durations.empty()) program_.durations.resize(program_.tasks.size(), -1);
  return std::move(program_);
}

}  // namespace npusched
