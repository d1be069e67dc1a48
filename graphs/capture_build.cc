#include "graphs/capture_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "graphs/capture_owners.h"
#include "graphs/region_table.h"
#include "graphs/scope_track.h"
#include "graphs/trace_regions.h"

namespace npusched {
namespace {

constexpr unsigned kRingShift = 32;

// What the tools of the device print for an id without a name: "func_26_aa".
std::string UnnamedKernel(std::int32_t id) {
  constexpr std::int32_t kLetters = 26;
  std::string letters;
  for (std::int32_t rest = id; rest >= 0; rest = rest / kLetters - 1) {
    letters.insert(letters.begin(), static_cast<char>('a' + rest % kLetters));
  }
  return fmt::format("func_{}_{}", id, letters);
}

CoreShape ShapeOf(std::uint8_t slots) {
  constexpr unsigned kAic = 1U << kSlotAic;
  if (slots == 0) return CoreShape::kDummy;
  if (slots == kAic) return CoreShape::kAic;
  return (slots & kAic) == 0 && std::popcount(slots) == 1 ? CoreShape::kAiv : CoreShape::kMix;
}

class CaptureBuilder {
 public:
  CaptureBuilder(const CaptureTables& tables, SubmitOrder order)
      : tables_(tables), deps_(tables.deps), order_(std::move(order)), scopes_(&capture_.program) {}

  Result<Capture> Build() {
    Program& program = capture_.program;
    program.source = deps_.file;
    program.name = tables_.names && !tables_.names->orchestrator.empty()
                       ? tables_.names->orchestrator
                       : std::filesystem::path(deps_.file).parent_path().filename().string();
    program.regions = deps_.regions;
    GroupEdges();
    MakeBuffers();
    FindSkipped();
    for (TaskId t = 0; t < order_.tasks.size() && status_.ok(); ++t) AddTask(t);
    CloseScopes();
    if (!status_.ok()) return status_.error();
    if (!deps_.has_extras) FindOwners();
    TakeEdges();
    Warnings();
    if (tables_.records) status_ = TakeTimes(tables_, order_, &capture_);
    if (!status_.ok()) return status_.error();
    return std::move(capture_);
  }

 private:
  void Fail(std::string pointer, std::string message) {
    if (status_.ok()) status_ = InputError({deps_.file, 0, 0, std::move(pointer)}, std::move(message));
  }

  // Edges by consumer, in the order of the file.
  void GroupEdges() {
    edges_.resize(deps_.edges.size());
    for (std::uint32_t i = 0; i < edges_.size(); ++i) edges_[i] = i;
    const auto consumer = [this](std::uint32_t i) { return order_.task_of.at(deps_.edges[i].succ); };
    if (!std::ranges::is_sorted(edges_, {}, consumer)) std::ranges::stable_sort(edges_, {}, consumer);
    first_edge_.assign(order_.tasks.size() + 1, 0);
    for (const std::uint32_t i : edges_) ++first_edge_[consumer(i) + 1];
    for (std::size_t t = 0; t < order_.tasks.size(); ++t) first_edge_[t + 1] += first_edge_[t];
  }

  // -- buffers

  void MakeBuffers() { deps_.has_extras ? TakeBuffers() : GatherBuffers(); }

  void TakeBuffers() {
    std::unordered_map<std::uint64_t, BufferId> by_address;
    for (const DepsBuffer& row : deps_.buffers) {
      Buffer buffer{.size_bytes = row.bytes, .address = row.address, .whole = row.whole};
      if (row.creator != kNoRuntimeId) {
        const auto creator = order_.task_of.find(row.creator);
        if (creator != order_.task_of.end()) buffer.creator = creator->second;
      }
      if (buffer.whole == kNoId) buffer.whole = Bytes(row.bytes);
      Name(buffer, row.name);
      by_address.try_emplace(row.address, static_cast<BufferId>(capture_.program.buffers.size()));
      capture_.program.buffers.push_back(buffer);
    }
    for (const DepsTensor& tensor : deps_.tensors) {
      const auto found = by_address.find(tensor.address);
      if (found == by_address.end())
        Fail("/simulator/buffers", fmt::format("has no buffer of address {}", tensor.address));
      buffer_of_.push_back(found == by_address.end() ? 0 : found->second);
    }
    for (const DepsOutput& output : deps_.outputs) {
      const auto task = order_.task_of.find(output.task);
      if (task == order_.task_of.end() || output.buffer >= deps_.buffers.size()) {
        return Fail("/simulator/outputs", fmt::format("task {} or buffer {} is unknown", output.task, output.buffer));
      }
      outputs_[task->second].push_back(output.buffer);
    }
  }

