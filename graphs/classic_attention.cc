#include "graphs/classic_attention.h"

#include <algorithm>
#include <utility>

#include "graphs/kernel_ops.h"

namespace npusched {
namespace {

using ops::Load;
using ops::MatmulOf;
using ops::Store;
using ops::Vector;
using enum MemorySpace;

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

KernelWork OnAic(std::string name, std::vector<Loop> loops) {
  return {.name = std::move(name), .slots = {std::move(loops), {}, {}}};
}

KernelWork OnAiv(std::string name, std::vector<Loop> loops) {
  return {.name = std::move(name), .slots = {{}, std::move(loops), {}}};
}

// The same steps for every request.
std::vector<Loop> Repeat(std::int64_t requests, const std::vector<Loop>& loops) {
  if (loops.size() == 1) return {{requests * loops[0].trips, loops[0].stage, loops[0].body}};
  std::vector<Loop> all;
  for (std::int64_t r = 0; r < requests; ++r) all.insert(all.end(), loops.begin(), loops.end());
  return all;
}

// args: sij -> pij, mij, lij, whose positions differ by what stands between.
KernelWork SoftmaxWork(const PagedSizes& s, std::int64_t requests, std::int64_t pages) {
  const std::int64_t rows = s.query_rows();
  std::vector<Op> scores = {Load(kActivation, kFp32, rows, s.page, 0)};
  for (const VectorOp op : {VectorOp::kScale, VectorOp::kMax, VectorOp::kExp, VectorOp::kSum, VectorOp::kCast}) {
    scores.push_back(Vector(op, rows, s.page));
  }
  scores.push_back(Store(kActivation, kBf16, rows, s.page, 1));
  const std::vector<Op> statistics = {Store(kActivation, kFp32, 1, rows, 2), Store(kActivation, kFp32, 1, rows, 3)};
  return OnAiv("SF", Repeat(requests, {{pages, 1, std::move(scores)}, {1, 1, statistics}}));
}

// args: mij, lij, oi_new, mi, li, oi, out.
KernelWork UpdateWork(const PagedSizes& s, std::int64_t requests, bool first, bool last) {
  const std::int64_t rows = s.query_rows();
  std::vector<Op> body = {Load(kActivation, kFp32, 1, rows, 0), Load(kActivation, kFp32, 1, rows, 1),
                          Load(kActivation, kFp32, rows, s.head_dim, 2)};
  if (!first) {
    const std::vector<Op> running = {Load(kActivation, kFp32, 1, rows, 3),
                                     Load(kActivation, kFp32, 1, rows, 4),
                                     Load(kActivation, kFp32, rows, s.head_dim, 5),
                                     Vector(VectorOp::kMax, 1, rows),
                                     Vector(VectorOp::kExp, 1, rows),
                                     Vector(VectorOp::kMul, rows, s.head_dim),
                                     Vector(VectorOp::kAdd, rows, s.head_dim)};
    body.insert(body.end(), running.begin(), running.end());
  }
  if (last) body.push_back(Vector(VectorOp::kDiv, rows, s.head_dim));
  body.push_back(Store(kActivation, kFp32, 1, rows, 3));
  body.push_back(Store(kActivation, kFp32, 1, rows, 4));
  if (first || !last) body.push_back(Store(kActivation, kFp32, rows, s.head_dim, 5));
  if (last) body.push_back(Store(kActivation, kFp32, rows, s.head_dim, 6));
  return OnAiv("UP", {{requests, 1, std::move(body)}});
}

}  // namespace

std::int64_t PagedSizes::MostPages() const { return (std::ranges::max(contexts) + page - 1) / page; }

void ReadPagedSizes(CaseReader& read, PagedSizes* sizes) {
  read.Size("batch", &sizes->batch, 1 << 14);
  read.Size("heads", &sizes->heads, 1 << 12);
  read.Size("head_dim", &sizes->head_dim, 1 << 12);
  read.Size("page", &sizes->page, 1 << 12);
  read.Sizes("contexts", sizes->batch, &sizes->contexts);
  if (read.ok() && sizes->heads % sizes->query_rows() != 0) read.Fail("heads", "expected 128 or less, or a multiple");
}

PagedInputs DeclarePagedInputs(Builder& b, const PagedSizes& s) {
  const std::int64_t pages = s.MostPages();
  const std::int64_t cache_rows = s.batch * pages * s.page;
  return {b.External("query", kBf16, {s.batch * s.heads, s.head_dim}),
          b.External("key_cache", kBf16, {cache_rows, s.head_dim}),
          b.External("value_cache", kBf16, {cache_rows, s.head_dim}),
          b.External("block_table", DType::kInt32, {s.batch, pages}),
          b.External("context_lens", DType::kInt32, {s.batch}),
          b.External("out", kFp32, {s.batch * s.heads, s.head_dim})};
}

RunningSums NewSums(Builder& b, std::int64_t rows, std::int64_t head_dim) {
  return {b.New("oi", kFp32, {rows, head_dim}), b.New("li", kFp32, {rows}), b.New("mi", kFp32, {rows})};
}

PagedKernels DeclarePagedKernels(Builder& b, const PagedSizes& s, std::int64_t requests, std::int64_t pages) {
  const std::int64_t rows = s.query_rows();
  const Loop query{1, 1, {Load(kActivation, kBf16, rows, s.head_dim, 0)}};
  const Loop score{pages,
                   1,
                   {Load(kCache, kBf16, s.page, s.head_dim, 1), MatmulOf(kBf16, rows, s.page, s.head_dim),
                    Store(kActivation, kFp32, rows, s.page, 3)}};
  const Loop weigh{pages,
                   1,
                   {Load(kActivation, kBf16, rows, s.page, 0), Load(kCache, kBf16, s.page, s.head_dim, 1),
                    MatmulOf(kBf16, rows, s.head_dim, s.page)}};
  const Loop sums{1, 1, {Store(kActivation, kFp32, rows, s.head_dim, 3)}};
  PagedKernels kernels{.qk = b.Kernel(OnAic("QK", Repeat(requests, {query, score}))),
                       .sf = b.Kernel(SoftmaxWork(s, requests, pages)),
                       .pv = b.Kernel(OnAic("PV", Repeat(requests, {weigh, sums}))),
                       .up = {}};
  for (const bool first : {false, true}) {
    for (const bool last : {false, true}) {
      kernels.up[first ? 1 : 0][last ? 1 : 0] = b.Kernel(UpdateWork(s, requests, first, last));
    }
  }
  return kernels;
}

}  // namespace npusched
