#include "graphs/qwen3_mix_kernels.h"

#include <string>
#include <utility>
#include <vector>

#include "graphs/kernel_ops.h"
#include "graphs/qwen3_kernels.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;
constexpr std::uint8_t kPipe = 3;  // argument of every kernel here

KernelWork MatmulAndResidual(std::string name, const MatmulShape& product, DType residual, DType sum) {
  return OnMix(std::move(name), MatmulLoops(product),
               ResidualLoops(HalfRows(product.rows), product.columns, residual, sum,
                             {.result = kPipe, .residual = 2, .sum = 4}));
}

}  // namespace

KernelWork OutProjMixWork(std::string name, const Qwen3Sizes& s) {
  return MatmulAndResidual(std::move(name),
                           {.rows = s.batch_tile,
                            .columns = s.o_out,
                            .depth = s.hidden,
                            .step = s.k_chunk,
                            .stage = s.matmul_stage,
                            .result = kPipe},
                           kBf16, kFp32);
}

KernelWork DownProjMixWork(const Qwen3Sizes& s) {
  return MatmulAndResidual("down_proj",
                           {.rows = s.batch_tile,
                            .columns = s.down_out,
                            .depth = s.intermediate,
                            .step = s.down_k,
                            .stage = s.matmul_stage,
                            .result = kPipe},
                           kFp32, kBf16);
}

KernelWork GateUpSiluWork(const Qwen3Sizes& s) {
  const std::int64_t columns = s.mlp_out_chunk;
  const std::vector<Op> step = {Load(kWeight, kBf16, s.k_chunk, columns, 1),
                                Load(kWeight, kBf16, s.k_chunk, columns, 2),
                                Load(kActivation, kBf16, s.batch_tile, s.k_chunk, 0),
                                Matmul(s.batch_tile, columns, s.k_chunk), Matmul(s.batch_tile, columns, s.k_chunk)};
  const Op product = Store(kActivation, kFp32, s.batch_tile, columns, kPipe);
  const std::int64_t rows = HalfRows(s.batch_tile);
  std::vector<Op> vector = {Load(kActivation, kFp32, rows, columns, kPipe),
                            Load(kActivation, kFp32, rows, columns, kPipe)};
  const std::vector<Op> silu = SiluOps(rows, columns);
  vector.insert(vector.end(), silu.begin(), silu.end());
  vector.push_back(Store(kActivation, kBf16, rows, columns, 4));
  return OnMix("gate_up_silu",
               {{s.hidden / s.k_chunk, static_cast<std::int32_t>(s.matmul_stage), step}, {1, 1, {product, product}}},
               {{1, 1, std::move(vector)}});
}

}  // namespace npusched
