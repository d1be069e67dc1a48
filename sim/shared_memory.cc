#include "sim/shared_memory.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "sim/fair_level.h"

namespace npusched {
namespace {

constexpr double kPerSecond = 1e12;

std::int64_t WholeBytes(double bytes_per_s) { return std::max<std::int64_t>(1, std::llround(bytes_per_s)); }

}  // namespace

SharedMemory::SharedMemory(const Machine& machine) : cores_(machine.core_count()) {
  pools_[static_cast<std::size_t>(Memory::kHbm)].capacity = WholeBytes(machine.hbm_bytes_per_s);
  pools_[static_cast<std::size_t>(Memory::kL2Read)].capacity = WholeBytes(machine.l2_read_bytes_per_s);
  pools_[static_cast<std::size_t>(Memory::kL2Write)].capacity = WholeBytes(machine.l2_write_bytes_per_s);
  changed_.reserve(std::size_t{kMemories} * cores_.size() + 1);
}

void SharedMemory::Start(CoreId id, const Traffic& traffic, Picoseconds now) {
  changed_.clear();
  Core& core = cores_[id];
  NPU_CHECK(core.alone_until == kNever);
  core.alone_until = now + traffic.alone;
  changed_.push_back(id);
  if (traffic.alone == 0) return;
  for (int m = 0; m < kMemories; ++m) {
    const std::int64_t bytes = traffic.bytes[static_cast<std::size_t>(m)];
    if (bytes == 0) continue;
    Flow& flow = core.flows[static_cast<std::size_t>(m)];
    flow.cap = WholeBytes(static_cast<double>(bytes) * kPerSecond / static_cast<double>(traffic.alone));
    flow.remaining = static_cast<double>(traffic.alone);
    flow.speed = 1;
    flow.since = now;
    flow.end = core.alone_until;
    Enter(m, id);
    Rebalance(m, now);
  }
}

bool SharedMemory::Step(CoreId id, Picoseconds now) {
  changed_.clear();
  Core& core = cores_[id];
  for (int m = 0; m < kMemories; ++m) {
    Flow& flow = core.flows[static_cast<std::size_t>(m)];
    if (flow.cap == 0 || flow.end > now) continue;
    Leave(m, id);
    flow = {};
    Rebalance(m, now);
  }
  const bool flowing = std::ranges::any_of(core.flows, [](const Flow& flow) { return flow.cap != 0; });
  if (flowing || core.alone_until > now) {
    changed_.push_back(id);
    return false;
  }
  core.alone_until = kNever;
  return true;
}

Picoseconds SharedMemory::NextTime(CoreId id) const {
  const Core& core = cores_[id];
  Picoseconds next = kNever;
  for (const Flow& flow : core.flows) {
    if (flow.cap != 0) next = std::min(next, flow.end);
  }
  // Flows never end before the time alone has passed.
  return next == kNever ? core.alone_until : next;
}

void SharedMemory::Enter(int memory, CoreId core) {
  Pool& pool = pools_[static_cast<std::size_t>(memory)];
  Flow& flow = cores_[core].flows[static_cast<std::size_t>(memory)];
  flow.place = static_cast<std::uint32_t>(pool.cores.size());
  pool.caps.push_back(flow.cap);
  pool.cores.push_back(core);
  pool.demand += flow.cap;
}

void SharedMemory::Leave(int memory, CoreId core) {
  const auto m = static_cast<std::size_t>(memory);
  Pool& pool = pools_[m];
  const Flow& flow = cores_[core].flows[m];
  pool.demand -= flow.cap;
  pool.caps[flow.place] = pool.caps.back();
  pool.cores[flow.place] = pool.cores.back();
  cores_[pool.cores[flow.place]].flows[m].place = flow.place;
  pool.caps.pop_back();
  pool.cores.pop_back();
}

void SharedMemory::Rebalance(int memory, Picoseconds now) {
  Pool& pool = pools_[static_cast<std::size_t>(memory)];
  const bool saturated = pool.demand > pool.capacity;
  if (!saturated && !pool.saturated) return;
  pool.saturated = saturated;
  const double level = saturated ? FairLevel(pool.caps, pool.demand, pool.capacity) : 0;
  for (std::size_t i = 0; i < pool.cores.size(); ++i) {
    const auto cap = static_cast<double>(pool.caps[i]);
    SetSpeed(memory, pool.cores[i], saturated && cap > level ? level / cap : 1, now);
  }
}

// The arithmetic is in doubles, whose operations are the same on every machine; an end is rounded up to a picosecond.
void SharedMemory::SetSpeed(int memory, CoreId core, double speed, Picoseconds now) {
  Flow& flow = cores_[core].flows[static_cast<std::size_t>(memory)];
  if (speed == flow.speed || flow.end <= now) return;  // one that has delivered only waits for its Step
  flow.remaining = std::max(0.0, flow.remaining - static_cast<double>(now - flow.since) * flow.speed);
  flow.speed = speed;
  flow.since = now;
  flow.end = now + static_cast<Picoseconds>(std::ceil(flow.remaining / speed));
  changed_.push_back(core);
}

}  // namespace npusched
