// A random program on a random machine under a random runtime, from one seed: the same on every machine.
//
//   const RandomCase one = MakeRandomCase(4711);
//   Result<RunTrace> trace = RunNative(one.input());
//
// Programs come from the emitters' own language and through inference: loops and scopes of both kinds, all tags,
// windows of buffers, opt-outs, explicit dependencies, allocations, dummies, every shape, blocks, sync_start, early
// flags.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graphs/builder.h"
#include "graphs/inference.h"
#include "hw_models/kernel_cost.h"
#include "sim/engine.h"

namespace npusched::oracle {

struct RandomCase {
  Program program;
  Inference inference;
  std::vector<KernelCost> costs;
  Machine machine;
  RuntimeConfig runtime;

  [[nodiscard]] RunInput input() const { return {program, inference, machine, runtime, costs}; }
};

RandomCase MakeRandomCase(std::uint64_t seed);

// Draws one after the other.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : seed_(seed) {}
  std::int64_t Number(std::int64_t low, std::int64_t high);
  bool OneIn(std::int64_t n) { return Number(1, n) == 1; }
  // Up to `most` nanoseconds; every other one with odd picoseconds, some of them zero.
  Picoseconds Cost(std::int64_t most);

 private:
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
};

// The program alone, at most about `tasks` of it.
Program RandomProgram(Draw& draw, std::int64_t tasks);
RuntimeConfig RandomRuntime(Draw& draw);

}  // namespace npusched::oracle
