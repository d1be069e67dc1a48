#include "graphs/gemm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace npusched {
namespace {

using ::testing::HasSubstr;

constexpr GemmOptions kSmall = {.m = 512,
                                .n = 1536,
                                .k = 1024,
                                .core_rows = 2,
                                .core_columns = 3,
                                .tile_m = 128,
                                .tile_n = 256,
                                .tile_k = 256,
                                .stage = 2};

double Sum(const KernelWork& work, OpKind kind, double (*of)(const Op&)) {
  double sum = 0;
  for (const Loop& loop : work.slots[kSlotAic]) {
    for (const Op& op : loop.body) sum += op.kind == kind ? static_cast<double>(loop.trips) * of(op) : 0;
  }
  return sum;
}

TEST(Gemm, ACoreMultipliesAndStoresItsPartOfTheProduct) {
  const KernelWork work = GemmWork(kSmall);
  const auto products = [](const Op& op) { return static_cast<double>(op.rows * op.columns * op.depth); };
  const auto elements = [](const Op& op) { return static_cast<double>(op.rows * op.columns); };
  EXPECT_EQ(Sum(work, OpKind::kMatmul, products), 512.0 * 1536 * 1024 / 6);
  EXPECT_EQ(Sum(work, OpKind::kStore, elements), 512.0 * 1536 / 6);
  EXPECT_EQ(Sum(work, OpKind::kLoad, elements), 4 * 1024 * (128 + 256)) << "four tiles, each over all of k";
}

TEST(Gemm, EveryByteComesFromHbmOnceTheRestFromL2) {
  const auto fetched = [](const Op& op) {
    return op.space == MemorySpace::kWeight ? static_cast<double>(op.rows * op.columns) : 0;
  };
  const double part = Sum(GemmWork(kSmall), OpKind::kLoad, fetched);
  EXPECT_GE(part, (512 + 1536) * 1024.0 / 6);
  EXPECT_LT(part, (512 + 1536) * 1024.0 / 6 + (128 + 256) * 256) << "rounded up to a step";
}

TEST(Gemm, IsOneTaskOfABlockACore) {
  const Program program = EmitGemm(kSmall);
  ASSERT_EQ(program.tasks.size(), 1);
  EXPECT_EQ(program.tasks[0].block_num, 6);
  EXPECT_EQ(program.tasks[0].core, CoreShape::kAic);
}

TEST(Gemm, RefusesTilesThatDoNotDivide) {
  const auto error = [](const char* yaml) { return ReadGemmOptions(*ParseYaml(yaml, "g.yaml")).error().ToString(); };
  EXPECT_THAT(error("{m: 512, n: 512, k: 512, cores: [1, 1], tile: [100, 256, 256]}"),
              HasSubstr("program.tile: expected parts of which m 512 is a multiple, got 100"));
  EXPECT_THAT(error("{m: 512, n: 512, k: 512, cores: [1, 3], tile: [128, 256, 256]}"), HasSubstr("n 512"));
  EXPECT_THAT(error("{m: 512, n: 512, k: 512, cores: [1], tile: [128, 256, 256]}"), HasSubstr("[rows, columns]"));
}

}  // namespace
}  // namespace npusched
