// The published shapes of the decode layer: how many submits, blocks, core rows, allocs and explicit dependencies,
// and what graph inference makes of them.
#include <gtest/gtest.h>

#include <bit>
#include <ostream>
#include <string>

#include "graphs/critical_path.h"
#include "graphs/inference.h"
#include "tests/graphs/qwen3_fixture.h"

namespace npusched {
namespace {

struct Counts {
  std::int64_t submits = 0, blocks = 0, rows = 0, dummies = 0, allocs = 0, deps = 0;

  friend bool operator==(const Counts&, const Counts&) = default;
};

void PrintTo(const Counts& c, std::ostream* out) {
  *out << c.submits << " submits, " << c.blocks << " blocks, " << c.rows << " rows, " << c.dummies << " dummies, "
       << c.allocs << " allocs, " << c.deps << " deps";
}

Counts CountsOf(const Program& program) {
  Counts c;
  for (const Task& task : program.tasks) {
    c.allocs += task.core == CoreShape::kAlloc ? 1 : 0;
    c.dummies += task.core == CoreShape::kDummy ? 1 : 0;
    if (task.core == CoreShape::kAlloc || task.core == CoreShape::kDummy) continue;
    ++c.submits;
    c.blocks += task.block_num;
    c.rows += std::int64_t{task.block_num} * std::popcount(task.slots);
  }
  c.deps = static_cast<std::int64_t>(program.deps.size());
  return c;
}

struct Expected {
  std::string program;
  Counts counts;
  std::uint64_t edges;
  std::uint32_t chain;
};

void PrintTo(const Expected& expected, std::ostream* out) { *out << expected.program; }

class Qwen3Shapes : public ::testing::TestWithParam<Expected> {};

TEST_P(Qwen3Shapes, HasTheseCountsEdgesAndThisChain) {
  const Program program = EmitText(GetParam().program);
  EXPECT_EQ(CountsOf(program), GetParam().counts);
  const Result<Inference> inference = Infer(program);
  ASSERT_TRUE(inference.ok());
  EXPECT_EQ(CountEdges(program, inference->graph).unique_pairs, GetParam().edges);
  EXPECT_EQ(LongestChain(program, inference->graph), GetParam().chain);
}

std::string Looped(const std::string& shape, const std::string& more = "") {
  return "{shape: " + shape + ", layers: 1, lm_head: false" + more + "}";
}
std::string Alone(const std::string& shape, const std::string& more = "") {
  return Looped(shape, ", layer_loop: false" + more);
}

// copy_hidden and one layer: a task and an alloc more than the layer has. 308 and 489 alone begin with the layer.
INSTANTIATE_TEST_SUITE_P(
    Layer, Qwen3Shapes,
    ::testing::Values(Expected{Looped("base", ", windows: off"), {588, 588, 588, 0, 176, 0}, 1333, 158},
                      Expected{Alone("base", ", windows: off"), {588, 588, 588, 0, 176, 0}, 3235, 121},
                      Expected{Alone("308_before"), {567, 567, 607, 0, 181, 0}, 3574, 100},
                      Expected{Alone("308_after"), {567, 567, 607, 0, 181, 0}, 3555, 81},
                      Expected{Looped("449"), {354, 496, 544, 0, 3, 987}, 1009, 15},
                      Expected{Looped("489"), {353, 495, 543, 0, 3, 987}, 1008, 14},
                      Expected{Alone("489"), {352, 494, 542, 0, 2, 987}, 1006, 13}));

// A layer's rope writes the caches whole and so waits for that of the layer before: an edge more a layer. copy_out,
// final_rmsnorm and lm_head add one each.
INSTANTIATE_TEST_SUITE_P(
    Forwards, Qwen3Shapes,
    ::testing::Values(Expected{"{shape: 449, layers: 2, lm_head: false}", {708, 992, 1088, 0, 5, 1974}, 2020, 30},
                      Expected{"{shape: 489}", {14'083, 19'786, 21'706, 0, 81, 39'480}, 40'361, 523}));

// The heads by themselves; those of pull request 391 begin with a copy.
INSTANTIATE_TEST_SUITE_P(
    Heads, Qwen3Shapes,
    ::testing::Values(Expected{"{layers: 0}", {4753, 4753, 4753, 0, 2377, 0}, 4752, 3},
                      Expected{"{layers: 0, lm_head_form: 391_149}", {151, 151, 151, 0, 1, 0}, 150, 3},
                      Expected{"{layers: 0, lm_head_form: 391_297}", {299, 299, 299, 0, 1, 0}, 298, 3},
                      Expected{"{layers: 0, lm_head_form: 489}", {2, 25, 25, 0, 1, 0}, 1, 2}));

}  // namespace
}  // namespace npusched
