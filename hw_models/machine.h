// What a machine has: clusters of cube and vector cores, buffers, paths and memories.
//
// Read from configs/hardware/<name>.yaml, where every number carries its source and range.
// The simulation sees only this struct.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "graphs/kernel_work.h"

namespace npusched {

// Cycles of one instruction = issue + head + per_repeat * repeats, one repeat = Machine::vector_repeat_bytes.
struct VectorCost {
  double per_repeat = 0;
  double head = 0;
};
inline constexpr int kVectorOps = static_cast<int>(VectorOp::kFill) + 1;

// Measured times of a kernel, which stand for those that its work would cost. -1: none on that type of core.
struct KernelTime {
  std::string name;
  Picoseconds aic = -1;
  Picoseconds aiv = -1;
};

struct Machine {
  std::string name;
  std::uint32_t clusters = 0;  // each 1 AIC + 2 AIV
  double clock_mhz = 0;

  // Memories. Rates in bytes per second, all cores together.
  std::int64_t hbm_bytes = 0;
  double hbm_bytes_per_s = 0;
  std::int64_t l2_bytes = 0;
  double l2_read_bytes_per_s = 0;
  double l2_write_bytes_per_s = 0;
  bool sharing = false;  // true: max-min fair among the cores loading now; false: each core has its fixed share

  // Paths of one core, bytes per cycle.
  double gm_to_l1 = 0;
  double gm_to_ub = 0;
  double ub_to_gm = 0;
  double l0c_to_gm = 0;
  double l1_to_l0a = 0;
  double l1_to_l0b = 0;
  double hbm_to_core = 1e9;            // of a load from HBM, on top of gm_to_l1 and gm_to_ub
  double hbm_read_latency_cycles = 0;  // start-up of the loads that are issued together
  double l2_read_latency_cycles = 0;   // the same when all of them hit L2
  double gm_write_latency_cycles = 0;  // start-up of the stores that are issued together
  std::int64_t row_bytes = 0;          // rows shorter than this waste bandwidth
  double short_row_penalty = 0;        // share of the rate lost by rows of a quarter of row_bytes
  double line_waste = 0;               // share of what a short row leaves of its line that HBM moves all the same

  // Scalar work of one core.
  double kernel_entry_cycles = 0;  // once a kernel, before its first operation
  double trip_cycles = 0;          // each trip of a loop: addresses, flags, the branch
  double table_read_cycles = 0;    // each page: its place is read from the block table before its load

  // Buffers of one core, bytes.
  std::int64_t l1_bytes = 0;
  std::int64_t l0a_bytes = 0;
  std::int64_t l0b_bytes = 0;
  std::int64_t l0c_bytes = 0;
  std::int64_t ub_bytes = 0;  // usable: reserved part taken off

  // Cube: cycles = head + ceil(M/16) * ceil(K/(32 B)) * ceil(N/16), fp32 operands twice that.
  double cube_head_cycles = 0;
  double cube_handover_cycles = 0;  // in a loop at stage 1, each time a unit waits for the one before it
  // FIXPIPE: cycles = head + m * (max(row_min, bytes * n / rate) + odd * (largest odd divisor of N1 - 1)),
  // N1 = blocks of 32 bytes in a row.
  double fixpipe_head_cycles = 0;
  double fixpipe_row_min_cycles = 0;
  double fixpipe_odd_cycles = 0;

  std::int64_t vector_repeat_bytes = 0;
  double vector_issue_cycles = 0;  // each instruction: issue, and the barrier to the one it depends on
  std::array<VectorCost, kVectorOps> vector{};

  std::vector<KernelTime> kernels;  // in the order of the file

  [[nodiscard]] std::uint32_t aic_count() const { return clusters; }
  [[nodiscard]] std::uint32_t aiv_count() const { return 2 * clusters; }
  [[nodiscard]] std::uint32_t core_count() const { return 3 * clusters; }
  [[nodiscard]] bool IsAic(CoreId core) const { return core < clusters; }
  [[nodiscard]] std::uint32_t ClusterOf(CoreId core) const { return core < clusters ? core : (core - clusters) / 2; }
};

// Errors carry file:line:column of the YAML.
Result<Machine> ReadMachine(const ConfigNode& node);

}  // namespace npusched
