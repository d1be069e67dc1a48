// Paged attention of hw-native-sys/simpler for one request at a time, in groups of pages: with inferred dependencies,
// or in MANUAL scopes with those that its authors wrote down.
#include <algorithm>
#include <map>

#include "graphs/classic.h"
#include "graphs/classic_attention.h"

namespace npusched {
namespace {

struct UnrollSizes {
  PagedSizes paged;
  std::int64_t pages_per_group = 0;
  bool manual_scope = false;
};

class UnrolledAttention {
 public:
  explicit UnrolledAttention(const UnrollSizes& sizes) : s_(sizes.paged), o_(sizes), in_(DeclarePagedInputs(b_, s_)) {}

  Program Emit() {
    for (std::int64_t request = 0; request < s_.batch; ++request) {
      for (std::int64_t q = 0; q < s_.query_tiles(); ++q) {
        b_.Scope(o_.manual_scope ? ScopeKind::kManual : ScopeKind::kAuto, [&] { Request(request, q); });
      }
    }
    return b_.Finish();
  }

 private:
  struct Step {
    RunningSums sums;
    Tensor query, out;  // windows of this request and query tile
    TaskId alloc = kNoTask;
    TaskId previous = kNoTask;  // the UP before
    bool last = false;
  };

  void Request(std::int64_t request, std::int64_t q) {
    const std::int64_t pages = s_.Pages(request);
    const std::int64_t rows = s_.query_rows();
    const std::int64_t first_row = request * s_.heads + q * rows;
    Step step{.sums = NewSums(b_, rows, s_.head_dim),
              .query = b_.Rows(in_.query, first_row, rows),
              .out = ManualDep(b_.Rows(in_.out, first_row, rows))};
    step.alloc = b_.SubmitAlloc().Creates(step.sums.oi, step.sums.li, step.sums.mi);
    for (std::int64_t done = 0; done < pages; done += o_.pages_per_group) {
      const std::int64_t group = std::min(o_.pages_per_group, pages - done);
      step.last = done + group == pages;
      step.previous = Group(group, step);
    }
  }

  // Returns its UP.
  TaskId Group(std::int64_t pages, const Step& step) {
    if (!kernels_.contains(pages)) kernels_[pages] = DeclarePagedKernels(b_, s_, 1, pages);
    const PagedKernels& k = kernels_[pages];
    const std::int64_t rows = s_.query_rows();
    const Tensor sij = b_.New("sij", DType::kFloat32, {rows, pages * s_.page});
    const Tensor pij = b_.New("pij", DType::kBFloat16, {rows, pages * s_.page});
    const Tensor mij = b_.New("mij", DType::kFloat32, {rows});
    const Tensor lij = b_.New("lij", DType::kFloat32, {rows});
    const Tensor oi_new = b_.New("oi_new", DType::kFloat32, {rows, s_.head_dim});
    const bool first = step.previous == kNoTask;
    const TaskId qk = b_.Submit(k.qk).In(step.query, in_.keys, in_.block_table).Creates(sij);
    Submission softmax = b_.Submit(k.sf).In(sij).Creates(pij, mij, lij);
    if (o_.manual_scope) softmax.Dep(qk);
    Submission sums = b_.Submit(k.pv).In(pij, in_.values, in_.block_table).Creates(oi_new);
    if (o_.manual_scope) sums.Dep(softmax);
    Submission update = b_.Submit(k.up[first ? 1 : 0][step.last ? 1 : 0])
                            .In(mij, lij, oi_new)
                            .InOut(step.sums.mi)
                            .InOut(step.sums.li)
                            .InOut(step.sums.oi)
                            .InOut(step.out);
    if (!o_.manual_scope) return update;
    update.Dep(sums);
    if (!first) update.Dep(step.previous);
    if (step.last) update.Dep(step.alloc);
    return update;
  }

  Builder b_{"paged_attention_unroll"};
  const PagedSizes& s_;
  const UnrollSizes& o_;
  PagedInputs in_;
  std::map<std::int64_t, PagedKernels> kernels_;  // by pages
};

}  // namespace

Result<Program> EmitPagedAttentionUnroll(const ConfigNode& program, const ConfigNode& cases) {
  UnrollSizes sizes;
  CaseReader read("paged_attention_unroll", program, cases);
  ReadPagedSizes(read, &sizes.paged);
  read.Size("pages_per_group", &sizes.pages_per_group, 1 << 12);
  read.Switch("manual_scope", &sizes.manual_scope);
  if (read.ok()) {
    const std::int64_t groups = (sizes.paged.MostPages() + sizes.pages_per_group - 1) / sizes.pages_per_group;
    read.CheckTasks(static_cast<double>(sizes.paged.batch * sizes.paged.query_tiles() * (1 + 4 * groups)));
  }
  if (Status status = read.Finish(); !status.ok()) return status.error();
  return UnrolledAttention(sizes).Emit();
}

}  // namespace npusched
