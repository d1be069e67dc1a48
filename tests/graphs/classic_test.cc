// The classic programs: counts of tasks, pairs, rows and chains as the runtime itself records them.
#include "graphs/classic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "graphs/critical_path.h"
#include "graphs/inference.h"
#include "graphs/submit_trace.h"
#include "tests/graphs/trace_fixture.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

const ConfigNode& Cases() {
  static const ConfigNode kCases = *LoadYaml(NPUSCHED_SOURCE_DIR "/configs/models/classic.yaml");
  return kCases;
}

Result<Program> Emit(const std::string& text) {
  const ConfigNode program = *ParseYaml(text, "test.yaml");
  return EmitClassic(program.Find("kind")->scalar, program, Cases());
}

struct Graph {
  Program program;
  Inference inference;

  explicit Graph(const std::string& text) : program(*Emit(text)), inference(*Infer(program, {.record_rows = true})) {}
  [[nodiscard]] std::size_t Chain() const {
    const std::vector<Picoseconds> ones(program.tasks.size(), 1);
    return static_cast<std::size_t>(FindCriticalPath(inference.graph, ones).length);
  }
};

struct Known {
  const char* program;
  std::size_t tasks;  // allocs included
  std::uint64_t pairs;
  std::uint64_t creator_rows;
  std::uint64_t inferred_rows;
  std::uint64_t explicit_rows;
  std::size_t chain;  // over all pairs
};

void PrintTo(const Known& known, std::ostream* out) { *out << known.program; }

class Classic : public ::testing::TestWithParam<Known> {};

TEST_P(Classic, HasTheseTasksPairsRowsAndChain) {
  const Known& known = GetParam();
  const Graph graph(known.program);
  EXPECT_EQ(graph.program.tasks.size(), known.tasks);
  EXPECT_EQ(graph.inference.graph.edge_count(), known.pairs);
  EXPECT_EQ(graph.inference.row_counts.creator, known.creator_rows);
  EXPECT_EQ(graph.inference.row_counts.tensormap, known.inferred_rows);
  EXPECT_EQ(graph.inference.row_counts.explicit_deps, known.explicit_rows);
  EXPECT_EQ(graph.Chain(), known.chain);
}

INSTANTIATE_TEST_SUITE_P(Bgemm, Classic,
                         ::testing::Values(Known{"{kind: bgemm, case: Case0}", 1000, 750, 500, 250, 0, 3},
                                           Known{"{kind: bgemm, case: Case1}", 128, 96, 64, 32, 0, 3},
                                           Known{"{kind: bgemm, case: Case2}", 512, 384, 256, 128, 0, 3},
                                           Known{"{kind: bgemm, case: Case3}", 128, 96, 64, 32, 0, 3},
                                           Known{"{kind: bgemm, case: Case4}", 128, 112, 64, 48, 0, 5},
                                           Known{"{kind: bgemm, case: Bgemm64}", 64, 56, 32, 24, 0, 5}));

INSTANTIATE_TEST_SUITE_P(Alternating, Classic,
                         ::testing::Values(Known{"{kind: alternating, case: Case1}", 1000, 0, 0, 0, 0, 1},
                                           Known{"{kind: alternating, case: Case2}", 768, 0, 0, 0, 0, 1}));

// Sixteen and four chunks: 1 + 4n tasks, 6n - 1 pairs, 5n creator rows, 3(n - 1) inferred, a chain of n + 3.
INSTANTIATE_TEST_SUITE_P(
    BatchAttention, Classic,
    ::testing::Values(Known{"{kind: batch_paged_attention, case: Case1}", 4112, 6128, 5120, 3024, 0, 67},
                      Known{"{kind: batch_paged_attention, case: Case2}", 2052, 3068, 2560, 1524, 0, 131},
                      Known{"{kind: batch_paged_attention, case: Case3}", 2052, 3068, 2560, 1524, 0, 131},
                      Known{"{kind: batch_paged_attention, case: Ringbuffer}", 258, 382, 320, 186, 0, 35}));

INSTANTIATE_TEST_SUITE_P(
    UnrolledAttention, Classic,
    ::testing::Values(
        Known{"{kind: paged_attention_unroll, case: Case1}", 1280, 1280, 1280, 0, 0, 4},
        Known{"{kind: paged_attention_unroll, case: Case2}", 576, 704, 640, 192, 0, 5},
        Known{"{kind: paged_attention_unroll, case: Case1, manual_scope: true}", 1280, 1024, 0, 0, 1024, 4},
        Known{"{kind: paged_attention_unroll, case: Case2, manual_scope: true}", 576, 512, 0, 0, 512, 5}));

