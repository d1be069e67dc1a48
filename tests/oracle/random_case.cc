#include "tests/oracle/random_case.h"

#include <bit>

#include "base/random.h"

namespace npusched::oracle {
namespace {

constexpr std::int64_t kRows = 8;

// Writes statements in the language of the emitters until its tasks are used up.
class Author {
 public:
  Author(Draw& draw, std::int64_t tasks) : draw_(draw), tasks_(tasks) {
    for (const char* name : {"a", "b", "c"}) tensors_.push_back(b_.External(name, DType::kFloat32, {kRows, 64}));
    cube_ = b_.Kernel("cube", CoreShape::kAic);
    vector_ = b_.Kernel("vector", CoreShape::kAiv);
    mix_ = b_.Kernel("mix", CoreShape::kMix);
  }

  Program Write() {
    while (left() > 0) Statement(1, false);
    return b_.Finish();
  }

 private:
  [[nodiscard]] std::int64_t left() const { return tasks_ - static_cast<std::int64_t>(submitted_.size()); }

  void Statement(int depth, bool manual) {
    const std::int64_t kind = depth < 5 ? draw_.Number(0, 11) : 11;
    const auto body = [&](bool in_manual) {
      if (!in_manual && draw_.OneIn(4))
        tensors_.push_back(b_.Create("t", DType::kFloat32, {kRows, 64 * draw_.Number(1, 8)}));
      for (std::int64_t n = draw_.Number(1, 3); n > 0 && left() > 0; --n) Statement(depth + 1, in_manual);
    };
    const std::size_t known = tensors_.size();
    if (kind == 0)
      b_.Parallel(draw_.Number(1, 4), [&](std::int64_t i) { Turn(i), body(manual), tensors_.resize(known); });
    if (kind == 1)
      b_.Sequential(draw_.Number(1, 3), [&](std::int64_t i) { Turn(i), body(manual), tensors_.resize(known); });
    if (kind == 2 && !manual) b_.Scope(ScopeKind::kAuto, [&] { body(false); });
    if (kind == 3 && !manual) b_.Scope(ScopeKind::kManual, [&] { body(true); });
    tensors_.resize(known);  // what a body created ends with it
    if (kind > 3) Submit();
  }
  void Turn(std::int64_t i) { trip_ = i; }

  Tensor Pick() {
    const Tensor whole =
        tensors_[static_cast<std::size_t>(draw_.Number(0, static_cast<std::int64_t>(tensors_.size()) - 1))];
    if (draw_.OneIn(3)) return draw_.OneIn(5) ? ManualDep(whole) : whole;
    return b_.Rows(whole, draw_.OneIn(2) ? trip_ % kRows : draw_.Number(0, kRows - 1), 1);
  }

  void Submit() {
    if (draw_.OneIn(12)) {
      submitted_.push_back(AddDeps(b_.Dummy(), 2));
      return;
    }
    const Launch& launch = draw_.OneIn(4) ? mix_ : draw_.OneIn(2) ? cube_ : vector_;
    Submission task = b_.Submit(launch);
    for (std::int64_t n = draw_.Number(0, 2); n > 0; --n) task.In(Pick());
    if (draw_.OneIn(6)) task.InOut(Pick());
    if (draw_.OneIn(8)) task.NoDepIn(Pick());
    if (draw_.OneIn(8)) task.NoDepOut(Pick());
    if (draw_.Number(0, 2) > 0) task.Out(Pick());
    if (draw_.OneIn(4)) task.Blocks(static_cast<std::uint32_t>(draw_.Number(2, 6)));
    if (draw_.OneIn(5)) task.SyncStart();
    if (draw_.OneIn(3)) task.Early();
    if (draw_.Number(0, 2) > 0) task.Lasting(draw_.OneIn(400) ? 200 * kPsPerUs : draw_.Cost(6000));
    submitted_.push_back(AddDeps(task, draw_.OneIn(3) ? 3 : 0));
  }
  TaskId AddDeps(Submission task, std::int64_t most) {
    const auto count = static_cast<std::int64_t>(submitted_.size());
    std::vector<TaskId> deps;
    for (std::int64_t n = draw_.Number(0, most); n > 0 && count > 0; --n) {
      const TaskId dep =
          submitted_[static_cast<std::size_t>(draw_.Number(std::max<std::int64_t>(0, count - 9), count - 1))];
      if (std::find(deps.begin(), deps.end(), dep) == deps.end()) deps.push_back(dep);
    }
    task.Deps(deps);
    return task.id();
  }

