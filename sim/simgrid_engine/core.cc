#include <algorithm>

#include "sim/simgrid_engine/actors.h"

namespace npusched::simgrid_engine {

namespace s4u = simgrid::s4u;

void Core::Run() {
  turns_.Begin(me_);
  const LinkCosts& link = board_.input.runtime.link;
  Register& reg = board_.registers[core_];
  for (;;) {
    while (reg.written.empty()) PauseUntilCalled(kNever);
    const Row row = reg.written.front();
    reg.written.erase(reg.written.begin());
    board_.trace.rows[row].receive = std::max(board_.trace.rows[row].dispatch + link.write_visible, reg.looks);
    board_.NewsOf(core_);
    const Picoseconds set_up = board_.trace.rows[row].receive + link.setup + (reg.warm ? 0 : ColdStart(link, core_));
    reg.warm = true;
    while (board_.Gated(row)) PauseUntilCalled(kNever);
    PauseUntil(std::max(set_up, board_.bells[row]));
    board_.trace.rows[row].start = now();
    RunKernel(row);
    board_.trace.rows[row].end = now();
    reg.looks = now() + link.switch_pending - link.setup;
    board_.NewsOf(core_);
  }
}

void Core::RunKernel(Row row) {
  const TaskId task = board_.trace.rows[row].task;
  const int slot = board_.trace.rows[row].slot;
  const std::uint32_t block = board_.trace.rows[row].block;
  std::vector<s4u::ExecPtr> activities;
  const auto begin = [&](double amount) { return activities.emplace_back(s4u::this_actor::exec_init(amount)); };
  board_.EndTurn(me_);
  if (memories_.empty()) {
    const Picoseconds duration = board_.Duration(task, slot, block);
    if (duration > 0) begin(Turns::Seconds(duration))->start();
    turns_.Await(me_, activities, now() + duration);
    return;
  }
  // Its time alone, and a flow for each memory that never goes faster than it would alone.
  const Traffic traffic = board_.traffic.Start(task, slot, block);
  const Picoseconds start = now();
  if (traffic.alone > 0) begin(Turns::Seconds(traffic.alone))->start();
  for (int m = 0; m < kMemories && traffic.alone > 0; ++m) {
    if (traffic.bytes[m] == 0) continue;
    const auto bytes = static_cast<double>(traffic.bytes[m]);
    begin(bytes)->set_bound(bytes / Turns::Seconds(traffic.alone))->set_host(memories_[m])->start();
  }
  turns_.Await(me_, activities, kNever);
  board_.trace.rows[row].contention = now() - start - traffic.alone;
}

void Watchdog::Run() {
  turns_.Begin(me_);
  const Picoseconds patience = board_.input.runtime.rings.progress_timeout;
  for (Picoseconds seen = 0;; seen = board_.last_completion) {
    PauseUntil(seen + patience + 1);
    if (board_.last_completion != seen) continue;
    board_.GiveUp(RuntimeCode::kTimeout, kNoTask, RingResource::kTaskSlots, seen);
    board_.deadlock.detected = seen + patience;
    const auto running = std::ranges::find(board_.trace.rows, 0, &DispatchRow::finish);
    if (running != board_.trace.rows.end()) {
      board_.deadlock.task = running->task;
      board_.deadlock.state = TimeoutState::kCoreRunning;
    } else if (!board_.NothingReady()) {
      board_.deadlock.state = TimeoutState::kReadyNotDispatched;
    } else {
      board_.deadlock.state = board_.program_closed ? TimeoutState::kAllWait : TimeoutState::kOrchestratorBusy;
    }
  }
}

}  // namespace npusched::simgrid_engine
