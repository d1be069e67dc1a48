// Races by brute force, for tests: every pair of tasks, every byte, every path. Shares nothing with graphs/races.cc
// but the meaning of a program.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "graphs/races.h"

namespace npusched {

class RaceOracle {
 public:
  // The same pairs as RaceReport::all.
  std::vector<RacePair> Races(const Program& program, const TaskGraph& graph) {
    before_ = Before(program, graph);
    std::set<RacePair> found;
    for (TaskId later = 0; later < program.tasks.size(); ++later) {
      for (TaskId earlier = 0; earlier < later; ++earlier) {
        if (!program.ReachesCore(earlier) || !program.ReachesCore(later) || before_[later][earlier]) continue;
        for (const Arg& x : program.Args(earlier)) {
          for (const Arg& y : program.Args(later)) AddRaces(program, {earlier, x}, {later, y}, &found);
        }
      }
    }
    return {found.begin(), found.end()};
  }

  // before[t][p]: p has finished when t starts. A search from every task.
  static std::vector<std::vector<bool>> Before(const Program& program, const TaskGraph& graph) {
    std::vector<std::vector<bool>> before(graph.size(), std::vector<bool>(graph.size()));
    std::vector<TaskId> open;
    for (TaskId t = 0; t < graph.size(); ++t) {
      open.assign(1, t);
      while (!open.empty()) {
        const TaskId at = open.back();
        open.pop_back();
        if (program.tasks[at].core == CoreShape::kAlloc) continue;  // waits for nobody
        for (const ProducerEdge& edge : graph.Producers(at)) {
          if (before[t][edge.producer]) continue;
          before[t][edge.producer] = true;
          open.push_back(edge.producer);
        }
      }
    }
    return before;
  }

  // Forgets what it knows of regions from this one on: the next mutant has others under their ids.
  void ForgetFrom(RegionId region) {
    std::erase_if(bytes_, [&](const auto& entry) { return entry.first.second >= region; });
    std::erase_if(meet_, [&](const auto& entry) {
      return std::get<1>(entry.first) >= region || std::get<3>(entry.first) >= region;
    });
  }

 private:
  struct Use {
    TaskId task = kNoTask;
    const Arg& arg;

    [[nodiscard]] bool Reads() const {
      if (arg.access != Access::kByTag) return arg.access != Access::kWrite;
      return arg.tag == ArgTag::kInput || arg.tag == ArgTag::kInOut || arg.tag == ArgTag::kNoDep;
    }
    [[nodiscard]] bool Writes() const {
      if (arg.access != Access::kByTag) return arg.access != Access::kRead;
      return arg.tag != ArgTag::kInput;
    }
    [[nodiscard]] RegionId Region() const { return arg.touched != kNoId ? arg.touched : arg.region; }
  };

  void AddRaces(const Program& program, const Use& x, const Use& y, std::set<RacePair>* found) {
    if (!x.Writes() && !y.Writes()) return;
    const bool both_add = x.arg.access == Access::kAccumulate && y.arg.access == Access::kAccumulate;
    if (both_add && program.regions[x.Region()].dtype == program.regions[y.Region()].dtype) return;
    if (!Meet(program, x, y)) return;
    const auto add = [&](Hazard hazard) { found->insert({hazard, x.task, y.task, y.arg.buffer}); };
    if (x.Writes() && y.Reads()) add(Hazard::kRaw);
    if (x.Writes() && y.Writes()) add(Hazard::kWaw);
    if (x.Reads() && y.Writes()) add(Hazard::kWar);
  }

  bool Meet(const Program& program, const Use& x, const Use& y) {
    const Buffer& a = program.buffers[x.arg.buffer];
    const Buffer& b = program.buffers[y.arg.buffer];
    const bool placed = a.address != 0 && b.address != 0 && a.creator == kNoTask && b.creator == kNoTask;
    if (x.arg.buffer != y.arg.buffer && !placed) return false;
    const auto key = std::tuple(x.arg.buffer, x.Region(), y.arg.buffer, y.Region());
    const auto known = meet_.find(key);
    if (known != meet_.end()) return known->second;
    const std::set<std::int64_t>& left = Bytes(program, x);
    const std::set<std::int64_t>& right = Bytes(program, y);
    const bool meet = std::any_of(left.begin(), left.end(), [&](std::int64_t byte) { return right.contains(byte); });
    meet_[key] = meet;
    return meet;
  }

  const std::set<std::int64_t>& Bytes(const Program& program, const Use& use) {
    const auto [entry, is_new] = bytes_.try_emplace(std::pair(use.arg.buffer, use.Region()));
    if (!is_new) return entry->second;
    const Region& region = program.regions[use.Region()];
    const std::int64_t size = SizeOf(region.dtype);
    for (std::int64_t i = 0; i < region.Elements(); ++i) {
      std::int64_t element = region.start_offset;
      for (std::int64_t d = 0, rest = i; d < region.rank; ++d) {
        element += rest % region.shape[d] * region.strides[d];
        rest /= region.shape[d];
      }
      for (std::int64_t byte = 0; byte < size; ++byte) {
        entry->second.insert(static_cast<std::int64_t>(program.buffers[use.arg.buffer].address) + element * size +
                             byte);
      }
    }
    return entry->second;
  }

  std::vector<std::vector<bool>> before_;
  std::map<std::pair<BufferId, RegionId>, std::set<std::int64_t>> bytes_;
  std::map<std::tuple<BufferId, RegionId, BufferId, RegionId>, bool> meet_;
};

}  // namespace npusched
