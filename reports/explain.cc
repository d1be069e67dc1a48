#include "reports/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "reports/text.h"

namespace npusched {
namespace {

constexpr std::array<std::string_view, 5> kResources = {"task slots", "heap", "dependency entries", "spill entries",
                                                        "the tensor map"};

class Words {
 public:
  Words(const RunInput& input, const RunTrace& trace, const std::vector<EdgeRow>* rows)
      : input_(input), trace_(trace), edge_rows_(rows) {}

  [[nodiscard]] std::string Task(TaskId task) const {
    return fmt::format("{} (task {})", input_.program.KernelName(task), task);
  }
  [[nodiscard]] std::string Core(CoreId core) const { return CoreName(input_.machine, core); }

  // `waiting`: the task that the walk had reached before this step.
  [[nodiscard]] std::string Of(const Segment& segment, TaskId waiting) const {
    switch (segment.cause) {
      case Cause::kKernel:
        return fmt::format("{} ran on {}", Task(segment.task), Core(Row(segment).core));
      case Cause::kMemoryContention:
        return fmt::format("{} ran longer, other cores used the memories too", Task(segment.task));
      case Cause::kSwitch:
        return fmt::format("{} went on to {}, which was in its pending slot", Core(Row(segment).core),
                           Task(segment.task));
      case Cause::kCoreBusy:
        if (segment.begin >= Row(segment).dispatch) {
          return fmt::format("{} in the pending slot of {}, behind the task before", Task(segment.task),
                             Core(Row(segment).core));
        }
        return fmt::format("{} ready, every core it could take was occupied", Task(segment.task));
      case Cause::kScheduler:
        return Scheduler(segment, waiting);
      case Cause::kDependencyWait:
        return fmt::format("{}, which needs no core, queued and was completed", Task(segment.task)) +
               Edge(segment.task, waiting);
      case Cause::kOrchestrator:
        return fmt::format("{} not yet submitted, the orchestrator was at the tasks before it", Task(segment.task));
      case Cause::kRingFull:
        return RingFull(segment);
    }
    return "";
  }

 private:
  [[nodiscard]] const DispatchRow& Row(const Segment& segment) const { return trace_.rows[segment.row]; }

  [[nodiscard]] std::string Scheduler(const Segment& segment, TaskId waiting) const {
    const DispatchRow& row = Row(segment);
    if (segment.task != waiting && segment.begin >= row.end) {
      return fmt::format("{} had ended on {}; thread {} saw it and completed it", Task(segment.task), Core(row.core),
                         row.thread) +
             Edge(segment.task, waiting);
    }
    if (segment.begin >= row.dispatch) {
      return fmt::format("{} on its way to {}: the register write, then the core's set-up", Task(segment.task),
                         Core(row.core));
    }
    return fmt::format("{} ready and a core free, until thread {} dispatched it", Task(segment.task), row.thread);
  }

  [[nodiscard]] std::string RingFull(const Segment& segment) const {
    for (const RingWait& wait : trace_.ring_waits) {
      if (wait.task != segment.task || wait.end < segment.end || wait.begin > segment.begin) continue;
      return fmt::format("the submit of {} waited for {}", Task(segment.task),
                         kResources.at(static_cast<std::size_t>(wait.resource)));
    }
    return fmt::format("the submit of {} waited for a ring", Task(segment.task));
  }

  // "; down_proj (task 705) waits for it: inferred, mlp_tile".
  [[nodiscard]] std::string Edge(TaskId producer, TaskId consumer) const {
    const auto producers = input_.inference.graph.Producers(consumer);
    const auto edge = std::ranges::lower_bound(producers, producer, {}, &ProducerEdge::producer);
    if (edge == producers.end() || edge->producer != producer) return "";
    std::vector<std::string> reasons;
    if ((edge->sources & kFromExplicit) != 0) reasons.emplace_back("an explicit dependency");
    if ((edge->sources & kFromCreator) != 0)
      reasons.push_back("it created " + Tensor(producer, consumer, kFromCreator));
    if ((edge->sources & kFromTensormap) != 0)
      reasons.push_back("it wrote " + Tensor(producer, consumer, kFromTensormap));
    return fmt::format("; {} waits for it: {}", Task(consumer), fmt::join(reasons, ", "));
  }

