#include "tests/oracle/oracle_rings.h"

#include <algorithm>
#include <numeric>

namespace npusched::oracle {

OracleRings::OracleRings(const RunInput& input)
    : input_(input), rings_(kRings), may_leave_(input.program.tasks.size(), false) {}

TaskId OracleRings::Oldest(int ring) const { return rings_[ring].alive.empty() ? kNoTask : rings_[ring].alive.front(); }

std::optional<RingResource> OracleRings::Admit(TaskId task) {
  const int r = input_.program.tasks[task].ring;
  Ring& ring = rings_[r];
  if (static_cast<std::int64_t>(ring.alive.size()) >= input_.runtime.rings.slots[r] - 1) {
    return RingResource::kTaskSlots;
  }
  std::int64_t bytes = 0;
  for (const Arg& arg : input_.program.Args(task)) {
    if (arg.tag != ArgTag::kOutput) continue;
    std::int64_t size = input_.program.buffers[arg.buffer].size_bytes;
    while (size % 1024 != 0) ++size;
    bytes += size;
  }
  if (bytes > 0 && !TakeHeap(ring, task, input_.runtime.rings.heap_bytes[r], bytes)) return RingResource::kHeap;
  ring.alive.push_back(task);
  return std::nullopt;
}

// The outputs of a task are contiguous. What did not fit at the end is lost until the tail has come around.
bool OracleRings::TakeHeap(Ring& ring, TaskId task, std::int64_t size, std::int64_t bytes) {
  const bool wrapped = ring.top < ring.tail;
  if (wrapped) {
    if (ring.tail - ring.top <= bytes) return false;
    ring.top += bytes;
  } else if (size - ring.top >= bytes) {
    ring.top += bytes;
  } else if (ring.tail > bytes) {
    ring.top = bytes;
  } else if (ring.top == ring.tail && size >= bytes) {
    ring.tail = 0;
    ring.top = bytes;
  } else {
    return false;
  }
  ring.heap_ends.push_back({task, ring.top});
  return true;
}

// Entries of tasks that left come back.
void OracleRings::TakeBack(std::vector<Holding>& holdings, const Ring& ring) {
  std::erase_if(holdings, [&](const Holding& holding) {
    return std::ranges::find(ring.alive, holding.task) == ring.alive.end();
  });
}

std::optional<RingResource> OracleRings::Wire(TaskId task, std::size_t known, std::size_t waited,
                                              std::size_t outstanding) {
  const int r = input_.program.tasks[task].ring;
  const RingSizes& sizes = input_.runtime.rings;
  Ring& ring = rings_[r];
  const auto held = [](const std::vector<Holding>& holdings) {
    std::int64_t sum = 0;
    for (const Holding& holding : holdings) sum += holding.entries;
    return sum;
  };
  const auto all = static_cast<std::int64_t>(waited);
  if (outstanding > 0 && held(ring.deps) + all > sizes.dep_entries[r]) {
    if (ring.left - ring.left_at_dep_reclaim >= sizes.reclaim_batch) {
      ring.left_at_dep_reclaim = ring.left;
      TakeBack(ring.deps, ring);
    }
    if (held(ring.deps) + all > sizes.dep_entries[r]) return RingResource::kDepEntries;
  }
  const std::int64_t beyond = std::max<std::int64_t>(0, static_cast<std::int64_t>(known) - sizes.inline_producers);
  if (held(ring.spill) + beyond > sizes.spill_entries[r]) {
    TakeBack(ring.spill, ring);
    if (held(ring.spill) + beyond > sizes.spill_entries[r]) return RingResource::kSpillEntries;
  }
  if (!TakeMapEntries(task, r)) return RingResource::kTensorMap;
  ring.deps.push_back({task, static_cast<std::int64_t>(outstanding)});
  ring.spill.push_back({task, beyond});
  return std::nullopt;
}

void OracleRings::CleanMap(int ring) {
  rings_[ring].left_at_map_cleaning = rings_[ring].left;
  std::erase_if(recorded_, [&](TaskId by) {
    return input_.program.tasks[by].ring == ring &&
           std::ranges::find(rings_[ring].alive, by) == rings_[ring].alive.end();
  });
}

bool OracleRings::TakeMapEntries(TaskId task, int ring) {
  const SubmitCounts& counts = input_.inference.counts[task];
  const auto fits = [&] {
    const auto live = static_cast<std::int64_t>(recorded_.size());
    return live + counts.inserts - std::int64_t{counts.removals} <= input_.runtime.rings.tensor_map_entries;
  };
  if (rings_[ring].left - rings_[ring].left_at_map_cleaning >= input_.runtime.rings.reclaim_batch) CleanMap(ring);
  if (!fits()) {
    for (int r = 0; r < kRings; ++r) CleanMap(r);
    if (!fits()) return false;
  }
  for (std::uint32_t i = 0; i < counts.removals; ++i) {
    const auto entry = std::ranges::find(recorded_, input_.inference.removed[removals_++]);
    if (entry != recorded_.end()) recorded_.erase(entry);
  }
  recorded_.insert(recorded_.end(), counts.inserts, task);
  return true;
}

bool OracleRings::Leave(TaskId task) {
  may_leave_[task] = true;
  Ring& ring = rings_[input_.program.tasks[task].ring];
  bool moved = false;
  while (!ring.alive.empty() && may_leave_[ring.alive.front()]) {
    const TaskId oldest = ring.alive.front();
    ring.alive.erase(ring.alive.begin());
    if (!ring.heap_ends.empty() && ring.heap_ends.front().task == oldest) {
      ring.tail = ring.heap_ends.front().entries;
      ring.heap_ends.erase(ring.heap_ends.begin());
    }
    ++ring.left;
    moved = true;
  }
  return moved;
}

}  // namespace npusched::oracle
