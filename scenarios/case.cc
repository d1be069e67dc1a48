#include "scenarios/case.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/atomic_file.h"
#include "graphs/capture.h"
#include "graphs/classic.h"

namespace npusched {
namespace {

constexpr std::size_t kMaxCases = 100'000;
constexpr std::size_t kLongestLabel = 120;

// A value as one line of the scenario would write it: "64", "true", "[1, 2]".
std::string OneLine(const ConfigNode& node) {
  switch (node.kind) {
    case NodeKind::kNull:
      return "null";
    case NodeKind::kScalar:
      return node.scalar;
    case NodeKind::kList: {
      std::vector<std::string> items;
      for (const ConfigNode& item : node.items) {
        items.push_back(OneLine(item));
      }
      return fmt::format("[{}]", fmt::join(items, ", "));
    }
    case NodeKind::kMap:
      break;
  }
  std::vector<std::string> items;
  for (const ConfigNode::Entry& entry : node.entries) {
    items.push_back(fmt::format("{}: {}", entry.key, OneLine(entry.value)));
  }
  return fmt::format("{{{}}}", fmt::join(items, ", "));
}

// A file name: what is not a letter, a digit or one of -_.,=@ becomes '_'; a long one ends in its hash.
std::string Label(const std::string& variant, const std::vector<PointValue>& point) {
  std::string label = variant;
  for (const PointValue& value : point) {
    const std::string key = value.key.substr(value.key.rfind('.') + 1);
    label += fmt::format("{}{}={}", &value == point.data() ? "@" : ",", key, value.value);
  }
  Digest digest;
  digest.Add(label);
  for (const PointValue& value : point) {
    digest.Add(value.key);
  }
  bool changed = false;
  for (char& c : label) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || (std::isalnum(byte) == 0 && std::string_view("-_.,=@").find(c) == std::string_view::npos)) {
      c = '_';
      changed = true;
    }
  }
  if (changed || label.size() > kLongestLabel) {
    label = fmt::format("{}~{}", label.substr(0, kLongestLabel), digest.Hex());
  }
  return label;
}

Status Apply(const Change& change, const ConfigSearch& search, Case* one) {
  const std::string section = change.path.substr(0, change.path.find('.'));
  ConfigNode& target = section == "program"    ? one->program
                       : section == "hardware" ? one->hardware
                       : section == "runtime"  ? one->runtime
                                               : one->numeric;
  if (change.path != section) {
    Status status = SetPath(target, std::string_view(change.path).substr(section.size() + 1), change.value);
    return status.ok() ? status : InputError(status.error().where, section + "." + status.error().message);
  }
  if (section == "program" || section == "numeric") {
    Merge(target, change.value);
    return {};
  }
  // A name, a path or a map with `extends` takes the place of the whole description.
  if (change.value.kind == NodeKind::kMap && change.value.Find("extends") == nullptr) {
    Merge(target, change.value);
    return {};
  }
  Result<ConfigNode> resolved = search.Resolve(change.value, section);
  if (!resolved.ok()) {
    return resolved.error();
  }
  target = *std::move(resolved);
  return {};
}

// The model's sizes, by the program's own key.
Status ResolveModel(const ConfigSearch& search, Case* one) {
  const ConfigNode* kind = one->program.Find("kind");
  const auto classics = ClassicKinds();
  const bool classic = kind != nullptr && std::ranges::find(classics, kind->scalar) != classics.end();
  if (kind == nullptr || (kind->scalar != "qwen3_decode" && !classic)) {
    return {};
  }
  ConfigNode& named = one->program.At("model_config");
  if (named.kind == NodeKind::kNull) {
    named = ConfigNode::Scalar(classic ? "classic" : "qwen3_14b", one->program.where);
  }
  Result<ConfigNode> model = search.Resolve(named, "models");
  if (!model.ok()) {
    return model.error();
  }
  one->model = *std::move(model);
  return {};
}

// Point `index` of the sweep, the last axis fastest.
std::vector<Change> PointAt(const std::vector<SweepAxis>& sweep, std::size_t index) {
  std::vector<Change> point(sweep.size());
  for (std::size_t axis = sweep.size(); axis-- > 0;) {
    const std::size_t size = sweep[axis].values.size();
    point[axis] = {sweep[axis].path, sweep[axis].values[index % size]};
    index /= size;
  }
  return point;
}

