#include "hw_models/core_cycles.h"

#include <algorithm>
#include <cmath>

namespace npusched {
namespace {

constexpr double kCubeEdge = 16;      // M and N of one cube step
constexpr double kCubeBytes = 32;     // K of one cube step, and the block of FIXPIPE
constexpr double kShortRowParts = 4;  // the row length at which Machine::short_row_penalty was measured, as a part

double Bytes(double rows, double columns, DType dtype) { return rows * columns * SizeOf(dtype); }

double LeftBytes(const Op& matmul) {
  return Bytes(static_cast<double>(matmul.rows), static_cast<double>(matmul.depth), matmul.dtype);
}

double RightBytes(const Op& matmul) {
  return Bytes(static_cast<double>(matmul.depth), static_cast<double>(matmul.columns), matmul.dtype);
}

double Pieces(const Op& matmul, const Machine& machine) {
  return std::max({1.0, std::ceil(2 * LeftBytes(matmul) / static_cast<double>(machine.l0a_bytes)),
                   std::ceil(2 * RightBytes(matmul) / static_cast<double>(machine.l0b_bytes))});
}

// How many rows of the tile a line could hold, 1 when a row fills it.
double RowsPerLine(const Op& op, const Machine& machine) {
  const double row = static_cast<double>(op.columns) * SizeOf(op.dtype);
  return std::max(1.0, static_cast<double>(machine.row_bytes) / row);
}

double OddPart(double n) {
  while (n >= 2 && std::fmod(n, 2) == 0) {
    n /= 2;
  }
  return n;
}

}  // namespace

double TileBytes(const Op& op) {
  return Bytes(static_cast<double>(op.rows), static_cast<double>(op.columns), op.dtype);
}

double CubeCycles(const Op& matmul, const Machine& machine) {
  const double steps = std::ceil(static_cast<double>(matmul.rows) / kCubeEdge) *
                       std::ceil(static_cast<double>(matmul.depth) * SizeOf(matmul.dtype) / kCubeBytes) *
                       std::ceil(static_cast<double>(matmul.columns) / kCubeEdge);
  return Pieces(matmul, machine) * machine.cube_head_cycles + steps * (matmul.dtype == DType::kFloat32 ? 2 : 1);
}

double MoveCycles(const Op& matmul, const Machine& machine) {
  return LeftBytes(matmul) / machine.l1_to_l0a + RightBytes(matmul) / machine.l1_to_l0b;
}

double MatmulCycles(const Op& matmul, const Machine& machine) {
  const double pieces = Pieces(matmul, machine);
  const double move = MoveCycles(matmul, machine) / pieces;
  const double cube = CubeCycles(matmul, machine) / pieces;
  return move + (pieces - 1) * std::max(move, cube) + cube;
}

double SteadyMatmulCycles(const Op& matmul, const Machine& machine) {
  return std::max(MoveCycles(matmul, machine), CubeCycles(matmul, machine));
}

double FixpipeCycles(const Op& store, double rate, const Machine& machine) {
  const double row_bytes = static_cast<double>(store.columns) * SizeOf(store.dtype);
  const double odd = OddPart(std::ceil(row_bytes / kCubeBytes));
  const double row =
      std::max(machine.fixpipe_row_min_cycles, row_bytes / rate) + machine.fixpipe_odd_cycles * (odd - 1);
  return machine.fixpipe_head_cycles + static_cast<double>(store.rows) * row;
}

double VectorCycles(const Op& op, const Machine& machine) {
  const VectorCost& cost = machine.vector[static_cast<std::size_t>(op.vector)];
  const double repeats = std::ceil(TileBytes(op) / static_cast<double>(machine.vector_repeat_bytes));
  return machine.vector_issue_cycles + cost.head + cost.per_repeat * repeats;
}

double RowSlowdown(const Op& op, const Machine& machine) {
  const double parts = RowsPerLine(op, machine);
  // Each row opens a line of its own: a constant beside its bytes, so the waste grows with the rows a line makes.
  const double per_part = (1 / (1 - machine.short_row_penalty) - 1) / (kShortRowParts - 1);
  return 1 + per_part * (parts - 1);
}

double LineBytes(const Op& op, const Machine& machine) {
  return TileBytes(op) * (1 + machine.line_waste * (RowsPerLine(op, machine) - 1));
}

}  // namespace npusched
