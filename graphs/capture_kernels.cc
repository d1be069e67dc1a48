#include "graphs/capture_kernels.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

namespace npusched {
namespace {

// The slots that tasks of each kernel fill, by KernelId.
std::vector<std::uint8_t> SlotsInUse(const Program& program) {
  std::vector<std::uint8_t> slots(program.kernels.size());
  for (const Task& task : program.tasks) {
    if (task.core < CoreShape::kDummy) slots[task.kernel] |= task.slots;
  }
  return slots;
}

// The stated ids with their names; nothing when one is missing or stands for two names.
std::optional<std::map<std::int32_t, std::string>> StatedNames(const Program& program,
                                                               const std::vector<std::uint8_t>& slots) {
  std::map<std::int32_t, std::string> names;
  for (KernelId k = 0; k < program.kernels.size(); ++k) {
    for (int slot = 0; slot < kSlots; ++slot) {
      if ((slots[k] >> slot & 1) == 0) continue;
      const std::int32_t id = program.kernels[k].ids[slot];
      if (id < 0 || names.try_emplace(id, program.kernels[k].name).first->second != program.kernels[k].name) {
        return std::nullopt;
      }
    }
  }
  return names;
}

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

CaptureKernels NumberKernels(const Program& program) {
  const std::vector<std::uint8_t> slots = SlotsInUse(program);
  CaptureKernels kernels;
  if (auto names = StatedNames(program, slots)) {
    kernels.names = *std::move(names);
    for (const Kernel& kernel : program.kernels) kernels.ids.push_back({kernel.ids[0], kernel.ids[1], kernel.ids[2]});
    return kernels;
  }
  for (KernelId k = 0; k < program.kernels.size(); ++k) {
    const auto id = static_cast<std::int32_t>(k);
    kernels.ids.push_back({id, id, id});
    if (slots[k] != 0) kernels.names[id] = program.kernels[k].name;
  }
  return kernels;
}

std::string FormatNameMap(const Program& program) {
  std::string text =
      fmt::format("{{\"level\":2,\"orchestrator_name\":{},\"callable_id_to_name\":{{", Quoted(program.name));
  const char* separator = "\n";
  for (const auto& [id, name] : NumberKernels(program).names) {
    text += fmt::format("{}\"{}\":{}", separator, id, Quoted(name));
    separator = ",\n";
  }
  return text + "}}\n";
}

}  // namespace npusched
