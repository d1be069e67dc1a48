#include "graphs/races.h"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "graphs/access_table.h"
#include "graphs/fences.h"
#include "graphs/overlap.h"

namespace npusched {
namespace {

// Equal names share a number; 0 is the empty one.
class NameNumbers {
 public:
  std::uint32_t Of(const std::string& name) {
    if (name.empty()) return 0;
    const auto [at, is_new] = ids_.try_emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (is_new) names_.push_back(name);
    return at->second;
  }
  [[nodiscard]] const std::string& operator[](std::uint32_t number) const { return names_[number]; }

 private:
  std::vector<std::string> names_{""};
  std::unordered_map<std::string, std::uint32_t> ids_;
};

bool ManualDep(const Program& program, const Arg& arg) {
  return arg.manual_dep || program.buffers[arg.buffer].manual_dep;
}

// What keeps an earlier write out of the map.
OptOut OptOutOfWriter(const Program& program, TaskId task, const Arg& arg) {
  if (program.tasks[task].manual_scope) return OptOut::kManualScope;
  if (arg.tag == ArgTag::kNoDep) return OptOut::kNoDep;
  if (arg.tag == ArgTag::kInput || arg.tag == ArgTag::kOutput) return OptOut::kTag;
  return ManualDep(program, arg) ? OptOut::kManualDep : OptOut::kNone;
}

// What keeps a later access from looking for it.
OptOut OptOutOfLater(const Program& program, TaskId task, const Arg& arg) {
  if (program.tasks[task].manual_scope) return OptOut::kManualScope;
  if (arg.tag == ArgTag::kNoDep) return OptOut::kNoDep;
  if (arg.tag == ArgTag::kOutputExisting || arg.tag == ArgTag::kOutput) return OptOut::kTag;
  return ManualDep(program, arg) ? OptOut::kManualDep : OptOut::kNone;
}

bool DeclaredApart(const Program& program, const Arg& earlier, const Arg& later) {
  const auto view = [&](const Arg& arg) { return arg.view == kNoId ? ArgView{} : program.views[arg.view]; };
  const std::int64_t bytes = view(later).buffer_bytes;
  return Compare(program.regions[later.region], view(later).version,
                 bytes < 0 ? program.buffers[later.buffer].size_bytes : bytes, program.regions[earlier.region],
                 view(earlier).version) == Overlap::kNone;
}

// The tasks of a block that touch one place, as bits over its columns; only words that have any.
struct Word {
  std::uint32_t index = 0;
  std::uint64_t readers = 0;
  std::uint64_t writers = 0;
};

class RaceSearch {
 public:
  RaceSearch(const Program& program, const TaskGraph& graph, const RaceOptions& options)
      : program_(program), graph_(graph), options_(options), table_(program), touching_(table_.places()) {
    for (const Kernel& kernel : program.kernels) kernel_names_.push_back(names_.Of(kernel.name));
    for (const Buffer& buffer : program.buffers) {
      tensor_names_.push_back(buffer.name == kNoId ? 0 : names_.Of(program.names[buffer.name]));
    }
  }

  RaceReport Run() {
    std::vector<TaskId> columns;
    for (TaskId t = 0; t < program_.tasks.size(); ++t) {
      if (!table_.Of(t).empty()) columns.push_back(t);
    }
    AncestorSweep sweep(program_, graph_, std::move(columns), {}, options_.budget_bytes);
    sweep.Run([](const TaskPair&, bool, bool) {}, [&](const AncestorSweep::Row& row) { Visit(sweep.columns(), row); });
    return Report();
  }

 private:
  // Of the group, in the order in which groups are told apart.
  struct Key {
    Hazard hazard;
    Unordered reason;
    OptOut earlier_opt_out;
    OptOut later_opt_out;
    bool assumed;
    std::uint32_t earlier_kernel;
    std::uint32_t later_kernel;
    std::uint32_t tensor;

    // NOLINTNEXTLINE(modernize-use-nullptr): the 0 of a defaulted comparison is the compiler's
    auto operator<=>(const Key&) const = default;
  };
  struct Found {
    std::uint64_t pairs = 0;
    TaskPair last;
    RaceSide earlier;  // of the lowest pair
    RaceSide later;
    std::vector<TaskPair> list;
  };
  struct Hit {
    TaskId earlier = kNoTask;
    Hazard hazard = Hazard::kRaw;
    std::uint32_t earlier_arg = 0;
    std::uint32_t later_arg = 0;

