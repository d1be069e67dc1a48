#include "scenarios/verify.h"

#include <string_view>

#include "graphs/qwen3_sizes.h"
#include "graphs/races.h"
#include "numeric/executor.h"
#include "numeric/inputs.h"
#include "scenarios/program.h"
#include "sim/engine.h"

namespace npusched {
namespace {

double Share(std::uint64_t done, std::uint64_t total) {
  return total == 0 ? 0 : static_cast<double>(done) / static_cast<double>(total);
}

bool Says(const ConfigNode& program, std::string_view key, std::string_view value, bool when_absent) {
  const ConfigNode* node = program.Find(key);
  return node == nullptr ? when_absent : node->scalar == value;
}

// Empty when the program has numbers.
std::string WhyNoNumbers(const Case& one, const Program& program) {
  if (!Says(one.program, "kind", "qwen3_decode", false) || !Says(one.program, "shape", "base", true)) {
    return "only qwen3_decode in its base shape has kernels with numbers";
  }
  const Status status = CheckKernels(program);
  return status.ok() ? "" : status.error().message;
}

Result<RunTrace> Simulate(const Case& one, const Program& program, const Inference& inference) {
  Result<std::vector<KernelCost>> costs = PriceKernels(program.works, one.machine);
  if (!costs.ok()) {
    return costs.error();
  }
  return RunNative({program, inference, one.machine, one.runtime_config, *costs});
}

Result<NumericOutcome> CompareNumbers(const Case& one, const Program& program, const RunTrace& trace,
                                      VerifyProgress* progress) {
  const Result<Qwen3Options> options = ReadQwen3Options(one.program, one.model);
  if (!options.ok()) {
    return options.error();
  }
  if (progress != nullptr) {
    progress->layers_total = static_cast<std::uint64_t>(options->layers) + (options->lm_head ? 1 : 0);
    std::uint64_t tasks = 0;
    for (TaskId t = 0; t < program.tasks.size(); ++t) {
      tasks += program.ReachesCore(t) ? 1 : 0;
    }
    progress->tasks_total = tasks;
  }
  const Inputs inputs(options->sizes, static_cast<std::uint64_t>(one.numeric_options.seed));
  ForwardResult got;
  {
    const Result<DeviceMemory> memory =
        Execute({program, trace, inputs, options->sizes, progress == nullptr ? nullptr : &progress->tasks});
    if (!memory.ok()) {
      return memory.error();
    }
    got = Collect(program, *memory, options->batch());
  }
  const ForwardResult expected = ReferenceForward(*options, inputs, one.numeric_options.reference,
                                                  progress == nullptr ? nullptr : &progress->layers);
  return CompareForward(got, expected, ForwardRule(options->layers, options->lm_head), options->sizes.vocab_real);
}

}  // namespace

double VerifyProgress::Fraction() const { return (Share(tasks, tasks_total) + Share(layers, layers_total)) / 2; }

Result<CaseVerification> VerifyCase(const Case& one, VerifyProgress* progress) {
  Result<CaseProgram> emitted = EmitCase(one);
  if (!emitted.ok()) {
    return emitted.error();
  }
  const Program& program = emitted->program;
  Result<Inference> inference = Infer(program);
  if (!inference.ok()) {
    return inference.error();
  }
  CaseVerification verification;
  verification.variant = one.variant;
  verification.point = one.point;
  verification.label = one.label;
  verification.options = one.numeric_options;
  verification.races = FindRaces(program, inference->graph);
  verification.not_compared = WhyNoNumbers(one, program);
  if (!verification.not_compared.empty()) {
    return verification;
  }
  const Result<RunTrace> trace = Simulate(one, program, *inference);
  if (!trace.ok()) {
    return trace.error();
  }
  Result<NumericOutcome> numbers = CompareNumbers(one, program, *trace, progress);
  if (!numbers.ok()) {
    return numbers.error();
  }
  verification.numbers = *std::move(numbers);
  return verification;
}

}  // namespace npusched
