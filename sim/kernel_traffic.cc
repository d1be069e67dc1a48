#include "sim/kernel_traffic.h"

#include <algorithm>
#include <cmath>

namespace npusched {
namespace {

constexpr std::uint8_t kUnknownArg = 0xFF;

std::vector<std::int64_t> BufferSizes(const Program& program) {
  std::vector<std::int64_t> sizes;
  sizes.reserve(program.buffers.size());
  for (const Buffer& buffer : program.buffers) sizes.push_back(buffer.size_bytes);
  return sizes;
}

}  // namespace

KernelTraffic::KernelTraffic(const RunInput& input)
    : input_(input), l2_(input.machine.l2_bytes, BufferSizes(input.program)) {
  for (const KernelWork& work : input.program.works) {
    for (int slot = 0; slot < kSlots; ++slot) {
      first_use_.push_back(static_cast<std::uint32_t>(uses_.size()));
      const std::vector<Use> uses = UsesOf(work, slot);
      uses_.insert(uses_.end(), uses.begin(), uses.end());
    }
  }
  first_use_.push_back(static_cast<std::uint32_t>(uses_.size()));
}

std::vector<KernelTraffic::Use> KernelTraffic::UsesOf(const KernelWork& work, int slot) const {
  std::vector<Use> uses;
  for (const Loop& loop : work.slots[slot]) {
    for (const Op& op : loop.body) {
      const bool moves = op.kind == OpKind::kLoad || op.kind == OpKind::kStore;
      if (!moves || op.space != MemorySpace::kActivation || op.arg == kUnknownArg) continue;
      auto use = std::ranges::find(uses, op.arg, &Use::arg);
      if (use == uses.end()) use = uses.insert(uses.end(), {.arg = op.arg});
      if (op.kind == OpKind::kLoad) use->read += loop.trips * op.rows * op.columns * SizeOf(op.dtype);
      use->written = use->written || op.kind == OpKind::kStore;
    }
  }
  return uses;
}

Traffic KernelTraffic::Start(TaskId task, int slot, std::uint32_t block) {
  const Program& program = input_.program;
  if (const Picoseconds given = program.GivenDuration(task, slot, block); given >= 0) return {.alone = given};
  const WorkId work = program.WorkOf(task, block);
  if (work == kNoWork) return {};
  const SlotCost& cost = input_.costs[work].slots[slot];
  const auto args = program.Args(task);
  const std::size_t place = static_cast<std::size_t>(work) * kSlots + static_cast<std::size_t>(slot);
  double missing = 0;  // bytes that are loaded from HBM instead
  for (std::uint32_t i = first_use_[place]; i < first_use_[place + 1]; ++i) {
    if (uses_[i].arg >= args.size()) continue;
    const BufferId buffer = args[uses_[i].arg].buffer;
    const std::int64_t absent = l2_.Missing(buffer);
    if (absent > 0 && uses_[i].read > 0) {
      missing += static_cast<double>(std::min(uses_[i].read, l2_.SizeOf(buffer))) * static_cast<double>(absent) /
                 static_cast<double>(l2_.SizeOf(buffer));
    }
    l2_.Use(buffer);
  }
  Traffic traffic{.alone = cost.unshared, .bytes = {cost.hbm_bytes, cost.l2_read_bytes, cost.l2_write_bytes}};
  if (missing > 0 && cost.l2_read_bytes > 0) {
    const std::int64_t moved = std::min(std::llround(missing), static_cast<long long>(cost.l2_read_bytes));
    const double share = static_cast<double>(moved) / static_cast<double>(cost.l2_read_bytes);
    traffic.alone += std::llround(share * static_cast<double>(cost.unshared_missing - cost.unshared));
    traffic.bytes[static_cast<std::size_t>(Memory::kHbm)] += moved;
    traffic.bytes[static_cast<std::size_t>(Memory::kL2Read)] -= moved;
  }
  return traffic;
}

}  // namespace npusched
