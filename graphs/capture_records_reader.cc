#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "graphs/capture_tables.h"
#include "graphs/json_stream.h"

namespace npusched {
namespace {

constexpr std::int64_t kMostCores = 65'536;
constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMostThreads = 255;
constexpr std::int64_t kMostPerPhase = std::int64_t{1} << 31;
constexpr std::size_t kRowColumns = 6;
constexpr std::size_t kJoinColumns = 4;
constexpr std::array<std::string_view, 13> kKinds = {
    "complete",      "dummy",   "dispatch",      "early_dispatch", "drain",      "release",        "async_poll",
    "graph_prepare", "resolve", "drain_prepare", "drain_publish",  "dummy_task", "predicated_skip"};
static_assert(kKinds.size() == static_cast<std::size_t>(RecordKind::kOther));

class RecordsReader {
 public:
  explicit RecordsReader(const std::filesystem::path& file) : in_(file) { table_.file = file.string(); }

  Result<RecordsTable> Read() {
    bool has_rows = false;
    for (std::string key; in_.NextMember(&key);) {
      if (key == "chip_swimlane_level") {
        std::int64_t level = 0;
        if (in_.Int(in_.Value(), &level, {1, 4})) table_.level = static_cast<int>(level);
      } else if (key == "metadata") {
        ReadMetadata(in_.Value());
      } else if (key == "aicore_tasks") {
        has_rows = true;
        EachItem([this](const StreamAt& row) { ReadRow(row); });
      } else if (key == "aicpu_tasks") {
        EachItem([this](const StreamAt& row) { ReadJoin(row); });
      } else if (key == "aicpu_scheduler_phases") {
        EachItemOfLists([this](const StreamAt& phase, std::size_t thread) { ReadPhase(phase, thread); });
      } else if (key == "aicpu_orchestrator_phases") {
        EachItemOfLists([this](const StreamAt& submit, std::size_t lane) { ReadSubmit(submit, lane); });
      } else if (key == "host_orchestrator_phases") {
        in_.Fail("belongs to a run that a host orchestrates; expected one of the device's own orchestrator");
      } else if (key == "simulator") {
        ReadExtras(in_.Value());
      }
    }
    if (in_.ok()) CheckMembers(has_rows);
    if (in_.ok()) CheckRows();
    if (in_.ok()) Join();
    if (in_.ok()) CheckSubmits();
    if (in_.ok()) TakeExtras();
    if (!in_.ok()) return in_.status().error();
    return std::move(table_);
  }

 private:
  struct JoinRow {
    CoreId core = 0;
    std::uint32_t sequence = 0;
    std::size_t index = 0;
    std::int64_t dispatch = 0;
    std::int64_t finish = 0;
  };

  template <typename Visit>
  void EachItem(const Visit& visit) {
    if (!in_.EnterList()) return;
    while (in_.NextItem()) {
      const StreamAt item = in_.Value();
      if (!in_.ok()) return;
      visit(item);
    }
  }

  template <typename Visit>
  void EachItemOfLists(const Visit& visit) {
    if (!in_.EnterList()) return;
    for (std::size_t outer = 0; in_.NextItem(); ++outer) {
      EachItem([&](const StreamAt& item) { visit(item, outer); });
    }
  }

  void ReadMetadata(const StreamAt& at) {
    in_.Required(at, "clock_freq_hz", &table_.clock_hz, IntRange{1, std::int64_t{1'000'000'000'000}});
    std::string source;
    if (in_.Optional(at, "orchestrator_source", &source) && source == "host") {
      in_.Fail(at, "orchestrator_source", "is \"host\"; expected a run of the device's own orchestrator");
    }
    if (!in_.Has(at, "core_types")) return;
    in_.Each(in_.Member(at, "core_types"), [this](const StreamAt& type) {
      const std::string_view name = JsonStream::TextOf(type);
      if (in_.Expect(type, name == "aic" || name == "aiv", "\"aic\" or \"aiv\"")) {
        table_.is_aic.push_back(name == "aic");
      }
    });
    if (in_.ok() && static_cast<std::int64_t>(table_.is_aic.size()) > kMostCores) {
      in_.Fail(at, "core_types", fmt::format("expected at most {} cores", kMostCores));
    }
    in_.Each(in_.Member(at, "core_to_thread"), [this](const StreamAt& item) {
      std::int64_t thread = 0;
      if (in_.Int(item, &thread, {-1, kMostThreads})) table_.thread_of.push_back(static_cast<std::int32_t>(thread));
    });
    const std::size_t given = table_.thread_of.size();
    if (in_.ok() && given != 0 && given != table_.is_aic.size()) {
      in_.Fail(at, "core_to_thread",
               fmt::format("expected {} entries, as core_types has; got {}", table_.is_aic.size(), given));
    }
  }

