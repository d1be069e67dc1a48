// The blocked GEMM benchmark of hw-native-sys/simpler: each product goes to a new buffer, an addition folds it in.
#include "graphs/builder.h"
#include "graphs/classic.h"
#include "graphs/classic_case.h"
#include "graphs/kernel_ops.h"

namespace npusched {
namespace {

using ops::Load;
using ops::MatmulOf;
using ops::Store;
using ops::Vector;

constexpr DType kFp32 = DType::kFloat32;

struct BgemmSizes {
  std::int64_t gemms = 0;  // products in all
  std::int64_t tile = 0;   // edge of a tile
  std::int64_t tiles = 0;  // products of tiles in a task
  std::int64_t group = 0;  // products that one result adds up
};

KernelWork GemmWork(const BgemmSizes& s) {
  return {.name = "GEMM",
          .slots = {{{s.tiles,
                      1,
                      {Load(MemorySpace::kWeight, kFp32, s.tile, s.tile, 0),
                       Load(MemorySpace::kWeight, kFp32, s.tile, s.tile, 1), MatmulOf(kFp32, s.tile, s.tile, s.tile),
                       Store(MemorySpace::kActivation, kFp32, s.tile, s.tile, 2)}}},
                    {},
                    {}}};
}

KernelWork AddWork(const BgemmSizes& s) {
  return {.name = "ADD",
          .slots = {{},
                    {{s.tiles,
                      1,
                      {Load(MemorySpace::kActivation, kFp32, s.tile, s.tile, 0),
                       Load(MemorySpace::kActivation, kFp32, s.tile, s.tile, 1), Vector(VectorOp::kAdd, s.tile, s.tile),
                       Store(MemorySpace::kActivation, kFp32, s.tile, s.tile, 0)}}},
                    {}}};
}

Program Emit(const BgemmSizes& s) {
  Builder b("bgemm");
  const Launch gemm = b.Kernel(GemmWork(s));
  const Launch add = b.Kernel(AddWork(s));
  const std::int64_t elements = s.tiles * s.tile * s.tile;  // of a task
  const std::int64_t groups = s.gemms / s.group;
  const Tensor left = b.External("A", kFp32, {s.gemms * elements});
  const Tensor right = b.External("B", kFp32, {s.gemms * elements});
  const Tensor result = b.External("C", kFp32, {groups * elements});
  const Tensor config = b.External("config", DType::kInt64, {4});
  for (std::int64_t g = 0; g < groups; ++g) {
    b.Scope(ScopeKind::kAuto, [&] {
      for (std::int64_t k = 0; k < s.group; ++k) {
        const std::int64_t first = (g * s.group + k) * elements;
        const Tensor product = b.New("P", kFp32, {elements});
        b.Submit(gemm)
            .In(b.Slice(left, {first}, {elements}), b.Slice(right, {first}, {elements}))
            .Creates(product)
            .In(config);
        b.Submit(add).InOut(b.Slice(result, {g * elements}, {elements})).In(product, config);
      }
    });
  }
  return b.Finish();
}

}  // namespace

Result<Program> EmitBgemm(const ConfigNode& program, const ConfigNode& cases) {
  BgemmSizes sizes;
  CaseReader read("bgemm", program, cases);
  read.Size("gemms", &sizes.gemms);
  read.Size("tile", &sizes.tile, 4096);
  read.Size("tiles", &sizes.tiles, 4096);
  read.Size("group", &sizes.group);
  read.CheckTasks(2 * static_cast<double>(sizes.gemms));
  if (read.ok() && sizes.gemms % sizes.group != 0) read.Fail("group", "expected a divisor of gemms");
  if (Status status = read.Finish(); !status.ok()) return status.error();
  return Emit(sizes);
}

}  // namespace npusched
