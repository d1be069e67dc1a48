#include <algorithm>
#include <cmath>
#include <map>

#include "hw_models/calibrate_parts.h"
#include "hw_models/least_squares.h"

namespace npusched {
namespace {

enum Cost : std::size_t { kPoll, kIteration, kTask, kEdge, kCosts };

// What the threads did, phase by phase, as equations over the costs of their steps.
class ThreadFit {
 public:
  ThreadFit(const Capture& capture, const Inference& inference, const RuntimeConfig& base)
      : program_(capture.program),
        timing_(*capture.timing),
        graph_(inference.graph),
        base_(base.scheduler),
        loop_({Ns(base_.poll_core), Ns(base_.iteration), Ns(base_.complete_task), Ns(base_.complete_edge)}) {}

  std::vector<CostEstimate> Run() {
    SortByThread();
    std::size_t first = 0;
    for (std::size_t i = 0; i <= timing_.phases.size(); ++i) {
      if (i < timing_.phases.size() && timing_.phases[i].thread == timing_.phases[first].thread) continue;
      AddThread({timing_.phases.data() + first, i - first});
      first = i;
    }
    loop_.Solve();
    std::vector<CostEstimate> costs;
    AddLoop(&costs);
    costs.push_back(Dummies());
    AddDispatches(&costs);
    costs.push_back(Drains());
    costs.push_back(FromMedian("scheduler.release_task_ns", releases_, base_.release_task));
    return costs;
  }

 private:
  struct Finish {
    Picoseconds time = 0;
    TaskId task = kNoTask;
    bool last = false;  // of its task
  };

  void SortByThread() {
    finishes_.resize(timing_.threads());
    dispatches_.resize(timing_.threads());
    std::vector<Picoseconds> last(program_.tasks.size(), -1);
    for (const CapturedRow& row : timing_.rows) last[row.task] = std::max(last[row.task], row.finish);
    std::vector<bool> taken(program_.tasks.size());
    for (const CapturedRow& row : timing_.rows) {
      const std::int32_t thread = row.core < timing_.thread_of.size() ? timing_.thread_of[row.core] : -1;
      if (thread < 0 || row.finish < 0 || row.dispatch < 0) continue;
      const bool is_last = row.finish == last[row.task] && !taken[row.task];
      if (is_last) taken[row.task] = true;
      finishes_[static_cast<std::size_t>(thread)].push_back({row.finish, row.task, is_last});
      dispatches_[static_cast<std::size_t>(thread)].push_back({row.dispatch, row.task, false});
    }
    for (TaskId t = 0; t < timing_.completed.size(); ++t) {
      if (timing_.completed[t] >= 0) coreless_.push_back({timing_.completed[t], t, true});
    }
    std::ranges::sort(coreless_, {}, [](const Finish& f) { return std::pair(f.time, f.task); });
    for (auto* lists : {&finishes_, &dispatches_}) {
      for (auto& list : *lists) std::ranges::sort(list, {}, [](const Finish& f) { return std::pair(f.time, f.task); });
    }
  }

  void AddThread(std::span<const CapturedPhase> phases) {
    if (phases.empty() || phases[0].thread >= finishes_.size()) return;
    const PolledCores polled(timing_, phases[0].thread);
    for (std::size_t i = 0; i < phases.size(); ++i) {
      AddPhase(phases[i], polled);
      if (i > 0) AddGap(phases[i - 1], phases[i], polled);
    }
  }

  [[nodiscard]] static std::span<const Finish> Within(const std::vector<Finish>& list, const CapturedPhase& phase) {
    const auto first = std::ranges::upper_bound(list, phase.begin, {}, &Finish::time);
    const auto end = std::ranges::upper_bound(list, phase.end, {}, &Finish::time);
    return {first, end};
  }

