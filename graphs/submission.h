// The words of one submit: which kernel, on which tensors, after which tasks.
//
//   b.Submit(matmul).In(x, w).Out(acc);
//   b.Submit(add).In(acc, b.Rows(bias, i, 1)).InOut(sum).Dep(seed).Blocks(4);
#pragma once

#include <cstdint>
#include <span>

#include "graphs/program.h"

namespace npusched {

// A buffer as one argument sees it: the whole, or a window. Copy freely.
struct Tensor {
  BufferId buffer = kNoId;
  RegionId region = kNoId;
  bool manual_dep = false;  // a window does not inherit it
};

inline Tensor ManualDep(Tensor tensor) {
  tensor.manual_dep = true;
  return tensor;
}

// A kernel ready to be submitted. Made once, outside the loops.
struct Launch {
  KernelId kernel = 0;
  WorkId work = kNoWork;
  CoreShape core = CoreShape::kAiv;
  std::uint8_t slots = 0;
  std::uint32_t blocks = 1;
  std::uint32_t first_block_work = kNoId;  // where they differ
};

class Builder;

// The task being submitted; arguments take their positions in the order they are named.
// Valid until the builder's next statement.
class Submission {
 public:
  template <typename... Tensors>
  Submission& In(const Tensors&... tensors) {
    (Add(tensors, ArgTag::kInput, Access::kByTag), ...);
    return *this;
  }
  // Only written: the builder decides between OUTPUT_EXISTING and INOUT.
  template <typename... Tensors>
  Submission& Out(const Tensors&... tensors) {
    (AddOut(tensors), ...);
    return *this;
  }
  // Read and written.
  Submission& InOut(const Tensor& tensor);
  // Added to atomically: INOUT, but in any order with others that add.
  Submission& Accumulate(const Tensor& tensor);
  // Opted out of the overlap map in this task alone.
  template <typename... Tensors>
  Submission& NoDepIn(const Tensors&... tensors) {
    (Add(tensors, ArgTag::kNoDep, Access::kRead), ...);
    return *this;
  }
  template <typename... Tensors>
  Submission& NoDepOut(const Tensors&... tensors) {
    (AddNoDepOut(tensors), ...);
    return *this;
  }
  // A tensor the compiler left no doubt about: OUTPUT_EXISTING whatever was written before.
  Submission& OutExisting(const Tensor& tensor);
  // OUTPUT: the task itself allocates what Builder::New declared.
  template <typename... Tensors>
  Submission& Creates(const Tensors&... tensors) {
    (AddCreated(tensors), ...);
    return *this;
  }
  // What the kernel really touches of the argument just named, where that is less than it passes.
  Submission& Touching(const Tensor& window);

  // What the kernel gets by value besides its tensors (softmax: the context). Only numbers depend on it.
  Submission& Scalar(std::int64_t value);

  Submission& Dep(TaskId task);
  Submission& Deps(std::span<const TaskId> tasks);
  Submission& Blocks(std::uint32_t blocks);
  Submission& SyncStart();
  Submission& Early();
  Submission& Lasting(Picoseconds duration);

  [[nodiscard]] TaskId id() const { return id_; }
  operator TaskId() const { return id_; }  // NOLINT: a submission stands for its task

 private:
  friend class Builder;
  Submission(Builder& builder, TaskId id) : builder_(&builder), id_(id) {}
  void Add(const Tensor& tensor, ArgTag tag, Access access);
  void AddOut(const Tensor& tensor);
  void AddNoDepOut(const Tensor& tensor);
  void AddCreated(const Tensor& tensor);
  // The task, which must still be the last one submitted.
  Task& Current();

  Builder* builder_;
  TaskId id_;
};

}  // namespace npusched
