#include "hw_models/kernel_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hw_models/capacity.h"
#include "hw_models/core_cycles.h"
#include "hw_models/loop_time.h"

namespace npusched {
namespace {

constexpr double kLongestKernelS = 100;  // so that sums over a long run stay in range
constexpr double kMostBytes = 4e18;      // below 2^62

// Cycles of one slot, by unit and in all.
struct SlotCycles {
  double total = 0;
  double load = 0;
  double cube = 0;
  double fixpipe = 0;
  double vector = 0;
  double store = 0;
  double scalar = 0;
  double hbm_bytes = 0;
  double l2_read_bytes = 0;
  double l2_write_bytes = 0;
};

std::string_view NameOf(OpKind kind) {
  switch (kind) {
    case OpKind::kLoad:
      return "load";
    case OpKind::kMatmul:
      return "matmul";
    case OpKind::kVector:
      return "vector operation";
    case OpKind::kStore:
      return "store";
  }
  return "";
}

// What a kernel finds: the rates it gets, and whether the activations that it loads are in L2.
struct Surroundings {
  MemoryShare share;
  bool activations_in_l2 = true;
};

bool InHbm(const Op& op) { return op.space != MemorySpace::kActivation; }
bool LoadsFromHbm(const Op& op, const Surroundings& found) { return InHbm(op) || !found.activations_in_l2; }

Status CheckOp(const Op& op, int slot, const std::string& where) {
  if (op.rows < 1 || op.columns < 1 || (op.kind == OpKind::kMatmul && op.depth < 1)) {
    return InputError(
        {}, fmt::format("{}: a {} of {} x {}{}, expected sizes of at least 1", where, NameOf(op.kind), op.rows,
                        op.columns, op.kind == OpKind::kMatmul ? fmt::format(" x {}", op.depth) : ""));
  }
  const bool on_cube = slot == kSlotAic;
  if ((op.kind == OpKind::kMatmul && !on_cube) || (op.kind == OpKind::kVector && on_cube)) {
    return InputError({}, fmt::format("{}: a {} on a {} core, which has no unit for it", where, NameOf(op.kind),
                                      on_cube ? "cube" : "vector"));
  }
  return {};
}

Status CheckLoops(std::span<const Loop> loops, int slot, const std::string& kernel) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const std::string where = fmt::format("kernel {}, loop {}", kernel, i);
    if (loops[i].trips < 1 || loops[i].stage < 1) {
      return InputError({}, fmt::format("{}: {} trips at stage {}, expected at least 1 of each", where, loops[i].trips,
                                        loops[i].stage));
    }
    for (const Op& op : loops[i].body) {
      if (Status status = CheckOp(op, slot, where); !status.ok()) {
        return status;
      }
    }
  }
  return {};
}

double LoadCycles(const Op& op, int slot, const Machine& machine, const Surroundings& found) {
  const double path = slot == kSlotAic ? machine.gm_to_l1 : machine.gm_to_ub;
  const double memory = LoadsFromHbm(op, found) ? std::min(machine.hbm_to_core, found.share.hbm) : found.share.l2_read;
  return TileBytes(op) * RowSlowdown(op, machine) / std::min(path, memory);
}

double StoreCycles(const Op& op, int slot, const Machine& machine, const MemoryShare& share) {
  const double memory = InHbm(op) ? share.hbm : share.l2_write;
  if (slot == kSlotAic) {
    return FixpipeCycles(op, std::min(machine.l0c_to_gm, memory), machine);
  }
  return TileBytes(op) * RowSlowdown(op, machine) / std::min(machine.ub_to_gm, memory);
}

// How often a trip at stage 1 of a cube core passes from one unit to another, the step back to its first included:
// load, L1 to L0, cube, store. Each time the next unit waits for a flag of the one before.
int Handovers(const Loop& loop) {
  enum class Unit : std::uint8_t { kNone, kLoad, kMove, kCube, kStore };
  Unit first = Unit::kNone;
  Unit last = Unit::kNone;
  int count = 0;
  for (const Op& op : loop.body) {
    const bool matmul = op.kind == OpKind::kMatmul;
    const Unit enters = matmul ? Unit::kMove : op.kind == OpKind::kLoad ? Unit::kLoad : Unit::kStore;
    if (first == Unit::kNone) first = enters;
    count += last != Unit::kNone && last != enters ? 1 : 0;
    count += matmul ? 1 : 0;
    last = matmul ? Unit::kCube : enters;
  }
  return count + (loop.trips > 1 && first != last ? 1 : 0);
}