  void AddPhase(const CapturedPhase& phase, const PolledCores& polled) {
    const double length = Ns(phase.end - phase.begin);
    switch (phase.kind) {
      case CapturedKind::kComplete:
        return AddScan(phase, polled);
      case CapturedKind::kDummy:
        return AddDummies(phase);
      case CapturedKind::kDispatch:
      case CapturedKind::kEarlyDispatch:
      case CapturedKind::kDrain:
        return AddPublished(phase);
      case CapturedKind::kRelease:
        if (phase.tasks > 0) releases_.push_back(length / phase.tasks);
        return;
      case CapturedKind::kOther:
        return;
    }
  }

  // A scan polls every core that holds something, and completes what it finds.
  void AddScan(const CapturedPhase& phase, const PolledCores& polled) {
    std::array<double, kCosts> counts{};
    counts[kPoll] = polled.At(phase.begin);
    for (const Finish& finish : Within(finishes_[phase.thread], phase)) {
      if (!finish.last) continue;
      counts[kTask] += 1;
      counts[kEdge] += Told(finish.task, finish.time + base_.complete_task);
    }
    loop_.Add(counts, Ns(phase.end - phase.begin));
  }

  // Consumers that were submitted by then.
  [[nodiscard]] double Told(TaskId task, Picoseconds when) const {
    const auto consumers = graph_.Consumers(task);
    if (timing_.submits.empty()) return static_cast<double>(consumers.size());
    return static_cast<double>(
        std::ranges::count_if(consumers, [&](TaskId c) { return timing_.submits[c].end <= when; }));
  }

  void AddDummies(const CapturedPhase& phase) {
    double edges = 0;
    double found = 0;
    const auto first = std::ranges::upper_bound(coreless_, phase.begin, {}, &Finish::time);
    for (auto at = first; at != coreless_.end() && at->time <= phase.end; ++at) {
      edges += Told(at->task, at->time);
      ++found;
    }
    if (found == phase.tasks) dummies_.push_back({Ns(phase.end - phase.begin), edges, found});
  }

  void AddPublished(const CapturedPhase& phase) {
    const auto rows = Within(dispatches_[phase.thread], phase);
    if (rows.empty()) return;
    for (std::size_t i = 1; i < rows.size(); ++i) writes_.push_back(Ns(rows[i].time - rows[i - 1].time));
    Published published{Ns(rows.front().time - phase.begin), rows.size(), 0};
    std::vector<TaskId> tasks;
    for (const Finish& row : rows) tasks.push_back(row.task);
    std::ranges::sort(tasks);
    published.tasks = static_cast<std::size_t>(std::unique(tasks.begin(), tasks.end()) - tasks.begin());
    published_[phase.kind].push_back(published);
  }

  // From the end of one record to the beginning of the next: the loop's own cost for every iteration that ended, and a
  // scan without finds for every one that began and is no scan itself.
  void AddGap(const CapturedPhase& before, const CapturedPhase& after, const PolledCores& polled) {
    if (after.loop_iteration <= before.loop_iteration || before.kind == CapturedKind::kOther) return;
    if (after.kind == CapturedKind::kDrain || after.kind == CapturedKind::kOther) return;
    const double between = after.loop_iteration - before.loop_iteration - 1.0;
    const double closed = between + 1;  // the loop's own cost comes last, behind releases too
    const double scans = between + (after.kind == CapturedKind::kComplete ? 0 : 1);
    std::array<double, kCosts> counts{};
    counts[kIteration] = closed;
    counts[kPoll] = scans * polled.At(before.end);
    loop_.Add(counts, Ns(after.begin - before.end));
  }

  // -- results

  void AddLoop(std::vector<CostEstimate>* costs) const {
    const char* const keys[] = {"scheduler.poll_core_ns", "scheduler.iteration_ns", "scheduler.complete_task_ns",
                                "scheduler.complete_edge_ns"};
    for (std::size_t c = 0; c < kCosts; ++c) {
      costs->push_back({.key = keys[c],
                        .value_ns = loop_.value(c),
                        .residual_ns = loop_.residual(),
                        .samples = loop_.samples(c),
                        .told = loop_.told(c),
                        .note = {}});
    }
    // A thread with nothing to do must still let time pass.
    (*costs)[kIteration].value_ns = std::max((*costs)[kIteration].value_ns, 0.001);
  }

