// A machine of round numbers for tests of the cost model: a cycle is 1 ns, two clusters, small buffers.
//
// An AIC gets 50 bytes a cycle of the HBM and 200 of L2, an AIV half; every path carries 100.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/config.h"
#include "graphs/kernel_work.h"
#include "hw_models/kernel_cost.h"
#include "hw_models/machine.h"

namespace npusched {

inline Machine SmallMachine() {
  Machine m;
  m.name = "small";
  m.clusters = 2;
  m.clock_mhz = 1000;
  m.hbm_bytes_per_s = 100e9;
  m.l2_read_bytes_per_s = m.l2_write_bytes_per_s = 400e9;
  m.gm_to_l1 = m.gm_to_ub = m.ub_to_gm = m.l0c_to_gm = m.l1_to_l0a = m.l1_to_l0b = 100;
  m.hbm_read_latency_cycles = 200;
  m.l2_read_latency_cycles = 50;
  m.gm_write_latency_cycles = 30;
  m.row_bytes = 512;
  m.short_row_penalty = 0.2;
  m.l1_bytes = 65536;
  m.l0a_bytes = m.l0b_bytes = 32768;
  m.l0c_bytes = 16384;
  m.ub_bytes = 65536;
  m.cube_head_cycles = 10;
  m.fixpipe_head_cycles = 100;
  m.fixpipe_row_min_cycles = 4;
  m.fixpipe_odd_cycles = 2;
  m.vector_repeat_bytes = 256;
  m.vector.fill({.per_repeat = 2, .head = 20});
  return m;
}

inline KernelWork OnCube(std::vector<Loop> loops) { return {.name = "k", .slots = {std::move(loops), {}, {}}}; }
inline KernelWork OnVector(std::vector<Loop> loops) { return {.name = "k", .slots = {{}, std::move(loops), {}}}; }

// Of the only slot that is filled.
inline SlotCost CostOf(const KernelWork& work, const Machine& machine) {
  const Result<KernelCost> cost = PriceKernel(work, machine);
  EXPECT_TRUE(cost.ok()) << (cost.ok() ? "" : cost.error().ToString());
  return cost.ok() ? cost->slots[work.slots[kSlotAic].empty() ? kSlotAiv0 : kSlotAic] : SlotCost{};
}

// "ok", or the message.
inline std::string ErrorOf(const KernelWork& work, const Machine& machine) {
  const Result<KernelCost> cost = PriceKernel(work, machine);
  return cost.ok() ? "ok" : cost.error().ToString();
}

// A file of configs/.
inline ConfigNode Config(const std::string& name) {
  Result<ConfigNode> node = LoadYaml(NPUSCHED_SOURCE_DIR "/configs/" + name + ".yaml");
  EXPECT_TRUE(node.ok()) << (node.ok() ? "" : node.error().ToString());
  return node.ok() ? *node : ConfigNode{};
}

inline Machine ConfiguredMachine(const std::string& name) {
  const Result<Machine> machine = ReadMachine(Config("hardware/" + name));
  EXPECT_TRUE(machine.ok()) << (machine.ok() ? "" : machine.error().ToString());
  return machine.ok() ? *machine : Machine{};
}

}  // namespace npusched
