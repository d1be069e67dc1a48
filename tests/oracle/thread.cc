// The oracle's scheduler threads: one loop, step by step as docs/model.md tells it.
#include <algorithm>

#include "tests/oracle/world.h"

namespace npusched::oracle {

Script World::Loop(Thread& me) {
  const SchedulerCosts& cost = input_.runtime.scheduler;
  for (;;) {
    co_await Until{me, now_};  // an iteration begins after whoever else is due
    me.moved = false;
    me.dropped = false;
    co_await PollAll(me);
    if (drain_) {
      GiveAwayOwn(me);
      me.meets = true;
      co_await Until{me, kNever};
      if (me.short_of_cores) {
        if (cost.poll_core == 0) co_await Until{me, now_ + Paid(me, cost.iteration)};
        continue;
      }
      co_await Write(me, Paid(me, cost.drain));
    } else {
      co_await WireSubmitted(me);
      co_await ServeDummies(me);
      co_await Dispatch(me);
      GiveAwayOwn(me);
      if (!me.dropped) co_await StageEarly(me);
    }
    if (!me.moved && !me.dropped) co_await ReleaseAll(me);
    co_await Until{me, now_ + Paid(me, cost.iteration)};
  }
}

Script World::PollAll(Thread& me) {
  for (const std::uint32_t c : me.clusters) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const CoreId core = CoreOf(c, slot);
      if (cores_[core].running == kNoRow || gates_[cores_[core].running].gated) continue;
      co_await Until{me, now_ + input_.runtime.scheduler.poll_core};
      for (const int row : ReadRegister(core)) {
        me.moved = true;
        const TaskId t = run_.trace.rows[row].task;
        if (--nodes_[t].rows_left == 0) co_await CompleteAndTell(me, t, input_.runtime.scheduler.complete_task);
      }
    }
  }
}

Script World::CompleteAndTell(Thread& me, TaskId t, Picoseconds cost) {
  co_await Until{me, now_ + Paid(me, cost)};
  Complete(t);
  me.releases.push_back(t);
  std::vector<TaskId> consumers = nodes_[t].told;
  while (!consumers.empty()) {
    const Picoseconds tell = Paid(me, input_.runtime.scheduler.complete_edge);
    run_.trace.waits.resolve += tell;
    co_await Until{me, now_ + tell};
    const TaskId newest = consumers.back();
    consumers.pop_back();
    nodes_[newest].waits_for.erase(t);
    if (nodes_[newest].waits_for.empty()) MakeReady(newest, t, &me);
  }
  if (me.releases.size() >= input_.runtime.release_batch) co_await ReleaseAll(me);
}

Script World::ReleaseAll(Thread& me) {
  while (!me.releases.empty()) {
    co_await Until{me, now_ + Paid(me, input_.runtime.scheduler.release_task)};
    const TaskId newest = me.releases.back();
    me.releases.pop_back();
    Release(newest);
  }
}

// Thread 0 links submitted tasks to their producers where the orchestrator does not.
Script World::WireSubmitted(Thread& me) {
  const Policies& policies = input_.runtime.policies;
  if (policies.wiring == Wiring::kOrchestrator || me.number != 0) co_return;
  for (std::uint32_t i = 0; i < policies.wiring_batch && wired_ < submitted_; ++i) {
    const auto producers = static_cast<Picoseconds>(known_[wired_].size());
    const bool alloc = input_.program.tasks[wired_].core == CoreShape::kAlloc;
    const Picoseconds cost =
        Paid(me, input_.runtime.scheduler.wire_task) + producers * Paid(me, input_.runtime.submit.fanin_edge);
    co_await Until{me, now_ + (alloc ? 0 : cost)};
    Link(wired_);
    me.moved = true;
  }
}

// What a thread kept for itself and did not place goes to the queues, as it came.
void World::GiveAwayOwn(Thread& me) {
  for (std::vector<TaskId>& own : me.own) {
    for (const TaskId t : own) ReadyQueue(t).push_back(t);
    own.clear();
  }
}

// Before it dispatches, what is more than the thread has cores, the last that came.
void World::GiveAwayExcess(Thread& me) {
  for (const CoreShape shape : {CoreShape::kAic, CoreShape::kAiv}) {
    std::vector<TaskId>& own = me.own[static_cast<int>(shape)];
    const std::size_t cores = me.clusters.size() * (shape == CoreShape::kAiv ? 2 : 1);
    std::size_t idle = 0;
    for (const Thread& other : threads_) idle += &other == &me ? 0 : IdleCores(other, shape);
    if (own.size() <= cores || idle == 0) continue;
    std::vector<TaskId>& queue = ready_[static_cast<int>(shape)];
    queue.insert(queue.end(), own.begin() + static_cast<std::ptrdiff_t>(cores), own.end());
    own.resize(cores);
  }
}