  [[nodiscard]] CostEstimate Dummies() const {
    std::vector<double> values;
    for (const auto& [length, edges, count] : dummies_) values.push_back((length - edges * loop_.value(kEdge)) / count);
    return FromMedian("scheduler.complete_dummy_ns", values, base_.complete_dummy);
  }

  // The first write of a pass comes after all preparations and its own.
  void AddDispatches(std::vector<CostEstimate>* costs) {
    CostEstimate write = FromMedian("scheduler.publish_block_ns", writes_, base_.publish_block);
    publish_ns_ = write.value_ns;
    std::vector<double> prepare;
    for (const Published& p : published_[CapturedKind::kDispatch])
      prepare.push_back((p.before_ns - publish_ns_) / static_cast<double>(p.rows));
    std::vector<double> stage;
    for (const Published& p : published_[CapturedKind::kEarlyDispatch])
      stage.push_back((p.before_ns - publish_ns_) / static_cast<double>(p.tasks));
    costs->push_back(FromMedian("scheduler.dispatch_block_ns", prepare, base_.dispatch_block));
    costs->push_back(std::move(write));
    costs->push_back(FromMedian("scheduler.stage_early_ns", stage, base_.stage_early));
  }

  CostEstimate Drains() {
    std::vector<double> values;
    for (const Published& p : published_[CapturedKind::kDrain]) values.push_back(p.before_ns - publish_ns_);
    return FromMedian("scheduler.drain_ns", values, base_.drain);
  }

  struct Published {
    double before_ns = 0;  // from the beginning of the pass to its first write
    std::size_t rows = 0;
    std::size_t tasks = 0;
  };
  struct Dummy {
    double length_ns = 0;
    double edges = 0;
    double count = 0;
  };

  const Program& program_;
  const CaptureTiming& timing_;
  const TaskGraph& graph_;
  const SchedulerCosts& base_;
  CostFit loop_;
  std::vector<std::vector<Finish>> finishes_;    // by thread, in order of time
  std::vector<std::vector<Finish>> dispatches_;  // the same of dispatches
  std::vector<Finish> coreless_;                 // completions of dummies and predicated tasks
  std::map<CapturedKind, std::vector<Published>> published_;
  std::vector<Dummy> dummies_;
  std::vector<double> writes_;
  std::vector<double> releases_;
  double publish_ns_ = 0;
};

}  // namespace

std::vector<CoreRows> RowsByCore(const CaptureTiming& timing) {
  std::vector<CoreRows> cores(timing.is_aic.size());
  for (std::size_t i = 0; i < timing.rows.size(); ++i) {
    CoreRows& core = cores[timing.rows[i].core];
    if (core.end == 0) core.first = i;
    core.end = i + 1;
  }
  return cores;
}

PolledCores::PolledCores(const CaptureTiming& timing, std::uint8_t thread) {
  const std::vector<CoreRows> cores = RowsByCore(timing);
  for (CoreId core = 0; core < cores.size(); ++core) {
    if (core >= timing.thread_of.size() || timing.thread_of[core] != thread) continue;
    Picoseconds held = -1;  // until when the core holds something
    for (std::size_t i = cores[core].first; i < cores[core].end; ++i) {
      const CapturedRow& row = timing.rows[i];
      if (row.dispatch >= held) {
        if (held >= 0) ends_.push_back(held);
        begins_.push_back(row.dispatch);
      }
      held = std::max(held, row.finish);
    }
    if (held >= 0) ends_.push_back(held);
  }
  std::ranges::sort(begins_);
  std::ranges::sort(ends_);
}

std::uint32_t PolledCores::At(Picoseconds t) const {
  const auto begun = std::ranges::upper_bound(begins_, t) - begins_.begin();
  const auto ended = std::ranges::upper_bound(ends_, t) - ends_.begin();
  return static_cast<std::uint32_t>(begun - ended);
}

std::vector<CostEstimate> FitThreads(const Capture& capture, const Inference& inference, const RuntimeConfig& base) {
  if (capture.timing->phases.empty()) return {};
  return ThreadFit(capture, inference, base).Run();
}

}  // namespace npusched
