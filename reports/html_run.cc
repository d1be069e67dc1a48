#include "reports/html_run.h"

#include <algorithm>

#include "reports/columns.h"
#include "reports/overhead.h"
#include "reports/row_wait.h"
#include "reports/text.h"

namespace npusched {
namespace {

class Columns {
 public:
  Columns(const RunInput& input, const RunTrace& trace) : input_(input), trace_(trace) {}

  ColumnPack Take(const Attribution& attribution) {
    Tasks();
    Edges();
    Rows();
    Phases();
    Rings();
    Chain(attribution);
    Overheads();
    return std::move(pack_);
  }

 private:
  // One column: `value(element)` of each.
  template <typename Range, typename Value>
  void Column(std::string_view name, const Range& range, const Value& value) {
    pack_.Column(name);
    for (const auto& element : range) pack_.Add(static_cast<std::int64_t>(value(element)));
  }
  template <typename Range, typename Value>
  void Sequence(std::string_view name, const Range& range, const Value& value) {
    pack_.Sequence(name);
    for (const auto& element : range) pack_.Add(static_cast<std::int64_t>(value(element)));
  }

  void Tasks() {
    const auto& tasks = input_.program.tasks;
    Column("task.kernel", tasks, [](const Task& t) { return t.kernel; });
    Column("task.shape", tasks, [&](const Task& t) { return t.predicate_false ? CoreShape::kDummy : t.core; });
    Column("task.ring", tasks, [](const Task& t) { return t.ring; });
    const auto& times = trace_.tasks;
    Sequence("task.submit_begin", times, [](const TaskTimes& t) { return t.submit_begin; });
    Column("task.submit_length", times, [](const TaskTimes& t) { return t.submit - t.submit_begin; });
    Column("task.ready_wait", times, [](const TaskTimes& t) { return t.ready - t.submit; });
    Column("task.complete_after_ready", times, [](const TaskTimes& t) { return t.complete - t.ready; });
    pack_.Column("task.released_by_before");  // how many ids before the task; 0: none
    for (TaskId t = 0; t < times.size(); ++t) {
      pack_.Add(times[t].released_by == kNoTask ? 0 : t - times[t].released_by);
    }
  }

  void Edges() {
    const TaskGraph& graph = input_.inference.graph;
    pack_.Column("edge.count");
    for (TaskId t = 0; t < graph.size(); ++t) pack_.Add(static_cast<std::int64_t>(graph.Producers(t).size()));
    pack_.Column("edge.producer_before");
    for (TaskId t = 0; t < graph.size(); ++t) {
      for (const ProducerEdge& edge : graph.Producers(t)) pack_.Add(t - edge.producer);
    }
    constexpr unsigned kSourceBits = 3;
    pack_.Column("edge.why");  // sources, then flags
    for (TaskId t = 0; t < graph.size(); ++t) {
      for (const ProducerEdge& edge : graph.Producers(t)) {
        pack_.Add(edge.sources | static_cast<std::int64_t>(edge.flags) << kSourceBits);
      }
    }
  }

  void Rows() {
    const auto& rows = trace_.rows;
    Sequence("row.task", rows, [](const DispatchRow& r) { return r.task; });
    Column("row.core", rows, [](const DispatchRow& r) { return r.core; });
    Column("row.block", rows, [](const DispatchRow& r) { return r.block; });
    Column("row.slot", rows, [](const DispatchRow& r) { return r.slot; });
    Column("row.thread", rows, [](const DispatchRow& r) { return r.thread; });
    Column("row.flags", rows, [](const DispatchRow& r) { return (r.pending ? 1 : 0) + (r.gated ? 2 : 0); });
    Sequence("row.dispatch", rows, [](const DispatchRow& r) { return r.dispatch; });
    Column("row.write", rows, [](const DispatchRow& r) { return r.receive - r.dispatch; });
    Column("row.setup", rows, [](const DispatchRow& r) { return r.start - r.receive; });
    Column("row.length", rows, [](const DispatchRow& r) { return r.end - r.start; });
    Column("row.unseen", rows, [](const DispatchRow& r) { return r.finish - r.end; });
    Column("row.wait", LongestWaits(trace_), [](const RowWait& wait) { return wait.kind; });
  }

  void Phases() {
    const auto& phases = trace_.phases;
    Column("phase.thread", phases, [](const PhaseRecord& p) { return p.thread; });
    Column("phase.kind", phases, [](const PhaseRecord& p) { return p.kind; });
    Column("phase.tasks", phases, [](const PhaseRecord& p) { return p.tasks; });
    Sequence("phase.begin", phases, [](const PhaseRecord& p) { return p.begin; });
    Column("phase.length", phases, [](const PhaseRecord& p) { return p.end - p.begin; });
  }

  void Rings() {
    const auto& samples = trace_.ring_samples;
    Sequence("ring.time", samples, [](const RingSample& s) { return s.time; });
    Column("ring.ring", samples, [](const RingSample& s) { return s.ring; });
    Sequence("ring.tasks", samples, [](const RingSample& s) { return s.tasks; });
    const auto& waits = trace_.ring_waits;
    Sequence("ring_wait.begin", waits, [](const RingWait& w) { return w.begin; });
    Column("ring_wait.length", waits, [](const RingWait& w) { return w.end - w.begin; });
    Sequence("ring_wait.task", waits, [](const RingWait& w) { return w.task; });
    Column("ring_wait.resource", waits, [](const RingWait& w) { return w.resource; });
  }

  void Chain(const Attribution& attribution) {
    const auto& walk = attribution.segments;
    Sequence("chain.begin", walk, [](const Segment& s) { return s.begin; });
    Column("chain.length", walk, [](const Segment& s) { return s.end - s.begin; });
    Column("chain.cause", walk, [](const Segment& s) { return s.cause; });
    Sequence("chain.task", walk, [](const Segment& s) { return s.task; });
    Sequence("chain.row_plus_1", walk, [](const Segment& s) { return s.row == kNoId ? 0 : std::int64_t{s.row} + 1; });
  }

  void Overheads() {
    const OverheadSpans spans = FindOverhead(input_, trace_);
    for (const auto& [name, of] : {std::pair("aic", &spans.aic), std::pair("aiv", &spans.aiv)}) {
      Sequence(std::string("overhead.") + name + ".begin", *of, [](const TimeSpan& s) { return s.begin; });
      Column(std::string("overhead.") + name + ".length", *of, [](const TimeSpan& s) { return s.end - s.begin; });
    }
  }

  const RunInput& input_;
  const RunTrace& trace_;
  ColumnPack pack_;
};

}  // namespace

HtmlRun TakeHtmlRun(std::string label, const RunInput& input, const RunTrace& trace, const Attribution& attribution) {
  HtmlRun run{.label = std::move(label), .meta = nlohmann::ordered_json::object(), .columns = {}};
  run.meta["aic"] = input.machine.aic_count();
  run.meta["aiv"] = input.machine.aiv_count();
  run.meta["schedulers"] = input.runtime.schedulers;
  run.meta["ring_slots"] = input.runtime.rings.slots;
  run.meta["first_start_ps"] = trace.first_start;
  run.meta["last_end_ps"] = trace.last_end;
  run.meta["kernels"] = nlohmann::ordered_json::array();
  for (const Kernel& kernel : input.program.kernels) run.meta["kernels"].push_back(kernel.name);
  const ColumnPack pack = Columns(input, trace).Take(attribution);
  run.meta["columns"] = pack.Directory();
  run.columns = pack.Base64();
  return run;
}

}  // namespace npusched
