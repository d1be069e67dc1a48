// One matmul over many cores as a single kernel: each core computes its part of the product, no task waits for another.
//
//   program: {kind: gemm, m: 6144, n: 6144, k: 6144, cores: [4, 6], tile: [128, 256, 256], stage: 2}
//
// C [m, n] fp32 = A [m, k] x B [n, k] transposed, both bf16. The cores form a grid over C; a core walks the tiles
// of its part one after the other, each over all of k in steps, and stores it. All loads hit L2 but the first of
// each byte: A and B are fetched from HBM once, by the cores in equal parts.
#pragma once

#include <cstdint>

#include "base/config.h"
#include "base/result.h"
#include "graphs/kernel_work.h"
#include "graphs/program.h"

namespace npusched {

struct GemmOptions {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  std::int64_t core_rows = 0;  // of the grid
  std::int64_t core_columns = 0;
  std::int64_t tile_m = 0;
  std::int64_t tile_n = 0;
  std::int64_t tile_k = 0;
  std::int32_t stage = 1;
};

// Errors: an unknown key, a grid or tile that does not divide its side (naming both).
Result<GemmOptions> ReadGemmOptions(const ConfigNode& program);

// The work of one core.
KernelWork GemmWork(const GemmOptions& options);
// One SPMD task, a block a core.
Program EmitGemm(const GemmOptions& options);
Result<Program> EmitGemm(const ConfigNode& program);

}  // namespace npusched
