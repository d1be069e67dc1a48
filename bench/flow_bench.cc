// How fast the flow is, step by step: tasks per second on layered graphs of 10^3 to 10^6 tasks, and on the
// decode forward of 1 to 40 layers with its head. tools/bench turns the output into docs/benchmarks.md.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/config.h"
#include "graphs/capture.h"
#include "graphs/inference.h"
#include "graphs/qwen3_decode.h"
#include "graphs/synthetic.h"
#include "hw_models/kernel_cost.h"
#include "hw_models/machine.h"
#include "hw_models/runtime_config.h"
#include "reports/capture_export.h"
#include "sim/engine.h"
#include "sim/simgrid_engine.h"

namespace npusched {
namespace {

template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    fmt::print(stderr, "{}\n", result.error().ToString());
    std::exit(2);
  }
  return *std::move(result);
}

ConfigNode Config(const char* path) {
  return Must(LoadYaml(std::filesystem::path(NPUSCHED_SOURCE_DIR) / "configs" / path));
}

const Machine& A2a3() {
  static const Machine machine = Must(ReadMachine(Config("hardware/ascend_a2a3.yaml")));
  return machine;
}

const RuntimeConfig& Tmr() {
  static const RuntimeConfig runtime = Must(ReadRuntimeConfig(Config("runtime/tmr_2026_08.yaml")));
  return runtime;
}

// A program by its size; what the size means is the program's own.
using Emitter = Program (*)(std::int64_t size);

// `tasks` in layers of 100, each after two of the layer before.
Program Layered(std::int64_t tasks) {
  SyntheticOptions options;
  options.pattern = SyntheticPattern::kLayered;
  options.width = 100;
  options.depth = tasks / options.width;
  options.degree = 2;
  options.seed = 1;
  options.core = SyntheticCore::kMixed;
  options.shortest = 5 * kPsPerUs;
  options.longest = 20 * kPsPerUs;
  return EmitSynthetic(options);
}

Program Forward(std::int64_t layers) {
  static const ConfigNode model = Config("models/qwen3_14b.yaml");
  Qwen3Options options = Must(ReadQwen3Options(Must(ParseYaml("{kind: qwen3_decode}", "bench")), model));
  options.layers = layers;
  return EmitQwen3Decode(options);
}

// What the allocator has handed out and not got back.
double BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

void CountTasks(benchmark::State& state, const Program& program) {
  const auto tasks = static_cast<std::int64_t>(program.tasks.size());
  state.SetItemsProcessed(state.iterations() * tasks);
  state.counters["tasks"] = static_cast<double>(tasks);
}

void Emit(benchmark::State& state, Emitter emit) {
  Program program;
  for (auto _ : state) {
    program = emit(state.range(0));
    benchmark::DoNotOptimize(program.tasks.data());
  }
  CountTasks(state, program);
}

void InferEdges(benchmark::State& state, Emitter emit) {
  const Program program = emit(state.range(0));
  for (auto _ : state) {
    Inference inference = Must(Infer(program));
    benchmark::DoNotOptimize(inference.counts.data());
  }
  CountTasks(state, program);
}

void Simulate(benchmark::State& state, Emitter emit) {
  const Program program = emit(state.range(0));
  const Inference inference = Must(Infer(program));
  const std::vector<KernelCost> costs = Must(PriceKernels(program.works, A2a3()));
  const RunInput input{program, inference, A2a3(), Tmr(), costs};
  for (auto _ : state) {
    RunTrace trace = Must(RunNative(input));
    benchmark::DoNotOptimize(trace.last_end);
  }
  CountTasks(state, program);
}

