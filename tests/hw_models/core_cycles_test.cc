#include "hw_models/core_cycles.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "graphs/kernel_ops.h"
#include "tests/hw_models/small_machine.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;
using ops::Vector;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

double Cube(std::int64_t m, std::int64_t n, std::int64_t k, DType dtype = kBf16) {
  Op op = Matmul(m, n, k);
  op.dtype = dtype;
  return CubeCycles(op, SmallMachine());
}

TEST(Cube, WorksInBlocksOf16x16And32BytesOfK) {
  EXPECT_EQ(Cube(16, 16, 16), 10 + 1);
  EXPECT_EQ(Cube(17, 16, 16), 10 + 2);
  EXPECT_EQ(Cube(16, 17, 16), 10 + 2);
  EXPECT_EQ(Cube(16, 16, 17), 10 + 2);  // 34 bytes
  EXPECT_EQ(Cube(32, 64, 128), 10 + 2 * 4 * 8);
}

TEST(Cube, Int8TakesHalfTheStepsAndFp32FourTimesThem) {
  EXPECT_EQ(Cube(16, 16, 64, DType::kInt8), 10 + 2);
  EXPECT_EQ(Cube(16, 16, 64, kBf16), 10 + 4);
  EXPECT_EQ(Cube(16, 16, 64, kFp32), 10 + 2 * 8);
}

TEST(Cube, AnOperandAboveHalfOfL0StartsOncePerPiece) {
  EXPECT_EQ(Cube(16, 64, 128), 10 + 4 * 8);        // B 16,384 bytes: exactly half of L0B
  EXPECT_EQ(Cube(16, 64, 144), 2 * 10 + 4 * 9);    // B 18,432 bytes
  EXPECT_EQ(Cube(64, 16, 144), 2 * 10 + 4 * 9);    // the same for A
  EXPECT_EQ(Cube(16, 256, 128), 4 * 10 + 16 * 8);  // 65,536 bytes: four halves
}

TEST(Matmul, MovesOnePieceWhileTheCubeWorksOnTheOneBefore) {
  const Machine m = SmallMachine();
  const Op one = Matmul(16, 64, 128);  // A 4096 and B 16384 bytes at 100 a cycle, one piece
  EXPECT_DOUBLE_EQ(MoveCycles(one, m), 40.96 + 163.84);
  EXPECT_DOUBLE_EQ(MatmulCycles(one, m), 204.8 + 42);
  const Op four = Matmul(16, 256, 128);  // moves 40.96 + 655.36 = 696.32, cube 168: 174.08 and 42 a piece
  EXPECT_DOUBLE_EQ(MatmulCycles(four, m), 174.08 + 3 * 174.08 + 42);
}

TEST(Fixpipe, TakesTheRowMinimumOrTheBytes) {
  const Machine m = SmallMachine();
  EXPECT_DOUBLE_EQ(FixpipeCycles(Store(kActivation, kFp32, 16, 64, 0), 100, m), 100 + 16 * 4);      // 2.56 < 4
  EXPECT_DOUBLE_EQ(FixpipeCycles(Store(kActivation, kFp32, 16, 128, 0), 100, m), 100 + 16 * 5.12);  // 512 / 100
  EXPECT_DOUBLE_EQ(FixpipeCycles(Store(kActivation, kFp32, 16, 128, 0), 50, m), 100 + 16 * 10.24);
}

TEST(Fixpipe, PaysForBlocksThatAreNoPowerOfTwo) {
  const Machine m = SmallMachine();
  const auto row = [&](std::int64_t columns) {
    return FixpipeCycles(Store(kActivation, kFp32, 1, columns, 0), 1e9, m) - 100 - 4;
  };
  EXPECT_DOUBLE_EQ(row(64), 0);            // 8 blocks of 32 bytes
  EXPECT_DOUBLE_EQ(row(65), 2 * (9 - 1));  // 9
  EXPECT_DOUBLE_EQ(row(96), 2 * (3 - 1));  // 12 = 4 x 3
}

TEST(Vector, CountsRepeatsOf256Bytes) {
  Machine m = SmallMachine();
  EXPECT_EQ(VectorCycles(Vector(VectorOp::kAdd, 1, 64), m), 20 + 2);
  EXPECT_EQ(VectorCycles(Vector(VectorOp::kAdd, 1, 65), m), 20 + 4);
  EXPECT_EQ(VectorCycles(Vector(VectorOp::kAdd, 16, 64), m), 20 + 32);
  m.vector_issue_cycles = 7;
  EXPECT_EQ(VectorCycles(Vector(VectorOp::kAdd, 1, 64), m), 7 + 20 + 2);
}

TEST(Vector, EachOperationHasItsOwnCost) {
  Machine m = SmallMachine();
  m.vector[static_cast<std::size_t>(VectorOp::kExp)] = {.per_repeat = 3, .head = 5};
  EXPECT_EQ(VectorCycles(Vector(VectorOp::kExp, 1, 64), m), 8);
  EXPECT_EQ(VectorCycles(Vector(VectorOp::kFill, 1, 64), m), 22);
}

TEST(RowSlowdown, IsThePenaltyAtAQuarterLineAndNoneAtAWholeOne) {
  const Machine m = SmallMachine();
  const auto slowdown = [&](std::int64_t columns) { return RowSlowdown(Load(kWeight, kBf16, 64, columns, 0), m); };
  EXPECT_EQ(slowdown(1024), 1);
  EXPECT_EQ(slowdown(256), 1);  // 512 bytes
  EXPECT_GT(slowdown(255), 1);
  EXPECT_DOUBLE_EQ(slowdown(128), 1 + 0.25 / 3);  // 256 bytes: two rows a line
  EXPECT_DOUBLE_EQ(slowdown(64), 1 / (1 - 0.2));  // 128 bytes: 20 % of the rate lost
}

TEST(LineBytes, AreWholeLinesLessWhatTheNeighboursUse) {
  Machine m = SmallMachine();
  const auto bytes = [&](std::int64_t columns) { return LineBytes(Load(kWeight, kBf16, 64, columns, 0), m); };
  EXPECT_EQ(bytes(128), 64 * 256);  // 0: the tile beside it uses the rest
  m.line_waste = 1;
  EXPECT_EQ(bytes(256), 64 * 512);
  EXPECT_EQ(bytes(128), 64 * 512);
  EXPECT_EQ(bytes(64), 64 * 512);
  m.line_waste = 0.5;
  EXPECT_EQ(bytes(128), 64 * 384);
}

TEST(SteadyMatmulCycles, AreTheSlowerOfMovingAndMultiplying) {
  const Machine m = SmallMachine();
  for (const std::int64_t rows : {16, 4096}) {
    const Op matmul = Matmul(rows, 256, 256);
    EXPECT_EQ(SteadyMatmulCycles(matmul, m), std::max(MoveCycles(matmul, m), CubeCycles(matmul, m)));
    EXPECT_LT(SteadyMatmulCycles(matmul, m), MatmulCycles(matmul, m));
  }
}

}  // namespace
}  // namespace npusched