  // One buffer for each address; without addresses one for each tensor, as large as its arguments need.
  void GatherBuffers() {
    std::unordered_map<std::uint64_t, BufferId> by_address;
    std::vector<Buffer>& buffers = capture_.program.buffers;
    for (const DepsTensor& tensor : deps_.tensors) {
      const std::uint64_t key = deps_.has_tensors ? tensor.address : tensor.id;
      const auto [at, is_new] = by_address.try_emplace(key, static_cast<BufferId>(buffers.size()));
      if (is_new) buffers.push_back({.address = deps_.has_tensors ? tensor.address : 0});
      buffers[at->second].size_bytes = std::max(buffers[at->second].size_bytes, tensor.bytes);
      buffer_of_.push_back(at->second);
    }
    if (!deps_.has_tensors) {
      for (const DepsArg& arg : deps_.args) {
        if (arg.tensor == kNoId) continue;
        const Region& region = deps_.regions[arg.region];
        Buffer& buffer = buffers[buffer_of_[arg.tensor]];
        buffer.size_bytes = std::max(buffer.size_bytes, (region.start_offset + region.Extent()) * SizeOf(region.dtype));
      }
    }
    for (Buffer& buffer : buffers) buffer.whole = Bytes(buffer.size_bytes);
  }

  RegionId Bytes(std::int64_t count) {
    Region region;
    region.dtype = DType::kUint8;
    region.rank = 1;
    region.shape[0] = count;
    SetRowMajor(region);
    const auto [at, is_new] = bytes_.try_emplace(count, static_cast<RegionId>(capture_.program.regions.size()));
    if (is_new) capture_.program.regions.push_back(region);
    return at->second;
  }

  void Name(Buffer& buffer, const std::string& name) {
    if (name.empty()) return;
    buffer.name = static_cast<std::uint32_t>(capture_.program.names.size());
    capture_.program.names.push_back(name);
  }

  // -- tasks

  void FindSkipped() {
    if (!tables_.records) return;
    for (const RecordsPhase& phase : tables_.records->phases) {
      if (phase.kind == RecordKind::kPredicatedSkip) skipped_.insert(phase.task);
    }
  }

  void AddTask(TaskId t) {
    Program& program = capture_.program;
    const SubmittedTask& submitted = order_.tasks[t];
    const DepsTask row = submitted.row == kNoId ? DepsTask{.id = submitted.id} : deps_.tasks[submitted.row];
    Task task;
    task.slots = row.slots();
    task.core = submitted.row == kNoId ? CoreShape::kAlloc : ShapeOf(task.slots);
    task.kernel = KernelOf(submitted.row, row, task.core);
    task.block_num = row.block_num;
    task.ring = static_cast<std::uint8_t>(submitted.id >> kRingShift);
    task.manual_scope = row.manual_scope;
    task.early_dispatch = row.early_dispatch;
    task.sync_start = row.sync_start;
    task.predicate_false = row.predicate_false || (task.core < CoreShape::kDummy && skipped_.contains(row.id));
    OpenScopes(t, task);
    if (!status_.ok()) return;
    task.scope = scopes_.innermost();
    task.first_arg = static_cast<std::uint32_t>(program.args.size());
    task.first_dep = static_cast<std::uint32_t>(program.deps.size());
    AddArgs(t, submitted.row);
    AddDeps(t, submitted.row);
    program.tasks.push_back(task);
  }

  KernelId KernelOf(std::uint32_t row, const DepsTask& task, CoreShape core) {
    const std::string name = KernelName(row, task, core);
    const auto key = std::tuple(name, static_cast<int>(core), task.kernel_ids);
    const auto [at, is_new] = kernel_of_.try_emplace(key, static_cast<KernelId>(capture_.program.kernels.size()));
    if (is_new) {
      Kernel kernel{.name = name, .core = core};
      std::ranges::copy(task.kernel_ids, kernel.ids);
      capture_.program.kernels.push_back(std::move(kernel));
    }
    return at->second;
  }