  // Names of the arguments that such an edge came through.
  [[nodiscard]] std::string Tensor(TaskId producer, TaskId consumer, std::uint8_t source) const {
    std::vector<std::string> names;
    const EdgeSource wanted = source == kFromCreator ? EdgeSource::kCreator : EdgeSource::kTensormap;
    if (edge_rows_ != nullptr) {
      // Rows stand in the order of their consumers.
      const auto first = std::ranges::lower_bound(*edge_rows_, consumer, {}, &EdgeRow::consumer);
      const auto last = std::ranges::upper_bound(*edge_rows_, consumer, {}, &EdgeRow::consumer);
      for (auto row = first; row != last; ++row) {
        if (row->producer != producer || row->source != wanted) continue;
        const std::uint32_t name =
            input_.program.buffers[input_.program.Args(consumer)[static_cast<std::size_t>(row->arg)].buffer].name;
        std::string text = name == kNoId ? fmt::format("argument {}", row->arg) : input_.program.names[name];
        if (std::find(names.begin(), names.end(), text) == names.end()) names.push_back(std::move(text));
      }
    }
    return names.empty() ? "a tensor of its arguments" : fmt::format("{}", fmt::join(names, " and "));
  }

  const RunInput& input_;
  const RunTrace& trace_;
  const std::vector<EdgeRow>* edge_rows_;
};

}  // namespace

Explanation Explain(const RunInput& input, const RunTrace& trace, TaskId task, const std::vector<EdgeRow>* rows) {
  std::uint32_t first = kNoId;
  for (std::uint32_t i = 0; i < trace.rows.size(); ++i) {
    if (trace.rows[i].task != task) continue;
    if (first == kNoId || trace.rows[i].start < trace.rows[first].start) first = i;
  }
  NPU_CHECK(first != kNoId);
  const Words words(input, trace, rows);
  Explanation why{.task = words.Task(task),
                  .core = words.Core(trace.rows[first].core),
                  .start = trace.rows[first].start,
                  .steps = {}};
  const Attribution walk = WalkBack(input, trace, first, 0);
  TaskId waiting = task;
  for (const Segment& segment : walk.segments) {
    if (segment.begin >= why.start) continue;  // its own kernel
    why.steps.push_back({segment.begin, segment.end, segment.cause, segment.task, words.Of(segment, waiting)});
    why.totals[static_cast<std::size_t>(segment.cause)] += segment.end - segment.begin;
    if (segment.cause != Cause::kRingFull) waiting = segment.task;
  }
  return why;
}

std::string ExplanationText(const Explanation& why) {
  std::string text = fmt::format("{} started at {:.3f} us on {}\n", why.task, ToUs(why.start), why.core);
  text += fmt::format("  {:>11} {:>11} {:>9}  {:<17}  {}\n", "from us", "to us", "us", "cause", "latest first");
  for (const ExplanationStep& step : why.steps) {
    text += fmt::format("  {:>11.3f} {:>11.3f} {:>9.3f}  {:<17}  {}\n", ToUs(step.begin), ToUs(step.end),
                        ToUs(step.end - step.begin), NameOf(step.cause), step.words);
  }
  text += "in all";
  for (int i = 0; i < kCauses; ++i) {
    if (why.totals[i] > 0) text += fmt::format("  {} {:.3f}", NameOf(static_cast<Cause>(i)), ToUs(why.totals[i]));
  }
  return text + "\n";
}

nlohmann::ordered_json ExplanationJson(const Explanation& why) {
  nlohmann::ordered_json json = {{"task", why.task}, {"core", why.core}, {"start_us", NearestUs(why.start)}};
  json["attribution_us"] = nlohmann::ordered_json::object();
  for (int i = 0; i < kCauses; ++i) {
    json["attribution_us"][std::string(NameOf(static_cast<Cause>(i)))] = NearestUs(why.totals[i]);
  }
  json["steps"] = nlohmann::ordered_json::array();
  for (const ExplanationStep& step : why.steps) {
    json["steps"].push_back({{"begin_us", NearestUs(step.begin)},
                             {"end_us", NearestUs(step.end)},
                             {"cause", NameOf(step.cause)},
                             {"task", step.task},
                             {"text", step.words}});
  }
  return json;
}

}  // namespace npusched
