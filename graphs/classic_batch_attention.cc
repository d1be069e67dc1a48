// Paged attention of hw-native-sys/simpler for chunks of requests: each page step is a scope of four tasks.
#include <algorithm>
#include <map>

#include "graphs/classic.h"
#include "graphs/classic_attention.h"

namespace npusched {
namespace {

struct ChunkSizes {
  PagedSizes paged;
  std::int64_t chunk = 0;  // requests served together
};

class BatchAttention {
 public:
  explicit BatchAttention(const ChunkSizes& sizes)
      : s_(sizes.paged), chunk_(sizes.chunk), in_(DeclarePagedInputs(b_, s_)) {}

  Program Emit() {
    for (std::int64_t q = 0; q < s_.query_tiles(); ++q) {
      for (std::int64_t first = 0; first < s_.batch; first += chunk_) {
        b_.Scope(ScopeKind::kAuto, [&] { Chunk(first, std::min(chunk_, s_.batch - first)); });
      }
    }
    return b_.Finish();
  }

 private:
  void Chunk(std::int64_t first, std::int64_t requests) {
    std::int64_t pages = 0;
    for (std::int64_t r = first; r < first + requests; ++r) pages = std::max(pages, s_.Pages(r));
    if (!kernels_.contains(requests)) kernels_[requests] = DeclarePagedKernels(b_, s_, requests, 1);
    const RunningSums sums = NewSums(b_, requests * s_.query_rows(), s_.head_dim);
    b_.SubmitAlloc().Creates(sums.oi, sums.li, sums.mi);
    for (std::int64_t page = 0; page < pages; ++page) {
      b_.Scope(ScopeKind::kAuto, [&] { PageStep(requests, sums, page == 0, page + 1 == pages); });
    }
  }

  void PageStep(std::int64_t requests, const RunningSums& sums, bool first, bool last) {
    const PagedKernels& k = kernels_[requests];
    const std::int64_t rows = requests * s_.query_rows();
    const Tensor sij = b_.New("sij", DType::kFloat32, {rows, s_.page});
    const Tensor pij = b_.New("pij", DType::kBFloat16, {rows, s_.page});
    const Tensor mij = b_.New("mij", DType::kFloat32, {rows});
    const Tensor lij = b_.New("lij", DType::kFloat32, {rows});
    const Tensor oi_new = b_.New("oi_new", DType::kFloat32, {rows, s_.head_dim});
    b_.Submit(k.qk).In(in_.query, in_.keys, in_.block_table).Creates(sij);
    b_.Submit(k.sf).In(sij, in_.context_lens).Creates(pij, mij, lij);
    b_.Submit(k.pv).In(pij, in_.values, in_.block_table).Creates(oi_new);
    b_.Submit(k.up[first ? 1 : 0][last ? 1 : 0])
        .In(mij, lij, oi_new)
        .InOut(sums.mi)
        .InOut(sums.li)
        .InOut(sums.oi)
        .InOut(ManualDep(in_.out));
  }

  Builder b_{"batch_paged_attention"};
  const PagedSizes& s_;
  std::int64_t chunk_;
  PagedInputs in_;
  std::map<std::int64_t, PagedKernels> kernels_;  // by requests
};

}  // namespace

Result<Program> EmitBatchPagedAttention(const ConfigNode& program, const ConfigNode& cases) {
  ChunkSizes sizes;
  CaseReader read("batch_paged_attention", program, cases);
  ReadPagedSizes(read, &sizes.paged);
  read.Size("chunk", &sizes.chunk);
  if (read.ok()) {
    const std::int64_t chunks = (sizes.paged.batch + sizes.chunk - 1) / sizes.chunk;
    read.CheckTasks(static_cast<double>(chunks) *
                    static_cast<double>(sizes.paged.query_tiles() * (1 + 4 * sizes.paged.MostPages())));
  }
  if (Status status = read.Finish(); !status.ok()) return status.error();
  return BatchAttention(sizes).Emit();
}

}  // namespace npusched