// The second engine, in a child process: real time, starting it included.
void SimulateSimGrid(benchmark::State& state, Emitter emit) {
  if (!HasSimGrid()) {
    state.SkipWithError("built without SimGrid");
    return;
  }
  const Program program = emit(state.range(0));
  const Inference inference = Must(Infer(program));
  const std::vector<KernelCost> costs = Must(PriceKernels(program.works, A2a3()));
  const RunInput input{program, inference, A2a3(), Tmr(), costs};
  for (auto _ : state) {
    RunTrace trace = Must(RunSimGrid(input));
    benchmark::DoNotOptimize(trace.last_end);
  }
  CountTasks(state, program);
}

// From options to the trace, and what program, graph and trace then hold of memory.
void WholePath(benchmark::State& state, Emitter emit) {
  A2a3();
  Tmr();
  for (auto _ : state) {
    const double before = BytesInUse();
    const Program program = emit(state.range(0));
    const Inference inference = Must(Infer(program));
    const std::vector<KernelCost> costs = Must(PriceKernels(program.works, A2a3()));
    const RunTrace trace = Must(RunNative({program, inference, A2a3(), Tmr(), costs}));
    benchmark::DoNotOptimize(trace.last_end);
    CountTasks(state, program);
    state.counters["bytes_per_task"] = (BytesInUse() - before) / static_cast<double>(program.tasks.size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(state.counters["tasks"].value));
}

// A capture of the run read back: its text in bytes of file, what it holds in bytes per task.
void Import(benchmark::State& state, Emitter emit) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("npusched_bench_{}", ::getpid());
  {
    const Program program = emit(state.range(0));
    const Inference inference = Must(Infer(program, {.record_rows = true}));
    const std::vector<KernelCost> costs = Must(PriceKernels(program.works, A2a3()));
    const RunInput input{program, inference, A2a3(), Tmr(), costs};
    const RunTrace trace = Must(RunNative(input));
    if (!ExportCapture(input, trace, inference.rows, folder).ok()) std::exit(2);
  }
  double file_bytes = 0;
  for (const char* name : {"deps.json", "chip_swimlane_records.json"}) {
    file_bytes += static_cast<double>(std::filesystem::file_size(folder / name));
  }
  for (auto _ : state) {
    const double before = BytesInUse();
    const Capture capture = Must(ReadCapture(folder));
    CountTasks(state, capture.program);
    state.counters["bytes_per_task"] = (BytesInUse() - before) / static_cast<double>(capture.program.tasks.size());
  }
  state.counters["file_mb"] = file_bytes / 1e6;
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(state.counters["tasks"].value));
  std::filesystem::remove_all(folder);
}

void Sizes(benchmark::internal::Benchmark* bench) {
  bench->RangeMultiplier(10)->Range(1'000, 1'000'000)->Unit(benchmark::kMillisecond);
}
void Layers(benchmark::internal::Benchmark* bench) { bench->Arg(1)->Arg(10)->Arg(40)->Unit(benchmark::kMillisecond); }

BENCHMARK_CAPTURE(Emit, layered, Layered)->Apply(Sizes);
BENCHMARK_CAPTURE(InferEdges, layered, Layered)->Apply(Sizes);
BENCHMARK_CAPTURE(Simulate, layered, Layered)->Apply(Sizes);
BENCHMARK_CAPTURE(SimulateSimGrid, layered, Layered)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(WholePath, layered, Layered)->Apply(Sizes);
BENCHMARK_CAPTURE(Import, layered, Layered)->Apply(Sizes);
BENCHMARK_CAPTURE(Emit, forward, Forward)->Apply(Layers);
BENCHMARK_CAPTURE(InferEdges, forward, Forward)->Apply(Layers);
BENCHMARK_CAPTURE(Simulate, forward, Forward)->Apply(Layers);
BENCHMARK_CAPTURE(SimulateSimGrid, forward, Forward)->Apply(Layers)->UseRealTime();
BENCHMARK_CAPTURE(WholePath, forward, Forward)->Apply(Layers);
BENCHMARK_CAPTURE(Import, forward, Forward)->Apply(Layers);

}  // namespace
}  // namespace npusched