// Walks one trip. Loads that stand next to each other are issued together and pay one start-up, and so do stores;
// above stage 1 all loads of a trip are issued together, ahead of it.
class TripWalk {
 public:
  TripWalk(const Loop& loop, int slot, const Machine& machine, const Surroundings& found)
      : slot_(slot), machine_(machine), found_(found), overlaps_(loop.stage > 1) {
    trip_.scalar = machine.trip_cycles;
    for (const Op& op : loop.body) {
      Add(op);
      previous_ = op.kind;
    }
    trip_.latency = loop.stage == 1 ? latencies_ : longest_latency_;
    if (loop.stage == 1 && slot == kSlotAic) trip_.scalar += Handovers(loop) * machine.cube_handover_cycles;
  }

  [[nodiscard]] const Trip& trip() const { return trip_; }
  void AddTo(SlotCycles& sum, double trips) const {
    const double store = trip_.store_latency + trip_.store;
    sum.load += trips * (trip_.latency + trip_.load);
    sum.cube += trips * (slot_ == kSlotAic ? trip_.compute : 0);
    sum.vector += trips * (slot_ == kSlotAic ? 0 : trip_.compute);
    sum.fixpipe += trips * (slot_ == kSlotAic ? store : 0);
    sum.store += trips * (slot_ == kSlotAic ? 0 : store);
    sum.scalar += trips * trip_.scalar;
    sum.hbm_bytes += trips * hbm_bytes_;
    sum.l2_read_bytes += trips * l2_read_bytes_;
    sum.l2_write_bytes += trips * l2_write_bytes_;
  }

 private:
  void Add(const Op& op) {
    switch (op.kind) {
      case OpKind::kLoad:
        AddLoad(op);
        break;
      case OpKind::kMatmul:
        AddMatmul(op);
        break;
      case OpKind::kVector:
        trip_.compute += VectorCycles(op, machine_);
        break;
      case OpKind::kStore:
        trip_.store_latency += previous_ == OpKind::kStore ? 0 : machine_.gm_write_latency_cycles;
        trip_.store += StoreCycles(op, slot_, machine_, found_.share);
        (InHbm(op) ? hbm_bytes_ : l2_write_bytes_) += TileBytes(op);
        // An atomic add reads what it adds to.
        if (op.atomic) (InHbm(op) ? hbm_bytes_ : l2_read_bytes_) += TileBytes(op);
        break;
    }
  }

  // While trips overlap, L0 takes turns from one to the next: only the last shows its moves and its cube apart.
  void AddMatmul(const Op& op) {
    const double alone = MatmulCycles(op, machine_);
    const double steady = overlaps_ ? SteadyMatmulCycles(op, machine_) : alone;
    trip_.compute += steady;
    trip_.drain += alone - steady;
  }

  void AddLoad(const Op& op) {
    const double latency =
        LoadsFromHbm(op, found_) ? machine_.hbm_read_latency_cycles : machine_.l2_read_latency_cycles;
    run_latency_ = previous_ == OpKind::kLoad ? run_latency_ : 0;
    latencies_ += std::max(0.0, latency - run_latency_);
    run_latency_ = std::max(run_latency_, latency);
    longest_latency_ = std::max(longest_latency_, latency);
    trip_.load += LoadCycles(op, slot_, machine_, found_);
    if (op.space == MemorySpace::kCache) trip_.scalar += machine_.table_read_cycles;
    if (InHbm(op)) {
      hbm_bytes_ += LineBytes(op, machine_);
    } else {
      l2_read_bytes_ += TileBytes(op);
    }
  }

  int slot_;
  const Machine& machine_;
  const Surroundings& found_;
  bool overlaps_;
  Trip trip_;
  OpKind previous_ = OpKind::kMatmul;  // anything but a load or a store
  double run_latency_ = 0;             // of the loads standing together
  double latencies_ = 0;
  double longest_latency_ = 0;
  double hbm_bytes_ = 0;
  double l2_read_bytes_ = 0;
  double l2_write_bytes_ = 0;
};

SlotCycles CyclesOf(std::span<const Loop> loops, int slot, const Machine& machine, const Surroundings& found) {
  SlotCycles sum;
  sum.total = sum.scalar = machine.kernel_entry_cycles;
  for (const Loop& loop : loops) {
    const TripWalk walk(loop, slot, machine, found);
    sum.total += LoopCycles(walk.trip(), loop.trips, loop.stage);
    walk.AddTo(sum, static_cast<double>(loop.trips));
  }
  return sum;
}

