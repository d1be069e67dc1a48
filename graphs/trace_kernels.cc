#include "graphs/trace_kernels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <limits>
#include <utility>

#include "graphs/trace_names.h"

namespace npusched {

void TraceKernels::ReadTask(const JsonAt& at, Task* task) {
  std::string name;
  int core = 0;
  read_.Required(at, "name", &name);
  read_.RequiredName(at, "core", kCoreNames, &core);
  task->core = static_cast<CoreShape>(core);
  const JsonAt list = read_.Member(at, "kernel_ids");
  const std::size_t count = read_.Length(list);
  if (count != 0 && count != kSlots) {
    read_.Fail(list, fmt::format("expected [aic, aiv0, aiv1]; got {} entries", count));
    return;
  }
  std::array<std::int32_t, kSlots> ids;
  ids.fill(-1);
  for (std::size_t slot = 0; slot < count; ++slot) {
    std::int64_t id = -1;
    read_.Int(JsonAt{&(*list.value)[slot], &list, {}, slot}, &id, {-1, std::numeric_limits<std::int32_t>::max()});
    ids.at(slot) = static_cast<std::int32_t>(id);
    task->slots |= static_cast<std::uint8_t>(id >= 0 ? 1U << slot : 0U);
  }
  CheckSlots(list, task);
  const auto next = static_cast<KernelId>(program_.kernels.size());
  const auto [known, is_new] = known_.try_emplace({name, task->core, ids}, next);
  if (is_new) {
    Kernel& kernel = program_.kernels.emplace_back(Kernel{.name = std::move(name), .core = task->core});
    std::ranges::copy(ids, std::begin(kernel.ids));
  }
  task->kernel = known->second;
}

void TraceKernels::CheckSlots(const JsonAt& ids, Task* task) {
  constexpr unsigned kAicBit = 1U << kSlotAic;
  constexpr unsigned kAivBits = 1U << kSlotAiv0 | 1U << kSlotAiv1;
  const unsigned used = task->slots;
  switch (task->core) {
    case CoreShape::kAic:
      task->slots = kAicBit;
      break;
    case CoreShape::kAiv:
      task->slots = 1U << kSlotAiv0;
      break;
    case CoreShape::kMix:
      task->slots = static_cast<std::uint8_t>(used != 0 ? used : kAicBit | kAivBits);
      return;
    case CoreShape::kDummy:
    case CoreShape::kAlloc:
      task->slots = 0;
      return;
  }
  const unsigned foreign = task->core == CoreShape::kAic ? kAivBits : kAicBit;
  if ((used & foreign) != 0) {
    read_.Fail(ids, fmt::format("uses a slot that core {} has not; expected core mix",
                                kCoreNames.at(static_cast<std::size_t>(task->core))));
  }
}

}  // namespace npusched
