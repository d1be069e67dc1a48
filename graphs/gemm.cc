#include "graphs/gemm.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "graphs/builder.h"
#include "graphs/kernel_ops.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;

constexpr Range kSide{.min = 1, .max = 1 << 20};
constexpr Range kCores{.min = 1, .max = 1024};
constexpr DType kOperand = DType::kBFloat16;
constexpr std::uint8_t kNoArg = 0xFF;

std::vector<std::int64_t> ReadSizes(MapReader& read, const char* key, std::size_t count, Range range,
                                    const char* meaning) {
  std::vector<std::int64_t> sizes;
  read.Required(key, &sizes, range);
  if (read.Has(key) && !sizes.empty() && sizes.size() != count) read.Fail(key, fmt::format("expected {}", meaning));
  sizes.resize(count, 1);
  return sizes;
}

void CheckDivides(MapReader& read, const char* key, const char* side, std::int64_t size, std::int64_t part) {
  if (size % part != 0) {
    read.Fail(key, fmt::format("expected parts of which {} {} is a multiple, got {}", side, size, part));
  }
}

}  // namespace

Result<GemmOptions> ReadGemmOptions(const ConfigNode& program) {
  GemmOptions o;
  MapReader read(program, "program");
  std::string kind;
  read.Optional("kind", &kind);
  read.Required("m", &o.m, kSide);
  read.Required("n", &o.n, kSide);
  read.Required("k", &o.k, kSide);
  const auto cores = ReadSizes(read, "cores", 2, kCores, "the grid of cores over C: [rows, columns]");
  const auto tile = ReadSizes(read, "tile", 3, kSide, "the sizes of a step: [m, n, k]");
  read.Optional("stage", &o.stage, Range{.min = 1, .max = 8});
  std::tie(o.core_rows, o.core_columns) = std::pair(cores[0], cores[1]);
  std::tie(o.tile_m, o.tile_n, o.tile_k) = std::tuple(tile[0], tile[1], tile[2]);
  if (Status s = read.Finish(); !s.ok()) return s.error();
  CheckDivides(read, "tile", "m", o.m, o.core_rows * o.tile_m);
  CheckDivides(read, "tile", "n", o.n, o.core_columns * o.tile_n);
  CheckDivides(read, "tile", "k", o.k, o.tile_k);
  if (Status s = read.Finish(); !s.ok()) return s.error();
  return o;
}

KernelWork GemmWork(const GemmOptions& o) {
  const std::int64_t tiles = (o.m / o.core_rows / o.tile_m) * (o.n / o.core_columns / o.tile_n);
  const std::int64_t steps = tiles * (o.k / o.tile_k);
  const std::int64_t step_elements = (o.tile_m + o.tile_n) * o.tile_k;
  // Steps in which this core is the first of all to touch what it loads.
  const std::int64_t part = (o.m + o.n) * o.k / (o.core_rows * o.core_columns);
  const std::int64_t first = std::min((part + step_elements - 1) / step_elements, steps);
  // Which bytes miss L2 is stated here, so the loads name no argument whose buffer would be looked up there.
  const auto loop = [&](std::int64_t trips, MemorySpace space) {
    return Loop{trips,
                o.stage,
                {Load(space, kOperand, o.tile_m, o.tile_k, kNoArg), Load(space, kOperand, o.tile_n, o.tile_k, kNoArg),
                 Matmul(o.tile_m, o.tile_n, o.tile_k)}};
  };
  // Loads run on from one tile to the next; the cube waits until L0C, which holds one tile, is stored.
  std::vector<Loop> loops = {loop(first, MemorySpace::kWeight)};
  if (first < steps) loops.push_back(loop(steps - first, MemorySpace::kActivation));
  loops.push_back({tiles, 1, {Store(MemorySpace::kActivation, DType::kFloat32, o.tile_m, o.tile_n, kNoArg)}});
  return {.name = "gemm", .slots = {std::move(loops), {}, {}}};
}

Program EmitGemm(const GemmOptions& o) {
  Builder b("gemm");
  const Launch gemm = b.Kernel(GemmWork(o));
  const Tensor left = b.External("a", kOperand, {o.m, o.k});
  const Tensor right = b.External("b", kOperand, {o.n, o.k});
  const Tensor product = b.External("c", DType::kFloat32, {o.m, o.n});
  b.Submit(gemm).In(left, right).Out(product).Blocks(static_cast<std::uint32_t>(o.core_rows * o.core_columns));
  return b.Finish();
}

Result<Program> EmitGemm(const ConfigNode& program) {
  const Result<GemmOptions> options = ReadGemmOptions(program);
  if (!options.ok()) return options.error();
  return EmitGemm(*options);
}

}  // namespace npusched
