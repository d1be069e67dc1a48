#include "hw_models/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "hw_models/calibrate_parts.h"
#include "hw_models/least_squares.h"

namespace npusched {
namespace {

std::vector<KernelEstimate> KernelTimes(const Capture& capture) {
  std::map<std::pair<std::string, bool>, std::vector<Picoseconds>> times;
  for (const CapturedRow& row : capture.timing->rows) {
    times[{capture.program.KernelName(row.task), row.slot == kSlotAic}].push_back(row.end - row.start);
  }
  std::vector<KernelEstimate> kernels;
  for (const Kernel& kernel : capture.program.kernels) {
    for (const bool aic : {true, false}) {
      const auto found = times.find({kernel.name, aic});
      if (found == times.end()) continue;
      std::vector<Picoseconds>& sorted = found->second;
      std::ranges::sort(sorted);
      const auto at = [&](std::size_t percent) {
        return sorted[std::min(sorted.size() * percent / 100, sorted.size() - 1)];
      };
      kernels.push_back({kernel.name, aic, sorted.size(), at(50), at(10), at(90)});
      times.erase(found);
    }
  }
  return kernels;
}

double ValueOf(const std::vector<CostEstimate>& costs, std::string_view key, double otherwise) {
  const auto found = std::ranges::find(costs, key, &CostEstimate::key);
  return found == costs.end() ? otherwise : found->value_ns;
}

// Enough digits for a picosecond.
std::string Number(double value) {
  std::string text = fmt::format("{:.3f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

ConfigNode Quoted(const std::string& text) {
  ConfigNode node = ConfigNode::Scalar(text);
  node.quoted = true;
  return node;
}

ConfigNode ValueNode(const CostEstimate& cost) {
  ConfigNode node;
  node.At("value") = ConfigNode::Scalar(Number(cost.value_ns));
  const std::string note = cost.note.empty() ? "" : "; " + cost.note;
  const std::string samples = fmt::format("{} samples, residual {} ns", cost.samples, Number(cost.residual_ns));
  node.At("source") =
      Quoted(cost.told ? fmt::format("captured: {}{}", samples, note)
             : cost.samples > 0
                 ? fmt::format("captured only in sum with others, in the base's proportion: {}{}", samples, note)
                 : "not captured: as in the base");
  node.At("reason") = Quoted("calibrated");  // it may lie outside of the range that the base's sources give
  return node;
}

ConfigNode KernelsNode(const std::vector<KernelEstimate>& kernels) {
  ConfigNode all;
  for (const KernelEstimate& kernel : kernels) {
    ConfigNode& node = all.At(kernel.name).At(kernel.aic ? "aic_us" : "aiv_us");
    node.At("value") = ConfigNode::Scalar(fmt::format("{:.6f}", static_cast<double>(kernel.median) / 1e6));
    node.At("source") = Quoted(fmt::format("captured: median of {} rows, p10 {:.3f}, p90 {:.3f} us", kernel.samples,
                                           ToUs(kernel.p10), ToUs(kernel.p90)));
  }
  return all;
}

}  // namespace

CostEstimate FromMedian(std::string key, const std::vector<double>& values, Picoseconds base) {
  if (values.empty()) return {.key = std::move(key), .value_ns = Ns(base)};
  const double median = std::max(Median(values), 0.0);
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values) distances.push_back(std::abs(value - median));
  return {.key = std::move(key),
          .value_ns = median,
          .residual_ns = Median(distances),
          .samples = values.size(),
          .told = true,
          .note = {}};
}

Calibration Calibrate(const Capture& capture, const Inference& inference, const RuntimeConfig& base) {
  const CaptureTiming& timing = *capture.timing;
  Calibration found{.source = capture.program.source,
                    .clusters = timing.clusters,
                    .schedulers = timing.threads(),
                    .kernels = KernelTimes(capture),
                    .costs = {},
                    .warnings = {}};
  std::vector<CostEstimate> threads = FitThreads(capture, inference, base);
  const double poll = ValueOf(threads, "scheduler.poll_core_ns", Ns(base.scheduler.poll_core));
  const double iteration = ValueOf(threads, "scheduler.iteration_ns", Ns(base.scheduler.iteration));
  for (auto part : {FitSubmits(capture, inference, base.submit), std::move(threads),
                    FitLinks(capture, base.link, poll, iteration)}) {
    found.costs.insert(found.costs.end(), part.begin(), part.end());
  }
  if (timing.submits.empty()) found.warnings.emplace_back("no submits were captured: their costs are the base's");
  if (timing.phases.empty())
    found.warnings.emplace_back("no scheduler phases were captured: their costs are the base's");
  if (timing.level < 2) found.warnings.emplace_back("no dispatches were captured: the link's costs are the base's");
  return found;
}

ConfigNode CalibrationYaml(const Calibration& calibration, const std::string& hardware, const std::string& runtime) {
  ConfigNode root;
  root.At("schema") = ConfigNode::Scalar("npusched.calibration/1");
  root.At("source") = Quoted(calibration.source);
  ConfigNode& machine = root.At("hardware");
  machine.At("extends") = ConfigNode::Scalar(hardware);
  if (calibration.clusters > 0) machine.At("clusters") = ConfigNode::Scalar(std::to_string(calibration.clusters));
  machine.At("kernels") = KernelsNode(calibration.kernels);
  ConfigNode& costs = root.At("runtime");
  costs.At("extends") = ConfigNode::Scalar(runtime);
  if (calibration.schedulers > 0) costs.At("schedulers") = ConfigNode::Scalar(std::to_string(calibration.schedulers));
  for (const CostEstimate& cost : calibration.costs) {
    const std::size_t dot = cost.key.find('.');
    costs.At(cost.key.substr(0, dot)).At(cost.key.substr(dot + 1)) = ValueNode(cost);
  }
  return root;
}

}  // namespace npusched
