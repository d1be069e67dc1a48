// The cycle formulas of one core: what a tile costs in the cube, in FIXPIPE, in the vector unit, on a path.
//
// Below kernel_cost, which strings them into loops. All sizes in elements unless named otherwise, all results in
// cycles of the core clock. docs/cost_model.md gives the source of each formula.
#pragma once

#include <cstdint>

#include "graphs/kernel_work.h"
#include "hw_models/machine.h"

namespace npusched {

double TileBytes(const Op& op);  // rows x columns of its type, as a double: sizes may be absurd

// [rows, depth] x [depth, columns]: the cube alone, cut into pieces that fit half of L0A and L0B.
double CubeCycles(const Op& matmul, const Machine& machine);
// Both operands from L1 to L0A and L0B.
double MoveCycles(const Op& matmul, const Machine& machine);
// The two together: the halves of L0 take turns, so one piece moves while the cube works on the one before.
double MatmulCycles(const Op& matmul, const Machine& machine);
// The same in the midst of a loop whose trips overlap: the halves take turns from one trip to the next too.
double SteadyMatmulCycles(const Op& matmul, const Machine& machine);
// L0C to global memory at `rate` bytes per cycle, start-up of the store apart.
double FixpipeCycles(const Op& store, double rate, const Machine& machine);
double VectorCycles(const Op& op, const Machine& machine);
// How much longer a tile takes because its rows are shorter than Machine::row_bytes; 1 when they are not.
double RowSlowdown(const Op& op, const Machine& machine);
// Bytes that HBM moves for a tile: whole lines, less what the tiles beside it find of them in L2.
double LineBytes(const Op& op, const Machine& machine);

}  // namespace npusched
