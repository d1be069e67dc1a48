// Threads that sleep while nothing happens act as threads that never sleep, to the picosecond.
#include <gtest/gtest.h>

#include "base/random.h"
#include "sim/engine.h"
#include "tests/sim/tiny_program.h"

namespace npusched::testing {
namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : seed_(seed) {}
  std::int64_t operator()(std::int64_t low, std::int64_t high) { return RandomInRange(seed_, counter_++, low, high); }
  // A cost of up to `most` nanoseconds, sometimes with odd picoseconds.
  Picoseconds Cost(std::int64_t most) {
    return (*this)(0, most) * kPsPerNs + ((*this)(0, 3) == 0 ? (*this)(0, 999) : 0);
  }

 private:
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
};

// All shapes, blocks, flags, scopes and edges.
TinyProgram RandomProgram(Draw& draw) {
  constexpr const char* kShapes[] = {"AIC", "AIC", "AIC", "AIV", "AIV", "AIV", "MIX", "DUMMY", "ALLOC"};
  constexpr const char* kMasks[] = {"aic+aiv0", "aic+aiv1", "aiv0+aiv1", "aic+aiv0+aiv1"};
  TinyProgram tiny;
  const std::int64_t count = draw(1, 40);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string shape = kShapes[draw(0, 8)];
    std::string line = shape + " t" + std::to_string(i);
    std::string producers;
    for (std::int64_t j = 0; j < i; ++j) producers += draw(0, 19) == 0 ? " t" + std::to_string(j) : "";
    if (!producers.empty()) line += " after" + producers;
    const bool on_cores = shape != "DUMMY" && shape != "ALLOC";
    if (on_cores && draw(0, 4) == 0) line += " blocks " + std::to_string(draw(2, 6));
    if (shape == "MIX") line += std::string(" on ") + kMasks[draw(0, 3)];
    if (draw(0, 3) == 0) line += " early";
    if (on_cores && draw(0, 5) == 0) line += " sync";
    tiny.AddLine(line + " " + std::to_string(draw(1, 30)) + "us");
    if (draw(0, 9) == 0) tiny.AddLine("begin");
  }
  tiny.Freeze();
  return tiny;
}

RuntimeConfig RandomRuntime(Draw& draw) {
  RuntimeConfig runtime = FreeRuntime(static_cast<std::uint32_t>(draw(1, 4)));
  runtime.release_batch = static_cast<std::uint32_t>(draw(1, 8));
  runtime.policies.pending_slots = static_cast<PendingSlots>(draw(0, 3));
  runtime.policies.pending_floor = static_cast<std::uint32_t>(draw(1, 4));
  runtime.policies.mix_pending = draw(0, 3) > 0;
  runtime.policies.drop_redundant_within = draw(0, 1) == 0 ? 0 : kAnyDistance;
  if (draw(0, 2) == 0) runtime.thread_cost_factor = {1.5};
  runtime.policies.mix_admission = static_cast<MixAdmission>(draw(0, 2));
  runtime.policies.mix_first = draw(0, 3) > 0;
  runtime.policies.core_choice = static_cast<CoreChoice>(draw(0, 2));
  runtime.policies.queue_order = static_cast<QueueOrder>(draw(0, 1));
  runtime.policies.partition = static_cast<Partition>(draw(0, 1));
  if (draw(0, 2) == 0) runtime.rings.slots.fill(draw(8, 40));
  runtime.rings.stall_timeout = 50 * kPsPerUs;
  runtime.rings.progress_timeout = 400 * kPsPerUs;
  runtime.submit.user_code = draw.Cost(500) + (draw(0, 5) == 0 ? 20 * kPsPerUs : 0);
  runtime.scheduler = {.poll_core = draw.Cost(120),
                       .iteration = kPsPerNs + draw.Cost(150),
                       .complete_task = draw.Cost(400),
                       .complete_edge = draw.Cost(100),
                       .complete_dummy = draw.Cost(50),
                       .dispatch_block = draw.Cost(100),
                       .publish_block = draw.Cost(10),
                       .stage_early = draw.Cost(500),
                       .drain = draw.Cost(2000),
                       .release_task = draw.Cost(50)};
  runtime.link = {.write_visible = draw.Cost(200), .finish_visible = draw.Cost(400), .setup = draw.Cost(300)};
  runtime.link.switch_pending = runtime.link.setup + draw.Cost(500);
  return runtime;
}

void ExpectSame(const RunTrace& a, const RunTrace& b) {
  ASSERT_EQ(a.rows.size(), b.rows.size());
  for (std::size_t i = 0; i < a.rows.size(); ++i) {
    EXPECT_EQ(a.rows[i].task, b.rows[i].task);
    EXPECT_EQ(a.rows[i].core, b.rows[i].core);
    EXPECT_EQ(a.rows[i].dispatch, b.rows[i].dispatch);
    EXPECT_EQ(a.rows[i].start, b.rows[i].start);
    EXPECT_EQ(a.rows[i].end, b.rows[i].end);
    EXPECT_EQ(a.rows[i].finish, b.rows[i].finish);
  }
  for (std::size_t t = 0; t < a.tasks.size(); ++t) {
    EXPECT_EQ(a.tasks[t].ready, b.tasks[t].ready);
    EXPECT_EQ(a.tasks[t].complete, b.tasks[t].complete);
  }
  for (std::size_t i = 0; i < std::min(a.phases.size(), b.phases.size()); ++i) {
    EXPECT_EQ(a.phases[i].loop_iteration, b.phases[i].loop_iteration);
  }
}

TEST(IdleTest, SkippedIterationsChangeNothing) {
  int deadlocks = 0;
  for (std::uint64_t seed = 0; seed < 1000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Draw draw(seed);
    const TinyProgram tiny = RandomProgram(draw);
    const RuntimeConfig runtime = RandomRuntime(draw);
    Machine machine;
    machine.clusters = static_cast<std::uint32_t>(draw(runtime.schedulers, 6));
    RunInput input{tiny.program, tiny.inference, machine, runtime, {}};
    const Result<RunTrace> skipping = RunNative(input);
    input.skip_idle = false;
    const Result<RunTrace> patient = RunNative(input);
    ASSERT_EQ(skipping.ok(), patient.ok());
    deadlocks += skipping.ok() ? 0 : 1;
    if (skipping.ok()) {
      ExpectSame(*skipping, *patient);
    } else {
      EXPECT_EQ(skipping.error().message, patient.error().message);
    }
  }
  EXPECT_GT(deadlocks, 0);
  EXPECT_LT(deadlocks, 500);
}

}  // namespace
}  // namespace npusched::testing
