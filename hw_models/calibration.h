// What a capture tells of the runtime it ran on: how long kernels last, and what each step of the runtime costs.
//
// Stands beside the descriptions that people write: its result is one, with the number of samples and the residual of
// each value where others name their source. docs/captures.md tells how each cost is found.
//
//   Calibration found = Calibrate(capture, inference, base);
//   WriteFileAtomically("my.yaml", EmitYaml(CalibrationYaml(found, "ascend_a2a3", "tmr_2026_08")));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "graphs/capture.h"
#include "graphs/inference.h"
#include "hw_models/runtime_config.h"

namespace npusched {

struct CostEstimate {
  std::string key{};  // "submit.lookup_ns"
  double value_ns = 0;
  double residual_ns = 0;  // the median distance of a sample from what the costs explain
  std::uint64_t samples = 0;
  bool told = false;   // by the capture; else the value is the base's, or a share of a sum that it tells
  std::string note{};  // what the value means, where that is not plain
};

// Of one kernel on one type of core.
struct KernelEstimate {
  std::string name;
  bool aic = false;
  std::uint64_t samples = 0;
  Picoseconds median = 0;
  Picoseconds p10 = 0;
  Picoseconds p90 = 0;
};

struct Calibration {
  std::string source;  // the capture
  std::uint32_t clusters = 0;
  std::uint32_t schedulers = 0;         // 0: not recorded
  std::vector<KernelEstimate> kernels;  // in order of first use
  std::vector<CostEstimate> costs;      // in the order of a runtime file
  std::vector<std::string> warnings;    // what the capture has no times for
};

// `base`: the costs that the capture does not tell. REQUIRES: capture.timing.
Calibration Calibrate(const Capture& capture, const Inference& inference, const RuntimeConfig& base);

// A file of schema npusched.calibration/1: a machine and a runtime, each extending the named one.
ConfigNode CalibrationYaml(const Calibration& calibration, const std::string& hardware, const std::string& runtime);

}  // namespace npusched
