// Matrix products of the cube cores: bf16 operands, fp32 sums, one K chunk after the other.
//
// Products of two bf16 numbers are exact in fp32, so fp32 GEMMs of the BLAS library do the arithmetic of the
// cores, on any processor; docs/numerics.md compares libraries.
#pragma once

#include <cstdint>

#include "numeric/device_memory.h"
#include "numeric/matrix.h"

namespace npusched {

// c = a b, or a b^T with b stored [columns, depth]; row-major, `lda` and the like are the distances of rows.
struct GemmShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t depth = 0;
  bool transposed = false;
};
void Gemm(const GemmShape& shape, const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float* c,
          std::int64_t ldc);

// Where a task's weights are; they are too large to be loaded at once and made chunk by chunk.
struct WeightTile {
  BufferId buffer = kNoId;
  Region region;  // [depth, columns], or [columns, depth] when by_column
  bool by_column = false;
};

// x w, each chunk of the depth summed by itself and added to the sum so far, in order. Chunks are computed in
// parallel; the result does not depend on the number of threads.
Matrix ChunkedMatmul(const Matrix& x, const DeviceMemory& memory, const WeightTile& weights, std::int64_t chunk);

}  // namespace npusched
