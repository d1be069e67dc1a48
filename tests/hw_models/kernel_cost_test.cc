#include "hw_models/kernel_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graphs/kernel_ops.h"
#include "tests/hw_models/small_machine.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;
using ops::Vector;
using ::testing::HasSubstr;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

// 10,240 bytes in rows of 1024.
Op Weights() { return Load(kWeight, kBf16, 10, 512, 0); }
Op Input() { return Load(kActivation, kBf16, 10, 512, 0); }

Picoseconds Duration(std::vector<Op> body) {
  return CostOf(OnCube({{1, 1, std::move(body)}}), SmallMachine()).duration;
}

TEST(PriceKernel, ALoadTakesItsStartUpAndItsBytes) {
  EXPECT_EQ(Duration({Input()}), FromNs(50 + 10240 / 100.0));    // the path: 100 a cycle
  EXPECT_EQ(Duration({Weights()}), FromNs(200 + 10240 / 50.0));  // half the HBM: 50 a cycle
}

TEST(PriceKernel, LoadsThatStandTogetherShareOneStartUp) {
  EXPECT_EQ(Duration({Input(), Input()}), FromNs(50 + 2 * 102.4));
  EXPECT_EQ(Duration({Input(), Weights()}), FromNs(200 + 102.4 + 204.8));
  EXPECT_EQ(Duration({Weights(), Input()}), FromNs(200 + 102.4 + 204.8));
  const Op matmul = Matmul(16, 16, 16);  // 2 x 512 bytes moved, 11 cycles of cube
  EXPECT_EQ(Duration({Input(), matmul, Input()}), FromNs(2 * 152.4 + 10.24 + 11));
}

TEST(PriceKernel, StoresThatStandTogetherShareOneStartUp) {
  const Op store = Store(kActivation, kFp32, 4, 128, 0);  // 2048 bytes
  const auto duration = [](std::vector<Op> body) {
    return CostOf(OnVector({{1, 1, std::move(body)}}), SmallMachine()).duration;
  };
  EXPECT_EQ(duration({store}), FromNs(30 + 20.48));
  EXPECT_EQ(duration({store, store}), FromNs(30 + 2 * 20.48));
  EXPECT_EQ(duration({store, Vector(VectorOp::kAdd, 1, 64), store}), FromNs(2 * 50.48 + 22));
}

TEST(PriceKernel, AVectorCoreHasHalfTheShareOfACubeCore) {
  const SlotCost cost = CostOf(OnVector({{1, 1, {Weights()}}}), SmallMachine());
  EXPECT_EQ(cost.duration, FromNs(200 + 10240 / 25.0));
  EXPECT_EQ(cost.unshared, FromNs(200 + 10240 / 100.0));  // alone: the path
}

TEST(PriceKernel, AloneACoreGetsItsPathButNoMoreThanTheMemory) {
  Machine m = SmallMachine();
  EXPECT_EQ(CostOf(OnCube({{1, 1, {Weights()}}}), m).unshared, FromNs(200 + 10240 / 100.0));
  m.gm_to_l1 = 400;
  EXPECT_EQ(CostOf(OnCube({{1, 1, {Weights()}}}), m).unshared, FromNs(200 + 10240 / 100.0));  // 100 GB/s in all
  EXPECT_EQ(CostOf(OnCube({{1, 1, {Input()}}}), m).unshared, FromNs(50 + 10240 / 400.0));
}

TEST(PriceKernel, ALoadFromHbmHasAnUpperRateOfItsOwn) {
  Machine m = SmallMachine();
  m.hbm_to_core = 40;
  EXPECT_EQ(CostOf(OnCube({{1, 1, {Weights()}}}), m).unshared, FromNs(200 + 10240 / 40.0));
  EXPECT_EQ(CostOf(OnCube({{1, 1, {Input()}}}), m).unshared, FromNs(50 + 10240 / 100.0));
}