    // NOLINTNEXTLINE(modernize-use-nullptr): the 0 of a defaulted comparison is the compiler's
    friend auto operator<=>(const Hit&, const Hit&) = default;
  };

  // `touching_` holds the earlier tasks of the block; the row says which of them are ordered.
  void Visit(const std::vector<TaskId>& columns, const AncestorSweep::Row& row) {
    if (row.first_column != block_) {
      for (std::vector<Word>& words : touching_) words.clear();
      block_ = next_ = row.first_column;
    }
    if (table_.Of(row.task).empty()) return;
    hits_.clear();
    for (const TrueAccess& access : table_.Of(row.task)) {
      for (const std::uint32_t place : table_.Meeting(access.place)) {
        const std::vector<Word>& words = touching_[place];
        // Words in front of row.full are ordered through and through.
        for (auto word = std::ranges::lower_bound(words, row.full, {}, &Word::index); word != words.end(); ++word) {
          const std::uint64_t unordered = ~row.Word(word->index);
          const TaskId* const tasks = columns.data() + block_ + word->index * std::size_t{64};
          AddHits(word->writers & unordered, tasks, place, access, true);
          if (access.write_arg != kNoArg) AddHits(word->readers & unordered, tasks, place, access, false);
        }
      }
    }
    std::sort(hits_.begin(), hits_.end());
    for (const Hit& hit : hits_) Record(hit, row.task);
    if (next_ < row.end_column && columns[next_] == row.task) AddColumn(next_++, row.task);
  }

  void AddColumn(std::size_t column, TaskId task) {
    const std::size_t bit = column - block_;
    for (const TrueAccess& access : table_.Of(task)) {
      std::vector<Word>& words = touching_[access.place];
      const auto index = static_cast<std::uint32_t>(bit / 64);
      if (words.empty() || words.back().index != index) words.push_back({index});
      const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
      if (access.read_arg != kNoArg) words.back().readers |= mask;
      if (access.write_arg != kNoArg) words.back().writers |= mask;
    }
  }

  void AddHits(std::uint64_t unordered, const TaskId* tasks, std::uint32_t place, const TrueAccess& later, bool wrote) {
    for (; unordered != 0; unordered &= unordered - 1) {
      const TaskId task = tasks[std::countr_zero(unordered)];
      const auto accesses = table_.Of(task);
      const TrueAccess& earlier = *std::ranges::lower_bound(accesses, place, {}, &TrueAccess::place);
      if (!wrote) {
        hits_.push_back({task, Hazard::kWar, earlier.read_arg, later.write_arg});
        continue;
      }
      if (later.read_arg != kNoArg) hits_.push_back({task, Hazard::kRaw, earlier.write_arg, later.read_arg});
      if (later.write_arg != kNoArg) hits_.push_back({task, Hazard::kWaw, earlier.write_arg, later.write_arg});
    }
  }

  [[nodiscard]] Key KeyOf(const Hit& hit, TaskId later) const {
    const Arg& x = program_.Args(hit.earlier)[hit.earlier_arg];
    const Arg& y = program_.Args(later)[hit.later_arg];
    Key key{.hazard = hit.hazard,
            .reason = Unordered::kNeverInferred,
            .earlier_opt_out = OptOut::kNone,
            .later_opt_out = OptOut::kNone,
            .assumed = UseOf(x).assumed || UseOf(y).assumed,
            .earlier_kernel = kernel_names_[program_.tasks[hit.earlier].kernel],
            .later_kernel = kernel_names_[program_.tasks[later].kernel],
            .tensor = tensor_names_[y.buffer] != 0 ? tensor_names_[y.buffer] : tensor_names_[x.buffer]};
    if (hit.hazard == Hazard::kWar) return key;
    key.earlier_opt_out = OptOutOfWriter(program_, hit.earlier, x);
    key.later_opt_out = OptOutOfLater(program_, later, y);
    const std::uint64_t base = program_.buffers[x.buffer].address;
    if (key.earlier_opt_out != OptOut::kNone || key.later_opt_out != OptOut::kNone) {
      key.reason = Unordered::kOptedOut;
    } else if (x.buffer != y.buffer && (base == 0 || base != program_.buffers[y.buffer].address)) {
      key.reason = Unordered::kOtherBase;
    } else {
      key.reason = DeclaredApart(program_, x, y) ? Unordered::kDeclaredApart : Unordered::kNotInGraph;
    }
    return key;
  }

