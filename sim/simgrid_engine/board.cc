#include "sim/simgrid_engine/board.h"

#include <algorithm>
#include <bit>

#include "sim/policies/partition.h"

namespace npusched::simgrid_engine {
namespace {

bool LetsConsumersBeStaged(const RunInput& input, TaskId task) {
  const Policies& policies = input.runtime.policies;
  if (policies.early_dispatch == EarlyDispatch::kFlagged) return input.program.tasks[task].early_dispatch;
  if (policies.early_dispatch != EarlyDispatch::kListed) return policies.early_dispatch == EarlyDispatch::kAll;
  return std::ranges::count(policies.early_kernels, input.program.KernelName(task)) > 0;
}

}  // namespace

Board::Board(const RunInput& run_input, Turns& run_turns, std::function<void(Board&)> over)
    : input(run_input),
      turns(run_turns),
      entries(run_input, trace),
      traffic(run_input),
      waits(run_input.program, run_input.inference.graph, run_input.runtime.policies.drop_redundant_within),
      tasks(run_input.program.tasks.size()),
      views(run_input.machine.core_count()),
      registers(run_input.machine.core_count()),
      owned(run_input.runtime.schedulers),
      idle(run_input.runtime.schedulers),
      over_(std::move(over)) {
  trace.tasks.resize(tasks.size());
  trace.scheduler_busy.resize(input.runtime.schedulers);
  trace.waits.redundant = waits.dropped();
  for (std::uint32_t c = 0; c < input.machine.clusters; ++c) {
    owner.push_back(OwnerOf(c, input.machine.clusters, input.runtime.schedulers, input.runtime.policies.partition));
    owned[owner.back()].push_back(c);
  }
  for (TaskId t = 0; t < tasks.size(); ++t) {
    const Task& task = input.program.tasks[t];
    tasks[t].early = LetsConsumersBeStaged(input, t);
    if (OnCores(t)) tasks[t].rows_left = task.block_num * static_cast<std::uint32_t>(std::popcount(task.slots));
  }
  const QueueOrder order = input.runtime.policies.queue_order;
  if (order == QueueOrder::kCriticalPathFirst) FindPaths();
  ready.fill(ReadyQueue(order, paths_));
  together.fill(ReadyQueue(order, paths_));
}

Picoseconds Board::Duration(TaskId task, int slot, std::uint32_t block) const {
  const Program& program = input.program;
  if (const Picoseconds given = program.GivenDuration(task, slot, block); given >= 0) return given;
  const WorkId work = program.WorkOf(task, block);
  return work == kNoWork ? 0 : UndisturbedTime(input.costs[work].slots[slot], input.machine);
}

void Board::FindPaths() {
  paths_.resize(tasks.size());
  for (auto t = static_cast<TaskId>(tasks.size()); t-- > 0;) {
    Picoseconds own = 0;
    for (int slot = 0; slot < kSlots && OnCores(t); ++slot) {
      const Task& task = input.program.tasks[t];
      const std::uint32_t rows = (task.slots >> slot & 1) != 0 ? task.block_num : 0;
      for (std::uint32_t block = 0; block < rows; ++block) own = std::max(own, Duration(t, slot, block));
    }
    paths_[t] += own;
    for (const ProducerEdge& edge : input.inference.graph.Producers(t)) {
      paths_[edge.producer] = std::max(paths_[edge.producer], paths_[t]);
    }
  }
}

ReadyQueue& Board::QueueOf(TaskId task) {
  if (!OnCores(task)) return ready[static_cast<std::size_t>(CoreShape::kDummy)];
  const auto shape = static_cast<std::size_t>(input.program.tasks[task].core);
  return Together(task) ? together[shape] : ready[shape];
}

bool Board::NothingReady() const {
  bool nothing = true;
  for (std::size_t shape = 0; shape < together.size(); ++shape) {
    nothing = nothing && ready[shape].empty() && together[shape].empty();
  }
  return nothing;
}

bool Board::AnythingToDo() const {
  const bool to_link = input.runtime.policies.wiring == Wiring::kScheduler0 && linked < submitted;
  return to_link || !NothingReady() || !ready.back().empty() || drain.task != kNoTask ||
         std::ranges::any_of(candidates, [](const ReadyQueue& queue) { return !queue.empty(); });
}

void Board::Link(TaskId task) {
  linked = task + 1;
  if (input.program.tasks[task].core == CoreShape::kAlloc) return;  // complete
  TaskCard& card = tasks[task];
  card.stageable = OnCores(task);
  for (const ProducerEdge& edge : waits.Producers(task)) {
    TaskCard& producer = tasks[edge.producer];
    if (entries.Retired(edge.producer)) continue;
    const bool alloc = input.program.tasks[edge.producer].core == CoreShape::kAlloc;
    card.stageable = card.stageable && (alloc || producer.early);
    if (producer.complete) continue;
    producer.waiters.push_back(task);
    ++card.producers_left;
    if (!producer.launched) ++card.to_launch;
  }
  if (card.producers_left == 0) return MakeReady(task, kNoTask, nullptr);
  if (card.stageable && card.to_launch == 0) AddCandidate(task);
}

void Board::AddCandidate(TaskId task) {
  candidates[static_cast<std::size_t>(input.program.tasks[task].core)].Push(task);
  ++changes;
}

void Board::MakeReady(TaskId task, TaskId released_by, std::vector<TaskId>* own) {
  trace.tasks[task].ready = turns.now();
  trace.tasks[task].released_by = released_by;
  if (!tasks[task].staged.empty() && !HeldBack(task)) RingDoorbell(task);
  ++changes;
  const Task& t = input.program.tasks[task];
  if (tasks[task].placed == t.block_num) return;
  const Policies& policies = input.runtime.policies;
  const bool keeps = own != nullptr && policies.ready_buffers == ReadyBuffers::kLocal && OnCores(task) &&
                     !Together(task) && t.core != CoreShape::kMix;
  if (keeps && own[static_cast<std::size_t>(t.core)].size() < policies.local_ready_entries) {
    own[static_cast<std::size_t>(t.core)].push_back(task);
  } else {
    QueueOf(task).Push(task);
  }
}

bool Board::HeldBack(TaskId task) const {
  if (!Together(task)) return false;
  return std::ranges::any_of(tasks[task].staged, [&](Row row) { return views[trace.rows[row].core].pending == row; });
}

void Board::RingDoorbell(TaskId task) {
  for (const Row row : tasks[task].staged) {
    bells[row] = turns.now() + input.runtime.link.write_visible;
    turns.Call(AgentOfCore(trace.rows[row].core), turns.now());
  }
  if (tasks[task].placed == input.program.tasks[task].block_num) Launched(task);
}

void Board::MovedUp(Row row) {
  const DispatchRow& moved = trace.rows[row];
  std::vector<Row> block;
  for (const CoreView& view : views) {
    for (const Row at : {view.running, view.pending}) {
      if (at == kNone || trace.rows[at].task != moved.task || trace.rows[at].block != moved.block) continue;
      if (view.pending == at) return;
      block.push_back(at);
    }
  }
  for (const Row at : block) {
    bells[at] = turns.now() + input.runtime.link.write_visible;
    turns.Call(AgentOfCore(trace.rows[at].core), turns.now());
  }
  TaskCard& card = tasks[moved.task];
  std::erase(card.held, moved.block);
  if (card.held.empty() && card.written) Launched(moved.task);
}

void Board::Launched(TaskId task) {
  tasks[task].launched = true;
  if (!tasks[task].early) return;
  for (const TaskId waiter : tasks[task].waiters) {
    TaskCard& card = tasks[waiter];
    if (--card.to_launch == 0 && card.stageable && card.producers_left > 0) AddCandidate(waiter);
  }
}

void Board::Complete(TaskId task) {
  tasks[task].complete = true;
  trace.tasks[task].complete = turns.now();
  last_completion = turns.now();
  ++completed;
}

void Board::LetGo(TaskId task) {
  for (const ProducerEdge& edge : input.inference.graph.Producers(task)) {
    if ((edge.flags & kRetain) == 0 || entries.Retired(edge.producer)) continue;
    --tasks[edge.producer].keepers;
    RetireIfDone(edge.producer);
  }
  RetireIfDone(task);
}

void Board::RetireIfDone(TaskId task) {
  const TaskCard& card = tasks[task];
  if (!card.complete || !card.out_of_scope || card.keepers > 0 || entries.Retired(task)) return;
  if (!entries.Retire(task, turns.now()) || !orchestrator_waits) return;
  head_moved = true;
  turns.Call(Orchestrator(), turns.now());
}

// -- threads that sleep

Picoseconds Idle::BeginOf(Picoseconds when, bool after) const {
  if (period == 0) return std::max(when, since);
  Picoseconds k = std::max<Picoseconds>(0, (when - since - look) / period);
  while (since + k * period + look < when + (after ? 1 : 0)) ++k;
  return since + k * period;
}

Picoseconds Board::NextVisible(std::uint32_t thread) const {
  Picoseconds next = kNever;
  for (const std::uint32_t cluster : owned[thread]) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const CoreView& view = views[CoreAt(cluster, slot)];
      if (view.running == kNone || Gated(view.running)) continue;
      const bool behind = view.pending != kNone && !Gated(view.pending);
      const DispatchRow& row = trace.rows[behind ? view.pending : view.running];
      next = std::min(next, !behind && view.acknowledged ? row.end : row.receive);
    }
  }
  return next == kNever ? kNever : next + input.runtime.link.finish_visible;
}

