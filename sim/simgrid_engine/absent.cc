// In place of the engine where SimGrid is not installed.
#include "base/check.h"
#include "sim/simgrid_engine.h"

namespace npusched {

bool HasSimGrid() { return false; }

Result<RunTrace> RunSimGrid(const RunInput&) {
  NPU_CHECK(HasSimGrid());
  return Error{};
}

}  // namespace npusched