  void ReadRow(const StreamAt& at) {
    std::array<std::int64_t, kRowColumns + 1> row{};
    const std::size_t columns = in_.Ints(at, row, {0, kLatest});
    if (in_.ok() && columns != kRowColumns) {
      in_.Fail(
          at, fmt::format("expected [core, task, reg_task_id, start, end, receive_to_start]; got {} columns", columns));
    }
    if (!in_.ok()) return;
    const auto& [core, task, sequence, start, end, wait, more] = row;
    if (start == 0) in_.Fail(at, "has no start; expected a tick above 0");
    if (end < start) in_.Fail(at, fmt::format("ends at {} before it starts at {}", end, start));
    if (wait >= start) in_.Fail(at, fmt::format("has a receive_to_start of {}; expected less than its start", wait));
    if (core >= kMostCores || sequence > std::numeric_limits<std::int32_t>::max()) {
      in_.Fail(at, fmt::format("has core {} and reg_task_id {}; expected less", core, sequence));
    }
    RecordsRow& added = table_.rows.emplace_back();
    added.task = static_cast<RuntimeId>(task);
    added.core = static_cast<CoreId>(core);
    added.sequence = static_cast<std::uint32_t>(sequence);
    added.receive = start - wait;
    added.start = start;
    added.end = end;
  }

  void ReadJoin(const StreamAt& at) {
    std::array<std::int64_t, kJoinColumns + 1> row{};
    const std::size_t columns = in_.Ints(at, row, {0, kLatest});
    if (in_.ok() && columns != kJoinColumns) {
      in_.Fail(at, fmt::format("expected [core, reg_task_id, dispatch, finish]; got {} columns", columns));
    }
    const auto& [core, sequence, dispatch, finish, more] = row;
    if (core >= kMostCores || sequence > std::numeric_limits<std::int32_t>::max()) {
      in_.Fail(at, fmt::format("has core {} and reg_task_id {}; expected less", core, sequence));
    }
    joins_.push_back(
        {static_cast<CoreId>(core), static_cast<std::uint32_t>(sequence), joins_.size(), dispatch, finish});
  }

  void ReadPhase(const StreamAt& at, std::size_t thread) {
    RecordsPhase phase;
    std::string kind;
    in_.Required(at, "kind", &kind);
    phase.kind = static_cast<RecordKind>(std::ranges::find(kKinds, kind) - kKinds.begin());
    std::int64_t loop = 0;
    std::int64_t tasks = 0;
    in_.Required(at, "start_cycles", &phase.start, IntRange{0, kLatest});
    in_.Required(at, "end_cycles", &phase.end, IntRange{0, kLatest});
    in_.Optional(at, "loop_iter", &loop, {0, std::numeric_limits<std::uint32_t>::max()});
    in_.Optional(at, "tasks_processed", &tasks, {0, kMostPerPhase});
    in_.Optional(at, "task_id", &phase.task);
    if (in_.ok() && phase.end < phase.start) {
      in_.Fail(at, "end_cycles", fmt::format("is {}, before start_cycles {}", phase.end, phase.start));
    }
    if (static_cast<std::int64_t>(thread) > kMostThreads) in_.Fail(at, "is of one thread too many");
    phase.thread = static_cast<std::uint8_t>(thread);
    phase.loop_iteration = static_cast<std::uint32_t>(loop);
    phase.tasks = static_cast<std::uint32_t>(tasks);
    table_.phases.push_back(phase);
  }

  void ReadSubmit(const StreamAt& at, std::size_t lane) {
    if (lane > 0) return in_.Fail(at, "is of a second orchestrator; expected one lane");
    RecordsSubmit submit;
    std::int64_t index = 0;
    in_.Required(at, "submit_idx", &index, IntRange{0, kMostPerPhase});
    in_.Required(at, "task_id", &submit.task);
    in_.Required(at, "start_cycles", &submit.start, IntRange{0, kLatest});
    in_.Required(at, "end_cycles", &submit.end, IntRange{0, kLatest});
    if (in_.ok() && submit.end < submit.start) {
      in_.Fail(at, "end_cycles", fmt::format("is {}, before start_cycles {}", submit.end, submit.start));
    }
    submits_.emplace_back(index, submit);
  }

