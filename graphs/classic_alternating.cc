// Independent products and additions by turns, of hw-native-sys/simpler: no edge, all in the outer scope.
#include <algorithm>

#include "graphs/builder.h"
#include "graphs/classic.h"
#include "graphs/classic_case.h"
#include "graphs/kernel_ops.h"

namespace npusched {
namespace {

using ops::Load;
using ops::MatmulOf;
using ops::Store;
using ops::Vector;

constexpr DType kFp32 = DType::kFloat32;
constexpr std::int64_t kEdge = 128;  // of a block

struct AlternatingSizes {
  std::int64_t batch = 0;
  std::int64_t products = 0;       // blocks multiplied, an element of the batch
  std::int64_t additions = 0;      // blocks added
  std::int64_t product_block = 0;  // blocks a task
  std::int64_t addition_block = 0;
};

KernelWork MatmulWork(std::int64_t blocks) {
  return {.name = "MATMUL",
          .slots = {
              {{blocks,
                1,
                {Load(MemorySpace::kWeight, kFp32, kEdge, kEdge, 0), Load(MemorySpace::kWeight, kFp32, kEdge, kEdge, 1),
                 MatmulOf(kFp32, kEdge, kEdge, kEdge), Store(MemorySpace::kActivation, kFp32, kEdge, kEdge, 2)}}},
              {},
              {}}};
}

KernelWork AddWork(std::int64_t blocks) {
  return {.name = "ADD",
          .slots = {
              {},
              {{blocks,
                1,
                {Load(MemorySpace::kWeight, kFp32, kEdge, kEdge, 0), Load(MemorySpace::kWeight, kFp32, kEdge, kEdge, 1),
                 Vector(VectorOp::kAdd, kEdge, kEdge), Store(MemorySpace::kActivation, kFp32, kEdge, kEdge, 2)}}},
              {}}};
}

Program Emit(const AlternatingSizes& s) {
  Builder b("alternating");
  const Launch matmul = b.Kernel(MatmulWork(s.product_block));
  const Launch add = b.Kernel(AddWork(s.addition_block));
  const std::int64_t matmuls = s.batch * s.products / s.product_block;
  const std::int64_t adds = s.batch * s.additions / s.addition_block;
  // The i-th window of each of three tensors.
  struct Operands {
    Tensor left, right, result;
    std::int64_t elements;
  };
  const auto declare = [&](std::int64_t tasks, std::int64_t blocks, const char* x, const char* y, const char* z) {
    const std::int64_t elements = blocks * kEdge * kEdge;
    return Operands{b.External(x, kFp32, {tasks * elements}), b.External(y, kFp32, {tasks * elements}),
                    b.External(z, kFp32, {tasks * elements}), elements};
  };
  const auto submit = [&](const Launch& kernel, const Operands& of, std::int64_t i) {
    const auto window = [&](const Tensor& whole) { return b.Slice(whole, {i * of.elements}, {of.elements}); };
    b.Submit(kernel).In(window(of.left), window(of.right)).OutExisting(window(of.result));
  };
  const Operands product = declare(matmuls, s.product_block, "A", "B", "C");
  const Operands sum = declare(adds, s.addition_block, "X", "Y", "Z");
  for (std::int64_t i = 0; i < std::max(matmuls, adds); ++i) {
    if (i < matmuls) submit(matmul, product, i);
    if (i < adds) submit(add, sum, i);
  }
  return b.Finish();
}

}  // namespace

Result<Program> EmitAlternating(const ConfigNode& program, const ConfigNode& cases) {
  AlternatingSizes s;
  CaseReader read("alternating", program, cases);
  read.Size("batch", &s.batch);
  read.Size("products", &s.products, 4096);
  read.Size("additions", &s.additions, 4096);
  read.Size("product_block", &s.product_block, 4096);
  read.Size("addition_block", &s.addition_block, 4096);
  read.CheckTasks(static_cast<double>(s.batch) * static_cast<double>(s.products + s.additions));
  if (read.ok() && s.batch * s.products % s.product_block != 0) {
    read.Fail("product_block", "expected a divisor of batch x products");
  }
  if (read.ok() && s.batch * s.additions % s.addition_block != 0) {
    read.Fail("addition_block", "expected a divisor of batch x additions");
  }
  if (Status status = read.Finish(); !status.ok()) return status.error();
  return Emit(s);
}

}  // namespace npusched