Result<SlotCost> PriceSlot(const KernelWork& work, int slot, const Machine& machine) {
  const std::span<const Loop> loops = work.slots[slot];
  if (Status status = CheckLoops(loops, slot, work.name); !status.ok()) {
    return status.error();
  }
  if (Status status = CheckCapacity(loops, slot, work.name, machine); !status.ok()) {
    return status.error();
  }
  const SlotCycles shared = CyclesOf(loops, slot, machine, {.share = FixedShare(machine, slot)});
  const SlotCycles alone = CyclesOf(loops, slot, machine, {.share = WholeMemory(machine)});
  const SlotCycles missing =
      CyclesOf(loops, slot, machine, {.share = WholeMemory(machine), .activations_in_l2 = false});
  const double cycles_per_s = machine.clock_mhz * 1e6;
  const double longest = kLongestKernelS * cycles_per_s;
  // Above stage 1 a unit's own sum may exceed the total: what is hidden counts too.
  const double most = std::max({shared.total, shared.load, shared.cube, shared.fixpipe, shared.vector, shared.store});
  const double bytes = shared.hbm_bytes + shared.l2_read_bytes + shared.l2_write_bytes;
  if (most > longest || missing.total > 10 * longest || bytes > kMostBytes) {
    return InputError({}, fmt::format("kernel {}: {:.3g} cycles and {:.3g} bytes, expected a kernel of at most {} s",
                                      work.name, shared.total, bytes, kLongestKernelS));
  }
  const auto time = [&](double cycles) { return FromNs(cycles * 1e3 / machine.clock_mhz); };
  return SlotCost{.duration = time(shared.total),
                  .unshared = time(alone.total),
                  .unshared_missing = time(missing.total),
                  .hbm_bytes = std::llround(shared.hbm_bytes),
                  .l2_read_bytes = std::llround(shared.l2_read_bytes),
                  .l2_write_bytes = std::llround(shared.l2_write_bytes),
                  .load = time(shared.load),
                  .cube = time(shared.cube),
                  .fixpipe = time(shared.fixpipe),
                  .vector = time(shared.vector),
                  .store = time(shared.store),
                  .scalar = time(shared.scalar)};
}

MemoryShare PartOfMemory(const Machine& machine, double cores) {
  const double per_cycle = machine.clock_mhz * 1e6 * cores;
  return {machine.hbm_bytes_per_s / per_cycle, machine.l2_read_bytes_per_s / per_cycle,
          machine.l2_write_bytes_per_s / per_cycle};
}

// What was measured stands for what the work would cost; it says nothing of the traffic.
void TakeMeasured(const KernelWork& work, const Machine& machine, KernelCost* cost) {
  for (const KernelTime& kernel : machine.kernels) {
    if (kernel.name != work.name) continue;
    for (int slot = 0; slot < kSlots; ++slot) {
      const Picoseconds measured = slot == kSlotAic ? kernel.aic : kernel.aiv;
      if (work.slots[slot].empty() || measured < 0) continue;
      cost->slots[slot] = {};
      cost->slots[slot].duration = cost->slots[slot].unshared = cost->slots[slot].unshared_missing = measured;
    }
  }
}

}  // namespace

MemoryShare FixedShare(const Machine& machine, int slot) {
  return PartOfMemory(machine, slot == kSlotAic ? machine.aic_count() : machine.aiv_count());
}

MemoryShare WholeMemory(const Machine& machine) { return PartOfMemory(machine, 1); }

Result<KernelCost> PriceKernel(const KernelWork& work, const Machine& machine) {
  KernelCost cost;
  for (int slot = 0; slot < kSlots; ++slot) {
    if (work.slots[slot].empty()) {
      continue;
    }
    Result<SlotCost> priced = PriceSlot(work, slot, machine);
    if (!priced.ok()) {
      return priced.error();
    }
    cost.slots[slot] = *priced;
  }
  return cost;
}

Result<std::vector<KernelCost>> PriceKernels(std::span<const KernelWork> works, const Machine& machine) {
  std::vector<KernelCost> costs;
  costs.reserve(works.size());
  for (const KernelWork& work : works) {
    Result<KernelCost> cost = PriceKernel(work, machine);
    if (!cost.ok()) {
      return cost.error();
    }
    TakeMeasured(work, machine, &*cost);
    costs.push_back(*cost);
  }
  return costs;
}

}  // namespace npusched
