// A bench for scheduling rules: real scheduler threads, scripted cores, one loop iteration of one thread at a time.
//
//   c2 s1                      2 clusters, 1 scheduler thread; then policies: c2 s1 pending=surplus mix=uniform
//   submit AIC A B             (the language of tiny_program.h)
//   T0: A>AIC0 B>AIC1          one iteration of thread 0 and what it publishes, in order; "-" for nothing
//   ack                        all cores have visibly started what they can
//   end A                      A's kernel ended, and the core visibly started what was pending
//   finish A                   A's kernel ended, the core has not visibly started what is pending
//   head 3                     tasks that left ring 0 so far
//   X~>AIC0 behind a gate: staged early, or held for the other cores of its MIX block
//   X>AIC0 running slot, X>>AIC0 pending slot, AIVi.j = AIV j of cluster i, X.2 = block 2 of X
#pragma once

#include <deque>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "sim/orchestrator.h"
#include "sim/run_state.h"
#include "sim/scheduler_thread.h"
#include "tests/sim/tiny_program.h"

namespace npusched::testing {

class Rig {
 public:
  // Spaces at both ends of the lines do not count.
  static std::string Tidy(const std::string& script) {
    std::string tidy;
    std::istringstream lines(script);
    for (std::string line; std::getline(lines, line);) tidy += Trim(line) + "\n";
    return tidy;
  }
  // Runs the script and returns it with what really happened in place of the expectations.
  static std::string Play(const std::string& script) {
    Rig rig(script);
    std::string played;
    std::istringstream lines(script);
    for (std::string line; std::getline(lines, line);) played += rig.Line(Trim(line)) + "\n";
    return played;
  }
  static std::string Trim(const std::string& line) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string::npos) return "";
    return line.substr(begin, line.find_last_not_of(' ') - begin + 1);
  }

 private:
  static constexpr Picoseconds kSecond = 1'000'000 * kPsPerUs;
  static constexpr Picoseconds kForever = 1'000'000 * kSecond;

  explicit Rig(const std::string& script) {
    std::istringstream lines(script);
    for (std::string line; std::getline(lines, line);) {
      line = Trim(line);
      if (line.starts_with("c")) {
        std::istringstream(line.substr(1)) >> machine_.clusters;
        runtime_ = FreeRuntime(static_cast<std::uint32_t>(std::stoul(line.substr(line.find('s') + 1))));
        std::istringstream words(line);
        for (std::string word; words >> word;) SetPolicy(word);
      }
      if (line.starts_with("submit ")) tiny_.AddLine(line.substr(7));
    }
    tiny_.program.durations.assign(tiny_.program.tasks.size(), kForever);
    tiny_.Freeze();
    // Iterations take nanoseconds, the cores answer within seconds: each command is over before the next.
    runtime_.scheduler = {.poll_core = 1,
                          .iteration = 1,
                          .complete_task = 1,
                          .complete_edge = 1,
                          .complete_dummy = 1,
                          .dispatch_block = 1,
                          .publish_block = 1,
                          .stage_early = 1,
                          .drain = 1,
                          .release_task = 1};
    runtime_.link = {.write_visible = kSecond, .finish_visible = 0, .setup = 0, .switch_pending = kSecond};
    state_.emplace(input_);
    orchestrator_.emplace(*state_);
    for (std::uint32_t i = 0; i < runtime_.schedulers; ++i) threads_.emplace_back(*state_, i);
  }

  void SetPolicy(const std::string& word) {
    Policies& policies = runtime_.policies;
    if (word == "pending=never") policies.pending_slots = PendingSlots::kUnused;
    if (word == "pending=surplus") policies.pending_slots = PendingSlots::kSurplus;
    if (word.starts_with("floor=")) {
      policies.pending_slots = PendingSlots::kSurplusFloor;
      policies.pending_floor = static_cast<std::uint32_t>(std::stoul(word.substr(6)));
    }
    if (word == "mix_pending=false") policies.mix_pending = false;
    if (word == "mix=uniform") policies.mix_admission = MixAdmission::kUniform;
    if (word == "mix=gated_split") policies.mix_admission = MixAdmission::kGatedSplit;
  }

  std::string Line(const std::string& line) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "submit") {
      Submit(line.substr(7));
    } else if (word == "ack") {
      Advance(3 * kSecond);
    } else if (word == "end" || word == "finish") {
      for (std::string name; words >> name;) Finish(name);
      Advance(word == "end" ? 3 * kSecond : kSecond / 10);
    } else if (word == "head") {
      return word + " " + std::to_string(state_->rings.Retired(0));
    } else if (word.starts_with("T")) {
      return word + " " + Iterate(static_cast<std::size_t>(word[1] - '0'));
    }
    return line;
  }

  void Submit(const std::string& line) {
    TinyProgram count;
    count.ids = tiny_.ids;
    const TaskId until = state_->submitted + static_cast<TaskId>(count.AddLine(line));
    while (state_->submitted < until) orchestrator_->Step();
    while (until == tiny_.program.tasks.size() && !orchestrator_->done()) orchestrator_->Step();  // its scopes end
  }

  // "M" ends on all its cores, "M@AIC0" on that one, "S.1" its block 1.
  void Finish(const std::string& spec) {
    const std::size_t at = spec.find('@');
    for (CoreId core = 0; core < machine_.core_count(); ++core) {
      const RowId row = state_->cores.Executing(core);
      if (row == kNoRow || Label(row) != spec.substr(0, at)) continue;
      if (at != std::string::npos && CoreName(core) != spec.substr(at + 1)) continue;
      state_->cores.Finish(core, now_);
    }
  }

  void Advance(Picoseconds by) {
    now_ += by;
    while (state_->cores.NextTime() <= now_) state_->cores.Step();
  }

  std::string Iterate(std::size_t index) {
    SchedulerThread& thread = threads_[index];
    const std::size_t before = state_->trace.rows.size();
    if (!thread.at_meeting()) thread.BeginIteration(now_);
    const std::uint64_t iteration = thread.iterations();
    while (thread.iterations() == iteration && !thread.asleep() && !thread.at_meeting()) thread.Step();
    if (state_->drain.arrived == threads_.size()) Meet();
    now_ += kPsPerUs;
    std::string out;
    for (auto row = static_cast<RowId>(before); row < state_->trace.rows.size(); ++row) {
      const DispatchRow& r = state_->trace.rows[row];
      out += (out.empty() ? "" : " ") + Label(row) + (r.gated || r.held ? "~" : "") + (r.pending ? ">>" : ">") +
             CoreName(r.core);
    }
    return out.empty() ? "-" : out;
  }

  // All threads met for a drain: each takes its part, to the end of its iteration.
  void Meet() {
    std::vector<SchedulerThread*> threads;
    for (SchedulerThread& thread : threads_) threads.push_back(&thread);
    MeetForDrain(*state_, threads, now_);
  }

  std::string Label(RowId row) const {
    const DispatchRow& r = state_->trace.rows[row];
    const bool spmd = tiny_.program.tasks[r.task].block_num > 1;
    return tiny_.names[r.task] + (spmd ? "." + std::to_string(r.block) : "");
  }
  std::string CoreName(CoreId core) const {
    if (machine_.IsAic(core)) return "AIC" + std::to_string(core);
    return "AIV" + std::to_string(machine_.ClusterOf(core)) + "." + std::to_string((core - machine_.clusters) % 2);
  }

  TinyProgram tiny_;
  Machine machine_;
  RuntimeConfig runtime_;
  RunInput input_{tiny_.program, tiny_.inference, machine_, runtime_, {}};
  std::optional<RunState> state_;  // built once the script told the program and the machine's size
  std::optional<Orchestrator> orchestrator_;
  std::deque<SchedulerThread> threads_;
  Picoseconds now_ = 0;
};

}  // namespace npusched::testing
