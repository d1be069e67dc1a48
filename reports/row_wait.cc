#include "reports/row_wait.h"

#include <unordered_map>

#include "reports/text.h"

namespace npusched {

std::vector<RowWait> LongestWaits(const RunTrace& trace) {
  std::vector<RowWait> waits(trace.rows.size());
  std::unordered_map<CoreId, const DispatchRow*> before;
  for (std::size_t i = 0; i < trace.rows.size(); ++i) {
    const DispatchRow& row = trace.rows[i];
    const TaskTimes& times = trace.tasks[row.task];
    const auto longer = [&](WaitKind kind, Picoseconds length, TaskId task) {
      if (length > waits[i].length) waits[i] = {.kind = kind, .task = task, .length = length};
    };
    if (times.released_by != kNoTask) longer(WaitKind::kProducer, times.ready - times.submit, times.released_by);
    longer(WaitKind::kQueue, row.dispatch - times.ready, kNoTask);
    const DispatchRow*& last = before[row.core];
    if (last != nullptr) longer(WaitKind::kCore, last->end - row.dispatch, last->task);
    last = &row;
  }
  return waits;
}

std::string WaitWords(const Program& program, std::span<const std::string> names, const RowWait& wait) {
  if (wait.kind == WaitKind::kNone) return "no wait: dispatched when submitted";
  std::string words;
  AppendUs(words, wait.length);
  if (wait.kind == WaitKind::kQueue) return words + " us in the ready queue";
  words += wait.kind == WaitKind::kProducer ? " us for producer " : " us behind ";
  words += names[program.tasks[wait.task].kernel];
  words += " #";
  AppendInt(words, wait.task);
  if (wait.kind == WaitKind::kCore) words += " on the core";
  return words;
}

}  // namespace npusched
