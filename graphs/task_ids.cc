#include "graphs/task_ids.h"

#include <fmt/format.h>

#include <array>
#include <limits>

namespace npusched {
namespace {

constexpr unsigned kRingShift = 32;

}  // namespace

std::vector<std::uint64_t> RuntimeTaskIds(const Program& program) {
  std::array<std::uint32_t, std::numeric_limits<std::uint8_t>::max() + 1> next{};  // by ring
  std::vector<std::uint64_t> ids;
  ids.reserve(program.tasks.size());
  for (const Task& task : program.tasks) {
    ids.push_back((std::uint64_t{task.ring} << kRingShift) | next[task.ring]++);
  }
  return ids;
}

std::string DisplayName(std::uint64_t runtime_task_id) {
  const std::uint64_t ring = (runtime_task_id >> kRingShift) & 0xFFU;
  const auto local = static_cast<std::uint32_t>(runtime_task_id);
  return ring == 0 ? fmt::format("t{}", local) : fmt::format("r{}t{}", ring, local);
}

}  // namespace npusched
