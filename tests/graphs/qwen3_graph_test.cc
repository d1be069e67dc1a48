// Golden figures of the inferred graphs of the Qwen3 decode program.
#include <gtest/gtest.h>

#include <ostream>

#include "graphs/critical_path.h"
#include "graphs/inference.h"
#include "tests/graphs/qwen3_fixture.h"

namespace npusched {
namespace {

struct Golden {
  const char* program;
  std::uint64_t unique_pairs;
  std::uint32_t longest_chain;
  std::uint64_t explicit_deps;
};

void PrintTo(const Golden& golden, std::ostream* out) { *out << golden.program; }

class Qwen3Graph : public ::testing::TestWithParam<Golden> {};

TEST_P(Qwen3Graph, HasTheseEdgesAndThisChain) {
  const Program program = EmitText(GetParam().program);
  const Result<Inference> inference = Infer(program);
  ASSERT_TRUE(inference.ok());
  const EdgeCounts counts = CountEdges(program, inference->graph);
  EXPECT_EQ(counts.unique_pairs, GetParam().unique_pairs);
  EXPECT_EQ(counts.explicit_deps, GetParam().explicit_deps);
  EXPECT_EQ(LongestChain(program, inference->graph), GetParam().longest_chain);
}

// copy_hidden and one layer: how much the compiler proves, with and without the layer loop.
INSTANTIATE_TEST_SUITE_P(
    Windows, Qwen3Graph,
    ::testing::Values(Golden{"{layers: 1, lm_head: false, windows: off}", 1333, 158, 0},
                      Golden{"{layers: 1, lm_head: false, windows: on}", 1739, 101, 0},
                      Golden{"{layers: 1, lm_head: false, windows: on_with_silu}", 3012, 34, 0},
                      Golden{"{layers: 1, lm_head: false, layer_loop: false, windows: off}", 3235, 121, 0},
                      Golden{"{layers: 1, lm_head: false, layer_loop: false, windows: on}", 3596, 83, 0},
                      Golden{"{layers: 1, lm_head: false, layer_loop: false, windows: on_with_silu}", 4869, 16, 0}));

// The what-ifs. Manual rope drops the chain of 16; manual silu trades a chain of 68 and its 20 readers for
// 20 x 68 edges; unfenced drops both and keeps nothing.
INSTANTIATE_TEST_SUITE_P(
    WhatIfs, Qwen3Graph,
    ::testing::Values(Golden{"{layers: 1, lm_head: false, rope: manual}", 1724, 86, 128},
                      Golden{"{layers: 1, lm_head: false, silu: manual}", 3012, 34, 1360},
                      Golden{"{layers: 1, lm_head: false, rope: manual, silu: manual}", 2997, 19, 1488},
                      Golden{"{layers: 1, lm_head: false, rope: unfenced}", 1596, 81, 0},
                      Golden{"{layers: 1, lm_head: false, silu: unfenced}", 1652, 32, 0},
                      Golden{"{layers: 1, lm_head: false, rope: unfenced, silu: unfenced}", 1509, 12, 0}));

INSTANTIATE_TEST_SUITE_P(Forwards, Qwen3Graph,
                         ::testing::Values(Golden{"{layers: 1}", 6511, 104, 0}, Golden{"{}", 89'932, 4004, 0},
                                           Golden{"{vocab_chunk: 512}", 85'774, 4004, 0},
                                           Golden{"{layers: 0}", 4752, 3, 0},
                                           Golden{"{rope: manual, silu: manual}", 140'213, 724, 59'520}));

}  // namespace
}  // namespace npusched