INSTANTIATE_TEST_SUITE_P(WholeDie, Classic,
                         ::testing::Values(Known{"{kind: mix_chain, case: Case1}", 4, 3, 3, 0, 0, 4},
                                           Known{"{kind: sync_start_stress, case: Case1}", 54, 53, 0, 53, 0, 54},
                                           Known{"{kind: sync_start_stress, case: Case1, chained: false}", 54, 0, 0, 0,
                                                 0, 1},
                                           Known{"{kind: back_pressure, case: Case1}", 8, 0, 0, 0, 0, 1}));

std::size_t SubTasks(const Program& program) {
  std::size_t rows = 0;
  for (const Task& task : program.tasks) rows += task.block_num * static_cast<std::size_t>(std::popcount(task.slots));
  return rows;
}

TEST(ClassicMix, SubTasksAreBlocksTimesCores) {
  EXPECT_EQ(SubTasks(*Emit("{kind: mix_chain, case: Case1}")), 288U);
  EXPECT_EQ(SubTasks(*Emit("{kind: sync_start_stress, case: Case1}")), 840U);
}

// Bytes a page step and an alloc take from the heap, each output rounded up to 1024.
TEST(ClassicAttention, APageStepTakesThisMuchHeap) {
  const Program program = *Emit("{kind: batch_paged_attention, case: Ringbuffer}");
  std::int64_t bytes[2] = {0, 0};
  for (TaskId t = 0; t < 5; ++t) {
    for (const Arg& arg : program.Args(t)) {
      if (arg.tag == ArgTag::kOutput) bytes[t == 0 ? 0 : 1] += program.buffers[arg.buffer].size_bytes;
    }
  }
  EXPECT_EQ(bytes[0], 133'120);
  EXPECT_EQ(bytes[1], 329'728);
  EXPECT_EQ(program.tasks[0].ring, 1);
  EXPECT_EQ(program.tasks[1].ring, 2);
}

// Traffic and work of one task by its loops.
struct Totals {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t flop = 0;
};

Totals TotalsOf(const Program& program, TaskId task) {
  Totals totals;
  for (const auto& slot : program.works[program.tasks[task].work].slots) {
    for (const Loop& loop : slot) {
      for (const Op& op : loop.body) {
        const std::int64_t elements = loop.trips * op.rows * op.columns;
        if (op.kind == OpKind::kLoad) totals.in += elements * SizeOf(op.dtype);
        if (op.kind == OpKind::kStore) totals.out += elements * SizeOf(op.dtype);
        if (op.kind == OpKind::kMatmul) totals.flop += 2 * elements * op.depth;
      }
    }
  }
  return totals;
}

void ExpectTotals(const Program& program, TaskId task, const Totals& expected) {
  const Totals totals = TotalsOf(program, task);
  EXPECT_EQ(totals.in, expected.in) << program.KernelName(task);
  EXPECT_EQ(totals.out, expected.out) << program.KernelName(task);
  EXPECT_EQ(totals.flop, expected.flop) << program.KernelName(task);
}

TEST(ClassicWork, OfTheGemmIsItsTiles) {
  const Program program = *Emit("{kind: bgemm, case: Case3}");
  constexpr std::int64_t kElements = 16 * 128 * 128;
  ExpectTotals(program, 0, {8 * kElements, 4 * kElements, 2 * 16 * 128 * 128 * 128});
  ExpectTotals(program, 1, {8 * kElements, 4 * kElements, 0});
}

TEST(ClassicWork, OfAlternatingTasksIsTheirBlocks) {
  const Program program = *Emit("{kind: alternating, case: Case2}");
  ExpectTotals(program, 0, {131'072 * 4, 65'536 * 4, 4 * 2 * 128 * 128 * 128});
  ExpectTotals(program, 1, {131'072 * 5, 65'536 * 5, 0});
}

TEST(ClassicWork, OfAPageStepFollowsItsShapes) {
  const Program program = *Emit("{kind: batch_paged_attention, case: Case1}");
  const std::int64_t c = 16;
  const std::int64_t n = 16 * 16;
  const std::int64_t d = 128;
  const std::int64_t p = 128;
  const std::int64_t pages = 64;
  const std::int64_t sums = 4 * n * d + 8 * n;
  ExpectTotals(program, 1, {2 * n * d + 2 * c * p * d, 4 * n * p, 2 * n * p * d});
  ExpectTotals(program, 2, {4 * n * p, 2 * n * p + 8 * n, 0});
  ExpectTotals(program, 3, {2 * n * p + 2 * c * p * d, 4 * n * d, 2 * n * p * d});
  ExpectTotals(program, 4, {sums, sums, 0});              // the first
  ExpectTotals(program, 8, {2 * sums, sums, 0});          // one between
  ExpectTotals(program, 4 * pages, {2 * sums, sums, 0});  // the last
}

TEST(ClassicWork, OfAnUnrolledStepCoversItsPages) {
  const Program program = *Emit("{kind: paged_attention_unroll, case: Case1}");
  const std::int64_t q = 16;
  const std::int64_t d = 128;
  const std::int64_t tokens = 64 * 128;
  ExpectTotals(program, 1, {2 * q * d + 2 * tokens * d, 4 * q * tokens, 2 * q * tokens * d});
  ExpectTotals(program, 2, {4 * q * tokens, 2 * q * tokens + 8 * q, 0});
  ExpectTotals(program, 3, {2 * q * tokens + 2 * tokens * d, 4 * q * d, 2 * q * tokens * d});
  ExpectTotals(program, 4, {4 * q * d + 8 * q, 8 * q * d + 8 * q, 0});  // first and last in one
}

TEST(ClassicRecorded, TheGemmIsTheRecordedOneRowByRow) {
  const Result<SubmitTrace> trace = ReadSubmitTrace(RecordedTrace("benchmark_bgemm_Bgemm64"));
  ASSERT_TRUE(trace.ok());
  const Graph graph("{kind: bgemm, case: Bgemm64}");
  const RowComparison comparison = CompareRows(*trace->edges, graph.inference.rows);
  EXPECT_TRUE(comparison.identical()) << comparison.ToString(graph.program);
  for (TaskId t = 0; t < graph.program.tasks.size(); ++t) {
    EXPECT_EQ(graph.program.KernelName(t), trace->program.KernelName(t));
    EXPECT_EQ(graph.program.tasks[t].ring, trace->program.tasks[t].ring);
  }
}

// The recorded program serves each request by itself and passes no block table, so argument positions differ; its
// result is a window that is looked up, which repeats edges that the running sums have.
TEST(ClassicRecorded, AttentionOfOneRequestAChunkHasTheRecordedEdges) {
  const Result<SubmitTrace> trace = ReadSubmitTrace(RecordedTrace("paged_attention_CaseVarSeq4"));
  ASSERT_TRUE(trace.ok());
  const Graph graph(
      "{kind: batch_paged_attention, batch: 4, heads: 16, head_dim: 16, page: 16, contexts: [33, 64, 128, 15], "
      "chunk: 1}");
  constexpr std::int32_t kOut = 6;  // of UP
  const auto show = [](const std::vector<EdgeRow>& rows) {
    std::vector<std::string> shown;
    for (const EdgeRow& row : rows) {
      if (row.arg == kOut) continue;
      shown.push_back(std::to_string(row.producer) + "-" + std::to_string(row.consumer) + " source " +
                      std::to_string(static_cast<int>(row.source)) + " overlap " +
                      std::to_string(static_cast<int>(row.overlap)));
    }
    return shown;
  };
  EXPECT_EQ(show(graph.inference.rows), show(*trace->edges));
  for (TaskId t = 0; t < graph.program.tasks.size(); ++t) {
    EXPECT_EQ(graph.program.tasks[t].ring, trace->program.tasks[t].ring) << t;
  }
}

std::string ErrorOf(const std::string& text) {
  const Result<Program> program = Emit(text);
  return program.ok() ? "ok" : program.error().ToString();
}

TEST(ClassicSizes, TheProgramsOwnKeysGoOverItsCase) {
  EXPECT_EQ(Emit("{kind: bgemm, case: Case1, gemms: 10}")->tasks.size(), 20U);
  EXPECT_EQ(Emit("{kind: bgemm, gemms: 6, tile: 16, tiles: 1, group: 3}")->tasks.size(), 12U);
}

TEST(ClassicSizes, AMistakeIsNamed) {
  EXPECT_THAT(ErrorOf("{kind: bgemm, case: Cose1}"), HasSubstr("did you mean 'Case1'"));
  EXPECT_THAT(ErrorOf("{kind: bgemm, gemms: 6, tile: 16, tiles: 1}"), HasSubstr("program.group"));
  EXPECT_THAT(ErrorOf("{kind: bgemm, case: Case1, group: 3}"), HasSubstr("a divisor of gemms"));
  EXPECT_THAT(ErrorOf("{kind: bgemm, case: Case1, grup: 3}"), HasSubstr("did you mean 'group'"));
  EXPECT_THAT(ErrorOf("{kind: batch_paged_attention, case: Case1, contexts: [1, 2]}"), HasSubstr("a list of 256"));
  EXPECT_THAT(ErrorOf("{kind: sync_start_stress, case: Case1, clusters: 20}"), HasSubstr("a multiple of 6"));
}

}  // namespace
}  // namespace npusched
