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

constexpr DType kInt8 = DType::kInt8;
constexpr DType kFp32 = DType::kFloat32;

Op LoadBytes(std::int64_t bytes) { return Load(kWeight, kInt8, 1, bytes, 0); }

TEST(Capacity, TheLoadsOfATripMayFillL1Exactly) {
  const Machine m = SmallMachine();
  EXPECT_EQ(ErrorOf(OnCube({{4, 1, {LoadBytes(65000), LoadBytes(536)}}}), m), "ok");
  EXPECT_EQ(ErrorOf(OnCube({{4, 1, {LoadBytes(65000), LoadBytes(537)}}}), m),
            "kernel k, loop 0: the loads of a trip need 65537 bytes of L1, which holds 65536");
}

TEST(Capacity, StageTwoNeedsBothBuffers) {
  const Machine m = SmallMachine();
  EXPECT_EQ(ErrorOf(OnCube({{4, 2, {LoadBytes(32768)}}}), m), "ok");
  EXPECT_EQ(ErrorOf(OnCube({{4, 2, {LoadBytes(32769)}}}), m),
            "kernel k, loop 0: the loads of 2 trips at once (stage) need 65538 bytes of L1, which holds 65536");
  EXPECT_EQ(ErrorOf(OnCube({{4, 1, {LoadBytes(32769)}}}), m), "ok");
}

TEST(Capacity, AVectorCoreKeepsItsTilesInUb) {
  Machine m = SmallMachine();
  m.ub_bytes = 4096;
  EXPECT_EQ(ErrorOf(OnVector({{4, 2, {LoadBytes(2048)}}}), m), "ok");
  EXPECT_THAT(ErrorOf(OnVector({{4, 2, {LoadBytes(2049)}}}), m), HasSubstr("4098 bytes of UB, which holds 4096"));
  EXPECT_EQ(ErrorOf(OnVector({{1, 1, {Vector(VectorOp::kAdd, 16, 64)}}}), m), "ok");
  EXPECT_THAT(ErrorOf(OnVector({{1, 1, {Vector(VectorOp::kAdd, 1, 1025)}}}), m), HasSubstr("4100 bytes of UB"));
  EXPECT_THAT(ErrorOf(OnVector({{1, 1, {Store(kActivation, kFp32, 1, 1025, 0)}}}), m), HasSubstr("4100 bytes of UB"));
}

TEST(Capacity, ProductsLiveInL0cUntilTheyAreStored) {
  const Machine m = SmallMachine();
  const Op half = Matmul(16, 128, 16);  // 8192 of 16384 bytes
  const Op store = Store(kActivation, kFp32, 16, 128, 2);
  EXPECT_EQ(ErrorOf(OnCube({{1, 1, {half, half}}}), m), "ok");
  EXPECT_THAT(ErrorOf(OnCube({{1, 1, {half, half, Matmul(1, 1, 16)}}}), m),
              HasSubstr("the products of a trip need 16388 bytes of L0C, which holds 16384"));
  EXPECT_EQ(ErrorOf(OnCube({{1, 1, {half, half, store, half, half}}}), m), "ok");
}

TEST(Capacity, OperandsPassThroughL0InPieces) {
  EXPECT_EQ(ErrorOf(OnCube({{1, 1, {Matmul(16, 256, 4096)}}}), SmallMachine()), "ok");  // B: 2 MiB
}

TEST(Capacity, NamesTheLoopThatDoesNotFit) {
  EXPECT_THAT(ErrorOf(OnCube({{1, 1, {LoadBytes(8)}}, {1, 1, {LoadBytes(70000)}}}), SmallMachine()),
              HasSubstr("kernel k, loop 1:"));
}

}  // namespace
}  // namespace npusched