  // A task on several cores goes by the name of its first slot, without the core's.
  std::string KernelName(std::uint32_t row, const DepsTask& task, CoreShape core) {
    if (core == CoreShape::kAlloc) return "alloc";
    if (core == CoreShape::kDummy) {
      const auto given = deps_.names.find(row);
      return given == deps_.names.end() ? "dummy" : given->second;
    }
    const auto first = std::ranges::find_if(task.kernel_ids, [](std::int32_t id) { return id >= 0; });
    const bool named = tables_.names && tables_.names->kernels.contains(*first);
    if (!named) {
      unnamed_.insert(*first);
      return UnnamedKernel(*first);
    }
    std::string name = tables_.names->kernels.at(*first);
    const bool suffixed = name.ends_with("_aic") || name.ends_with("_aiv");
    if (core == CoreShape::kMix && suffixed) name.resize(name.size() - 4);
    return name;
  }

  // -- scopes

  void OpenScopes(TaskId t, const Task& task) {
    if (deps_.has_extras && !deps_.scope_events.empty()) {
      ApplyEvents(t);
      if (status_.ok() && scopes_.empty())
        Fail("/simulator/scope_events", fmt::format("leaves task {} without a scope", t));
      return;
    }
    // Where one scope ends and the next begins is not recorded: a loop's body begins with its allocs; where the ring
    // has none, every task stands alone, so that nothing is held longer than it was.
    const ScopeKind kind = task.manual_scope ? ScopeKind::kManual : ScopeKind::kAuto;
    const int depth = task.ring + 1;
    const bool same = !scopes_.empty() && capture_.program.scopes[scopes_.innermost()].depth == depth &&
                      capture_.program.scopes[scopes_.innermost()].kind == kind;
    const bool in_run_of_allocs = t > 0 && capture_.program.tasks[t - 1].core == CoreShape::kAlloc;
    const bool begins = task.core == CoreShape::kAlloc ? !in_run_of_allocs : !RingAllocates(task.ring);
    if (depth > 1 && same && begins) (void)scopes_.Apply(ScopeEvent::Kind::kEnd, t);
    scopes_.Derive(kind, depth, t);
  }

  [[nodiscard]] bool RingAllocates(std::uint8_t ring) {
    if (!ring_allocates_) {
      ring_allocates_.emplace();
      for (const SubmittedTask& task : order_.tasks) {
        if (task.row == kNoId) ring_allocates_->insert(static_cast<std::uint8_t>(task.id >> kRingShift));
      }
    }
    return ring_allocates_->contains(ring);
  }

  void ApplyEvents(TaskId t) {
    for (; next_event_ < deps_.scope_events.size() && deps_.scope_events[next_event_].before <= t && status_.ok();
         ++next_event_) {
      const DepsScopeEvent& event = deps_.scope_events[next_event_];
      const auto wrong = scopes_.Apply(event.kind, event.before);
      if (wrong) Fail(fmt::format("/simulator/scope_events/{}", next_event_), *wrong);
    }
  }

  void CloseScopes() {
    const auto end = static_cast<TaskId>(order_.tasks.size());
    if (!status_.ok()) return;
    ApplyEvents(end);
    scopes_.CloseAll(end);
  }

  // -- arguments and explicit dependencies

  void AddArgs(TaskId t, std::uint32_t row) {
    Program& program = capture_.program;
    const auto outputs = outputs_.find(t);
    std::size_t next_output = 0;
    const auto output = [&](const DepsArg& given) {
      Arg arg{.tag = ArgTag::kOutput, .access = given.access, .touched = given.touched};
      if (outputs != outputs_.end() && next_output < outputs->second.size())
        arg.buffer = outputs->second[next_output++];
      if (arg.buffer != kNoId) arg.region = program.buffers[arg.buffer].whole;
      program.args.push_back(arg);
    };
    if (row == kNoId) {
      while (outputs != outputs_.end() && next_output < outputs->second.size()) output({});
      return;
    }
    const std::size_t end = row + 1 < deps_.tasks.size() ? deps_.tasks[row + 1].first_arg : deps_.args.size();
    for (std::size_t i = deps_.tasks[row].first_arg; i < end; ++i) {
      const DepsArg& given = deps_.args[i];
      if (given.tag == ArgTag::kOutput) {
        output(given);
        continue;
      }
      Arg arg{.buffer = buffer_of_[given.tensor],
              .region = given.region,
              .tag = given.tag,
              .manual_dep = given.manual_dep,
              .access = given.access,
              .touched = given.touched};
      arg.view = ViewOf(given, program.buffers[arg.buffer]);
      program.args.push_back(arg);
    }
  }

