// The kernels of the decode program for real: what a task computes from what it loads.
//
// A kernel knows no layer, sequence or tile: the regions its arguments touch say what it works on, so the
// numbers also test what the emitter states for the race analysis. Positions of the arguments are those of
// graphs/qwen3_kernels.h.
//
//   TaskTensors tensors(program, task, memory, sizes);
//   FindKernel("silu")->run(tensors);
//   for (const PendingStore& store : tensors.stores()) ...   // nothing is in memory yet
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "graphs/program.h"
#include "graphs/qwen3_sizes.h"
#include "numeric/device_memory.h"
#include "numeric/matrix.h"

namespace npusched {

// A result on its way to memory.
struct PendingStore {
  BufferId buffer = kNoId;
  RegionId region = kNoId;
  Matrix values;
};

// One task's arguments, and what it has computed.
class TaskTensors {
 public:
  TaskTensors(const Program& program, TaskId task, const DeviceMemory& memory, const Qwen3Sizes& sizes)
      : program_(program), task_(task), memory_(memory), sizes_(sizes) {}

  [[nodiscard]] const Qwen3Sizes& sizes() const { return sizes_; }
  [[nodiscard]] const DeviceMemory& memory() const { return memory_; }
  [[nodiscard]] BufferId BufferOf(std::size_t arg) const;
  [[nodiscard]] const Region& Touched(std::size_t arg) const;
  [[nodiscard]] const Region& Whole(std::size_t arg) const;
  [[nodiscard]] Matrix Load(std::size_t arg) const;
  // Steps of the first loop of the cube core: the K chunks of a matmul.
  [[nodiscard]] std::int64_t CubeTrips() const;
  [[nodiscard]] std::int64_t scalar() const;
  void Store(std::size_t arg, Matrix values);
  std::vector<PendingStore>& stores() { return stores_; }

 private:
  [[nodiscard]] const Arg& At(std::size_t arg) const;

  const Program& program_;
  TaskId task_;
  const DeviceMemory& memory_;
  const Qwen3Sizes& sizes_;
  std::vector<PendingStore> stores_;
};

struct NumericKernel {
  std::string_view name;
  std::size_t args = 0;
  void (*run)(TaskTensors& tensors) = nullptr;
};

// nullptr: none of that name.
const NumericKernel* FindKernel(std::string_view name);

// numeric/attention_kernels.cc. Pages, and the two KV heads of a pair, as docs/programs.md has them.
void RopeKvCache(TaskTensors& t);
void QkMatmul(TaskTensors& t);
void Softmax(TaskTensors& t);
void SvMatmul(TaskTensors& t);
void OnlineSoftmax(TaskTensors& t);

}  // namespace npusched
