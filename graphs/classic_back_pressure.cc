// One long task and many short ones, each alone in its scope: rings retire in order, so the long one holds the slots
// of all that finished behind it, and the orchestrator waits.
#include "graphs/builder.h"
#include "graphs/classic.h"
#include "graphs/classic_case.h"

namespace npusched {

Result<Program> EmitBackPressure(const ConfigNode& program, const ConfigNode& cases) {
  std::int64_t tasks = 0;
  Picoseconds first = 0;
  Picoseconds rest = 0;
  CaseReader read("back_pressure", program, cases);
  read.Size("tasks", &tasks);
  read.Time("first_us", &first);
  read.Time("rest_us", &rest);
  read.CheckTasks(static_cast<double>(tasks));
  if (Status status = read.Finish(); !status.ok()) return status.error();
  Builder b("back_pressure");
  const Launch kernel = b.Kernel("task", CoreShape::kAiv);
  const Tensor results = b.External("results", DType::kFloat32, {tasks, 256});
  b.Parallel(tasks,
             [&](std::int64_t i) { b.Submit(kernel).Out(b.Rows(results, i, 1)).Lasting(i == 0 ? first : rest); });
  return b.Finish();
}

}  // namespace npusched
