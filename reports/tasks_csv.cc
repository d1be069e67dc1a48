#include "reports/tasks_csv.h"

#include <array>

#include "reports/rows_by_task.h"
#include "reports/text.h"

namespace npusched {
namespace {

constexpr std::string_view kHeader =
    "task,kernel,core,block,slot,submit_us,ready_us,dispatch_us,receive_us,start_us,end_us,finish_us,complete_us,"
    "released_by,thread\n";
constexpr std::array<std::string_view, kSlots> kSlotNames = {"aic", "aiv0", "aiv1"};

void AppendUsField(std::string& out, Picoseconds t) {
  out.push_back(',');
  AppendUs(out, t);
}

}  // namespace

void AppendTasksCsv(const RunInput& input, const RunTrace& trace, std::string& out) {
  const RowsByTask rows(trace);
  std::vector<std::string> cores;
  for (CoreId core = 0; core < input.machine.core_count(); ++core) cores.push_back(CoreName(input.machine, core));
  std::vector<std::string> kernels;
  for (const Kernel& kernel : input.program.kernels) kernels.push_back(CsvField(kernel.name));

  const auto append_line = [&](TaskId t, const DispatchRow* row) {
    const TaskTimes& times = trace.tasks[t];
    AppendInt(out, t);
    out.append(",").append(kernels[input.program.tasks[t].kernel]).append(",");
    if (row != nullptr) {
      out.append(cores[row->core]).append(",");
      AppendInt(out, row->block);
      out.append(",").append(kSlotNames[row->slot]);
    } else {
      out.append(",,");
    }
    AppendUsField(out, times.submit);
    AppendUsField(out, times.ready);
    if (row != nullptr) {
      for (const Picoseconds t_row : {row->dispatch, row->receive, row->start, row->end, row->finish}) {
        AppendUsField(out, t_row);
      }
    } else {
      out.append(",,,,,");
    }
    AppendUsField(out, times.complete);
    out.push_back(',');
    if (times.released_by != kNoTask) AppendInt(out, times.released_by);
    out.push_back(',');
    if (row != nullptr) AppendInt(out, row->thread);
    out.push_back('\n');
  };

  out.append(kHeader);
  out.reserve(out.size() + 128 * (trace.rows.size() + trace.tasks.size()));
  for (TaskId t = 0; t < trace.tasks.size(); ++t) {
    const auto of_task = rows.Of(t);
    if (of_task.empty()) append_line(t, nullptr);
    for (const std::uint32_t row : of_task) append_line(t, &trace.rows[row]);
  }
}

}  // namespace npusched
