// A small forward, run task after task with every intermediate tensor kept, as matrices of doubles.
#pragma once

#include <Eigen/Dense>
#include <string_view>

#include "numeric/kernels.h"
#include "tests/numeric/small_forward.h"

namespace npusched {

using Mat = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

inline Mat ToMat(const Matrix& matrix) {
  return Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
             matrix.values.data(), matrix.rows, matrix.columns)
      .cast<double>();
}

class StepByStep {
 public:
  explicit StepByStep(const Qwen3Options& options)
      : o_(options), program_(EmitQwen3Decode(o_)), inputs_(o_.sizes, 1), memory_(program_, inputs_) {
    for (TaskId t = 0; t < program_.tasks.size(); ++t) {
      if (!program_.ReachesCore(t)) continue;
      TaskTensors tensors(program_, t, memory_, o_.sizes);
      FindKernel(program_.KernelName(t))->run(tensors);
      for (const PendingStore& store : tensors.stores()) {
        memory_.Store(store.buffer, program_.regions[store.region], store.values);
      }
    }
  }

  // The `index`-th tensor of a name, in order of creation; `rows` of it, all when 0.
  [[nodiscard]] Mat Get(std::string_view name, int index = 0, std::int64_t rows = 0) const {
    for (BufferId id = 0; id < program_.buffers.size(); ++id) {
      if (program_.names[program_.buffers[id].name] != name || index-- > 0) continue;
      Region region = program_.regions[program_.buffers[id].whole];
      if (rows > 0) region.shape[0] = rows;
      return ToMat(memory_.Load(id, region));
    }
    ADD_FAILURE() << "no tensor " << name;
    return {};
  }
  // [rows, columns] of a stacked input, layer by layer.
  [[nodiscard]] Mat Input(std::string_view name, std::int64_t layer, std::int64_t rows, std::int64_t columns) const {
    Matrix matrix(rows, columns);
    inputs_.Fill(*inputs_.Find(name), layer * rows * columns, rows * columns, matrix.values.data());
    return ToMat(matrix);
  }
  [[nodiscard]] const Qwen3Sizes& sizes() const { return o_.sizes; }
  [[nodiscard]] const Qwen3Options& options() const { return o_; }

 private:
  Qwen3Options o_;
  Program program_;
  Inputs inputs_;
  DeviceMemory memory_;
};

// |got - expected| <= relative * (1 + |expected|), element by element.
inline void ExpectNear(const Mat& got, const Mat& expected, double relative) {
  ASSERT_EQ(got.rows(), expected.rows());
  ASSERT_EQ(got.cols(), expected.cols());
  if (got.size() == 0) return;  // a full page has no columns past the context
  const Mat excess = (got - expected).cwiseAbs() - relative * (expected.cwiseAbs().array() + 1).matrix();
  Eigen::Index row = 0;
  Eigen::Index column = 0;
  EXPECT_LE(excess.maxCoeff<Eigen::PropagateNaN>(&row, &column), 0)
      << "[" << row << ", " << column << "]: " << got(row, column) << " instead of " << expected(row, column);
}

inline constexpr double kFp32 = 1e-5;    // sums in another order
inline constexpr double kBf16 = 0x1p-8;  // one rounding

}  // namespace npusched
