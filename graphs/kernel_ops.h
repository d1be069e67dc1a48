// Words for stating kernel work: the operations of a loop body, each one line.
//
//   Loop{20, 1, {Load(MemorySpace::kWeight, DType::kBFloat16, 256, 256, 1), ..., Matmul(16, 256, 256)}}
#pragma once

#include <cstdint>

#include "graphs/kernel_work.h"

namespace npusched::ops {

// A [rows, columns] tile of argument `arg` comes from global memory.
inline Op Load(MemorySpace space, DType dtype, std::int64_t rows, std::int64_t columns, std::uint8_t arg) {
  return {.kind = OpKind::kLoad, .space = space, .dtype = dtype, .arg = arg, .rows = rows, .columns = columns};
}

// A [rows, columns] tile goes to argument `arg`; from a cube core through FIXPIPE.
inline Op Store(MemorySpace space, DType dtype, std::int64_t rows, std::int64_t columns, std::uint8_t arg) {
  return {.kind = OpKind::kStore, .space = space, .dtype = dtype, .arg = arg, .rows = rows, .columns = columns};
}

// [rows, depth] x [depth, columns].
inline Op MatmulOf(DType operands, std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  return {.kind = OpKind::kMatmul, .dtype = operands, .rows = rows, .columns = columns, .depth = depth};
}

// Of bf16 operands.
inline Op Matmul(std::int64_t rows, std::int64_t columns, std::int64_t depth) {
  return MatmulOf(DType::kBFloat16, rows, columns, depth);
}

// One vector instruction over [rows, columns] fp32 elements.
inline Op Vector(VectorOp op, std::int64_t rows, std::int64_t columns) {
  return {.kind = OpKind::kVector, .vector = op, .dtype = DType::kFloat32, .rows = rows, .columns = columns};
}

}  // namespace npusched::ops
