#include "sim/rings.h"

namespace npusched {
namespace {

constexpr std::int64_t kHeapAlign = 1024;

std::int64_t RoundUp(std::int64_t bytes) { return (bytes + kHeapAlign - 1) / kHeapAlign * kHeapAlign; }

}  // namespace

Rings::Rings(const RingSizes& sizes, const Program& program, const Inference& inference)
    : sizes_(sizes),
      program_(program),
      inference_(inference),
      consumed_(program.tasks.size()),
      map_entries_(program.tasks.size()) {
  for (int r = 0; r < kRings; ++r) rings_.emplace_back(sizes.heap_bytes[r]);
}

std::int64_t Rings::HeapBytes(TaskId task) const {
  std::int64_t bytes = 0;
  for (const Arg& arg : program_.Args(task)) {
    if (arg.tag == ArgTag::kOutput) bytes += RoundUp(program_.buffers[arg.buffer].size_bytes);
  }
  return bytes;
}

std::optional<RingResource> Rings::Admit(TaskId task) {
  const int r = program_.tasks[task].ring;
  Ring& ring = rings_[r];
  if (static_cast<std::int64_t>(ring.alive.size()) >= sizes_.slots[r] - 1) return RingResource::kTaskSlots;
  const std::int64_t bytes = HeapBytes(task);
  if (!ring.heap.Allocate(bytes)) return RingResource::kHeap;
  ring.alive.Push({task, bytes > 0 ? ring.heap.top() : -1, ring.deps.taken, ring.spill.taken});
  return std::nullopt;
}

std::optional<RingResource> Rings::Link(TaskId task, const LiveProducers& live) {
  const int r = program_.tasks[task].ring;
  Ring& ring = rings_[r];
  if (live.outstanding > 0 && !ring.deps.Has(sizes_.dep_entries[r], live.waited)) {
    if (ring.retired - ring.deps_reclaimed >= static_cast<std::uint64_t>(sizes_.reclaim_batch)) {
      ring.deps_reclaimed = ring.retired;
      ring.deps.freed = ring.deps.retired;
    }
    if (!ring.deps.Has(sizes_.dep_entries[r], live.waited)) return RingResource::kDepEntries;
  }
  const std::uint64_t spill = live.all > sizes_.inline_producers ? live.all - sizes_.inline_producers : 0;
  if (!ring.spill.Has(sizes_.spill_entries[r], spill)) {
    ring.spill.freed = ring.spill.retired;
    if (!ring.spill.Has(sizes_.spill_entries[r], spill)) return RingResource::kSpillEntries;
  }
  if (!TakeMapEntries(task, ring)) return RingResource::kTensorMap;
  ring.deps.taken += live.outstanding;
  ring.spill.taken += spill;
  ring.alive.back().deps_end = ring.deps.taken;
  ring.alive.back().spill_end = ring.spill.taken;
  return std::nullopt;
}

bool Rings::TakeMapEntries(TaskId task, Ring& ring) {
  const SubmitCounts& counts = inference_.counts[task];
  if (ring.retired - ring.map_cleaned >= static_cast<std::uint64_t>(sizes_.reclaim_batch)) CleanMap(ring);
  if (map_live_ + counts.inserts - std::int64_t{counts.removals} > sizes_.tensor_map_entries) {
    for (Ring& each : rings_) CleanMap(each);
    if (map_live_ + counts.inserts - std::int64_t{counts.removals} > sizes_.tensor_map_entries) return false;
  }
  for (std::uint32_t i = 0; i < counts.removals; ++i) {
    std::uint32_t& entries = map_entries_[inference_.removed[next_removal_++]];
    if (entries == 0) continue;  // its producer had left, the map was cleaned of it
    --entries;
    --map_live_;
  }
  map_entries_[task] = counts.inserts;
  map_live_ += counts.inserts;
  return true;
}

void Rings::CleanMap(Ring& ring) {
  ring.map_cleaned = ring.retired;
  while (!ring.uncleaned.empty()) {
    std::uint32_t& entries = map_entries_[ring.uncleaned.Pop()];
    map_live_ -= entries;
    entries = 0;
  }
}

bool Rings::Consume(TaskId task) {
  consumed_[task] = true;
  Ring& ring = rings_[program_.tasks[task].ring];
  bool moved = false;
  while (!ring.alive.empty() && consumed_[ring.alive.front().task]) {
    const Entry entry = ring.alive.Pop();
    if (entry.heap_end >= 0) ring.heap.Free(entry.heap_end);
    ring.deps.retired = entry.deps_end;
    ring.spill.retired = entry.spill_end;
    ++ring.retired;
    if (map_entries_[entry.task] > 0) ring.uncleaned.Push(entry.task);
    moved = true;
  }
  return moved;
}

}  // namespace npusched