// Every key and every value; comments and places in files do not count.
void AddTree(const ConfigNode& node, Digest* digest) {
  digest->Add(node.scalar);
  for (const ConfigNode& item : node.items) {
    AddTree(item, digest);
  }
  for (const ConfigNode::Entry& entry : node.entries) {
    digest->Add(entry.key);
    AddTree(entry.value, digest);
  }
  digest->Add(node.kind == NodeKind::kNull ? "~" : node.quoted ? "'" : ".");
}

}  // namespace

Result<CaseList> CaseList::Open(const Scenario& scenario) {
  CaseList list;
  list.scenario_ = &scenario;
  for (const SweepAxis& axis : scenario.sweep) {
    list.points_ *= axis.values.size();
    if (list.size() > kMaxCases) {
      return InputError(axis.values.front().where,
                        fmt::format("sweep: expected at most {} points times variants, {} alone makes it more",
                                    kMaxCases, axis.path));
    }
  }
  Result<ConfigNode> hardware = scenario.search.Resolve(scenario.hardware, "hardware");
  if (!hardware.ok()) {
    return hardware.error();
  }
  Result<ConfigNode> runtime = scenario.search.Resolve(scenario.runtime, "runtime");
  if (!runtime.ok()) {
    return runtime.error();
  }
  list.hardware_ = *std::move(hardware);
  list.runtime_ = *std::move(runtime);
  return list;
}

Result<Case> CaseList::Make(std::size_t index) const {
  NPU_CHECK(index < size());
  return MakeFrom(scenario_->variants[index / points_], index % points_);
}

Result<Case> CaseList::MakeBase() const { return MakeFrom({"base", {}, {}}, 0); }

Result<Case> CaseList::MakeFrom(const VariantSpec& variant, std::size_t point_index) const {
  const std::vector<Change> point = PointAt(scenario_->sweep, point_index);
  Case one;
  one.variant = variant.name;
  one.program = scenario_->program;
  one.edit = variant.edit;
  one.hardware = hardware_;
  one.runtime = runtime_;
  one.numeric = scenario_->numeric;
  one.search = &scenario_->search;
  one.races = scenario_->races;
  for (const Change& change : point) {
    one.point.push_back({change.path, OneLine(change.value)});
  }
  one.label = Label(one.variant, one.point);
  for (const std::vector<Change>* changes : {&variant.changes, &point, &scenario_->overrides}) {
    for (const Change& change : *changes) {
      if (Status s = Apply(change, scenario_->search, &one); !s.ok()) {
        return s.error();
      }
    }
  }
  if (Status s = ResolveModel(scenario_->search, &one); !s.ok()) {
    return s.error();
  }
  Result<Machine> machine = ReadMachine(one.hardware);
  if (!machine.ok()) {
    return machine.error();
  }
  Result<RuntimeConfig> runtime = ReadRuntimeConfig(one.runtime);
  if (!runtime.ok()) {
    return runtime.error();
  }
  Result<NumericOptions> numeric = ReadNumericOptions(one.numeric);
  if (!numeric.ok()) {
    return numeric.error();
  }
  one.numeric_options = *numeric;
  one.machine = *std::move(machine);
  one.runtime_config = *std::move(runtime);
  return one;
}

Status AddInputs(const Case& one, Digest* digest) {
  for (const ConfigNode* tree : {&one.program, &one.model, &one.hardware, &one.runtime}) {
    AddTree(*tree, digest);
  }
  if (one.edit.kind != NodeKind::kNull) {
    AddTree(one.edit, digest);
  }
  const ConfigNode* path = one.program.Find("path");
  if (path == nullptr || path->kind != NodeKind::kScalar) {
    return {};
  }
  const std::filesystem::path named = one.search->RelativeTo(path->where, path->scalar);
  std::vector<std::filesystem::path> files = {named};
  std::error_code ec;
  if (std::filesystem::is_directory(named, ec)) {
    Result<std::vector<std::filesystem::path>> captured = CaptureFiles(named);
    if (!captured.ok()) {
      return captured.error();
    }
    files = *std::move(captured);
  }
  for (const std::filesystem::path& file : files) {
    const auto add = [digest](std::string_view piece) { digest->Add(piece); };
    if (Status s = file.empty() ? Status() : ReadPieces(file, add); !s.ok()) {
      return s;
    }
  }
  return {};
}

}  // namespace npusched
