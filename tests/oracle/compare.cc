#include "tests/oracle/compare.h"

#include <fmt/format.h>

namespace npusched::oracle {
namespace {

std::string Tell(const DispatchRow& r) {
  return fmt::format(
      "task {} block {} slot {} on core {} ({} by thread {}): dispatch {} receive {} start {} end {} finish {}", r.task,
      r.block, r.slot, r.core,
      r.held      ? "held"
      : r.gated   ? "staged"
      : r.pending ? "pending"
                  : "running",
      r.thread, r.dispatch, r.receive, r.start, r.end, r.finish);
}

std::string Tell(const TaskTimes& t) {
  return fmt::format("submit {}..{} ready {} by {} complete {}", t.submit_begin, t.submit, t.ready,
                     static_cast<std::int32_t>(t.released_by), t.complete);
}

std::string Tell(const WaitCounts& w) {
  return fmt::format("waits: {} linked, {} redundant, {} entries, resolved in {}", w.linked, w.redundant, w.dep_entries,
                     w.resolve);
}

std::string Tell(const RingWait& w) {
  return fmt::format("task {} for resource {}: {}..{}", w.task, static_cast<int>(w.resource), w.begin, w.end);
}

// The row with the earliest dispatch that differs is nearest to the cause.
template <typename T>
std::string FirstDifference(const std::vector<T>& a, const std::vector<T>& b, const char* what) {
  if (a.size() != b.size()) return fmt::format("{} and {} {}s", a.size(), b.size(), what);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (Tell(a[i]) != Tell(b[i])) return fmt::format("{} {}:\n  {}\n  {}", what, i, Tell(a[i]), Tell(b[i]));
  }
  return "";
}

}  // namespace

std::string Difference(const RunTrace& a, const RunTrace& b) {
  std::string text = FirstDifference(a.rows, b.rows, "row");
  if (text.empty()) text = FirstDifference(a.tasks, b.tasks, "task");
  if (text.empty()) text = FirstDifference(a.ring_waits, b.ring_waits, "ring wait");
  if (text.empty() && Tell(a.waits) != Tell(b.waits)) text = Tell(a.waits) + "\n  " + Tell(b.waits);
  return text;
}

std::string Difference(const Result<RunTrace>& run, const OracleRun& oracle) {
  if (oracle.code == 0)
    return run.ok() ? Difference(*run, oracle.trace) : run.error().message + "; the oracle ends well";
  const std::string code = fmt::format("runtime code {} ", oracle.code);
  const std::string time = fmt::format(" at {:.3f} us", ToUs(oracle.detected));
  const std::string what =
      oracle.code == 100 ? fmt::format(", S{}) ", oracle.state) : fmt::format("task {} ", oracle.task);
  if (run.ok()) return fmt::format("the oracle gives up:{} {}{}", code, what, time);
  for (const std::string& part : {code, time, what}) {
    if (run.error().message.find(part) == std::string::npos) {
      return fmt::format("{}; the oracle: {}{}{}", run.error().message, code, what, time);
    }
  }
  return "";
}

}  // namespace npusched::oracle
