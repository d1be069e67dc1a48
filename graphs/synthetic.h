// Emits task graphs of a known form, for experiments that need no model and for measuring the tool.
//
//   program: {kind: synthetic, pattern: layered, width: 64, depth: 100, degree: 2, seed: 1,
//             core: mixed, duration_us: {random: [5, 20]}}
//
// Every task writes a row of a buffer and reads the rows of those it depends on, so that inference
// finds the edges; nothing is put in by hand. The work grows with tasks plus edges.
#pragma once

#include <cstdint>

#include "base/config.h"
#include "base/result.h"
#include "base/time.h"
#include "graphs/program.h"

namespace npusched {

enum class SyntheticPattern {
  kChain,        // `tasks` in a row
  kForkJoin,     // `depth` rounds of `width` branches, a join after each that forks the next
  kLayered,      // `depth` layers of `width`, each task after `degree` of the layer before
  kRandom,       // `tasks`, each after `degree` of all before it
  kIndependent,  // `tasks`, no edge
};

// Which engine the tasks run on; mixed draws one for each task.
enum class SyntheticCore { kAic, kAiv, kMixed };

struct SyntheticOptions {
  SyntheticPattern pattern = SyntheticPattern::kChain;
  std::int64_t tasks = 0;
  std::int64_t width = 0;
  std::int64_t depth = 0;
  std::int64_t degree = 0;      // distinct producers of a task, where there are as many
  double edge_probability = 0;  // of each possible producer; used when degree is 0
  std::uint64_t seed = 0;
  SyntheticCore core = SyntheticCore::kAiv;
  Picoseconds shortest = 0;  // durations are drawn from [shortest, longest]
  Picoseconds longest = 0;
};

// Errors: an unknown key, one that the pattern has no use for, a size out of range.
Result<SyntheticOptions> ReadSyntheticOptions(const ConfigNode& program);

Program EmitSynthetic(const SyntheticOptions& options);
Result<Program> EmitSynthetic(const ConfigNode& program);

}  // namespace npusched