Script World::ServeDummies(Thread& me) {
  std::vector<TaskId> popped;
  while (popped.size() < input_.runtime.dummies_per_iteration && !dummies_.empty()) popped.push_back(PopFrom(dummies_));
  for (const TaskId t : popped) {
    me.moved = true;
    co_await CompleteAndTell(me, t, input_.runtime.scheduler.complete_dummy);
  }
}

// -- dispatch

// The batch is prepared, then written row by row; or each row is prepared and written before the next.
Script World::Write(Thread& me, Picoseconds prepare, bool each) {
  const auto rows = static_cast<Picoseconds>(me.batch.size());
  Picoseconds written = now_ + (each ? 0 : prepare);
  for (const int row : me.batch) {
    written += input_.runtime.scheduler.publish_block + (each ? prepare / rows : 0);
    run_.trace.rows[row].dispatch = written;
    ResolveTimes(run_.trace.rows[row].core);
  }
  me.batch.clear();
  me.moved = true;
  co_await Until{me, written};
  const std::vector<TaskId> launching = std::move(me.launching);
  me.launching.clear();
  for (const TaskId t : launching) {
    nodes_[t].written = true;
    if (nodes_[t].held.empty()) Launched(t);
  }
}

Script World::Dispatch(Thread& me) {
  constexpr int kPhases = 9;
  bool mix_left = false;
  bool placed = true;
  while (placed && !me.dropped) {
    placed = false;
    for (int phase = 0; phase < kPhases && !me.dropped; ++phase) {
      Phase(me, phase, mix_left);
      if (me.batch.empty()) continue;
      placed = true;
      const auto rows = static_cast<Picoseconds>(me.batch.size());
      co_await Write(me, rows * Paid(me, input_.runtime.scheduler.dispatch_block),
                     input_.runtime.policies.publication == Publication::kEach);
    }
  }
}

void World::Phase(Thread& me, int phase, bool& mix_left) {
  const Policies& policies = input_.runtime.policies;
  const bool aiv_first = policies.shape_order == ShapeOrder::kAivFirst ||
                         (policies.shape_order == ShapeOrder::kThread1AivFirst && me.number == 1);
  const CoreShape shapes[] = {CoreShape::kMix, aiv_first ? CoreShape::kAiv : CoreShape::kAic,
                              aiv_first ? CoreShape::kAic : CoreShape::kAiv};
  const CoreShape shape = shapes[phase % 3];
  if (phase == 0 && policies.local_excess == LocalExcess::kShared) GiveAwayExcess(me);
  if (phase == 6) GiveAwayOwn(me);
  const auto& queue = ready_[static_cast<int>(shape)];
  if (phase < 3) return DispatchSync(me, shape);
  const Room room = phase < 6 ? Room::kIdle : Room::kPending;
  std::size_t most = queue.size() + (shape == CoreShape::kMix ? 0 : me.own[static_cast<int>(shape)].size());
  if (room == Room::kPending) most = MayPark(me, shape, most);
  if (shape == CoreShape::kMix) {
    DispatchMix(me, room, most);
    if (room == Room::kIdle && !queue.empty()) mix_left = true;
  } else if (!mix_left || !policies.mix_first) {
    DispatchSingle(me, shape, room, most);
  }
}

void World::DispatchSync(Thread& me, CoreShape shape) {
  std::vector<TaskId>& queue = sync_[static_cast<int>(shape)];
  while (!queue.empty() && !me.dropped) {
    const TaskId t = PopFrom(queue);
    if (Places(me, t, Room::kIdle) >= input_.program.tasks[t].block_num) {
      Claim(me, t, Room::kIdle, false);
    } else {
      AskForDrain(me, t, false);
    }
  }
}

void World::DispatchSingle(Thread& me, CoreShape shape, Room room, std::size_t most) {
  std::vector<TaskId>& queue = ready_[static_cast<int>(shape)];
  std::vector<TaskId>& own = me.own[static_cast<int>(shape)];
  const std::size_t ready = queue.size() + own.size();
  if (ready == 0) return;
  std::vector<TaskId> unplaced;
  const std::uint32_t free = Places(me, own.empty() ? queue.front() : own.front(), room);  // the same for the shape
  for (std::size_t i = 0; i < std::min<std::size_t>(free, most); ++i) {
    const TaskId t = own.empty() ? PopFrom(queue) : own.back();  // its own first, newest first
    if (!own.empty()) own.pop_back();
    if (Claim(me, t, room, false) == 0) unplaced.push_back(t);
  }
  queue.insert(queue.end(), unplaced.begin(), unplaced.end());
}

