#include "reports/capture_phases.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace npusched {
namespace {

constexpr int kShapes = 3;
constexpr std::uint32_t kNoPhase = kNoId;

bool Publishes(PhaseKind kind) {
  return kind == PhaseKind::kDispatch || kind == PhaseKind::kEarlyDispatch || kind == PhaseKind::kDrain;
}

// Times at which the queue of one shape grew and shrank.
struct QueueLog {
  std::vector<Picoseconds> enters;
  std::vector<Picoseconds> leaves;

  void Sort() {
    std::ranges::sort(enters);
    std::ranges::sort(leaves);
  }
  // After all that happened up to `t`; what leaves at `t` itself counts as gone only when `gone`.
  [[nodiscard]] std::uint32_t DepthAt(Picoseconds t, bool gone) const {
    const auto in = std::ranges::upper_bound(enters, t) - enters.begin();
    const auto out =
        (gone ? std::ranges::upper_bound(leaves, t) : std::ranges::lower_bound(leaves, t)) - leaves.begin();
    return static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(in - out, 0));
  }
};

class PhaseBuilder {
 public:
  PhaseBuilder(const RunInput& input, const RunTrace& trace)
      : input_(input), trace_(trace), threads_(input.runtime.schedulers), phase_of_row_(trace.rows.size(), kNoPhase) {}

  std::vector<std::vector<CapturePhase>> Build() {
    for (const PhaseRecord& record : trace_.phases) {
      threads_[record.thread].push_back({.kind = record.kind,
                                         .begin = record.begin,
                                         .end = record.end,
                                         .loop_iteration = record.loop_iteration,
                                         .tasks = record.tasks});
    }
    for (auto& phases : threads_) std::ranges::stable_sort(phases, {}, &CapturePhase::begin);
    CloseLastScans();
    CountPublished();
    SampleQueues();
    for (auto& phases : threads_) CountMisses(phases);
    AddMarkers();
    return std::move(threads_);
  }

 private:
  // The run ends with the last completion; a scan under way elsewhere has no record then.
  void CloseLastScans() {
    std::vector<CapturePhase> open(threads_.size());
    for (const DispatchRow& row : trace_.rows) {
      auto& phases = threads_[row.thread];
      const auto last = std::find_if(phases.rbegin(), phases.rend(),
                                     [](const CapturePhase& p) { return p.kind == PhaseKind::kComplete; });
      if (last != phases.rend() && row.finish <= last->end) continue;
      CapturePhase& scan = open[row.thread];
      scan.begin = scan.tasks == 0 ? row.finish : std::min(scan.begin, row.finish);
      scan.end = std::max(scan.end, row.finish);
      scan.loop_iteration = phases.empty() ? 1 : phases.back().loop_iteration + 1;
      ++scan.tasks;
    }
    for (std::size_t thread = 0; thread < open.size(); ++thread) {
      if (open[thread].tasks > 0) threads_[thread].push_back(open[thread]);
    }
  }

  // Which pass published each row; tasks and blocks of each pass.
  void CountPublished() {
    std::vector<std::uint32_t> by_thread(trace_.rows.size());
    std::iota(by_thread.begin(), by_thread.end(), 0);
    std::ranges::stable_sort(
        by_thread, {}, [&](std::uint32_t r) { return std::pair(trace_.rows[r].thread, trace_.rows[r].dispatch); });
    std::size_t at = 0;
    std::uint8_t thread = 0;
    std::vector<std::uint64_t> blocks;  // of the pass: task and block
    for (std::size_t i = 0; i < by_thread.size();) {
      const DispatchRow& first = trace_.rows[by_thread[i]];
      at = first.thread == thread ? at : 0;
      thread = first.thread;
      auto& phases = threads_[thread];
      while (at < phases.size() && !(Publishes(phases[at].kind) && phases[at].end >= first.dispatch)) ++at;
      NPU_CHECK(at < phases.size());
      CapturePhase& phase = phases[at];
      blocks.clear();
      for (; i < by_thread.size() && trace_.rows[by_thread[i]].thread == thread && blocks.size() < phase.tasks; ++i) {
        const DispatchRow& row = trace_.rows[by_thread[i]];
        if (row.dispatch > phase.end) break;
        phase_of_row_[by_thread[i]] = static_cast<std::uint32_t>(at);
        blocks.push_back((std::uint64_t{row.task} << 32U) | row.block);
      }
      Count(phase, blocks);
      ++at;
    }
  }

  static void Count(CapturePhase& phase, std::vector<std::uint64_t>& blocks) {
    std::ranges::sort(blocks);
    blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
    if (phase.kind != PhaseKind::kDispatch) {
      phase.tasks = static_cast<std::uint32_t>(blocks.size());
      return;
    }
    const auto same_task = [](std::uint64_t a, std::uint64_t b) { return a >> 32U == b >> 32U; };
    phase.pop_hit = static_cast<std::uint32_t>(std::unique(blocks.begin(), blocks.end(), same_task) - blocks.begin());
  }