  void ReadExtras(const StreamAt& at) {
    std::string schema;
    in_.Optional(at, "schema", &schema);
    if (schema != "npusched.capture/1") return;
    const auto read = [&](std::string_view key, std::vector<std::uint32_t>* out) {
      in_.Each(in_.Member(at, key), [&](const StreamAt& item) {
        std::int64_t value = 0;
        if (in_.Int(item, &value, {0, kMostPerPhase})) out->push_back(static_cast<std::uint32_t>(value));
      });
    };
    read("blocks", &blocks_);
    read("instant_rows", &instant_);
  }

  // -- after the last member

  void CheckMembers(bool has_rows) {
    if (table_.level == 0) return in_.Fail(StreamAt{}, "chip_swimlane_level", "is missing; expected 1..4");
    if (table_.is_aic.empty()) return in_.Fail(StreamAt{}, "metadata", "has no core_types; expected one for each core");
    if (!has_rows) return in_.Fail(StreamAt{}, "aicore_tasks", "is missing");
    if (table_.level >= 3 && table_.thread_of.empty())
      Warn("no core_to_thread: which thread owns which core is unknown");
    if (table_.level >= 2 && joins_.empty() && !table_.rows.empty()) {
      Warn(fmt::format("level {}, but no aicpu_tasks: dispatch and finish are unknown", table_.level));
    }
    if (table_.level >= 4 && submits_.empty())
      Warn("level 4, but no orchestrator phases: the order is that of tasks[]");
  }

  [[nodiscard]] StreamAt Row(std::string_view list, std::size_t index, StreamAt* parent, const StreamAt* root) const {
    *parent = {std::nullopt, root, list, 0};
    return {std::nullopt, parent, {}, index};
  }
  void FailRow(std::string_view list, std::size_t index, std::string_view message) {
    const StreamAt root;
    StreamAt parent;
    in_.Fail(Row(list, index, &parent, &root), message);
  }

  void CheckRows() {
    std::vector<std::uint32_t> order(table_.rows.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto key = [&](std::uint32_t i) { return std::pair(table_.rows[i].core, table_.rows[i].sequence); };
    std::ranges::stable_sort(order, {}, key);
    std::size_t overlaps = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const RecordsRow& row = table_.rows[order[i]];
      if (row.core >= table_.is_aic.size()) {
        return FailRow("aicore_tasks", order[i],
                       fmt::format("names core {}; the capture has cores 0..{}", row.core, table_.is_aic.size() - 1));
      }
      if (i == 0) continue;
      const RecordsRow& before = table_.rows[order[i - 1]];
      if (key(order[i]) == key(order[i - 1])) {
        return FailRow("aicore_tasks", order[i],
                       fmt::format("has core {} and reg_task_id {}, as row {} has; expected each pair once", row.core,
                                   row.sequence, order[i - 1]));
      }
      if (before.core == row.core && row.start < before.end) ++overlaps;
    }
    if (overlaps > 0) Warn(fmt::format("{} kernels start before the one before them on their core ended", overlaps));
    row_order_ = std::move(order);
  }

  // aicpu_tasks with aicore_tasks, one to one.
  void Join() {
    if (joins_.empty()) return;
    const auto key = [](const JoinRow& row) { return std::pair(row.core, row.sequence); };
    std::ranges::stable_sort(joins_, {}, key);
    std::size_t at = 0;
    std::size_t disordered = 0;
    std::size_t missing = 0;
    for (const std::uint32_t i : row_order_) {
      RecordsRow& row = table_.rows[i];
      const auto wanted = std::pair(row.core, row.sequence);
      if (at < joins_.size() && key(joins_[at]) < wanted) return FailJoin(joins_[at]);
      if (at == joins_.size() || key(joins_[at]) != wanted) {
        return FailRow("aicore_tasks", i,
                       fmt::format("core {}, reg_task_id {} has no row in aicpu_tasks", row.core, row.sequence));
      }
      row.dispatch = joins_[at].dispatch;
      row.finish = joins_[at].finish;
      missing += row.dispatch == 0 || row.finish == 0 ? 1 : 0;
      const bool early = row.dispatch != 0 && row.dispatch > row.receive;
      disordered += early || (row.finish != 0 && row.finish < row.end) ? 1 : 0;
      ++at;
    }
    if (at < joins_.size()) return FailJoin(joins_[at]);
    if (missing > 0) Warn(fmt::format("{} rows have no dispatch or finish (tick 0)", missing));
    if (disordered > 0) {
      Warn(fmt::format("{} rows are dispatched after the core saw them, or finish before they end", disordered));
    }
  }

