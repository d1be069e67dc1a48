// The memory of the simulated device: every buffer of a program with its real contents.
//
// Inputs are made when they are read and keep only what was written over them; buffers from the heap live
// from their first write to their last access. Values are fp32 here and rounded to the buffer's dtype when
// stored. What nobody has written reads as NaN, so a task that comes too early cannot go unseen.
//
//   DeviceMemory memory(program, inputs);
//   Matrix x = memory.Load(buffer, region);    // [leading dimensions, last dimension]
//   memory.Store(buffer, region, y);
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "graphs/program.h"
#include "numeric/inputs.h"
#include "numeric/matrix.h"

namespace npusched {

class DeviceMemory {
 public:
  // Both outlive the memory.
  DeviceMemory(const Program& program, const Inputs& inputs);

  // REQUIRES: a region inside the buffer, its last dimension without gaps. Any number of threads may load at once.
  [[nodiscard]] Matrix Load(BufferId buffer, const Region& region) const;
  // A run of elements, from the start of the buffer.
  void LoadRun(BufferId buffer, std::int64_t first, std::int64_t count, float* out) const;
  void Store(BufferId buffer, const Region& region, const Matrix& values);
  // Nobody will read a buffer of the heap again.
  void Release(BufferId buffer);
  // That buffers take now, written inputs apart.
  [[nodiscard]] std::size_t HeapBytes() const;

 private:
  struct Contents {
    const InputTensor* input = nullptr;
    std::map<std::int64_t, std::vector<float>> written;  // over an input: runs by their first element
    std::vector<float> fp32;                             // else one of these, once it is written
    std::vector<std::uint16_t> bf16;
    std::int64_t elements = 0;
    DType dtype = DType::kFloat32;
  };
  void StoreRun(Contents& contents, std::int64_t first, std::int64_t count, const float* values);

  const Inputs& inputs_;
  std::vector<Contents> contents_;  // by buffer
};

}  // namespace npusched
