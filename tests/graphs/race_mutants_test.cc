// The race analysis against brute force on programs with mistakes in them: neither may find what the other does
// not. docs/races.md states the counts and the seed.
#include "tests/graphs/race_mutants.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "graphs/fences.h"
#include "graphs/lifetimes.h"
#include "tests/graphs/qwen3_fixture.h"
#include "tests/graphs/race_oracle.h"

namespace npusched {
namespace {

constexpr std::uint64_t kSeed = 20'260'822;
constexpr std::uint64_t kMutantsOfAProgram = 1000;
constexpr std::uint64_t kRandomPrograms = 10'000;

// The decode program with every loop, but a few elements in each.
constexpr const char* kSmall =
    "layers: 1, model: {hidden: 16, num_heads: 4, num_kv_heads: 2, head_dim: 4, kv_hidden: 8, intermediate: 24, "
    "vocab: 16, vocab_real: 16, max_seq: 8}, tiles: {batch_tile: 4, input_proj_k: 8, q_out: 8, kv_out: 4, "
    "q_head_batch: 2, q_head_pad: 2, block_size: 4, k_chunk: 8, mlp_out_chunk: 8, down_out: 8, final_rms_k: 8, "
    "lm_head_k: 8, vocab_chunk: 8}, workload: {seq_lens: [3, 8, 5]}";
constexpr const char* kSwitches[] = {"",
                                     "windows: off",
                                     "windows: on_with_silu",
                                     "layer_loop: false",
                                     "rope: manual, silu: manual",
                                     "rope: manual, silu: manual, layer_loop: false",
                                     "rope: unfenced",
                                     "silu: unfenced",
                                     "layers: 2, lm_head: false, rope: manual, silu: manual",
                                     "layers: 2, lm_head: false, layer_loop: false"};

Program Small(const std::string& switches) {
  std::string text = kSmall;
  if (switches.starts_with("layers")) text.erase(0, std::string("layers: 1, ").size());
  return EmitText("{" + text + (switches.empty() ? "" : ", " + switches) + "}");
}

struct Tally {
  std::uint64_t mutants = 0;
  std::uint64_t racy = 0;
  std::uint64_t pairs = 0;
};

void Check(const Program& program, const TaskGraph& graph, RaceOracle* oracle, Tally* tally) {
  const std::vector<RacePair> expected = oracle->Races(program, graph);
  // Now and then in blocks of 64 tasks, which must not matter.
  const std::size_t budget = tally->mutants % 8 == 0 ? 1 : AncestorSweep::kBudgetBytes;
  const RaceReport report = FindRaces(program, graph, {.keep_pairs = true, .fences = false, .budget_bytes = budget});
  ASSERT_EQ(report.all, expected) << "mutant " << tally->mutants;
  ++tally->mutants;
  tally->racy += expected.empty() ? 0 : 1;
  tally->pairs += expected.size();
}

TEST(RaceMutants, OfTheDecodeProgramAreFoundExactly) {
  Tally tally;
  for (const char* switches : kSwitches) {
    const Program program = Small(switches);
    RaceOracle oracle;
    for (std::uint64_t i = 0; i < kMutantsOfAProgram; ++i) {
      Draws draws(kSeed + tally.mutants);
      Program mutant = program;
      const bool graph_only = draws.Once(4);
      for (std::int64_t n = graph_only ? 0 : draws.In(1, 3); n-- > 0;) Mutate(&mutant, &draws);
      oracle.ForgetFrom(static_cast<RegionId>(program.regions.size()));
      const Result<Inference> inference = Infer(mutant);
      ASSERT_TRUE(inference.ok());
      if (graph_only) {
        Check(mutant, WithoutEdges(inference->graph, draws.Below(5) + 1, &draws), &oracle, &tally);
      } else {
        Check(mutant, inference->graph, &oracle, &tally);
      }
      if (HasFatalFailure()) return;
    }
  }
  fmt::print("{} mutants, {} with races, {} pairs\n", tally.mutants, tally.racy, tally.pairs);
  EXPECT_EQ(tally.mutants, 10'000U);
  EXPECT_GT(tally.racy, 2000U);
  EXPECT_GT(tally.mutants - tally.racy, 1000U);
  EXPECT_GT(tally.pairs, 20'000U);
}

TEST(RaceMutants, OfRandomProgramsAreFoundExactly) {
  Tally tally;
  for (std::uint64_t i = 0; i < kRandomPrograms; ++i) {
    const Program program = RandomProgram(kSeed + i).Make();
    const Result<Inference> inference = Infer(program);
    ASSERT_TRUE(inference.ok()) << inference.error().ToString();
    RaceOracle oracle;
    Draws draws(kSeed - i);
    Check(program, draws.Once(2) ? inference->graph : WithoutEdges(inference->graph, 2, &draws), &oracle, &tally);
    if (HasFatalFailure()) return;
  }
  fmt::print("{} programs, {} with races, {} pairs\n", tally.mutants, tally.racy, tally.pairs);
  EXPECT_GT(tally.racy, 2000U);
  EXPECT_GT(tally.mutants - tally.racy, 500U);
}

// All deps of the fence are needed, and they are enough.
TEST(RaceMutants, FencesOrderEveryPairAndNoDepIsLeftOver) {
  std::uint64_t deps = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Program program = RandomProgram(kSeed + i).Make();
    const TaskGraph graph = Infer(program)->graph;
    std::vector<TaskPair> pairs;
    for (const RacePair& pair : FindRaces(program, graph, {.keep_pairs = true}).all) {
      pairs.push_back({pair.earlier, pair.later});
    }
    const std::vector<TaskPair> fence = MinimalFence(program, graph, pairs);
    const auto unordered = [&](std::size_t without) {
      Program fenced = program;
      for (std::size_t k = 0; k < fence.size(); ++k) {
        if (k == without) continue;
        fenced.deps.insert(fenced.deps.begin() + fenced.tasks[fence[k].consumer].first_dep, {fence[k].producer, kWait});
        for (TaskId t = fence[k].consumer + 1; t < fenced.tasks.size(); ++t) ++fenced.tasks[t].first_dep;
      }
      const auto before = RaceOracle::Before(fenced, Infer(fenced)->graph);
      return std::any_of(pairs.begin(), pairs.end(),
                         [&](const TaskPair& p) { return !before[p.consumer][p.producer]; });
    };
    ASSERT_FALSE(unordered(fence.size())) << "program " << i;
    for (std::size_t k = 0; k < fence.size(); ++k) ASSERT_TRUE(unordered(k)) << "program " << i << " dep " << k;
    deps += fence.size();
  }
  EXPECT_GT(deps, 1000U);
}

TEST(RaceMutants, RedundantEdgesAreThoseThatChangeNoOrder) {
  std::uint64_t redundant = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Program program = RandomProgram(kSeed + i).Make();
    const TaskGraph graph = Infer(program)->graph;
    const auto before = RaceOracle::Before(program, graph);
    std::uint64_t expected = 0;
    for (TaskId t = 0; t < graph.size(); ++t) {
      if (program.tasks[t].core == CoreShape::kAlloc) continue;
      for (const ProducerEdge& edge : graph.Producers(t)) {
        const auto args = program.Args(t);
        if ((edge.sources & kFromCreator) != 0 || std::any_of(args.begin(), args.end(), [&](const Arg& arg) {
              return program.buffers[arg.buffer].creator == edge.producer;
            })) {
          continue;
        }
        const auto others = graph.Producers(t);
        expected += std::any_of(others.begin(), others.end(),
                                [&](const ProducerEdge& other) { return before[other.producer][edge.producer]; })
                        ? 1
                        : 0;
      }
    }
    const RedundantEdges found = FindRedundantEdges(program, graph);
    ASSERT_EQ(found.explicit_edges + found.inferred_edges, expected) << "program " << i;
    redundant += expected;
  }
  EXPECT_GT(redundant, 400U);
}

// Uses of memory that may be gone, by brute force over the retaining consumers.
TEST(RaceMutants, LifetimesAreFoundExactly) {
  std::map<LifetimeRisk, std::uint64_t> uses;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Program program = RandomProgram(kSeed + i).Make();
    const TaskGraph graph = Infer(program)->graph;
    const auto before = RaceOracle::Before(program, graph);
    std::map<LifetimeRisk, std::uint64_t> expected;
    for (TaskId user = 0; user < graph.size(); ++user) {
      std::set<BufferId> seen;
      for (const Arg& arg : program.Args(user)) {
        const TaskId owner = program.buffers[arg.buffer].creator;
        if (!program.ReachesCore(user) || owner == kNoTask || owner == user || !seen.insert(arg.buffer).second)
          continue;
        const TaskId end = program.scopes[program.tasks[owner].scope].end_task;
        if (end == graph.size()) continue;
        bool kept = false;
        for (TaskId consumer = user; consumer < end; ++consumer) {
          for (const ProducerEdge& edge : graph.Producers(consumer)) {
            kept |=
                edge.producer == owner && (edge.flags & kRetain) != 0 && (consumer == user || before[consumer][user]);
          }
        }
        if (!kept) ++expected[user < end ? LifetimeRisk::kNotRetained : LifetimeRisk::kAfterScope];
      }
    }
    std::map<LifetimeRisk, std::uint64_t> found;
    for (const LifetimeGroup& group : FindLifetimes(program, graph).groups) found[group.risk] += group.uses;
    ASSERT_EQ(found, expected) << "program " << i;
    for (const auto& [risk, count] : found) uses[risk] += count;
  }
  EXPECT_GT(uses[LifetimeRisk::kNotRetained], 100U);
  EXPECT_GT(uses[LifetimeRisk::kAfterScope], 100U);
}

}  // namespace
}  // namespace npusched