  void FailJoin(const JoinRow& row) {
    const auto twice = [&](const JoinRow& other) {
      return other.core == row.core && other.sequence == row.sequence && other.index != row.index;
    };
    const bool repeated = std::ranges::any_of(joins_, twice);
    FailRow("aicpu_tasks", row.index,
            fmt::format("core {}, reg_task_id {} {}", row.core, row.sequence,
                        repeated ? "is listed twice" : "has no row in aicore_tasks"));
  }

  void CheckSubmits() {
    std::ranges::stable_sort(submits_, {}, &std::pair<std::int64_t, RecordsSubmit>::first);
    std::size_t overlaps = 0;
    for (std::size_t i = 0; i < submits_.size(); ++i) {
      if (submits_[i].first != static_cast<std::int64_t>(i)) {
        const std::string what = submits_[i].first < static_cast<std::int64_t>(i) ? "is there twice" : "is missing";
        return in_.Fail(StreamAt{}, "aicpu_orchestrator_phases",
                        fmt::format("submit_idx {} {}; expected 0, 1, 2, ...",
                                    std::min<std::int64_t>(submits_[i].first, static_cast<std::int64_t>(i)), what));
      }
      const RecordsSubmit& submit = submits_[i].second;
      if (i > 0 && submit.start < table_.submits.back().end) ++overlaps;
      table_.submits.push_back(submit);
    }
    if (overlaps > 0) Warn(fmt::format("{} submits start before the one before them ended", overlaps));
  }

  void TakeExtras() {
    if (!blocks_.empty() && blocks_.size() != table_.rows.size()) {
      const StreamAt root;
      const StreamAt parent{std::nullopt, &root, "simulator", 0};
      return in_.Fail(parent, "blocks",
                      fmt::format("expected {} entries, one for each row of aicore_tasks", table_.rows.size()));
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) table_.rows[i].block = blocks_[i];
    for (const std::uint32_t i : instant_) {
      if (i < table_.rows.size()) table_.rows[i].instant = true;
    }
  }

  void Warn(std::string text) { table_.warnings.push_back(std::move(text)); }

  JsonStream in_;
  RecordsTable table_;
  std::vector<JoinRow> joins_;
  std::vector<std::pair<std::int64_t, RecordsSubmit>> submits_;
  std::vector<std::uint32_t> row_order_;  // by core and sequence
  std::vector<std::uint32_t> blocks_;
  std::vector<std::uint32_t> instant_;
};

bool IsKernelId(const std::string& text) {
  constexpr std::size_t kMostDigits = 9;
  return !text.empty() && text.size() <= kMostDigits &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<RecordsTable> ReadRecordsTable(const std::filesystem::path& file) { return RecordsReader(file).Read(); }

Result<NameTable> ReadNameTable(const std::filesystem::path& file) {
  JsonStream in(file);
  NameTable table;
  const auto take = [&](const std::string& key) {
    const StreamAt value = in.Value();
    const std::string_view name = JsonStream::TextOf(value);
    if (in.Expect(value, !name.empty(), "a name")) table.kernels[std::stoi(key)] = name;
  };
  for (std::string key; in.NextMember(&key);) {
    if (key == "orchestrator_name") {
      table.orchestrator = JsonStream::TextOf(in.Value());
    } else if (key == "callable_id_to_name") {
      if (!in.EnterMap()) break;
      for (std::string id; in.NextMember(&id);) {
        IsKernelId(id) ? take(id)
                       : in.Fail(fmt::format("\"{}\" is no kernel id; expected a decimal number", id.substr(0, 60)));
      }
    } else if (IsKernelId(key)) {
      take(key);  // a map without the object around it
    }
  }
  if (!in.ok()) return in.status().error();
  return table;
}

}  // namespace npusched
