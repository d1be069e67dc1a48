// One simulation, in a process of its own: the platform, the actors, and what they leave behind.
#include "sim/simgrid_engine/engine.h"

#include <algorithm>
#include <deque>

#include "sim/simgrid_engine/actors.h"

namespace npusched::simgrid_engine {
namespace {

namespace s4u = simgrid::s4u;

// Hosts of the machine. A core's kernel alone proceeds at a microsecond a second; a memory at its bytes a microsecond.
struct Platform {
  s4u::Host* aicpu = nullptr;
  std::vector<s4u::Host*> cores;
  std::vector<s4u::Host*> memories;

  explicit Platform(const Machine& machine) {
    s4u::NetZone* zone = s4u::create_full_zone("npu");
    aicpu = zone->create_host("aicpu", 1.0);
    for (CoreId core = 0; core < machine.core_count(); ++core) {
      cores.push_back(zone->create_host((machine.IsAic(core) ? "aic" : "aiv") + std::to_string(core), 1.0));
    }
    if (machine.sharing) {
      constexpr double kPerUs = 1e-6;
      for (const auto& [name, rate] :
           {std::pair{"hbm", machine.hbm_bytes_per_s}, std::pair{"l2_read", machine.l2_read_bytes_per_s},
            std::pair{"l2_write", machine.l2_write_bytes_per_s}}) {
        memories.push_back(zone->create_host(name, rate * kPerUs));
      }
    }
    zone->seal();
  }
};

Result<RunTrace> OutcomeOf(Board& board) {
  if (board.deadlock.code != RuntimeCode::kNone) {
    Error error;
    error.kind = ErrorKind::kDeadlock;
    error.message = Describe(board.deadlock, board.input);
    return error;
  }
  RunTrace trace = std::move(board.trace);
  if (!trace.rows.empty()) {
    trace.first_start = std::ranges::min(trace.rows, {}, &DispatchRow::start).start;
    trace.last_end = std::ranges::max(trace.rows, {}, &DispatchRow::end).end;
  }
  return trace;
}

}  // namespace

void Simulate(const RunInput& input, const std::function<void(const Result<RunTrace>&)>& deliver) {
  std::string name = "npusched";
  std::string quiet = "--log=root.thres:critical";
  char* arguments[] = {name.data(), quiet.data(), nullptr};
  int count = 2;
  s4u::Engine engine(&count, arguments);
  Turns::Configure();
  const Platform platform(input.machine);
  Turns turns(input.machine.core_count() + input.runtime.schedulers + 2);
  Board board(input, turns, [&](Board& over) { deliver(OutcomeOf(over)); });
  if (input.program.tasks.empty()) return deliver(OutcomeOf(board));

  Watchdog watchdog(board);
  std::deque<Core> cores;
  Submitter submitter(board);
  std::deque<Scheduler> schedulers;
  std::vector<Scheduler*> all;
  s4u::Actor::create("watchdog", platform.aicpu, [&] { watchdog.Run(); });
  for (CoreId core = 0; core < input.machine.core_count(); ++core) {
    Core& actor = cores.emplace_back(board, core, platform.memories);
    s4u::Actor::create(platform.cores[core]->get_name(), platform.cores[core], [&actor] { actor.Run(); });
  }
  s4u::Actor::create("orchestrator", platform.aicpu, [&] { submitter.Run(); });
  for (std::uint32_t i = 0; i < input.runtime.schedulers; ++i) {
    all.push_back(&schedulers.emplace_back(board, i, all));
    s4u::Actor::create("scheduler" + std::to_string(i), platform.aicpu, [actor = all.back()] { actor->Run(); });
  }
  engine.run();
}

}  // namespace npusched::simgrid_engine
