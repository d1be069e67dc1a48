#include "numeric/forward_result.h"

#include <algorithm>
#include <string_view>

namespace npusched {
namespace {

// Its first rows; empty when no buffer of the program has the name. The last one counts.
Matrix FirstRows(const Program& program, const DeviceMemory& memory, std::string_view name, std::int64_t rows) {
  for (auto id = static_cast<BufferId>(program.buffers.size()); id-- > 0;) {
    const Buffer& buffer = program.buffers[id];
    if (buffer.name == kNoId || program.names[buffer.name] != name) continue;
    Region region = program.regions[buffer.whole];
    region.shape[0] = rows;
    return memory.Load(id, region);
  }
  return {};
}

// One row a task: what it wrote to its argument `arg`.
Matrix CacheRows(const Program& program, const DeviceMemory& memory, std::size_t arg) {
  Matrix rows;
  for (TaskId t = 0; t < program.tasks.size(); ++t) {
    if (program.KernelName(t) != "rope_kv_cache") continue;
    const Arg& cache = program.Args(t)[arg];
    const Matrix row = memory.Load(cache.buffer, program.regions[cache.touched]);
    rows.columns = row.rows * row.columns;
    rows.values.insert(rows.values.end(), row.values.begin(), row.values.end());
    ++rows.rows;
  }
  return rows;
}

}  // namespace

ForwardResult Collect(const Program& program, const DeviceMemory& memory, std::int64_t batch) {
  constexpr std::size_t kKeyCache = 7;
  constexpr std::size_t kValueCache = 8;
  return {.hidden = FirstRows(program, memory, "next_hidden", batch),
          .k_rows = CacheRows(program, memory, kKeyCache),
          .v_rows = CacheRows(program, memory, kValueCache),
          .logits = FirstRows(program, memory, "logits", batch)};
}

}  // namespace npusched