  Draw& draw_;
  std::int64_t tasks_;
  Builder b_{"random"};
  Launch cube_;
  Launch vector_;
  Launch mix_;
  std::vector<Tensor> tensors_;
  std::vector<TaskId> submitted_;
  std::int64_t trip_ = 0;
};

KernelCost RandomCost(Draw& draw) {
  KernelCost cost;
  for (SlotCost& slot : cost.slots) slot.duration = kPsPerNs + draw.Cost(8000);
  return cost;
}

void MakeRingsSmall(Draw& draw, RingSizes& rings) {
  const auto small = [&](std::array<std::int64_t, kRings>& sizes, std::int64_t low, std::int64_t high) {
    for (std::int64_t& size : sizes) size = draw.Number(low, high);
  };
  if (draw.OneIn(2)) small(rings.slots, 6, 30);
  if (draw.OneIn(3)) {
    for (std::int64_t& bytes : rings.heap_bytes) bytes = 1024 * draw.Number(8, 60);
  }
  if (draw.OneIn(3)) small(rings.dep_entries, 3, 20);
  if (draw.OneIn(3)) small(rings.spill_entries, 1, 6);
  if (draw.OneIn(2)) rings.inline_producers = draw.Number(1, 3);
  if (draw.OneIn(3)) rings.tensor_map_entries = draw.Number(6, 30);
  rings.reclaim_batch = draw.OneIn(2) ? draw.Number(1, 6) : 64;
}

}  // namespace

std::int64_t Draw::Number(std::int64_t low, std::int64_t high) { return RandomInRange(seed_, counter_++, low, high); }

Picoseconds Draw::Cost(std::int64_t most) {
  if (OneIn(12)) return 0;
  return Number(0, most) * kPsPerNs + (OneIn(2) ? Number(0, 999) : 0);
}

RuntimeConfig RandomRuntime(Draw& draw) {
  RuntimeConfig runtime;
  runtime.schedulers = static_cast<std::uint32_t>(draw.Number(1, 4));
  runtime.dummies_per_iteration = static_cast<std::uint32_t>(draw.Number(1, 8));
  runtime.release_batch = static_cast<std::uint32_t>(draw.OneIn(2) ? draw.Number(1, 6) : 256);
  Policies& policies = runtime.policies;
  policies.core_choice = static_cast<CoreChoice>(draw.Number(0, 2));
  policies.queue_order = static_cast<QueueOrder>(draw.Number(0, 1));
  policies.shape_order = static_cast<ShapeOrder>(draw.Number(0, 2));
  policies.partition = static_cast<Partition>(draw.Number(0, 1));
  policies.early_dispatch = static_cast<EarlyDispatch>(draw.Number(0, 3));
  policies.early_kernels = {"cube", "mix"};
  policies.mix_first = !draw.OneIn(4);
  policies.pending_slots = static_cast<PendingSlots>(draw.OneIn(2) ? 0 : draw.Number(1, 3));
  policies.pending_floor = static_cast<std::uint32_t>(draw.Number(1, 4));
  policies.mix_pending = !draw.OneIn(4);
  if (draw.OneIn(3))
    policies.drop_redundant_within = draw.OneIn(2) ? kAnyDistance : static_cast<std::uint32_t>(draw.Number(1, 8));
  policies.mix_admission = static_cast<MixAdmission>(draw.Number(0, 2));
  if (draw.OneIn(3)) {
    policies.ready_buffers = ReadyBuffers::kLocal;
    policies.local_ready_entries = static_cast<std::uint32_t>(draw.Number(1, 8));
    policies.local_excess = static_cast<LocalExcess>(draw.Number(0, 1));
  }
  if (draw.OneIn(3)) {
    policies.wiring = Wiring::kScheduler0;
    policies.wiring_batch = static_cast<std::uint32_t>(draw.Number(1, 4));
  }
  policies.publication = draw.OneIn(3) ? Publication::kEach : Publication::kTogether;
  RingSizes& rings = runtime.rings;
  rings.slots.fill(16384);
  rings.heap_bytes.fill(std::int64_t{1} << 28);
  rings.dep_entries.fill(16384);
  rings.spill_entries.fill(16384);
  rings.inline_producers = 64;
  rings.tensor_map_entries = 65536;
  rings.reclaim_batch = 64;
  rings.stall_timeout = 40 * kPsPerUs;
  rings.progress_timeout = 150 * kPsPerUs;
  if (draw.OneIn(2)) MakeRingsSmall(draw, rings);
  runtime.submit = {.user_code = draw.Cost(400) + (draw.OneIn(8) ? 4 * kPsPerUs : 0),
                    .slot = draw.Cost(50),
                    .heap = draw.Cost(60),
                    .sync = draw.Cost(20),
                    .explicit_dep = draw.Cost(20),
                    .lookup = draw.Cost(120),
                    .lookup_entry = draw.Cost(25),
                    .insert = draw.Cost(150),
                    .payload_tensor = draw.Cost(30),
                    .fanin_edge = draw.Cost(50),
                    .finalize = draw.Cost(40),
                    .scope_end = draw.Cost(90)};
  runtime.scheduler = {.poll_core = kPsPerNs + draw.Cost(120),
                       .iteration = 20 * kPsPerNs + draw.Cost(150),
                       .complete_task = draw.Cost(400),
                       .complete_edge = draw.Cost(100),
                       .complete_dummy = draw.Cost(200),
                       .dispatch_block = draw.Cost(400),
                       .publish_block = draw.Cost(10),
                       .stage_early = draw.Cost(460),
                       .drain = draw.Cost(3000),
                       .release_task = draw.Cost(60),
                       .wire_task = draw.Cost(200)};
  runtime.link = {.write_visible = draw.Cost(200), .finish_visible = draw.Cost(300), .setup = draw.Cost(300)};
  runtime.link.switch_pending = runtime.link.setup + draw.Cost(500);
  if (draw.OneIn(3)) runtime.link.cold_start = {draw.Cost(100), 200 * kPsPerNs, 300 * kPsPerNs + draw.Cost(900)};
  for (std::uint32_t i = draw.OneIn(3) ? runtime.schedulers : 0; i > 0; --i) {
    runtime.thread_cost_factor.push_back(1 + static_cast<double>(draw.Number(0, 200)) / 100);
  }
  if (draw.OneIn(4)) {
    runtime.link.start_jitter = 1 + draw.Cost(2000);
    runtime.link.start_jitter_seed = static_cast<std::uint64_t>(draw.Number(0, 1'000'000));
  }
  return runtime;
}

Program RandomProgram(Draw& draw, std::int64_t tasks) {
  Program program = Author(draw, tasks).Write();
  program.durations.resize(program.tasks.size(), -1);
  for (Task& task : program.tasks) {
    if (task.core == CoreShape::kMix) {
      constexpr std::uint8_t kMasks[] = {3, 5, 6, 7};
      task.slots = kMasks[draw.Number(0, 3)];
    }
    if (task.core < CoreShape::kDummy && draw.OneIn(15)) task.predicate_false = true;
  }
  return program;
}

// Some tasks get a duration for each row.
void GiveRowsTheirOwn(Draw& draw, Program* program) {
  RowDurations& rows = program->row_durations;
  rows.first.assign(1, 0);
  for (TaskId t = 0; t < program->tasks.size(); ++t) {
    const Task& task = program->tasks[t];
    if (task.core < CoreShape::kDummy && draw.OneIn(3)) {
      program->durations[t] = -1;
      for (std::uint32_t n = task.block_num * static_cast<std::uint32_t>(std::popcount(task.slots)); n > 0; --n) {
        rows.values.push_back(kPsPerNs + draw.Cost(8000));
      }
    }
    rows.first.push_back(rows.values.size());
  }
}

// Of the three works, in tasks of several blocks.
void GiveBlocksTheirOwn(Draw& draw, Program* program) {
  for (Task& task : program->tasks) {
    if (task.work == kNoWork || task.block_num == 1 || draw.OneIn(2)) continue;
    task.first_block_work = static_cast<std::uint32_t>(program->block_works.size());
    for (std::uint32_t block = 0; block < task.block_num; ++block) {
      program->block_works.push_back(static_cast<WorkId>(draw.Number(0, 2)));
    }
  }
}

RandomCase MakeRandomCase(std::uint64_t seed) {
  Draw draw(seed);
  RandomCase one;
  one.program = RandomProgram(draw, draw.Number(1, 30));
  for (Task& task : one.program.tasks) {  // those without a duration of their own
    if (task.core < CoreShape::kDummy) task.work = static_cast<WorkId>(draw.Number(0, 2));
  }
  for (int i = 0; i < 3; ++i) one.costs.push_back(RandomCost(draw));
  one.inference = *Infer(one.program);
  one.runtime = RandomRuntime(draw);
  one.machine.clusters = static_cast<std::uint32_t>(draw.Number(1, 6));
  const bool may_be_too_wide = draw.OneIn(20);
  for (Task& task : one.program.tasks) {
    const std::uint32_t widest = task.core == CoreShape::kAiv ? one.machine.aiv_count() : one.machine.clusters;
    if (task.block_num > widest && !may_be_too_wide) task.sync_start = false;
  }
  if (draw.OneIn(3)) GiveRowsTheirOwn(draw, &one.program);
  if (draw.OneIn(3)) GiveBlocksTheirOwn(draw, &one.program);
  return one;
}

}  // namespace npusched::oracle
