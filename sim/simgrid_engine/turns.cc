#include "sim/simgrid_engine/turns.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace npusched::simgrid_engine {
namespace {

namespace s4u = simgrid::s4u;

// An actor that is due looks whether it is its turn once for each other actor that acts before it, no more.
constexpr int kMostLooks = 10'000'000;

}  // namespace

void Turns::Configure() {
  // Events within this many seconds count as simultaneous: a thousandth of a picosecond.
  s4u::Engine::set_config("surf/precision:1e-9");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  s4u::Engine::set_config("contexts/factory:thread");  // sanitizers follow threads, not switched stacks
#endif
}

Turns::Turns(std::size_t agents) : due_(agents, 0), callable_(agents, false) {
  for (std::size_t i = 0; i < agents; ++i) bells_.push_back(s4u::Semaphore::create(0));
}

Picoseconds Turns::Clock() { return std::llround(s4u::Engine::get_clock() * 1e6); }

bool Turns::IsNext(Agent agent) const {
  if (taken_) return false;
  for (Agent other = 0; other < due_.size(); ++other) {
    if (due_[other] < due_[agent] || (due_[other] == due_[agent] && other < agent)) return false;
  }
  return true;
}

void Turns::Leave(Agent agent) {
  last_at_now_ = std::max(last_at_now_, agent);
  taken_ = false;
  const std::vector<Agent> called = std::move(called_);
  called_.clear();
  for (const Agent other : called) bells_[other]->release();
}

Picoseconds Turns::Take(Agent agent) {
  for (int looks = 0; !IsNext(agent); ++looks) {
    NPU_CHECK(looks < kMostLooks);
    s4u::this_actor::yield();
  }
  taken_ = true;
  if (due_[agent] > now_) last_at_now_ = 0;
  now_ = due_[agent];
  return now_;
}

Picoseconds Turns::Sleep(Agent agent, Picoseconds due) {
  due_[agent] = due;
  Leave(agent);
  if (due > Clock()) s4u::this_actor::sleep_until(Seconds(due));
  return Take(agent);
}

Picoseconds Turns::SleepUntilCalled(Agent agent, Picoseconds due) {
  due_[agent] = due;
  callable_[agent] = true;
  Leave(agent);
  while (due_[agent] > Clock()) {
    if (due_[agent] == kNever) {
      bells_[agent]->acquire();
    } else {
      (void)bells_[agent]->acquire_timeout(Seconds(due_[agent]) - s4u::Engine::get_clock());
    }
  }
  callable_[agent] = false;
  return Take(agent);
}

Picoseconds Turns::Await(Agent agent, const std::vector<s4u::ExecPtr>& activities, Picoseconds end) {
  due_[agent] = end;
  Leave(agent);
  for (const s4u::ExecPtr& activity : activities) activity->wait();
  if (end == kNever) due_[agent] = Clock();
  NPU_CHECK(due_[agent] == Clock());
  return Take(agent);
}

void Turns::Call(Agent agent, Picoseconds due) {
  if (!callable_[agent] || due >= due_[agent]) return;
  due_[agent] = due;
  called_.push_back(agent);
}

}  // namespace npusched::simgrid_engine
