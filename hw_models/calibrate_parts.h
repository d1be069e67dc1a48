// The parts of a calibration; each looks at one kind of record.
#pragma once

#include <string>
#include <vector>

#include "hw_models/calibration.h"

namespace npusched {

// Of the orchestrator's records: each step of a submit.
std::vector<CostEstimate> FitSubmits(const Capture& capture, const Inference& inference, const SubmitCosts& base);

// Of the scheduler phases: polls, iterations, completions, dispatches, releases.
std::vector<CostEstimate> FitThreads(const Capture& capture, const Inference& inference, const RuntimeConfig& base);

// Of the rows: what lies between thread and core. `poll`: what a poll of one core costs, in ns.
std::vector<CostEstimate> FitLinks(const Capture& capture, const LinkCosts& base, double poll_ns, double iteration_ns);

// The median of what was seen, and how far from it the samples lie; the base's value when nothing was.
CostEstimate FromMedian(std::string key, const std::vector<double>& values, Picoseconds base);

// The rows of one core in their order: a view into CaptureTiming::rows.
struct CoreRows {
  std::size_t first = 0;
  std::size_t end = 0;
};
std::vector<CoreRows> RowsByCore(const CaptureTiming& timing);

// How many cores of a thread a scan polls at some time: those with a row dispatched and not yet seen to finish.
class PolledCores {
 public:
  PolledCores(const CaptureTiming& timing, std::uint8_t thread);
  // Dispatched before `t` or at it, finish seen after it.
  [[nodiscard]] std::uint32_t At(Picoseconds t) const;

 private:
  std::vector<Picoseconds> begins_;  // of the times in which a core holds something
  std::vector<Picoseconds> ends_;
};

inline double Ns(Picoseconds t) { return static_cast<double>(t) / static_cast<double>(kPsPerNs); }

}  // namespace npusched
