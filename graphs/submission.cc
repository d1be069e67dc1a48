#include "graphs/submission.h"

#include "base/check.h"
#include "graphs/builder.h"

namespace npusched {

Task& Submission::Current() {
  NPU_CHECK(id_ + 1 == builder_->program_.tasks.size());
  return builder_->program_.tasks.back();
}

void Submission::Add(const Tensor& tensor, ArgTag tag, Access access) {
  Current();
  builder_->program_.args.push_back({.buffer = tensor.buffer,
                                     .region = tensor.region,
                                     .tag = tag,
                                     .manual_dep = tensor.manual_dep,
                                     .access = access});
}

void Submission::AddOut(const Tensor& tensor) {
  Add(tensor, builder_->tags_.TagOfWrite(tensor.buffer), Access::kWrite);
}

void Submission::AddNoDepOut(const Tensor& tensor) {
  builder_->tags_.TagOfWrite(tensor.buffer);  // later writes are second ones all the same
  Add(tensor, ArgTag::kNoDep, Access::kWrite);
}

void Submission::AddCreated(const Tensor& tensor) {
  Buffer& buffer = builder_->program_.buffers[tensor.buffer];
  NPU_CHECK(buffer.creator == kNoTask && tensor.region == buffer.whole);
  buffer.creator = id_;
  Add(tensor, ArgTag::kOutput, Access::kWrite);
}

Submission& Submission::OutExisting(const Tensor& tensor) {
  builder_->tags_.TagOfWrite(tensor.buffer);
  Add(tensor, ArgTag::kOutputExisting, Access::kWrite);
  return *this;
}

Submission& Submission::InOut(const Tensor& tensor) {
  builder_->tags_.TagOfWrite(tensor.buffer);
  Add(tensor, ArgTag::kInOut, Access::kReadWrite);
  return *this;
}

Submission& Submission::Accumulate(const Tensor& tensor) {
  builder_->tags_.TagOfWrite(tensor.buffer);
  Add(tensor, ArgTag::kInOut, Access::kAccumulate);
  return *this;
}

Submission& Submission::Touching(const Tensor& window) {
  NPU_CHECK(Current().first_arg < builder_->program_.args.size());
  Arg& arg = builder_->program_.args.back();
  NPU_CHECK(arg.buffer == window.buffer);
  if (window.region != arg.region) arg.touched = window.region;
  return *this;
}

Submission& Submission::Scalar(std::int64_t value) {
  Current();
  std::vector<std::int64_t>& scalars = builder_->program_.scalars;
  scalars.resize(id_, 0);
  scalars.push_back(value);
  return *this;
}

Submission& Submission::Dep(TaskId task) {
  Current();
  NPU_CHECK(task < id_);
  builder_->program_.deps.push_back({.task = task});
  return *this;
}

Submission& Submission::Deps(std::span<const TaskId> tasks) {
  for (const TaskId task : tasks) Dep(task);
  return *this;
}

Submission& Submission::Blocks(std::uint32_t blocks) {
  NPU_CHECK(blocks > 0);
  NPU_CHECK(Current().first_block_work == kNoId);  // it has as many as its kernel
  Current().block_num = blocks;
  return *this;
}

Submission& Submission::SyncStart() {
  Current().sync_start = true;
  return *this;
}

Submission& Submission::Early() {
  Current().early_dispatch = true;
  return *this;
}

Submission& Submission::Lasting(Picoseconds duration) {
  Current();
  std::vector<Picoseconds>& durations = builder_->program_.durations;
  durations.resize(id_, -1);
  durations.push_back(duration);
  return *this;
}

}  // namespace npusched
