#include "numeric/matmul.h"

#include <cblas.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>

#include "base/check.h"

namespace npusched {
namespace {

// Weights a thread makes at least before another one joins in: some tens of microseconds.
constexpr std::int64_t kGrain = 1 << 16;

int Int(std::int64_t size) { return static_cast<int>(size); }

// Threads are oneTBB's; the library's own would fight them.
void UseOneThread() {
  static const bool kDone = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  (void)kDone;
}

}  // namespace

void Gemm(const GemmShape& shape, const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float* c,
          std::int64_t ldc) {
  UseOneThread();
  cblas_sgemm(CblasRowMajor, CblasNoTrans, shape.transposed ? CblasTrans : CblasNoTrans, Int(shape.rows),
              Int(shape.columns), Int(shape.depth), 1.0F, a, Int(lda), b, Int(ldb), 0.0F, c, Int(ldc));
}

Matrix ChunkedMatmul(const Matrix& x, const DeviceMemory& memory, const WeightTile& weights, std::int64_t chunk) {
  const Region& region = weights.region;
  NPU_CHECK(region.rank == 2 && chunk > 0);
  const std::int64_t depth = region.shape[weights.by_column ? 1 : 0];
  const std::int64_t columns = region.shape[weights.by_column ? 0 : 1];
  NPU_CHECK(x.columns == depth);
  const std::int64_t chunks = (depth + chunk - 1) / chunk;
  std::vector<Matrix> sums(static_cast<std::size_t>(chunks));
  const auto compute = [&](std::int64_t index, std::vector<float>& w) {
    const std::int64_t first = index * chunk;
    const std::int64_t steps = std::min(chunk, depth - first);
    const std::int64_t rows = weights.by_column ? columns : steps;
    const std::int64_t run = weights.by_column ? steps : columns;
    const std::int64_t start = region.start_offset + first * (weights.by_column ? 1 : region.strides[0]);
    w.resize(static_cast<std::size_t>(rows * run));
    for (std::int64_t row = 0; row < rows; ++row) {
      memory.LoadRun(weights.buffer, start + row * region.strides[0], run, w.data() + row * run);
    }
    Matrix& sum = sums[static_cast<std::size_t>(index)];
    sum = Matrix(x.rows, columns);
    Gemm({x.rows, columns, steps, weights.by_column}, x.values.data() + first, x.columns, w.data(), run,
         sum.values.data(), columns);
  };
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (chunk * columns));
  tbb::parallel_for(tbb::blocked_range<std::int64_t>(0, chunks, static_cast<std::size_t>(grain)),
                    [&](const tbb::blocked_range<std::int64_t>& range) {
                      std::vector<float> w;
                      for (std::int64_t i = range.begin(); i != range.end(); ++i) compute(i, w);
                    });
  for (std::int64_t i = 1; i < chunks; ++i) {
    std::vector<float>& total = sums[0].values;
    const std::vector<float>& next = sums[static_cast<std::size_t>(i)].values;
    for (std::size_t e = 0; e < total.size(); ++e) total[e] += next[e];
  }
  return std::move(sums[0]);
}

}  // namespace npusched
