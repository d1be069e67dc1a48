// What the two classic attention programs share: their sizes, inputs and kernels.
//
// QK scores a page of keys, SF turns scores into weights, PV sums values, UP folds a page's sums into the running
// ones. Each kernel serves `requests` requests and `pages` pages of each.
#pragma once

#include <cstdint>
#include <vector>

#include "graphs/builder.h"
#include "graphs/classic_case.h"
#include "graphs/kernel_work.h"

namespace npusched {

struct PagedSizes {
  std::int64_t batch = 0;
  std::int64_t heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t page = 0;  // tokens
  std::vector<std::int64_t> contexts;

  [[nodiscard]] std::int64_t query_rows() const { return heads < kQueryTile ? heads : kQueryTile; }
  [[nodiscard]] std::int64_t query_tiles() const { return (heads + query_rows() - 1) / query_rows(); }
  [[nodiscard]] std::int64_t Pages(std::int64_t request) const { return (contexts[request] + page - 1) / page; }
  [[nodiscard]] std::int64_t MostPages() const;

 private:
  static constexpr std::int64_t kQueryTile = 128;
};
void ReadPagedSizes(CaseReader& read, PagedSizes* sizes);

struct PagedInputs {
  Tensor query, keys, values, block_table, context_lens, out;
};
PagedInputs DeclarePagedInputs(Builder& b, const PagedSizes& sizes);

// The running sums of some rows of queries, allocated by one alloc.
struct RunningSums {
  Tensor oi, li, mi;
};
RunningSums NewSums(Builder& b, std::int64_t rows, std::int64_t head_dim);

struct PagedKernels {
  Launch qk, sf, pv;
  Launch up[2][2];  // [first page][last page]
};
PagedKernels DeclarePagedKernels(Builder& b, const PagedSizes& sizes, std::int64_t requests, std::int64_t pages);

}  // namespace npusched