  std::uint32_t ViewOf(const DepsArg& arg, const Buffer& buffer) {
    const DepsTensor& tensor = deps_.tensors[arg.tensor];
    ArgView view{.buffer_bytes = arg.buffer_bytes, .owner = arg.owner, .version = tensor.version};
    if (!deps_.has_extras && deps_.has_tensors && tensor.bytes != buffer.size_bytes) view.buffer_bytes = tensor.bytes;
    if (view.owner >= 0) {
      const auto owner = order_.task_of.find(static_cast<RuntimeId>(view.owner));
      view.owner = owner == order_.task_of.end() ? -2 : std::int64_t{owner->second};
    }
    if (view.version == 0 && view.buffer_bytes == -1 && view.owner == -1) return kNoId;
    capture_.program.views.push_back(view);
    return static_cast<std::uint32_t>(capture_.program.views.size() - 1);
  }

  // The explicit rows in their order. A task without arguments, or rows without source, keep what was recorded as
  // explicit: nothing else would bring those edges back.
  void AddDeps(TaskId t, std::uint32_t row) {
    std::vector<Dep>& deps = capture_.program.deps;
    const std::size_t first = deps.size();
    const bool keep = !deps_.has_sources || (row != kNoId && !deps_.tasks[row].has_args);
    for (std::size_t e = first_edge_[t]; e < first_edge_[t + 1]; ++e) {
      const DepsEdge& edge = deps_.edges[edges_[e]];
      if (edge.source != EdgeSource::kExplicit && !keep) continue;
      const TaskId producer = order_.task_of.at(edge.pred);
      const auto known = std::find_if(deps.begin() + static_cast<std::ptrdiff_t>(first), deps.end(),
                                      [&](const Dep& dep) { return dep.task == producer; });
      known == deps.end() ? deps.push_back({producer, edge.flags}) : void(known->flags |= edge.flags);
      kept_ += keep ? 1 : 0;
    }
    const auto listed = deps_.explicit_deps.find(row);
    if (listed == deps_.explicit_deps.end()) return;
    const std::vector<Dep> rows(deps.begin() + static_cast<std::ptrdiff_t>(first), deps.end());
    deps.resize(first);
    for (const RuntimeId id : listed->second) {
      const auto producer = order_.task_of.find(id);
      if (producer == order_.task_of.end()) {
        return Fail(fmt::format("/tasks/{}/simulator/explicit_deps", row), fmt::format("task {} is not in /tasks", id));
      }
      const auto known = std::ranges::find(rows, producer->second, &Dep::task);
      deps.push_back({producer->second, known == rows.end() ? std::uint8_t{kWait | kRetain} : known->flags});
    }
  }

  // -- what follows from the rows

  // Whose buffers they are, where the file does not say: capture_owners.h.
  void FindOwners() {
    std::vector<EdgeRow> rows = Rows();
    const std::size_t unknown = AssignOwners(rows, &capture_.program);
    for (Arg& arg : capture_.program.args) {
      if (arg.buffer != kNoId) continue;
      arg.buffer = static_cast<BufferId>(capture_.program.buffers.size());
      capture_.program.buffers.push_back({.whole = Bytes(0)});
      arg.region = Bytes(0);
    }
    if (unknown > 0) {
      capture_.program.warnings.push_back(
          fmt::format("the size of {} OUTPUT arguments is not recorded: they take no heap", unknown));
    }
  }

  [[nodiscard]] std::vector<EdgeRow> Rows() const {
    std::vector<EdgeRow> rows;
    rows.reserve(edges_.size());
    for (const std::uint32_t i : edges_) {
      const DepsEdge& edge = deps_.edges[i];
      rows.push_back({order_.task_of.at(edge.pred), order_.task_of.at(edge.succ), edge.arg, edge.source, edge.overlap,
                      edge.flags, -1});
    }
    return rows;
  }

  void TakeEdges() {
    const bool all_args = std::ranges::all_of(deps_.tasks, [](const DepsTask& task) { return task.has_args; });
    if (deps_.has_sources && all_args) capture_.edges = Rows();
  }

