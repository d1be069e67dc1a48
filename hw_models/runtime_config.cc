#include "hw_models/runtime_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace npusched {
namespace {

constexpr double kMostSchedulers = 16;
constexpr double kMostDummies = 1 << 20;
constexpr Picoseconds kMostCost = 1'000'000 * kPsPerUs;  // so that sums over a long run stay in range

void ReadCost(MapReader& read, std::string_view key, Picoseconds* cost) {
  read.RequiredTime(key, cost);
  if (*cost > kMostCost) {
    read.Fail(key, "expected at most one second");
  }
}

Status ReadSubmit(const ConfigNode& node, SubmitCosts& submit) {
  MapReader read(node, "runtime.submit");
  ReadCost(read, "user_code_ns", &submit.user_code);
  ReadCost(read, "slot_ns", &submit.slot);
  ReadCost(read, "heap_ns", &submit.heap);
  ReadCost(read, "sync_ns", &submit.sync);
  ReadCost(read, "explicit_dep_ns", &submit.explicit_dep);
  ReadCost(read, "lookup_ns", &submit.lookup);
  ReadCost(read, "lookup_entry_ns", &submit.lookup_entry);
  ReadCost(read, "insert_ns", &submit.insert);
  ReadCost(read, "payload_tensor_ns", &submit.payload_tensor);
  ReadCost(read, "fanin_edge_ns", &submit.fanin_edge);
  ReadCost(read, "finalize_ns", &submit.finalize);
  ReadCost(read, "scope_end_ns", &submit.scope_end);
  return read.Finish();
}

Status ReadScheduler(const ConfigNode& node, SchedulerCosts& scheduler) {
  MapReader read(node, "runtime.scheduler");
  ReadCost(read, "poll_core_ns", &scheduler.poll_core);
  ReadCost(read, "iteration_ns", &scheduler.iteration);
  ReadCost(read, "complete_task_ns", &scheduler.complete_task);
  ReadCost(read, "complete_edge_ns", &scheduler.complete_edge);
  ReadCost(read, "complete_dummy_ns", &scheduler.complete_dummy);
  ReadCost(read, "dispatch_block_ns", &scheduler.dispatch_block);
  ReadCost(read, "publish_block_ns", &scheduler.publish_block);
  ReadCost(read, "stage_early_ns", &scheduler.stage_early);
  ReadCost(read, "drain_ns", &scheduler.drain);
  ReadCost(read, "release_task_ns", &scheduler.release_task);
  if (read.OptionalTime("wire_task_ns", &scheduler.wire_task) && scheduler.wire_task > kMostCost) {
    read.Fail("wire_task_ns", "expected at most one second");
  }
  // A thread with nothing to do must still let time pass.
  if (scheduler.iteration < 1) {
    read.Fail("iteration_ns", "expected at least 0.001");
  }
  return read.Finish();
}

Status ReadLink(const ConfigNode& node, LinkCosts& link) {
  MapReader read(node, "runtime.link");
  ReadCost(read, "write_visible_ns", &link.write_visible);
  ReadCost(read, "finish_visible_ns", &link.finish_visible);
  ReadCost(read, "setup_ns", &link.setup);
  ReadCost(read, "switch_pending_ns", &link.switch_pending);
  std::vector<std::int64_t> cold_start;
  read.Optional("cold_start_ns", &cold_start, Range{.min = 0, .max = 1e9});
  for (const std::int64_t ns : cold_start) link.cold_start.push_back(ns * kPsPerNs);
  MapReader jitter(read.ChildMap("start_jitter"), "runtime.link.start_jitter");
  std::int64_t seed = 0;
  jitter.Optional("seed", &seed, Range{.min = 0, .max = 1LL << 40});
  if (jitter.OptionalTime("max_ns", &link.start_jitter) && link.start_jitter > kMostCost) {
    jitter.Fail("max_ns", "expected at most one second");
  }
  link.start_jitter_seed = static_cast<std::uint64_t>(seed);
  read.Absorb(jitter.Finish());
  if (!std::ranges::is_sorted(cold_start)) read.Fail("cold_start_ns", "expected quantiles that do not fall");
  return read.Finish();
}

// One size for all rings, or a list of four.
void ReadRingSize(MapReader& read, std::string_view key, std::array<std::int64_t, kRings>* sizes) {
  constexpr Range kSize{.min = 1, .max = 1LL << 40};
  const ConfigNode* node = read.Child(key);
  if (node == nullptr || node->kind != NodeKind::kList) {
    std::int64_t size = 0;
    read.Required(key, &size, kSize);
    sizes->fill(size);
    return;
  }
  std::vector<std::int64_t> each;
  read.Optional(key, &each, kSize);
  if (each.size() != kRings) {
    read.Fail(
        key, fmt::format("expected one number, or {} for the rings of scope depth 1 to {} and deeper", kRings, kRings));
    return;
  }
  std::copy(each.begin(), each.end(), sizes->begin());
}

Status ReadRings(const ConfigNode& node, RingSizes& rings) {
  MapReader read(node, "runtime.rings");
  constexpr Range kSize{.min = 1, .max = 1LL << 40};
  ReadRingSize(read, "slots", &rings.slots);
  ReadRingSize(read, "heap_bytes", &rings.heap_bytes);
  ReadRingSize(read, "dep_entries", &rings.dep_entries);
  ReadRingSize(read, "spill_entries", &rings.spill_entries);
  read.Required("inline_producers", &rings.inline_producers, kSize);
  read.Required("tensor_map_entries", &rings.tensor_map_entries, kSize);
  read.Required("reclaim_batch", &rings.reclaim_batch, kSize);
  read.RequiredTime("stall_timeout_ms", &rings.stall_timeout);
  read.RequiredTime("progress_timeout_ms", &rings.progress_timeout);
  for (const std::int64_t slots : rings.slots) {
    if (slots < 2) read.Fail("slots", "expected at least 2: one slot is always free");
  }
  return read.Finish();
}

void ReadPendingSlots(MapReader& read, Policies& policies) {
  constexpr PendingSlots kNamed[] = {PendingSlots::kPeerIdle,     PendingSlots::kUnused,   PendingSlots::kSurplus,
                                     PendingSlots::kSurplusFloor, PendingSlots::kPeerIdle, PendingSlots::kUnused};
  int pending = 0;
  int admission = 0;
  read.RequiredEnum("pending_slots", {"peer_idle", "never", "surplus", "surplus_floor", "true", "false"}, &pending);
  read.Optional("pending_floor", &policies.pending_floor, Range{.min = 0, .max = kMostDummies});
  read.Optional("mix_pending", &policies.mix_pending);
  read.OptionalEnum("mix_admission", {"per_core", "uniform", "gated_split"}, &admission);
  policies.pending_slots = kNamed[pending];
  policies.mix_admission = static_cast<MixAdmission>(admission);
  if (policies.pending_slots == PendingSlots::kSurplusFloor && policies.pending_floor == 0) {
    read.Fail("pending_floor", "expected a number of tasks: pending_slots is surplus_floor");
  }
}

// off, exact, or a number of submits.
void ReadRedundant(MapReader& read, Policies& policies) {
  constexpr std::string_view kKey = "drop_redundant_edges";
  const ConfigNode* node = read.Child(kKey);
  const bool named = node == nullptr || (node->kind == NodeKind::kScalar &&
                                         node->scalar.find_first_not_of("0123456789") != std::string::npos);
  if (!named) {
    read.Optional(kKey, &policies.drop_redundant_within, Range{.min = 1, .max = kMostDummies});
    return;
  }
  int which = 0;
  read.OptionalEnum(kKey, {"off", "exact"}, &which);
  policies.drop_redundant_within = which == 1 ? kAnyDistance : 0;
}

Status ReadPolicies(const ConfigNode& node, Policies& policies) {
  MapReader read(node, "runtime.policies");
  int core = 0;
  int queue = 0;
  int shape = 0;
  int partition = 0;
  read.RequiredEnum("core_choice", {"lowest", "round_robin", "least_recently_used"}, &core);
  read.RequiredEnum("queue_order", {"fifo", "critical_path_first"}, &queue);
  read.RequiredEnum("shape_order", {"thread_1_aiv_first", "aic_first", "aiv_first"}, &shape);
  read.RequiredEnum("partition", {"modulo", "blocks"}, &partition);
  policies.core_choice = static_cast<CoreChoice>(core);
  policies.queue_order = static_cast<QueueOrder>(queue);
  policies.shape_order = static_cast<ShapeOrder>(shape);
  policies.partition = static_cast<Partition>(partition);
  int buffers = 0;
  int wiring = 0;
  int publication = 0;
  read.OptionalEnum("ready_buffers", {"global", "local"}, &buffers);
  read.Optional("local_ready_entries", &policies.local_ready_entries, Range{.min = 0, .max = kMostDummies});
  int excess = 0;
  read.OptionalEnum("local_excess", {"kept", "shared"}, &excess);
  policies.local_excess = static_cast<LocalExcess>(excess);
  read.OptionalEnum("wiring", {"orchestrator", "scheduler_0"}, &wiring);
  read.Optional("wiring_batch", &policies.wiring_batch, Range{.min = 0, .max = kMostDummies});
  read.OptionalEnum("publication", {"together", "each"}, &publication);
  policies.ready_buffers = static_cast<ReadyBuffers>(buffers);
  policies.wiring = static_cast<Wiring>(wiring);
  policies.publication = static_cast<Publication>(publication);
  if (policies.ready_buffers == ReadyBuffers::kLocal && policies.local_ready_entries == 0) {
    read.Fail("local_ready_entries", "expected a size: ready_buffers is local");
  }
  if (policies.wiring == Wiring::kScheduler0 && policies.wiring_batch == 0) {
    read.Fail("wiring_batch", "expected a number of tasks: wiring is by scheduler_0");
  }
  read.Required("mix_first", &policies.mix_first);
  ReadPendingSlots(read, policies);
  ReadRedundant(read, policies);
  const ConfigNode* early = read.Child("early_dispatch");
  if (early != nullptr && early->kind == NodeKind::kList) {
    read.Optional("early_dispatch", &policies.early_kernels);
    policies.early_dispatch = EarlyDispatch::kListed;
  } else {
    int which = 0;
    read.RequiredEnum("early_dispatch", {"flagged", "off", "all"}, &which);
    policies.early_dispatch = static_cast<EarlyDispatch>(which);
  }
  return read.Finish();
}

// One factor for each scheduler thread, or for the first of them.
void ReadCostFactors(MapReader& read, RuntimeConfig& config) {
  constexpr std::string_view kKey = "thread_cost_factor";
  constexpr double kMost = 100;
  std::vector<std::string> texts;
  read.Optional(kKey, &texts);
  if (texts.size() > config.schedulers) {
    read.Fail(kKey, fmt::format("expected at most {} numbers, one for each scheduler thread", config.schedulers));
  }
  for (const std::string& text : texts) {
    double factor = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
    if (error != std::errc() || end != text.data() + text.size() || !(factor >= 1 && factor <= kMost)) {
      read.Fail(kKey, fmt::format("expected numbers between 1 and {}, got '{}'", kMost, text));
    }
    config.thread_cost_factor.push_back(factor);
  }
}

// A core's share of the quantiles.
Picoseconds ColdQuantile(const std::vector<Picoseconds>& quantiles, CoreId core) {
  if (quantiles.empty()) return 0;
  constexpr std::uint64_t kGolden = 0x9E37'79B9U;  // 2^32 / golden ratio: its multiples spread evenly below 2^32
  const std::uint64_t place = ((core + 1) * kGolden & 0xFFFF'FFFFU) * (quantiles.size() - 1);
  const std::size_t below = place >> 32U;
  if (below + 1 >= quantiles.size()) return quantiles.back();
  const auto part = static_cast<Picoseconds>(place & 0xFFFF'FFFFU) >> 12;  // of 2^20
  return quantiles[below] + ((quantiles[below + 1] - quantiles[below]) * part >> 20);
}

}  // namespace

Picoseconds ColdStart(const LinkCosts& link, CoreId core) {
  const Picoseconds quantile = ColdQuantile(link.cold_start, core);
  if (link.start_jitter == 0) return quantile;
  return quantile + RandomInRange(link.start_jitter_seed, core, 0, link.start_jitter);
}

Picoseconds ScaledForThread(const RuntimeConfig& runtime, std::uint32_t thread, Picoseconds cost) {
  if (thread >= runtime.thread_cost_factor.size()) return cost;
  return std::llround(static_cast<double>(cost) * runtime.thread_cost_factor[thread]);
}

SchedulerCosts CostsOfThread(const RuntimeConfig& runtime, std::uint32_t thread) {
  SchedulerCosts costs = runtime.scheduler;
  for (Picoseconds* cost :
       {&costs.iteration, &costs.complete_task, &costs.complete_edge, &costs.complete_dummy, &costs.dispatch_block,
        &costs.stage_early, &costs.drain, &costs.release_task, &costs.wire_task}) {
    *cost = ScaledForThread(runtime, thread, *cost);
  }
  return costs;
}

Result<RuntimeConfig> ReadRuntimeConfig(const ConfigNode& node) {
  RuntimeConfig config;
  MapReader read(node, "runtime");
  int schema = 0;
  read.RequiredEnum("schema", {"npusched.runtime/1"}, &schema);
  read.Required("name", &config.name);
  read.Required("schedulers", &config.schedulers, Range{.min = 1, .max = kMostSchedulers});
  read.Required("dummies_per_iteration", &config.dummies_per_iteration, Range{.min = 1, .max = kMostDummies});
  read.Required("release_batch", &config.release_batch, Range{.min = 1, .max = kMostDummies});
  read.Absorb(ReadPolicies(read.ChildMap("policies"), config.policies));
  read.Absorb(ReadRings(read.ChildMap("rings"), config.rings));
  read.Absorb(ReadSubmit(read.ChildMap("submit"), config.submit));
  read.Absorb(ReadScheduler(read.ChildMap("scheduler"), config.scheduler));
  ReadCostFactors(read, config);
  read.Absorb(ReadLink(read.ChildMap("link"), config.link));
  if (Status status = read.Finish(); !status.ok()) {
    return status.error();
  }
  return config;
}

}  // namespace npusched
