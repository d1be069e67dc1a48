#include "graphs/classic_case.h"

#include <fmt/format.h>

namespace npusched {
namespace {

constexpr double kMostTasks = 20e6;
constexpr double kMostUs = 1e9;

}  // namespace

CaseReader::CaseReader(std::string_view kind, const ConfigNode& program, const ConfigNode& cases)
    : own_(program, "program") {
  std::string ignored;
  std::string name;
  own_.Optional("kind", &ignored);
  own_.Optional("model_config", &ignored);
  own_.Optional("case", &name);
  if (name.empty()) return;
  const ConfigNode* of_kind = cases.Find(kind);
  const ConfigNode* chosen = of_kind == nullptr ? nullptr : of_kind->Find(name);
  if (chosen != nullptr) {
    case_.emplace(*chosen, fmt::format("{}.{}", kind, name));
    return;
  }
  std::vector<std::string> known;
  if (of_kind != nullptr) {
    for (const ConfigNode::Entry& entry : of_kind->entries) known.push_back(entry.key);
  }
  const std::string nearest = NearestName(name, known);
  own_.Fail("case", fmt::format("expected one of {}, got '{}'{}", fmt::join(known, ", "), name,
                                nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

MapReader& CaseReader::Source(std::string_view key, bool required) {
  const bool own = own_.Has(key);
  if (own && case_) case_->Child(key);  // known, though the program says it
  if (own || !case_) {
    if (!own && required) own_.Fail(key, fmt::format("expected '{}', or a `case` that says it", key));
    return own_;
  }
  own_.Child(key);  // known, though the case says it
  return *case_;
}

void CaseReader::Size(std::string_view key, std::int64_t* out, std::int64_t most) {
  Source(key, true).Required(key, out, Range{.min = 1, .max = static_cast<double>(most)});
}

void CaseReader::Sizes(std::string_view key, std::int64_t count, std::vector<std::int64_t>* out) {
  constexpr Range kRange{.min = 1, .max = static_cast<double>(kMostSize)};
  MapReader& source = Source(key, true);
  const ConfigNode* node = source.Child(key);
  if (node == nullptr || node->kind != NodeKind::kList) {
    std::int64_t each = 1;
    source.Required(key, &each, kRange);
    out->assign(static_cast<std::size_t>(count), each);
    return;
  }
  source.Optional(key, out, kRange);
  if (static_cast<std::int64_t>(out->size()) != count) {
    source.Fail(key, fmt::format("expected one number, or a list of {}, got {}", count, out->size()));
  }
}

void CaseReader::Time(std::string_view key, Picoseconds* out) {
  double us = 0;
  Source(key, true).Required(key, &us, Range{.min = 0, .max = kMostUs});
  *out = FromUs(us);
}

void CaseReader::Switch(std::string_view key, bool* out) { Source(key, false).Optional(key, out); }

void CaseReader::CheckTasks(double tasks) {
  if (tasks > kMostTasks)
    own_.Fail("kind", fmt::format("expected at most {:.0f} tasks, these sizes make {:.0f}", kMostTasks, tasks));
}

Status CaseReader::Finish() {
  Status own = own_.Finish();
  return own.ok() && case_ ? case_->Finish() : own;
}

}  // namespace npusched