TEST(PriceKernel, APageWaitsForTheBlockTableUnlessTheTripsOverlap) {
  Machine m = SmallMachine();
  const Op page = Load(kCache, kBf16, 1, 5120, 0);  // 10,240 bytes
  const auto alone = [&](std::int32_t stage) { return CostOf(OnCube({{10, stage, {page}}}), m).unshared; };
  const Picoseconds before = alone(1);
  const Picoseconds before_overlapping = alone(2);
  m.table_read_cycles = 60;
  EXPECT_EQ(alone(1), before + FromNs(10 * 60));
  EXPECT_EQ(alone(2), before_overlapping + FromNs(60));  // the first; the others run ahead
}

TEST(PriceKernel, EveryTripPaysAtStageOneAndOverlapsAtStageTwo) {
  Machine m = SmallMachine();
  m.trip_cycles = 5;
  m.kernel_entry_cycles = 1000;
  const std::vector<Op> body = {Load(kActivation, kBf16, 16, 64, 0), Load(kWeight, kBf16, 64, 256, 1),
                                Matmul(16, 256, 64)};
  // Load: 20.48 slowed by rows of 128 bytes to 25.6, 655.36: 680.96, start-up 200. Two pieces move 174.08 each and
  // take the cube 42 each: 390.16.
  const double load = 25.6 + 655.36;
  const double compute = 2 * 174.08 + 42;
  EXPECT_EQ(CostOf(OnCube({{8, 1, body}}), m).duration, FromNs(1000 + 8 * (5 + 200 + load + compute)));
  m.l1_bytes = 1 << 20;
  EXPECT_EQ(CostOf(OnCube({{8, 2, body}}), m).duration, FromNs(1000 + 5 + 200 + load + compute + 7 * load));
}

TEST(PriceKernel, LoopsFollowEachOther) {
  const Loop loop{3, 1, {Input()}};
  const Picoseconds one = CostOf(OnCube({loop}), SmallMachine()).duration;
  EXPECT_EQ(CostOf(OnCube({loop, loop}), SmallMachine()).duration, 2 * one);
}

TEST(PriceKernel, CountsTrafficByMemory) {
  Op atomic = Store(kActivation, kFp32, 4, 128, 2);
  atomic.atomic = true;
  const SlotCost cost = CostOf(OnCube({{3, 1, {Weights(), Input(), Load(kCache, kBf16, 1, 8, 1)}},
                                       {1, 1, {Store(kActivation, kFp32, 4, 128, 2)}},
                                       {1, 1, {atomic}}}),
                               SmallMachine());
  EXPECT_EQ(cost.hbm_bytes, 3 * (10240 + 16));
  EXPECT_EQ(cost.l2_read_bytes, 3 * 10240 + 2048);  // an atomic add reads what it adds to
  EXPECT_EQ(cost.l2_write_bytes, 2048 + 2048);
}

TEST(PriceKernel, TheUnitsAddUpToTheDurationAtStageOne) {
  Machine m = SmallMachine();
  m.trip_cycles = 8;
  m.kernel_entry_cycles = 16;
  const SlotCost cube =
      CostOf(OnCube({{4, 1, {Weights(), Input(), Matmul(16, 64, 128), Store(kActivation, kFp32, 16, 64, 2)}}}), m);
  EXPECT_EQ(cube.load + cube.cube + cube.fixpipe + cube.scalar, cube.duration);
  EXPECT_EQ(cube.scalar, FromNs(16 + 4 * 8));
  const SlotCost vector =
      CostOf(OnVector({{4, 1, {Input(), Vector(VectorOp::kExp, 16, 64), Store(kActivation, kFp32, 16, 64, 2)}}}), m);
  EXPECT_EQ(vector.load + vector.vector + vector.store + vector.scalar, vector.duration);
}

TEST(PriceKernel, PricesEverySlotOfAMixKernel) {
  KernelWork work = OnCube({{1, 1, {Input()}}});
  work.slots[kSlotAiv1] = {{1, 1, {Vector(VectorOp::kAdd, 1, 64)}}};
  const Result<KernelCost> cost = PriceKernel(work, SmallMachine());
  ASSERT_TRUE(cost.ok());
  EXPECT_EQ(cost->slots[kSlotAic].duration, FromNs(152.4));
  EXPECT_EQ(cost->slots[kSlotAiv0].duration, 0);
  EXPECT_EQ(cost->slots[kSlotAiv1].duration, FromNs(22));
}

