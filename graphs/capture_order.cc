#include <fmt/format.h>

#include <algorithm>

#include "graphs/capture_build.h"
#include "graphs/task_ids.h"

namespace npusched {
namespace {

constexpr unsigned kRingShift = 32;

Error At(const std::string& file, std::string pointer, std::string message) {
  Location where;
  where.file = file;
  where.pointer = std::move(pointer);
  return InputError(std::move(where), std::move(message));
}

class Orderer {
 public:
  explicit Orderer(const CaptureTables& tables) : deps_(tables.deps), records_(tables.records) {}

  Result<SubmitOrder> Order() {
    for (std::uint32_t row = 0; row < deps_.tasks.size(); ++row) row_of_[deps_.tasks[row].id] = row;
    const bool recorded = records_ && !records_->submits.empty();
    Status status = recorded ? ByRecords() : ByRows();
    if (status.ok()) status = CheckEdges();
    if (!status.ok()) return status.error();
    return std::move(order_);
  }

 private:
  Status Add(RuntimeId id, const std::string& file, const std::string& pointer) {
    const auto row = row_of_.find(id);
    if (!order_.task_of.try_emplace(id, static_cast<TaskId>(order_.tasks.size())).second) {
      return At(file, pointer, fmt::format("task {} ({}) is submitted twice", id, DisplayName(id)));
    }
    order_.tasks.push_back({id, row == row_of_.end() ? kNoId : row->second});
    return {};
  }

  Status ByRecords() {
    for (std::size_t i = 0; i < records_->submits.size(); ++i) {
      Status added = Add(records_->submits[i].task, records_->file, fmt::format("/aicpu_orchestrator_phases/0/{}", i));
      if (!added.ok()) return added;
    }
    for (std::size_t row = 0; row < deps_.tasks.size(); ++row) {
      const RuntimeId id = deps_.tasks[row].id;
      if (!order_.task_of.contains(id)) {
        return At(deps_.file, fmt::format("/tasks/{}/task_id", row),
                  fmt::format("task {} ({}) has no orchestrator record; expected one for each", id, DisplayName(id)));
      }
    }
    return {};
  }

  // Producers without a row are allocs.
  [[nodiscard]] std::vector<RuntimeId> Allocs() const {
    std::vector<RuntimeId> allocs;
    for (const DepsEdge& edge : deps_.edges) {
      if (!row_of_.contains(edge.pred)) allocs.push_back(edge.pred);
    }
    for (const DepsOutput& output : deps_.outputs) {
      if (!row_of_.contains(output.task)) allocs.push_back(output.task);
    }
    std::ranges::sort(allocs);
    allocs.erase(std::unique(allocs.begin(), allocs.end()), allocs.end());
    return allocs;
  }

  Status ByRows() {
    order_.warnings.emplace_back("the submission order is that of tasks[]; what a submit costs is not recorded");
    const std::vector<RuntimeId> allocs = Allocs();
    std::unordered_map<RuntimeId, std::uint32_t> first_consumer;
    for (const DepsEdge& edge : deps_.edges) {
      const auto row = row_of_.find(edge.succ);
      if (row_of_.contains(edge.pred) || row == row_of_.end()) continue;
      const auto [at, is_new] = first_consumer.try_emplace(edge.pred, row->second);
      at->second = std::min(at->second, row->second);
    }
    // Before which row each alloc goes: its ring counts in order of submission.
    std::vector<std::pair<std::uint32_t, RuntimeId>> places;
    for (const RuntimeId alloc : allocs) {
      auto before = static_cast<std::uint32_t>(deps_.tasks.size());
      if (const auto consumer = first_consumer.find(alloc); consumer != first_consumer.end()) before = consumer->second;
      places.emplace_back(before, alloc);
    }
    PlaceByNumber(&places);
    std::ranges::sort(places);
    std::size_t next = 0;
    for (std::uint32_t row = 0; row <= deps_.tasks.size(); ++row) {
      for (; next < places.size() && places[next].first == row; ++next) {
        if (Status s = Add(places[next].second, deps_.file, "/edges"); !s.ok()) return s;
      }
      if (row == deps_.tasks.size()) break;
      if (Status s = Add(deps_.tasks[row].id, deps_.file, fmt::format("/tasks/{}", row)); !s.ok()) return s;
    }
    if (!allocs.empty()) {
      order_.warnings.push_back(fmt::format("{} allocs are placed by their numbers in the rings", allocs.size()));
    }
    return {};
  }

  // No later than the first row of the same ring with a higher number.
  void PlaceByNumber(std::vector<std::pair<std::uint32_t, RuntimeId>>* places) const {
    std::vector<std::pair<RuntimeId, std::uint32_t>> rows;  // by id, so ring after ring
    for (std::uint32_t row = 0; row < deps_.tasks.size(); ++row) rows.emplace_back(deps_.tasks[row].id, row);
    std::ranges::sort(rows);
    for (std::size_t i = rows.size(); i-- > 1;) {  // the earliest row of any higher number
      if (rows[i - 1].first >> kRingShift == rows[i].first >> kRingShift) {
        rows[i - 1].second = std::min(rows[i - 1].second, rows[i].second);
      }
    }
    for (auto& [before, alloc] : *places) {
      const auto next = std::ranges::upper_bound(rows, alloc, {}, &std::pair<RuntimeId, std::uint32_t>::first);
      if (next != rows.end() && next->first >> kRingShift == alloc >> kRingShift)
        before = std::min(before, next->second);
    }
  }

  Status CheckEdges() {
    for (std::size_t i = 0; i < deps_.edges.size(); ++i) {
      const DepsEdge& edge = deps_.edges[i];
      if (!row_of_.contains(edge.succ)) {
        return At(deps_.file, fmt::format("/edges/{}/succ", i), fmt::format("task {} is not in /tasks", edge.succ));
      }
      const auto pred = order_.task_of.find(edge.pred);
      if (pred == order_.task_of.end()) {
        return At(deps_.file, fmt::format("/edges/{}/pred", i),
                  fmt::format("task {} is neither in /tasks nor was it submitted as an alloc", edge.pred));
      }
      if (pred->second > order_.task_of.at(edge.succ)) {
        return At(deps_.file, fmt::format("/edges/{}", i),
                  fmt::format("runs backwards: {} waits for {}, which is submitted later{}", DisplayName(edge.succ),
                              DisplayName(edge.pred), ClosesCycle(edge) ? "; with other edges that is a cycle" : ""));
      }
    }
    return {};
  }

  // Does another way lead from the consumer to the producer of an edge that runs backwards?
  [[nodiscard]] bool ClosesCycle(const DepsEdge& back) const {
    std::unordered_map<RuntimeId, std::vector<RuntimeId>> consumers;
    for (const DepsEdge& edge : deps_.edges) consumers[edge.pred].push_back(edge.succ);
    std::unordered_map<RuntimeId, bool> seen{{back.succ, true}};
    std::vector<RuntimeId> open{back.succ};
    while (!open.empty()) {
      const RuntimeId task = open.back();
      open.pop_back();
      if (task == back.pred) return true;
      for (const RuntimeId next : consumers[task]) {
        if (seen.try_emplace(next, true).second) open.push_back(next);
      }
    }
    return false;
  }

  const DepsTable& deps_;
  const std::optional<RecordsTable>& records_;
  std::unordered_map<RuntimeId, std::uint32_t> row_of_;
  SubmitOrder order_;
};

}  // namespace

Result<SubmitOrder> OrderSubmits(const CaptureTables& tables) { return Orderer(tables).Order(); }

}  // namespace npusched
