#include "sim/simgrid_engine/entries.h"

#include <algorithm>

namespace npusched::simgrid_engine {
namespace {

constexpr std::int64_t kAlignment = 1024;  // of an output

}  // namespace

Entries::Entries(const RunInput& input, RunTrace& trace)
    : input_(input), trace_(trace), rings_(kRings), holdings_(input.program.tasks.size()) {}

std::optional<RingResource> Entries::TakeSlot(TaskId task, Picoseconds now) {
  const int r = input_.program.tasks[task].ring;
  Ring& ring = rings_[r];
  const RingSizes& sizes = input_.runtime.rings;
  if (static_cast<std::int64_t>(ring.tasks.size()) + 1 >= sizes.slots[r]) return RingResource::kTaskSlots;
  std::int64_t bytes = 0;
  for (const Arg& arg : input_.program.Args(task)) {
    if (arg.tag != ArgTag::kOutput) continue;
    bytes += (input_.program.buffers[arg.buffer].size_bytes + kAlignment - 1) & ~(kAlignment - 1);
  }
  if (bytes > 0) {
    if (!TakeHeap(ring, sizes.heap_bytes[r], bytes)) return RingResource::kHeap;
    holdings_[task].heap_top = ring.top;
  }
  ring.tasks.push_back(task);
  Sample(r, now);
  return std::nullopt;
}

// Contiguous: what is free behind the top, else from the start, where a byte must stay free before the tail.
bool Entries::TakeHeap(Ring& ring, std::int64_t size, std::int64_t bytes) {
  if (ring.top < ring.tail) {
    if (ring.top + bytes >= ring.tail) return false;
    ring.top += bytes;
    return true;
  }
  if (ring.top + bytes <= size) {
    ring.top += bytes;
    return true;
  }
  const bool empty = ring.top == ring.tail;
  if (bytes < ring.tail) {
    ring.top = bytes;
    return true;
  }
  if (!empty || bytes > size) return false;
  ring.tail = 0;
  ring.top = bytes;
  return true;
}

std::optional<RingResource> Entries::TakeLinks(TaskId task, const LiveProducers& live) {
  const int r = input_.program.tasks[task].ring;
  Ring& ring = rings_[r];
  const RingSizes& sizes = input_.runtime.rings;
  const std::int64_t outstanding = live.outstanding;
  const auto lacks_deps = [&] { return outstanding > 0 && ring.deps_held + live.waited > sizes.dep_entries[r]; };
  if (lacks_deps() && ring.left >= ring.left_before_deps + sizes.reclaim_batch) {
    ring.left_before_deps = ring.left;
    ring.deps_held -= ring.deps_back;
    ring.deps_back = 0;
  }
  if (lacks_deps()) return RingResource::kDepEntries;
  const std::int64_t spill = std::max<std::int64_t>(0, live.all - sizes.inline_producers);
  if (ring.spill_held + spill > sizes.spill_entries[r]) {
    ring.spill_held -= ring.spill_back;
    ring.spill_back = 0;
  }
  if (ring.spill_held + spill > sizes.spill_entries[r]) return RingResource::kSpillEntries;
  if (!TakeRecords(task, ring)) return RingResource::kTensorMap;
  holdings_[task].deps = outstanding;
  holdings_[task].spill = spill;
  ring.deps_held += outstanding;
  ring.spill_held += spill;
  return std::nullopt;
}

bool Entries::TakeRecords(TaskId task, Ring& ring) {
  const SubmitCounts& counts = input_.inference.counts[task];
  const auto after = [&] { return records_ - std::int64_t{counts.removals} + counts.inserts; };
  if (ring.left >= ring.left_before_map + input_.runtime.rings.reclaim_batch) CleanMap(ring);
  if (after() > input_.runtime.rings.tensor_map_entries) std::ranges::for_each(rings_, [&](Ring& r) { CleanMap(r); });
  if (after() > input_.runtime.rings.tensor_map_entries) return false;
  for (std::uint32_t i = 0; i < counts.removals; ++i) {
    Holding& recorder = holdings_[input_.inference.removed[removed_++]];
    if (recorder.records == 0) continue;
    --recorder.records;
    --records_;
  }
  holdings_[task].records = counts.inserts;
  records_ += counts.inserts;
  return true;
}

void Entries::CleanMap(Ring& ring) {
  ring.left_before_map = ring.left;
  for (const TaskId task : ring.uncleaned) records_ -= std::exchange(holdings_[task].records, 0);
  ring.uncleaned.clear();
}

bool Entries::Retire(TaskId task, Picoseconds now) {
  holdings_[task].retired = true;
  const int r = input_.program.tasks[task].ring;
  Ring& ring = rings_[r];
  const std::int64_t before = ring.left;
  while (!ring.tasks.empty() && holdings_[ring.tasks.front()].retired) {
    const Holding& oldest = holdings_[ring.tasks.front()];
    if (oldest.heap_top >= 0) ring.tail = oldest.heap_top;
    ring.deps_back += oldest.deps;
    ring.spill_back += oldest.spill;
    ring.uncleaned.push_back(ring.tasks.front());
    ring.tasks.pop_front();
    ++ring.left;
  }
  if (ring.left == before) return false;
  Sample(r, now);
  return true;
}

void Entries::Sample(int ring, Picoseconds now) {
  const Ring& of = rings_[ring];
  const RingSample sample{
      .time = now,
      .heap_bytes = of.top >= of.tail ? of.top - of.tail : input_.runtime.rings.heap_bytes[ring] - of.tail + of.top,
      .tasks = static_cast<std::uint32_t>(of.tasks.size()),
      .ring = static_cast<std::uint8_t>(ring)};
  trace_.ring_samples.push_back(sample);
}

}  // namespace npusched::simgrid_engine
