// The numbers catch what the regions catch. Small decode programs lose dependencies at random; race analysis says
// which pairs are open, the simulated run says which of them came out of order, and the executor's results must
// differ exactly then.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "graphs/races.h"
#include "tests/numeric/small_forward.h"

namespace npusched {
namespace {

constexpr std::uint64_t kSeed = 5;
constexpr int kMutants = 400;

// Random choices of one mutant.
struct Choice {
  std::uint64_t mutant = 0;
  std::uint64_t draws = 0;
  std::int64_t Below(std::int64_t end) { return RandomInRange(kSeed + mutant, draws++, 0, end - 1); }
};

Qwen3Options Options(Choice& choice) {
  Qwen3Options options = SmallForward({200, 256}, 1);
  options.layer_loop = choice.Below(2) == 0;
  options.windows = std::array{Windows::kOff, Windows::kOn, Windows::kOnWithSilu}.at(choice.Below(3));
  options.rope = options.silu = choice.Below(2) == 0 ? Fence::kManual : Fence::kInferred;
  return options;
}

// One argument of a task leaves inference, or one explicit dependency goes to the first task instead.
void DropDependency(Program& program, Choice& choice) {
  if (!program.deps.empty() && choice.Below(2) == 0) {
    program.deps[choice.Below(static_cast<std::int64_t>(program.deps.size()))].task = 0;
    return;
  }
  Arg& arg = program.args[choice.Below(static_cast<std::int64_t>(program.args.size()))];
  if (arg.tag == ArgTag::kOutput || arg.tag == ArgTag::kNoDep) return;
  if (arg.access == Access::kByTag) arg.access = Access::kRead;  // of an emitter: only inputs leave it open
  arg.tag = ArgTag::kNoDep;
}

std::vector<float> Results(const Qwen3Options& options, const Program& program, const RunTrace& trace) {
  const Inputs inputs(options.sizes, 1);
  const Result<DeviceMemory> memory = Execute({program, trace, inputs, options.sizes});
  const ForwardResult result = Collect(program, *memory, options.batch());
  std::vector<float> all;
  for (const Matrix* tensor : {&result.k_rows, &result.v_rows, &result.hidden, &result.logits}) {
    all.insert(all.end(), tensor->values.begin(), tensor->values.end());
  }
  return all;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
    return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
  });
}

// Whether the run took the two of a race in an order that the author did not mean.
bool OutOfOrder(const RacePair& pair, const std::vector<DispatchRow>& by_task) {
  const DispatchRow& earlier = by_task[pair.earlier];
  const DispatchRow& later = by_task[pair.later];
  switch (pair.hazard) {
    case Hazard::kRaw:
      return later.start < earlier.end;
    case Hazard::kWaw:
      return later.end <= earlier.end;
    case Hazard::kWar:
      return later.end <= earlier.start;
  }
  return false;
}

TEST(Mutants, NumbersDifferExactlyWhenARaceCameOutOfOrder) {
  int racy = 0;
  int out_of_order = 0;
  int failed = 0;
  for (int mutant = 0; mutant < kMutants; ++mutant) {
    SCOPED_TRACE(mutant);
    Choice choice{.mutant = static_cast<std::uint64_t>(mutant)};
    const Qwen3Options options = Options(choice);
    Program program = EmitQwen3Decode(options);
    const std::vector<float> meant = Results(options, program, InProgramOrder(program));
    for (std::int64_t drops = 1 + choice.Below(6); drops > 0; --drops) DropDependency(program, choice);

    const RaceReport races = FindRaces(program, Infer(program)->graph, {.keep_pairs = true});
    const RunTrace trace = Simulate(program);
    std::vector<DispatchRow> by_task(program.tasks.size());
    for (const DispatchRow& row : trace.rows) by_task[row.task] = row;
    const bool expected = std::any_of(races.all.begin(), races.all.end(),
                                      [&](const RacePair& pair) { return OutOfOrder(pair, by_task); });
    EXPECT_EQ(SameBits(Results(options, program, trace), meant), !expected);
    racy += races.racy() ? 1 : 0;
    out_of_order += expected ? 1 : 0;
    if (expected) failed += Verify(options, program, trace).passed() ? 0 : 1;
  }
  RecordProperty("racy", racy);
  RecordProperty("out_of_order", out_of_order);
  RecordProperty("failed", failed);
  // The sample means something only while it holds all three kinds.
  EXPECT_LT(racy, kMutants * 9 / 10);
  EXPECT_GT(out_of_order, kMutants / 10);
  EXPECT_LT(out_of_order, racy);
  EXPECT_GT(failed, out_of_order / 2) << "of " << out_of_order << " out of order and " << racy << " racy";
}

}  // namespace
}  // namespace npusched
