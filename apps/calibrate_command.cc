#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "apps/commands.h"
#include "base/atomic_file.h"
#include "graphs/capture.h"
#include "hw_models/calibration.h"
#include "scenarios/config_search.h"

namespace npusched {
namespace {

struct CalibrateArguments {
  std::string capture;
  std::string hardware = "ascend_a2a3";
  std::string runtime = "tmr_2026_08";
  CommonOptions common;
};

// The description that a name or a path stands for, as a scenario in the current folder would find it.
Result<ConfigNode> Find(const std::string& name, const std::string& kind) {
  return ConfigSearch(std::filesystem::path("scenario.yaml"))
      .Resolve(ConfigNode::Scalar(name, {"--" + kind, 1, 1, ""}), kind);
}

void Print(const Calibration& found) {
  fmt::print("{:<30}  {:>12}  {:>10}  {:>8}  {}\n", "cost", "ns", "residual", "samples", "from");
  for (const CostEstimate& cost : found.costs) {
    fmt::print("{:<30}  {:>12.3f}  {:>10.3f}  {:>8}  {}\n", cost.key, cost.value_ns, cost.residual_ns, cost.samples,
               cost.told          ? "the capture"
               : cost.samples > 0 ? "a sum, in the base's proportion"
                                  : "the base");
  }
  fmt::print("\n{:<30}  {:>5}  {:>12}  {:>10}  {:>10}  {:>8}\n", "kernel", "core", "median us", "p10", "p90", "rows");
  for (const KernelEstimate& kernel : found.kernels) {
    fmt::print("{:<30}  {:>5}  {:>12.3f}  {:>10.3f}  {:>10.3f}  {:>8}\n", kernel.name, kernel.aic ? "aic" : "aiv",
               ToUs(kernel.median), ToUs(kernel.p10), ToUs(kernel.p90), kernel.samples);
  }
}

int RunCalibrate(const CalibrateArguments& arguments) {
  const Result<ConfigNode> runtime = Find(arguments.runtime, "runtime");
  if (!runtime.ok()) return Report(runtime.error());
  if (const Result<ConfigNode> hardware = Find(arguments.hardware, "hardware"); !hardware.ok())
    return Report(hardware.error());
  const Result<RuntimeConfig> base = ReadRuntimeConfig(*runtime);
  if (!base.ok()) return Report(base.error());
  const Result<Capture> capture = ReadCapture(arguments.capture);
  if (!capture.ok()) return Report(capture.error());
  if (!capture->timing || capture->timing->rows.empty()) {
    return Report(InputError({arguments.capture, 0, 0, ""},
                             "has no kernel times; expected chip_swimlane_records.json with rows"));
  }
  const Result<Inference> inference = Infer(capture->program);
  if (!inference.ok()) return Report(inference.error());
  Calibration found = Calibrate(*capture, *inference, *base);
  found.source = arguments.capture;
  if (!arguments.common.quiet) {
    for (const std::string& warning : capture->program.warnings) fmt::print(stderr, "warning: {}\n", warning);
    for (const std::string& warning : found.warnings) fmt::print(stderr, "warning: {}\n", warning);
    Print(found);
  }
  const std::string yaml = EmitYaml(CalibrationYaml(found, arguments.hardware, arguments.runtime));
  if (Status s = WriteFileAtomically(arguments.common.out, yaml); !s.ok()) return Report(s.error());
  return kExitDone;
}

}  // namespace

void AddCalibrateCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<CalibrateArguments>();
  CLI::App* command = app.add_subcommand("calibrate", "Fit kernel times and runtime costs to a capture");
  command->add_option("CAPTURE_DIR", arguments->capture, "The folder of the capture")->required();
  command->add_option("--out,-o", arguments->common.out, "The file to write, for a scenario's hardware and runtime")
      ->required();
  command->add_option("--hardware", arguments->hardware, "What the machine extends [ascend_a2a3]");
  command->add_option("--runtime", arguments->runtime, "What the runtime extends [tmr_2026_08]");
  command->add_flag("--quiet,-q", arguments->common.quiet, "Print nothing but errors");
  command->footer(
      R"(Prints each cost with its samples and its residual, then the kernels. The file stands for a machine and a
runtime: `hardware: my.yaml` and `runtime: my.yaml` of a scenario.

Example:
  npusched calibrate captures/decode -o my.yaml
  npusched run scenarios/decode_layer.yaml --set hardware=my.yaml --set runtime=my.yaml)");
  command->callback([arguments, exit_code] { *exit_code = RunCalibrate(*arguments); });
}

}  // namespace npusched
