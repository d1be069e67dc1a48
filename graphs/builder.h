// The small language an emitter is written in: it reads as the orchestration source reads and fills
// a Program. First step of the flow; docs/programs.md shows how to write an emitter with it.
//
//   Builder b("scale");
//   const Launch scale = b.Kernel(work);                         // outside the loops
//   const Tensor x = b.External("x", DType::kFloat32, {64, 256});
//   const Tensor y = b.Create("y", DType::kFloat32, {64, 256});  // one alloc at the top of the body
//   b.Parallel(4, [&](std::int64_t i) {                          // each iteration is a scope
//     b.Submit(scale).In(b.Rows(x, 16 * i, 16)).Out(y).Touching(b.Rows(y, 16 * i, 16));
//   });
//   Program program = b.Finish();
//
// graphs/write_tags.h has the rule for the tags of written tensors. A misuse of the language is a CHECK.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "graphs/program.h"
#include "graphs/submission.h"
#include "graphs/write_tags.h"

namespace npusched {

class Builder {
 public:
  using Dims = std::initializer_list<std::int64_t>;

  // Opens the AUTO scope around the whole program (depth 1).
  explicit Builder(std::string name);

  // Each call states one work; kernels of one name share their id. The filled slots give the core.
  Launch Kernel(KernelWork work);
  // A kernel whose blocks have a work each, in order, on the same cores. A submit launches as many blocks.
  Launch KernelOfBlocks(std::span<const KernelWork> blocks);
  // A kernel without work: its tasks say how long they last.
  Launch Kernel(std::string_view name, CoreShape core);

  Tensor External(std::string_view name, DType dtype, Dims shape);
  // Stands before the first statement of an AUTO body; the tensors created there share allocs of up to
  // 16, issued at that first statement. What a MANUAL body needs is created in the body around it.
  Tensor Create(std::string_view name, DType dtype, Dims shape);
  // Issues the alloc of what this body has created so far: what comes after it gets one of its own.
  void AllocCreated() { FlushCreated(); }
  // A tensor of a run-time shape: an alloc of its own, at its place.
  Tensor CreateAlone(std::string_view name, DType dtype, Dims shape);

  // Storage from the heap that the task which Creates() it allocates.
  Tensor New(std::string_view name, DType dtype, Dims shape);

  Tensor Slice(const Tensor& tensor, Dims begin, Dims shape);
  // Of a tensor of rank 2.
  Tensor Rows(const Tensor& tensor, std::int64_t first, std::int64_t count);
  Tensor Columns(const Tensor& tensor, std::int64_t first, std::int64_t count);
  // Any strided box of the buffer, in elements from its start.
  Tensor Box(const Tensor& tensor, std::int64_t offset, Dims shape, Dims strides);

  Submission Submit(const Launch& launch);
  // A full node of the graph without a core.
  Submission Dummy();
  // An alloc written out, for programs that call alloc_tensors themselves: b.SubmitAlloc().Creates(x, y).
  Submission SubmitAlloc();

  // Runs `body(i)` for i in [0, trips), each in a scope of its own. Inside a MANUAL scope a loop body opens
  // none: the runtime refuses AUTO there.
  template <typename Body>
  void Parallel(std::int64_t trips, const Body& body) {
    Loop(trips, false, body);
  }
  template <typename Body>
  void Sequential(std::int64_t trips, const Body& body) {
    Loop(trips, true, body);
  }
  template <typename Body>
  void Scope(ScopeKind kind, const Body& body) {
    BeginStatement();
    OpenScope(kind);
    tags_.OpenBody(false);
    body();
    Close(true);
  }

  // REQUIRES: called once, outside all loops and scopes.
  Program Finish();

 private:
  friend class Submission;

  struct RegionHash {
    std::size_t operator()(const Region& region) const;
  };

  template <typename Body>
  void Loop(std::int64_t trips, bool sequential, const Body& body) {
    BeginStatement();
    const bool scoped = !InManual();
    for (std::int64_t i = 0; i < trips; ++i) {
      if (scoped) OpenScope(ScopeKind::kAuto);
      tags_.OpenBody(sequential);
      at_top_ = true;
      body(i);
      Close(scoped);
    }
  }
  [[nodiscard]] bool InManual() const { return program_.scopes[scope_].kind == ScopeKind::kManual; }
  void BeginStatement();
  void OpenScope(ScopeKind kind);
  void Close(bool scoped);
  void FlushCreated();
  void Alloc(std::span<const BufferId> buffers);
  TaskId AddTask(const Launch& launch);
  BufferId AddBuffer(std::string_view name, DType dtype, Dims shape, bool from_heap);
  [[nodiscard]] Tensor Whole(BufferId buffer) const;
  KernelId InternKernel(std::string_view name, CoreShape core);
  RegionId Intern(const Region& region);

  Program program_;
  Launch alloc_;
  Launch dummy_;
  WriteTags tags_;
  ScopeId scope_ = 0;              // the innermost
  bool at_top_ = true;             // no statement of the innermost body has begun
  std::vector<BufferId> created_;  // in the innermost body, not yet allocated
  std::unordered_map<Region, RegionId, RegionHash> region_ids_;
  std::unordered_map<std::string, std::uint32_t> name_ids_;
};

}  // namespace npusched