void Board::Alarm(std::uint32_t thread, Picoseconds when, bool after) {
  Idle& sleeper = idle[thread];
  sleeper.begin = std::min(sleeper.begin, sleeper.BeginOf(when, after));
  turns.Call(AgentOfThread(thread), std::max(sleeper.begin, turns.now()));
}

void Board::NewsOf(CoreId core) {
  const std::uint32_t thread = owner[input.machine.ClusterOf(core)];
  if (!idle[thread].on) return;
  const Picoseconds visible = NextVisible(thread);
  if (visible != kNever) Alarm(thread, visible, /*after=*/false);
}

void Board::EndTurn(Agent by) {
  if (completed == tasks.size() || deadlock.code != RuntimeCode::kNone) over_(*this);
  if (changes == changes_told_) return;
  changes_told_ = changes;
  if (!AnythingToDo()) return;
  for (std::uint32_t thread = 0; thread < idle.size(); ++thread) {
    const Agent agent = AgentOfThread(thread);
    if (agent == by || !idle[thread].on) continue;
    // Who comes before somebody that has acted now has had its own look of now.
    Alarm(thread, turns.now(), by > agent || turns.HasActedBehind(agent));
  }
}

void Board::GiveUp(RuntimeCode code, TaskId task, RingResource resource, Picoseconds since) {
  deadlock = {.code = code, .task = task, .resource = resource, .since = since, .detected = turns.now()};
}

}  // namespace npusched::simgrid_engine
