#include "hw_models/runtime_config.h"

#include <string_view>

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
  return read.Finish();
}

}  // namespace

Result<RuntimeConfig> ReadRuntimeConfig(const ConfigNode& node) {
  RuntimeConfig config;
  MapReader read(node, "runtime");
  int schema = 0;
  read.RequiredEnum("schema", {"npusched.runtime/1"}, &schema);
  read.Required("name", &config.name);
  read.Required("schedulers", &config.schedulers, Range{.min = 1, .max = kMostSchedulers});
  read.Required("pending_slots", &config.pending_slots);
  read.Required("dummies_per_iteration", &config.dummies_per_iteration, Range{.min = 1, .max = kMostDummies});
  read.Absorb(ReadSubmit(read.ChildMap("submit"), config.submit));
  read.Absorb(ReadScheduler(read.ChildMap("scheduler"), config.scheduler));
  read.Absorb(ReadLink(read.ChildMap("link"), config.link));
  if (Status status = read.Finish(); !status.ok()) {
    return status.error();
  }
  return config;
}

}  // namespace npusched
