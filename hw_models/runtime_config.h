// The runtime's own numbers: threads, rings, policies, and what each step of it costs.
//
// Read from configs/runtime/<name>.yaml, where every number carries its source and range.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "hw_models/policies.h"
#include "hw_models/ring_sizes.h"

namespace npusched {

// Steps of one submit in the orchestrator thread, in their order.
struct SubmitCosts {
  Picoseconds user_code = 0;       // orchestration program between two submits
  Picoseconds slot = 0;            // ring slot
  Picoseconds heap = 0;            // when the task has outputs
  Picoseconds sync = 0;            // look at retired tasks
  Picoseconds explicit_dep = 0;    // each
  Picoseconds lookup = 0;          // each argument looked up
  Picoseconds lookup_entry = 0;    // each recorded region compared
  Picoseconds insert = 0;          // each region recorded
  Picoseconds payload_tensor = 0;  // each tensor argument copied
  Picoseconds fanin_edge = 0;      // each producer
  Picoseconds finalize = 0;
  Picoseconds scope_end = 0;  // each scope end
};

// Steps of a scheduler thread.
struct SchedulerCosts {
  Picoseconds poll_core = 0;       // register read of one running core
  Picoseconds iteration = 0;       // queue checks of one loop iteration
  Picoseconds complete_task = 0;   // a finished task, before its consumer walk
  Picoseconds complete_edge = 0;   // each consumer of the walk
  Picoseconds complete_dummy = 0;  // a dummy, before its consumer walk
  Picoseconds dispatch_block = 0;  // preparing one block for a core
  Picoseconds publish_block = 0;   // its register write
  Picoseconds stage_early = 0;     // preparing one task that is staged before it is ready
  Picoseconds drain = 0;           // a sync_start task that needs cores of several threads, once all have met
  Picoseconds release_task = 0;    // a finished task lets go of its producers
  Picoseconds wire_task = 0;       // with Wiring::kScheduler0: a submitted task, before its producers
};

// Between thread and core.
struct LinkCosts {
  Picoseconds write_visible = 0;   // register write -> the core sees it
  Picoseconds finish_visible = 0;  // core's start or finish -> a poll can see it
  Picoseconds setup = 0;           // core sees it -> kernel starts
  Picoseconds switch_pending = 0;  // end of a kernel -> start of the pending one
  // How much longer a core's first set-up takes, as quantiles in equal steps from the least to the most core.
  std::vector<Picoseconds> cold_start{};
  // And a delay of up to so much beside, which each core draws anew for every seed.
  Picoseconds start_jitter = 0;
  std::uint64_t start_jitter_seed = 0;
};

// The first set-up of a core, beyond the usual one: it belongs to the core, whatever runs there first. The cores spread
// evenly over the quantiles, in an order of their own; the jitter comes on top.
Picoseconds ColdStart(const LinkCosts& link, CoreId core);

struct RuntimeConfig {
  std::string name;
  std::uint32_t schedulers = 3;
  std::uint32_t dummies_per_iteration = 0;
  std::uint32_t release_batch = 0;  // finished tasks of a thread that force their release
  Policies policies;
  RingSizes rings;
  SubmitCosts submit;
  SchedulerCosts scheduler;
  std::vector<double> thread_cost_factor{};  // by thread: how much slower it works in memory; those beyond the end: 1
  LinkCosts link;
};

// What the steps of one scheduler thread cost: `scheduler`, all but the accesses to core registers times its factor.
SchedulerCosts CostsOfThread(const RuntimeConfig& runtime, std::uint32_t thread);
// One cost of such a step.
Picoseconds ScaledForThread(const RuntimeConfig& runtime, std::uint32_t thread, Picoseconds cost);

Result<RuntimeConfig> ReadRuntimeConfig(const ConfigNode& node);

}  // namespace npusched
