// The kernels whose times were published and may be fitted, priced on ascend_a2a3. The table it prints is the one of
// docs/cost_model.md. How each kernel is stated here is how docs/decode programs state theirs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/config.h"
#include "graphs/kernel_ops.h"
#include "hw_models/kernel_cost.h"

namespace npusched {
namespace {

using ops::Load;
using ops::Matmul;
using ops::Store;
using ops::Vector;

constexpr auto kWeight = MemorySpace::kWeight;
constexpr auto kCache = MemorySpace::kCache;
constexpr auto kActivation = MemorySpace::kActivation;
constexpr auto kBf16 = DType::kBFloat16;
constexpr auto kFp32 = DType::kFloat32;

std::vector<Op> ProjectionTrip(std::int64_t k, std::int64_t n) {
  return {Load(kActivation, kBf16, 16, k, 0), Load(kWeight, kBf16, k, n, 1), Matmul(16, n, k)};
}

KernelWork Cube(std::vector<Loop> loops) { return {"", {std::move(loops), {}, {}}}; }
KernelWork VectorCore(std::vector<Loop> loops) { return {"", {{}, std::move(loops), {}}}; }

KernelWork Projection(std::int64_t blocks, std::int64_t steps, std::int64_t k, std::int64_t n, std::int32_t stage) {
  std::vector<Loop> loops;
  for (std::int64_t i = 0; i < blocks; ++i) {
    loops.push_back({steps, stage, ProjectionTrip(k, n)});
    loops.push_back({1, 1, {Store(kActivation, kFp32, 16, n, 2)}});
  }
  return Cube(std::move(loops));
}

// Per page and KV head: 128 tokens of K (or V), a product, a store.
KernelWork Qk(std::int64_t units) {
  return Cube(
      {{1, 1, {Load(kActivation, kBf16, 32, 128, 0)}},
       {units, 1, {Load(kCache, kBf16, 128, 128, 1), Matmul(16, 128, 128), Store(kActivation, kFp32, 16, 128, 2)}}});
}
KernelWork Sv(std::int64_t units) {
  return Cube({{units,
                1,
                {Load(kActivation, kBf16, 16, 128, 0), Load(kCache, kBf16, 128, 128, 1), Matmul(16, 128, 128),
                 Store(kActivation, kFp32, 16, 128, 2)}}});
}

KernelWork Softmax(std::int64_t units) {
  return VectorCore(
      {{units,
        1,
        {Load(kActivation, kFp32, 16, 128, 0), Vector(VectorOp::kScale, 16, 128), Vector(VectorOp::kFill, 16, 128),
         Vector(VectorOp::kMax, 16, 128), Vector(VectorOp::kAdd, 16, 128), Vector(VectorOp::kExp, 16, 128),
         Vector(VectorOp::kCast, 16, 128), Vector(VectorOp::kCast, 16, 128), Vector(VectorOp::kSum, 16, 128),
         Store(kActivation, kBf16, 16, 128, 1), Store(kActivation, kFp32, 1, 16, 2),
         Store(kActivation, kFp32, 1, 16, 3)}}});
}

// Per page: the running maximum and sum and the partial output take in the page's.
KernelWork Online(std::int64_t units, std::int64_t heads) {
  const auto small = [](VectorOp op) { return Vector(op, 16, 1); };
  return VectorCore(
      {{units,
        1,
        {Load(kActivation, kFp32, 16, 128, 0), Load(kActivation, kFp32, 1, 16, 1), Load(kActivation, kFp32, 1, 16, 2),
         small(VectorOp::kMax), small(VectorOp::kAdd), small(VectorOp::kExp), small(VectorOp::kAdd),
         small(VectorOp::kExp), small(VectorOp::kMul), small(VectorOp::kMul), small(VectorOp::kAdd),
         Vector(VectorOp::kScale, 16, 128), Vector(VectorOp::kScale, 16, 128), Vector(VectorOp::kAdd, 16, 128)}},
       {heads,
        1,
        {Vector(VectorOp::kDiv, 16, 128), Vector(VectorOp::kCast, 5, 128), Store(kActivation, kBf16, 1, 640, 3)}}});
}

// A row of one head at a time: two halves rotated, 8 KV heads with their V row and 40 query heads.
KernelWork Rope() {
  const std::vector<Op> rotate = {
      Load(kActivation, kFp32, 1, 64, 0),  Load(kActivation, kFp32, 1, 64, 0), Vector(VectorOp::kMul, 1, 64),
      Vector(VectorOp::kMul, 1, 64),       Vector(VectorOp::kAdd, 1, 64),      Vector(VectorOp::kCast, 1, 64),
      Store(kActivation, kBf16, 1, 64, 1), Vector(VectorOp::kMul, 1, 64),      Vector(VectorOp::kMul, 1, 64),
      Vector(VectorOp::kAdd, 1, 64),       Vector(VectorOp::kCast, 1, 64),     Store(kActivation, kBf16, 1, 64, 1)};
  return VectorCore(
      {{48, 1, rotate},
       {8,
        1,
        {Load(kActivation, kFp32, 1, 128, 2), Vector(VectorOp::kCast, 1, 128), Store(kActivation, kBf16, 1, 128, 3),
         Vector(VectorOp::kFill, 11, 128), Store(kActivation, kBf16, 11, 128, 1)}}});
}

KernelWork Silu(std::int64_t n) {
  const auto all = [n](VectorOp op) { return Vector(op, 16, n); };
  return VectorCore({{1,
                      1,
                      {Load(kActivation, kFp32, 16, n, 0), Load(kActivation, kFp32, 16, n, 1), all(VectorOp::kScale),
                       all(VectorOp::kExp), all(VectorOp::kAdd), all(VectorOp::kDiv), all(VectorOp::kMul),
                       all(VectorOp::kMul), all(VectorOp::kCast), Store(kActivation, kBf16, 16, n, 2)}}});
}

KernelWork Residual(std::int64_t n) {
  return VectorCore(
      {{1,
        1,
        {Load(kActivation, kFp32, 16, n, 0), Load(kActivation, kFp32, 16, n, 1), Vector(VectorOp::kAdd, 16, n),
         Vector(VectorOp::kCast, 16, n), Store(kActivation, kBf16, 16, n, 2)}}});
}

KernelWork RmsNorm(std::int64_t chunk) {
  const auto all = [chunk](VectorOp op) { return Vector(op, 16, chunk); };
  const std::int64_t chunks = 5120 / chunk;
  return VectorCore(
      {{chunks,
        1,
        {Load(kActivation, kBf16, 16, chunk, 0), all(VectorOp::kCast), all(VectorOp::kMul), all(VectorOp::kSum),
         Vector(VectorOp::kAdd, 16, 1)}},
       {1, 1, {Vector(VectorOp::kScale, 16, 1), Vector(VectorOp::kRsqrt, 16, 1)}},
       {chunks,
        1,
        {Load(kActivation, kBf16, 16, chunk, 0), Load(kWeight, kFp32, 1, chunk, 1), all(VectorOp::kCast),
         all(VectorOp::kScale), all(VectorOp::kMul), all(VectorOp::kCast), Store(kActivation, kBf16, 16, chunk, 2)}}});
}

// 24 cores in 4 x 6, base tiles of 128 x 256, K in steps of 256, double buffered; operands come from L2.
KernelWork Gemm(std::int64_t size) {
  const std::int64_t tiles = (size / 128) * (size / 256) / 24;
  std::vector<Loop> loops;
  for (std::int64_t i = 0; i < tiles; ++i) {
    loops.push_back(
        {size / 256,
         2,
         {Load(kActivation, kBf16, 128, 256, 0), Load(kActivation, kBf16, 256, 256, 1), Matmul(128, 256, 256)}});
    loops.push_back({1, 1, {Store(kActivation, kFp32, 128, 256, 2)}});
  }
  return Cube(std::move(loops));
}

struct Row {
  std::string id;
  double published_us;
  KernelWork work;
};

std::vector<Row> Rows() {
  return {{"down_proj_n128", 135, Projection(1, 68, 256, 128, 1)},
          {"down_proj_n256", 180, Projection(1, 68, 256, 256, 1)},
          {"out_proj_splitk", 22, Projection(1, 16, 64, 512, 2)},
          {"lm_head_n512", 110, Projection(2, 10, 512, 256, 1)},
          {"rope_16", 36, Rope()},
          {"silu_n512", 2.82, Silu(512)},
          {"down_residual_n128", 2.59, Residual(128)},
          {"rmsnorm_5120", 23.95, RmsNorm(512)},
          {"qk_8blocks", 29.35, Qk(16)},
          {"softmax_8blocks", 19.40, Softmax(16)},
          {"sv_8blocks", 31.65, Sv(16)},
          {"online_8blocks", 20.82, Online(16, 2)},
          {"online_16x4096", 86.4, Online(32, 1)},
          {"gemm_1536", 38.8, Gemm(1536)},
          {"gemm_3072", 206.7, Gemm(3072)}};
}

Machine LoadAscend() {
  Result<ConfigNode> node =
      LoadYaml(getenv("HWY") ? getenv("HWY") : NPUSCHED_SOURCE_DIR "/configs/hardware/ascend_a2a3.yaml");
  EXPECT_TRUE(node.ok()) << (node.ok() ? "" : node.error().ToString());
  Result<Machine> machine = ReadMachine(*node);
  EXPECT_TRUE(machine.ok()) << (machine.ok() ? "" : machine.error().ToString());
  return *machine;
}

double Price(const KernelWork& work, const Machine& machine) {
  Result<KernelCost> cost = PriceKernel(work, machine);
  EXPECT_TRUE(cost.ok()) << (cost.ok() ? "" : cost.error().ToString());
  return ToUs(cost->slots[kSlotAic].duration + cost->slots[kSlotAiv0].duration);
}

TEST(PublishedKernels, ErrorsStayWithinWhatTheDocsSay) {
  const Machine machine = LoadAscend();
  std::vector<double> errors;
  std::string table = "| kernel | published us | model us | error % |\n|---|---:|---:|---:|\n";
  for (const Row& row : Rows()) {
    const double us = Price(row.work, machine);
    const double error = 100 * (us / row.published_us - 1);
    errors.push_back(std::abs(error));
    table += fmt::format("| {} | {} | {:.2f} | {:+.1f} |\n", row.id, row.published_us, us, error);
  }
  std::sort(errors.begin(), errors.end());
  fmt::print("{}median {:.1f} %\n", table, errors[errors.size() / 2]);
  for (auto [k, n] : {std::pair{64, 2}, {64, 1}})
    fmt::print("lm64 k{} stage{} {:.2f}\n", k, n, Price(Projection(1, 40, 128, 64, n), machine));
  fmt::print("P {:.2f} P2 {:.2f}\n", Price(Projection(1, 20, 256, 256, 1), machine),
             Price(Projection(1, 20, 256, 256, 2), machine));
}

}  // namespace
}  // namespace npusched