  void SampleQueues() {
    std::vector<Picoseconds> leaves(trace_.tasks.size(), -1);
    for (std::size_t r = 0; r < trace_.rows.size(); ++r) {
      const DispatchRow& row = trace_.rows[r];
      // A gated row never stood in a ready queue.
      if (!row.gated) leaves[row.task] = std::max(leaves[row.task], threads_[row.thread][phase_of_row_[r]].begin);
    }
    std::array<QueueLog, kShapes> queues;
    for (TaskId t = 0; t < leaves.size(); ++t) {
      if (leaves[t] < 0) continue;
      QueueLog& queue = queues.at(static_cast<std::size_t>(input_.program.tasks[t].core));
      queue.enters.push_back(trace_.tasks[t].ready);
      queue.leaves.push_back(leaves[t]);
    }
    for (QueueLog& queue : queues) queue.Sort();
    for (auto& phases : threads_) {
      for (CapturePhase& phase : phases) {
        if (phase.kind == PhaseKind::kRelease) continue;  // does not look at the queues
        for (std::size_t shape = 0; shape < kShapes; ++shape) {
          phase.queued_at_begin.at(shape) = queues.at(shape).DepthAt(phase.begin, /*gone=*/false);
          phase.queued_at_end.at(shape) = queues.at(shape).DepthAt(phase.end, /*gone=*/true);
        }
      }
    }
  }

  // One look an iteration; what is left at the end goes into a record without length.
  static void CountMisses(std::vector<CapturePhase>& phases) {
    std::uint32_t last = 0;
    for (CapturePhase& phase : phases) {
      if (phase.kind != PhaseKind::kDispatch) continue;
      phase.pop_miss = phase.loop_iteration > last + 1 ? phase.loop_iteration - last - 1 : 0;
      last = std::max(last, phase.loop_iteration);
    }
    if (phases.empty() || phases.back().loop_iteration <= last) return;
    CapturePhase left = phases.back();
    left.kind = PhaseKind::kDispatch;
    left.begin = left.end;
    left.tasks = 0;
    left.pop_miss = left.loop_iteration - last;
    left.queued_at_begin = left.queued_at_end;
    phases.push_back(left);
  }

  // The trace does not say which thread completed a dummy: of the passes under way, the one that ends first.
  void AddMarkers() {
    std::vector<TaskId> dummies;
    for (TaskId t = 0; t < trace_.tasks.size(); ++t) {
      if (!input_.program.ReachesCore(t) && input_.program.tasks[t].core != CoreShape::kAlloc) dummies.push_back(t);
    }
    if (dummies.empty()) return;
    std::ranges::stable_sort(dummies, {}, [&](TaskId t) { return trace_.tasks[t].complete; });
    struct Pass {
      Picoseconds begin = 0;
      Picoseconds end = 0;
      std::uint32_t room = 0;
      std::size_t thread = 0;
    };
    std::vector<Pass> passes;
    for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
      for (const CapturePhase& phase : threads_[thread]) {
        if (phase.kind == PhaseKind::kDummy) passes.push_back({phase.begin, phase.end, phase.tasks, thread});
      }
    }
    std::ranges::stable_sort(passes, {}, &Pass::end);
    std::size_t first = 0;  // passes before it are over
    for (const TaskId t : dummies) {
      const Picoseconds when = trace_.tasks[t].complete;
      while (first < passes.size() && passes[first].end < when) ++first;
      std::size_t at = first;
      while (at < passes.size() && (passes[at].room == 0 || passes[at].begin > when)) ++at;
      // Its pass was the last step of the run and may have no record.
      std::size_t thread = 0;
      if (at < passes.size()) {
        --passes[at].room;
        thread = passes[at].thread;
      }
      markers_.emplace_back(
          thread, CapturePhase{.kind = PhaseKind::kDummy, .begin = when, .end = when, .tasks = 1, .marker = t});
    }
    Merge();
  }

  // Markers come before the phase around them, as an inner record does.
  void Merge() {
    for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
      std::vector<CapturePhase> merged;
      std::size_t at = 0;
      for (const auto& [owner, marker] : markers_) {
        if (owner != thread) continue;
        while (at < threads_[thread].size() && threads_[thread][at].end < marker.begin) {
          merged.push_back(threads_[thread][at++]);
        }
        merged.push_back(marker);
        if (at < threads_[thread].size()) merged.back().loop_iteration = threads_[thread][at].loop_iteration;
      }
      merged.insert(merged.end(), threads_[thread].begin() + static_cast<std::ptrdiff_t>(at), threads_[thread].end());
      threads_[thread] = std::move(merged);
    }
  }

  const RunInput& input_;
  const RunTrace& trace_;
  std::vector<std::vector<CapturePhase>> threads_;
  std::vector<std::uint32_t> phase_of_row_;
  std::vector<std::pair<std::size_t, CapturePhase>> markers_;  // with their threads, in order of time
};

}  // namespace

std::vector<std::vector<CapturePhase>> CapturePhases(const RunInput& input, const RunTrace& trace) {
  return PhaseBuilder(input, trace).Build();
}

}  // namespace npusched