TEST(PriceKernel, RefusesWhatNoCoreCanDo) {
  const Machine m = SmallMachine();
  EXPECT_THAT(ErrorOf(OnCube({{0, 1, {Input()}}}), m), HasSubstr("kernel k, loop 0: 0 trips at stage 1"));
  EXPECT_THAT(ErrorOf(OnCube({{1, 0, {Input()}}}), m), HasSubstr("1 trips at stage 0"));
  EXPECT_THAT(ErrorOf(OnCube({{1, 1, {Load(kWeight, kBf16, 0, 8, 0)}}}), m), HasSubstr("a load of 0 x 8"));
  EXPECT_THAT(ErrorOf(OnCube({{1, 1, {Matmul(16, 16, -1)}}}), m), HasSubstr("a matmul of 16 x 16 x -1"));
  EXPECT_THAT(ErrorOf(OnVector({{1, 1, {Matmul(16, 16, 16)}}}), m), HasSubstr("a matmul on a vector core"));
  EXPECT_THAT(ErrorOf(OnCube({{1, 1, {Vector(VectorOp::kAdd, 1, 1)}}}), m),
              HasSubstr("a vector operation on a cube core"));
}

TEST(PriceKernel, RefusesAKernelOfAges) {
  const Machine m = SmallMachine();
  EXPECT_EQ(ErrorOf(OnCube({{std::int64_t{600'000'000}, 1, {Input()}}}), m), "ok");  // 91.44 s
  EXPECT_THAT(ErrorOf(OnCube({{std::int64_t{700'000'000}, 1, {Input()}}}), m), HasSubstr("at most 100 s"));
  EXPECT_THAT(ErrorOf(OnCube({{std::int64_t{1} << 62, 1, {Input()}}}), m), HasSubstr("at most 100 s"));
}

TEST(PriceKernels, ReturnsOneCostPerWorkInTheirOrder) {
  const std::vector<KernelWork> works = {OnCube({{1, 1, {Input()}}}), OnCube({{2, 1, {Input()}}})};
  const Result<std::vector<KernelCost>> costs = PriceKernels(works, SmallMachine());
  ASSERT_TRUE(costs.ok());
  ASSERT_EQ(costs->size(), 2);
  EXPECT_EQ((*costs)[1].slots[0].duration, 2 * (*costs)[0].slots[0].duration);
}

TEST(KernelCost, AtStageOneEveryHandOverBetweenUnitsCosts) {
  Machine machine = SmallMachine();
  const auto added = [&](const KernelWork& work) {
    machine.cube_handover_cycles = 0;
    const Picoseconds before = CostOf(work, machine).duration;
    machine.cube_handover_cycles = 10;
    return (CostOf(work, machine).duration - before) / FromNs(10);
  };
  const Op load = Load(MemorySpace::kWeight, DType::kBFloat16, 16, 16, 0);
  const Op store = Store(MemorySpace::kActivation, DType::kFloat32, 16, 16, 1);
  const Op matmul = Matmul(16, 16, 16);
  EXPECT_EQ(added(OnCube({{5, 1, {load, load, matmul}}})), 5 * 3) << "load, L1 to L0, cube, and back";
  EXPECT_EQ(added(OnCube({{5, 1, {load, matmul, store, load, matmul, store}}})), 5 * 8);
  EXPECT_EQ(added(OnCube({{1, 1, {load, matmul, store}}})), 3) << "no way back";
  EXPECT_EQ(added(OnCube({{5, 1, {store}}})), 0);
  EXPECT_EQ(added(OnCube({{5, 2, {load, matmul, store}}})), 0) << "two buffers hide the wait";
  EXPECT_EQ(added(OnVector({{5, 1, {load, store}}})), 0);
}

}  // namespace
}  // namespace npusched