  void Record(const Hit& hit, TaskId later) {
    const Key key = KeyOf(hit, later);
    Found& found = groups_[key];
    const TaskPair pair{hit.earlier, later};
    const Arg& y = program_.Args(later)[hit.later_arg];
    if (options_.keep_pairs) all_.push_back({hit.hazard, hit.earlier, later, y.buffer});
    if (found.pairs > 0 && found.last == pair) return;
    found.last = pair;
    if (found.pairs++ == 0 || pair < TaskPair{found.earlier.task, found.later.task}) {
      const Arg& x = program_.Args(hit.earlier)[hit.earlier_arg];
      found.earlier = {hit.earlier, hit.earlier_arg, program_.regions[TouchedBy(x)], key.earlier_opt_out};
      found.later = {later, hit.later_arg, program_.regions[TouchedBy(y)], key.later_opt_out};
    }
    if (options_.fences && stored_ < options_.most_pairs) {
      found.list.push_back(pair);
    }
    ++stored_;
  }

  RaceReport Report() {
    RaceReport report;
    report.fences_complete = options_.fences && stored_ <= options_.most_pairs;
    std::vector<TaskPair> pairs;
    for (auto& [key, found] : groups_) {
      report.pairs[static_cast<std::size_t>(key.hazard)] += found.pairs;
      RaceGroup group{.hazard = key.hazard,
                      .reason = key.reason,
                      .earlier = names_[key.earlier_kernel],
                      .later = names_[key.later_kernel],
                      .tensor = names_[key.tensor],
                      .pairs = found.pairs,
                      .assumed = key.assumed,
                      .example_earlier = found.earlier,
                      .example_later = found.later,
                      .fence_example = {}};
      if (report.fences_complete) {
        pairs.insert(pairs.end(), found.list.begin(), found.list.end());
        const std::vector<TaskPair> fence = MinimalFence(program_, graph_, std::move(found.list));
        group.fence_deps = fence.size();
        group.fence_example = fence.front();
      }
      report.groups.push_back(std::move(group));
    }
    const auto place = [](const RaceGroup& g) {
      return std::tuple(g.hazard, g.example_later.task, g.example_earlier.task, g.example_later.arg,
                        g.example_earlier.arg);
    };
    std::stable_sort(report.groups.begin(), report.groups.end(),
                     [&](const RaceGroup& a, const RaceGroup& b) { return place(a) < place(b); });
    if (report.fences_complete) report.fences = GroupFences(MinimalFence(program_, graph_, std::move(pairs)));
    std::sort(all_.begin(), all_.end());
    all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
    report.all = std::move(all_);
    return report;
  }

  [[nodiscard]] std::vector<FenceGroup> GroupFences(const std::vector<TaskPair>& deps) const {
    std::vector<FenceGroup> fences;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> at;
    for (const TaskPair& dep : deps) {
      const std::pair kernels(kernel_names_[program_.tasks[dep.producer].kernel],
                              kernel_names_[program_.tasks[dep.consumer].kernel]);
      const auto [entry, is_new] = at.try_emplace(kernels, fences.size());
      if (is_new) fences.push_back({names_[kernels.first], names_[kernels.second], 0, dep});
      ++fences[entry->second].deps;
    }
    return fences;
  }

  const Program& program_;
  const TaskGraph& graph_;
  const RaceOptions& options_;
  AccessTable table_;
  NameNumbers names_;
  std::vector<std::uint32_t> kernel_names_;  // by kernel
  std::vector<std::uint32_t> tensor_names_;  // by buffer
  std::vector<std::vector<Word>> touching_;  // by place
  std::size_t block_ = 0;
  std::size_t next_ = 0;  // the block's next column
  std::vector<Hit> hits_;
  std::map<Key, Found> groups_;
  std::vector<RacePair> all_;
  std::uint64_t stored_ = 0;
};

}  // namespace

RaceReport FindRaces(const Program& program, const TaskGraph& graph, const RaceOptions& options) {
  return RaceSearch(program, graph, options).Run();
}

}  // namespace npusched
