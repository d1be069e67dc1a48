#include "numeric/kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/check.h"
#include "numeric/bf16.h"
#include "numeric/matmul.h"

namespace npusched {
namespace {

void Copy(TaskTensors& t) { t.Store(1, t.Load(0)); }

// x, gamma -> x / rms(x) * gamma. The squares are summed in chunks of the vector core's pass.
void RmsNorm(TaskTensors& t) {
  Matrix x = t.Load(0);
  const Matrix gamma = t.Load(1);
  for (std::int64_t r = 0; r < x.rows; ++r) {
    float* row = x.Row(r);
    float squares = 0;
    for (std::int64_t c = 0; c < x.columns; ++c) squares += row[c] * row[c];
    const float scale = 1.0F / std::sqrt(squares / static_cast<float>(x.columns) + static_cast<float>(t.sizes().eps));
    for (std::int64_t c = 0; c < x.columns; ++c) row[c] = row[c] * scale * gamma.values[static_cast<std::size_t>(c)];
  }
  t.Store(2, std::move(x));
}

// activations, weights -> product.
void MatmulBy(TaskTensors& t, bool by_column) {
  const Matrix x = t.Load(0);
  const std::int64_t chunk = x.columns / t.CubeTrips();
  t.Store(2, ChunkedMatmul(x, t.memory(), {t.BufferOf(1), t.Touched(1), by_column}, chunk));
}
void MatmulByRow(TaskTensors& t) { MatmulBy(t, false); }
void MatmulByColumn(TaskTensors& t) { MatmulBy(t, true); }

// Every head of every row by itself.
void NormHeads(Matrix& x, const Matrix& gamma, double eps) {
  const auto dim = static_cast<std::int64_t>(gamma.values.size());
  for (std::int64_t first = 0; first < x.rows * x.columns; first += dim) {
    float* head = x.values.data() + first;
    float squares = 0;
    for (std::int64_t d = 0; d < dim; ++d) squares += head[d] * head[d];
    const float scale = 1.0F / std::sqrt(squares / static_cast<float>(dim) + static_cast<float>(eps));
    for (std::int64_t d = 0; d < dim; ++d) head[d] = head[d] * scale * gamma.values[static_cast<std::size_t>(d)];
  }
}

// q_proj, k_proj, q weight, k weight -> q_norm, k_norm.
void QkNorm(TaskTensors& t) {
  for (const std::size_t side : {0U, 1U}) {
    Matrix x = t.Load(side);
    NormHeads(x, t.Load(2 + side), t.sizes().eps);
    t.Store(4 + side, std::move(x));
  }
}

// A matmul's result, residual -> sum.
void Residual(TaskTensors& t) {
  Matrix sum = t.Load(0);
  const Matrix residual = t.Load(1);
  NPU_CHECK(residual.values.size() == sum.values.size());
  for (std::size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += residual.values[i];
  t.Store(2, std::move(sum));
}

// gate, up -> silu(gate) * up.
void Silu(TaskTensors& t) {
  Matrix gate = t.Load(0);
  const Matrix up = t.Load(1);
  NPU_CHECK(up.values.size() == gate.values.size());
  for (std::size_t i = 0; i < gate.values.size(); ++i) {
    const float g = gate.values[i];
    gate.values[i] = g / (1.0F + std::exp(-g)) * up.values[i];
  }
  t.Store(2, std::move(gate));
}

constexpr std::array kKernels = {
    NumericKernel{"copy_hidden", 2, Copy},
    NumericKernel{"rmsnorm", 3, RmsNorm},
    NumericKernel{"q_proj", 3, MatmulByRow},
    NumericKernel{"k_proj", 3, MatmulByRow},
    NumericKernel{"v_proj", 3, MatmulByRow},
    NumericKernel{"qk_norm", 6, QkNorm},
    NumericKernel{"rope_kv_cache", 10, RopeKvCache},
    NumericKernel{"qk_matmul", 6, QkMatmul},
    NumericKernel{"softmax", 8, Softmax},
    NumericKernel{"sv_matmul", 6, SvMatmul},
    NumericKernel{"online_softmax", 7, OnlineSoftmax},
    NumericKernel{"out_proj", 3, MatmulByRow},
    NumericKernel{"out_proj_residual", 3, Residual},
    NumericKernel{"post_rmsnorm", 3, RmsNorm},
    NumericKernel{"gate_proj", 3, MatmulByRow},
    NumericKernel{"up_proj", 3, MatmulByRow},
    NumericKernel{"silu", 3, Silu},
    NumericKernel{"down_proj", 3, MatmulByRow},
    NumericKernel{"down_proj_residual", 3, Residual},
    NumericKernel{"final_rmsnorm", 3, RmsNorm},
    NumericKernel{"lm_head", 3, MatmulByColumn},
    NumericKernel{"lm_head_store", 2, Copy},
};

}  // namespace

const NumericKernel* FindKernel(std::string_view name) {
  const auto* found =
      std::find_if(kKernels.begin(), kKernels.end(), [&](const NumericKernel& kernel) { return kernel.name == name; });
  return found == kKernels.end() ? nullptr : found;
}

const Arg& TaskTensors::At(std::size_t arg) const {
  const std::span<const Arg> args = program_.Args(task_);
  NPU_CHECK(arg < args.size());
  return args[arg];
}

BufferId TaskTensors::BufferOf(std::size_t arg) const { return At(arg).buffer; }

const Region& TaskTensors::Touched(std::size_t arg) const {
  const Arg& a = At(arg);
  return program_.regions[a.touched == kNoId ? a.region : a.touched];
}

const Region& TaskTensors::Whole(std::size_t arg) const {
  return program_.regions[program_.buffers[At(arg).buffer].whole];
}

Matrix TaskTensors::Load(std::size_t arg) const { return memory_.Load(BufferOf(arg), Touched(arg)); }

std::int64_t TaskTensors::CubeTrips() const {
  return program_.works[program_.tasks[task_].work].slots[kSlotAic].front().trips;
}

std::int64_t TaskTensors::scalar() const { return task_ < program_.scalars.size() ? program_.scalars[task_] : 0; }

void TaskTensors::Store(std::size_t arg, Matrix values) {
  const Arg& a = At(arg);
  stores_.push_back({a.buffer, a.touched == kNoId ? a.region : a.touched, std::move(values)});
}

}  // namespace npusched
