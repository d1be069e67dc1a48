// Race analysis: pairs of tasks that touch the same bytes, one of them writing, and that no path orders.
//
// Stands after inference, beside the simulation. Inference sees what tasks declare; an opt-out from it (NO_DEP,
// manual_dep, a MANUAL scope) is an assertion, and here it is checked against what the kernels really touch,
// byte by byte. docs/races.md has what is found, how, and what is not.
//
//   RaceReport report = FindRaces(program, inference->graph);
//   if (report.racy()) fmt::print("{}", RacesText(report));    // reports/race_views.h
//
// The order of two racing tasks is that of their submits: `earlier` was meant to come first.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "graphs/ancestors.h"
#include "graphs/program.h"
#include "graphs/task_graph.h"

namespace npusched {

// Read after write, write after write, write after read.
enum class Hazard : std::uint8_t { kRaw, kWaw, kWar };
inline constexpr int kHazards = 3;

// How an argument stays out of the dependency map.
enum class OptOut : std::uint8_t {
  kNone,
  kNoDep,        // its tag is NO_DEP
  kManualDep,    // it, or its tensor, is manual_dep
  kManualScope,  // its task was submitted in a MANUAL scope
  kTag,          // its tag tells less than the kernel does: a written INPUT, an OUTPUT_EXISTING over older data
};

// Why no dependency between the two was inferred.
enum class Unordered : std::uint8_t {
  kOptedOut,       // one or both sides stay out of the map
  kNeverInferred,  // nobody looks for readers: write after read is never inferred
  kDeclaredApart,  // the regions passed do not overlap, what is touched does
  kOtherBase,      // the map is keyed by base address, and these differ
  kNotInGraph,     // inference would find it; the graph lacks the edge, or a newer region took its place
};

struct RaceSide {
  TaskId task = kNoTask;
  std::uint32_t arg = 0;
  Region region;  // what it touches
  OptOut opt_out = OptOut::kNone;
};

// Explicit dependencies to add, by kernel pair.
struct FenceGroup {
  std::string producer;
  std::string consumer;
  std::uint64_t deps = 0;
  TaskPair example;
};

// All findings of one kind between two kernels on tensors of one name.
struct RaceGroup {
  Hazard hazard = Hazard::kRaw;
  Unordered reason = Unordered::kOptedOut;
  std::string earlier;  // kernels
  std::string later;
  std::string tensor;        // empty: it has no name
  std::uint64_t pairs = 0;   // of tasks
  bool assumed = false;      // rests on a NO_DEP argument that does not say whether it is written
  RaceSide example_earlier;  // of the pair with the lowest later, then earlier task
  RaceSide example_later;
  // The smallest set of deps that removes this group and orders nothing else; 0 when not computed.
  std::uint64_t fence_deps = 0;
  TaskPair fence_example;  // the lowest
};

// One pair, when RaceOptions::keep_pairs.
struct RacePair {
  Hazard hazard = Hazard::kRaw;
  TaskId earlier = kNoTask;
  TaskId later = kNoTask;
  BufferId buffer = kNoId;  // as the later task names it

  friend bool operator==(const RacePair&, const RacePair&) = default;
  // NOLINTNEXTLINE(modernize-use-nullptr): the 0 of a defaulted comparison is the compiler's
  friend auto operator<=>(const RacePair&, const RacePair&) = default;
};

struct RaceOptions {
  bool keep_pairs = false;  // every pair, in RaceReport::all
  bool fences = true;
  std::uint64_t most_pairs = std::uint64_t{4} << 20U;  // up to which fences are computed
  std::size_t budget_bytes = AncestorSweep::kBudgetBytes;
};

struct RaceReport {
  std::vector<RaceGroup> groups;                // by hazard, then by their example
  std::array<std::uint64_t, kHazards> pairs{};  // sums over the groups, by hazard
  std::vector<FenceGroup> fences;               // that remove all races together
  bool fences_complete = true;                  // false: more pairs than most_pairs, or not asked for
  std::vector<RacePair> all;                    // ascending, each once; only when keep_pairs

  [[nodiscard]] std::uint64_t Count(Hazard hazard) const { return pairs[static_cast<std::size_t>(hazard)]; }
  [[nodiscard]] bool racy() const { return !groups.empty(); }
  // Some group rests on no assumption.
  [[nodiscard]] bool certain() const {
    return std::any_of(groups.begin(), groups.end(), [](const RaceGroup& group) { return !group.assumed; });
  }
};

// Every program: tags stand for what is not said (AccessTable). O(tasks x edges / 64) bit operations, memory
// bounded by the options. The same report whatever the budget.
RaceReport FindRaces(const Program& program, const TaskGraph& graph, const RaceOptions& options = {});

}  // namespace npusched
