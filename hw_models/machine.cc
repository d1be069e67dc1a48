#include "hw_models/machine.h"

#include <array>
#include <string_view>

namespace npusched {
namespace {

constexpr Range kPositive{.min = 1e-9, .max = 1e12};
constexpr Range kNotNegative{.min = 0, .max = 1e12};
constexpr Range kBytes{.min = 1, .max = 1e15};
constexpr double kMostClusters = 4096;
constexpr double kMostMhz = 1e6;

// In the order of VectorOp.
constexpr std::array<std::string_view, kVectorOps> kVectorNames = {"add", "mul",   "scale", "exp",  "div", "cast",
                                                                   "max", "rsqrt", "sum",   "copy", "fill"};

void ReadRate(MapReader& read, std::string_view key, double* bytes_per_s) {
  double gb_per_s = 0;
  read.Required(key, &gb_per_s, kPositive);
  *bytes_per_s = gb_per_s * 1e9;
}

Status ReadMemory(const ConfigNode& node, Machine& machine) {
  MapReader read(node, "hardware.memory");
  read.Required("hbm_bytes", &machine.hbm_bytes, kBytes);
  ReadRate(read, "hbm_gb_per_s", &machine.hbm_bytes_per_s);
  read.Required("l2_bytes", &machine.l2_bytes, kBytes);
  ReadRate(read, "l2_read_gb_per_s", &machine.l2_read_bytes_per_s);
  ReadRate(read, "l2_write_gb_per_s", &machine.l2_write_bytes_per_s);
  read.Required("sharing", &machine.sharing);
  read.Required("hbm_read_latency_cycles", &machine.hbm_read_latency_cycles, kNotNegative);
  read.Required("l2_read_latency_cycles", &machine.l2_read_latency_cycles, kNotNegative);
  read.Required("write_latency_cycles", &machine.gm_write_latency_cycles, kNotNegative);
  read.Required("row_bytes", &machine.row_bytes, kBytes);
  double penalty_pct = 0;
  read.Required("short_row_penalty_pct", &penalty_pct, Range{.min = 0, .max = 99});
  machine.short_row_penalty = penalty_pct / 100;
  double waste_pct = 0;
  read.Optional("line_waste_pct", &waste_pct, Range{.min = 0, .max = 100});
  machine.line_waste = waste_pct / 100;
  return read.Finish();
}

Status ReadPaths(const ConfigNode& node, Machine& machine) {
  MapReader read(node, "hardware.paths");
  read.Required("gm_to_l1_bytes_per_cycle", &machine.gm_to_l1, kPositive);
  read.Required("gm_to_ub_bytes_per_cycle", &machine.gm_to_ub, kPositive);
  read.Required("ub_to_gm_bytes_per_cycle", &machine.ub_to_gm, kPositive);
  read.Required("l0c_to_gm_bytes_per_cycle", &machine.l0c_to_gm, kPositive);
  read.Required("l1_to_l0a_bytes_per_cycle", &machine.l1_to_l0a, kPositive);
  read.Required("l1_to_l0b_bytes_per_cycle", &machine.l1_to_l0b, kPositive);
  read.Optional("hbm_to_core_bytes_per_cycle", &machine.hbm_to_core, kPositive);
  return read.Finish();
}

Status ReadBuffers(const ConfigNode& node, Machine& machine) {
  MapReader read(node, "hardware.buffers");
  read.Required("l1_bytes", &machine.l1_bytes, kBytes);
  read.Required("l0a_bytes", &machine.l0a_bytes, kBytes);
  read.Required("l0b_bytes", &machine.l0b_bytes, kBytes);
  read.Required("l0c_bytes", &machine.l0c_bytes, kBytes);
  std::int64_t ub_bytes = 0;
  std::int64_t reserved = 0;
  read.Required("ub_bytes", &ub_bytes, kBytes);
  read.Required("ub_reserved_bytes", &reserved, kNotNegative);
  machine.ub_bytes = ub_bytes - reserved;
  if (machine.ub_bytes < 1) {
    read.Fail("ub_reserved_bytes", "expected less than ub_bytes");
  }
  return read.Finish();
}

Status ReadScalar(const ConfigNode& node, Machine& machine) {
  MapReader read(node, "hardware.scalar");
  read.Required("kernel_entry_cycles", &machine.kernel_entry_cycles, kNotNegative);
  read.Required("trip_cycles", &machine.trip_cycles, kNotNegative);
  read.Optional("table_read_cycles", &machine.table_read_cycles, kNotNegative);
  return read.Finish();
}

Status ReadCube(const ConfigNode& node, Machine& machine) {
  MapReader read(node, "hardware.cube");
  read.Required("head_cycles", &machine.cube_head_cycles, kNotNegative);
  read.Optional("handover_cycles", &machine.cube_handover_cycles, kNotNegative);
  return read.Finish();
}

Status ReadFixpipe(const ConfigNode& node, Machine& machine) {
  MapReader read(node, "hardware.fixpipe");
  read.Required("head_cycles", &machine.fixpipe_head_cycles, kNotNegative);
  read.Required("row_min_cycles", &machine.fixpipe_row_min_cycles, kNotNegative);
  read.Required("odd_cycles", &machine.fixpipe_odd_cycles, kNotNegative);
  return read.Finish();
}

Status ReadVectorOp(const ConfigNode& node, const std::string& path, VectorCost& cost) {
  MapReader read(node, path);
  read.Required("per_repeat_cycles", &cost.per_repeat, kNotNegative);
  read.Required("head_cycles", &cost.head, kNotNegative);
  std::string source;
  std::string reason;
  read.Optional("source", &source);
  read.Optional("reason", &reason);
  return read.Finish();
}

Status ReadVector(const ConfigNode& node, Machine& machine) {
  MapReader read(node, "hardware.vector");
  read.Required("repeat_bytes", &machine.vector_repeat_bytes, kBytes);
  read.Required("issue_cycles", &machine.vector_issue_cycles, kNotNegative);
  MapReader ops(read.ChildMap("ops"), "hardware.vector.ops");
  for (std::size_t i = 0; i < kVectorNames.size(); ++i) {
    ops.Absorb(ReadVectorOp(ops.ChildMap(kVectorNames[i]), "hardware.vector.ops." + std::string(kVectorNames[i]),
                            machine.vector[i]));
  }
  read.Absorb(ops.Finish());
  return read.Finish();
}

// {name: {aic_us: ..., aiv_us: ...}}
Status ReadKernels(const ConfigNode& node, Machine& machine) {
  constexpr Picoseconds kLongest = 100'000'000 * kPsPerUs;
  for (const ConfigNode::Entry& entry : node.entries) {
    MapReader read(entry.value, "hardware.kernels." + entry.key);
    KernelTime& kernel = machine.kernels.emplace_back();
    kernel.name = entry.key;
    const bool any = read.OptionalTime("aic_us", &kernel.aic);
    if (!read.OptionalTime("aiv_us", &kernel.aiv) && !any) read.Fail("aiv_us", "expected aic_us, aiv_us or both");
    if (std::max(kernel.aic, kernel.aiv) > kLongest) read.Fail("aiv_us", "expected at most 100 seconds");
    if (Status s = read.Finish(); !s.ok()) return s;
  }
  return {};
}

}  // namespace

Result<Machine> ReadMachine(const ConfigNode& node) {
  Machine machine;
  MapReader read(node, "hardware");
  int schema = 0;
  read.RequiredEnum("schema", {"npusched.hardware/1"}, &schema);
  read.Required("name", &machine.name);
  read.Required("clusters", &machine.clusters, Range{.min = 1, .max = kMostClusters});
  read.Required("clock_mhz", &machine.clock_mhz, Range{.min = 1, .max = kMostMhz});
  read.Absorb(ReadMemory(read.ChildMap("memory"), machine));
  read.Absorb(ReadPaths(read.ChildMap("paths"), machine));
  read.Absorb(ReadBuffers(read.ChildMap("buffers"), machine));
  read.Absorb(ReadScalar(read.ChildMap("scalar"), machine));
  read.Absorb(ReadCube(read.ChildMap("cube"), machine));
  read.Absorb(ReadFixpipe(read.ChildMap("fixpipe"), machine));
  read.Absorb(ReadVector(read.ChildMap("vector"), machine));
  read.Absorb(ReadKernels(read.ChildMap("kernels"), machine));
  if (Status status = read.Finish(); !status.ok()) {
    return status.error();
  }
  return machine;
}

}  // namespace npusched