  void Warnings() {
    std::vector<std::string>& out = capture_.program.warnings;
    out.insert(out.end(), deps_.warnings.begin(), deps_.warnings.end());
    out.insert(out.end(), order_.warnings.begin(), order_.warnings.end());
    if (!deps_.has_tensors) out.emplace_back("no tensors[]: sizes of buffers follow from the arguments");
    if (kept_ > 0) {
      out.push_back(fmt::format("{} edges cannot be inferred from arguments and are kept as explicit ones", kept_));
    }
    if (!deps_.has_extras) {
      out.emplace_back("scopes begin and end by assumption; NO_DEP and manual_dep arguments are not recorded");
    }
    if (!tables_.names) {
      out.emplace_back("no name map: kernels go by their ids");
    } else if (!unnamed_.empty()) {
      out.push_back(fmt::format("{} kernel ids are not in the name map", unnamed_.size()));
    }
    if (!tables_.records) out.emplace_back("no timing file: no durations are known, every kernel takes no time");
  }

  const CaptureTables& tables_;
  const DepsTable& deps_;
  SubmitOrder order_;
  Capture capture_;
  ScopeTrack scopes_;
  Status status_;
  std::size_t next_event_ = 0;
  std::vector<std::uint32_t> edges_;     // positions in DepsTable::edges, by consumer
  std::vector<std::size_t> first_edge_;  // by task
  std::vector<BufferId> buffer_of_;      // by tensor
  std::unordered_map<TaskId, std::vector<BufferId>> outputs_;
  std::unordered_map<std::int64_t, RegionId> bytes_;
  std::map<std::tuple<std::string, int, std::array<std::int32_t, kSlots>>, KernelId> kernel_of_;
  std::set<RuntimeId> skipped_;
  std::set<std::int32_t> unnamed_;
  std::optional<std::set<std::uint8_t>> ring_allocates_;
  std::size_t kept_ = 0;
};

std::filesystem::path TimingFile(const std::filesystem::path& folder) {
  for (const char* name : {"chip_swimlane_records.json", "l2_swimlane_records.json", "l2_perf_records.json"}) {
    std::error_code ec;
    if (std::filesystem::exists(folder / name, ec)) return folder / name;
  }
  return {};
}

}  // namespace

Result<Capture> BuildCapture(const CaptureTables& tables) {
  Result<SubmitOrder> order = OrderSubmits(tables);
  if (!order.ok()) return order.error();
  return CaptureBuilder(tables, *std::move(order)).Build();
}

Result<std::vector<std::filesystem::path>> CaptureFiles(const std::filesystem::path& folder) {
  std::error_code ec;
  if (!std::filesystem::is_directory(folder, ec)) {
    return InputError({folder.string(), 0, 0, ""}, "is no folder; expected one with the files of a capture");
  }
  if (!std::filesystem::exists(folder / "deps.json", ec)) {
    return InputError({folder.string(), 0, 0, ""}, "has no deps.json; expected the files of a capture");
  }
  std::vector<std::filesystem::path> files = {folder / "deps.json", TimingFile(folder)};
  std::vector<std::filesystem::path> maps;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("name_map") && name.ends_with(".json")) maps.push_back(entry.path());
  }
  std::ranges::sort(maps);
  if (maps.size() > 1) {
    return InputError({folder.string(), 0, 0, ""},
                      fmt::format("has {} name maps, {} and {}; expected one at most", maps.size(),
                                  maps[0].filename().string(), maps[1].filename().string()));
  }
  files.push_back(maps.empty() ? std::filesystem::path() : maps.front());
  return files;
}

Result<Capture> ReadCapture(const std::filesystem::path& folder) {
  const Result<std::vector<std::filesystem::path>> files = CaptureFiles(folder);
  if (!files.ok()) return files.error();
  CaptureTables tables;
  Result<DepsTable> deps = ReadDepsTable((*files)[0]);
  if (!deps.ok()) return deps.error();
  tables.deps = *std::move(deps);
  if (!(*files)[1].empty()) {
    Result<RecordsTable> records = ReadRecordsTable((*files)[1]);
    if (!records.ok()) return records.error();
    tables.records = *std::move(records);
  }
  if (!(*files)[2].empty()) {
    Result<NameTable> names = ReadNameTable((*files)[2]);
    if (!names.ok()) return names.error();
    tables.names = *std::move(names);
  }
  return BuildCapture(tables);
}

}  // namespace npusched
