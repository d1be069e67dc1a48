// The oracle: the runtime's model of docs/model.md once more, as plainly as it can be written, and slow.
//
//   const OracleRun run = Consult({program, inference, machine, runtime, costs});
//   EXPECT_EQ(run.trace.rows[0].start, trace.rows[0].start);
//
// The third voice beside the engines. It shares their data types and nothing else: no queue, no policy, no ring. Its
// threads never sleep, its agents are found by a linear scan, its cores are arithmetic.
// Without shared memory bandwidth. An iteration of a scheduler thread must take time.
#pragma once

#include "sim/engine.h"
#include "sim/trace.h"

namespace npusched::oracle {

struct OracleRun {
  RunTrace trace;  // tasks, rows, ring waits, first start and last end
  int code = 0;    // of the runtime when it gave up; 0: it did not
  int state = 0;   // of a timeout: S1, S3, S4, S5
  TaskId task = kNoTask;
  Picoseconds detected = 0;
};

// REQUIRES: machine.sharing is false, scheduler.iteration > 0.
OracleRun Consult(const RunInput& input);

}  // namespace npusched::oracle