void World::DispatchMix(Thread& me, Room room, std::size_t most) {
  std::vector<TaskId>& queue = ready_[static_cast<int>(CoreShape::kMix)];
  std::vector<TaskId> unplaced;
  const std::size_t pops = std::min(me.clusters.size(), most);
  for (std::size_t i = 0; i < pops; ++i) {
    const TaskId t = PopFrom(queue);
    if (Claim(me, t, room, false) == 0) unplaced.push_back(t);
  }
  queue.insert(queue.end(), unplaced.begin(), unplaced.end());
}

// Places blocks while there is room; what is left of the task goes to the tail at once.
std::uint32_t World::Claim(Thread& me, TaskId t, Room room, bool gated) {
  Node& node = nodes_[t];
  const std::uint32_t blocks = input_.program.tasks[t].block_num;
  const std::uint32_t first = node.next_block;
  const std::uint32_t count = std::min(blocks - first, Places(me, t, room));
  node.next_block += count;
  const bool all = node.next_block == blocks;
  if (count > 0 && all && !gated) me.launching.push_back(t);
  if (count > 0 && !all && !gated && !IsSync(t)) ReadyQueue(t).push_back(t);
  for (std::uint32_t block = first; block < first + count; ++block) PlaceBlock(me, t, block, room, gated);
  return count;
}

// -- early dispatch and drains

Room World::EarlyRoom(TaskId t) const {
  const Policies& policies = input_.runtime.policies;
  if (policies.pending_slots == PendingSlots::kUnused) return Room::kIdle;
  return input_.program.tasks[t].core == CoreShape::kMix && !policies.mix_pending ? Room::kIdle : Room::kEither;
}

Script World::StageEarly(Thread& me) {
  if (!NothingReady()) co_return;
  const bool aiv_first = input_.runtime.policies.shape_order == ShapeOrder::kAivFirst ||
                         (input_.runtime.policies.shape_order == ShapeOrder::kThread1AivFirst && me.number == 1);
  Picoseconds prepare = 0;
  for (const CoreShape shape : {CoreShape::kMix, aiv_first ? CoreShape::kAiv : CoreShape::kAic,
                                aiv_first ? CoreShape::kAic : CoreShape::kAiv}) {
    std::vector<TaskId>& queue = early_[static_cast<int>(shape)];
    for (std::size_t left = queue.size(); left > 0 && !me.dropped; --left) {
      const TaskId t = queue.front();
      queue.erase(queue.begin());
      if (nodes_[t].waits_for.empty()) continue;  // it became ready meanwhile
      if (Stage(me, t)) {
        prepare += Paid(me, input_.runtime.scheduler.stage_early);
      } else if (drain_ != t) {
        queue.push_back(t);
      }
    }
  }
  if (!me.batch.empty()) co_await Write(me, prepare);
}

bool World::Stage(Thread& me, TaskId t) {
  if (!IsSync(t)) {
    std::uint32_t staged = Claim(me, t, Room::kIdle, true);
    if (EarlyRoom(t) == Room::kEither) staged += Claim(me, t, Room::kPending, true);
    return staged > 0;
  }
  if (Places(me, t, EarlyRoom(t)) >= input_.program.tasks[t].block_num) return Claim(me, t, EarlyRoom(t), true) > 0;
  if (threads_.size() > 1) AskForDrain(me, t, true);
  return false;
}

// One drain at a time: whoever finds another under way puts its task back and drops the pass too.
void World::AskForDrain(Thread& me, TaskId t, bool early) {
  me.dropped = true;
  if (drain_) {
    if (!early) ReadyQueue(t).push_back(t);
    return;
  }
  drain_ = t;
  drain_early_ = early;
}

// All threads are here: with enough cores on the die each fills its own, else all go on polling.
void World::Meet() {
  const TaskId t = *drain_;
  const Room room = drain_early_ ? EarlyRoom(t) : Room::kIdle;
  std::uint32_t places = 0;
  for (const Thread& thread : threads_) places += Places(thread, t, room);
  const bool void_now = drain_early_ && nodes_[t].waits_for.empty();  // it became ready: its turn comes in the queue
  const bool enough = places >= input_.program.tasks[t].block_num && !void_now;
  for (Thread& thread : threads_) {
    thread.meets = false;
    thread.short_of_cores = !enough;
    thread.due = now_;
    if (enough) Claim(thread, t, room, drain_early_);
  }
  if (enough || drain_early_) drain_.reset();
}

}  // namespace npusched::oracle
