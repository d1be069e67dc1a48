// The kernels of a submit trace: each task states its own, tasks that agree in all share one.
//
//   TraceKernels kernels(read, program);
//   kernels.ReadTask(JsonAt{...}, &task);   // task.kernel, task.core, task.slots
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "graphs/json_fields.h"
#include "graphs/program.h"

namespace npusched {

class TraceKernels {
 public:
  // Leaves its errors in `read`; both outlive this.
  TraceKernels(JsonFields& read, Program& program) : read_(read), program_(program) {}

  // `name`, `core`, `kernel_ids`.
  void ReadTask(const JsonAt& at, Task* task);

 private:
  // Without kernel ids a task fills the slots of its core; with them they must agree.
  void CheckSlots(const JsonAt& ids, Task* task);

  JsonFields& read_;
  Program& program_;
  std::map<std::tuple<std::string, CoreShape, std::array<std::int32_t, kSlots>>, KernelId> known_;
};

}  // namespace npusched
