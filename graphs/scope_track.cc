#include "graphs/scope_track.h"

#include <fmt/format.h>

namespace npusched {

std::optional<std::string> ScopeTrack::Apply(ScopeEvent::Kind kind, TaskId before) {
  if (kind == ScopeEvent::Kind::kEnd) {
    if (empty()) {
      return "ends a scope, but none is open";
    }
    Close(before);
    return std::nullopt;
  }
  if (kind == ScopeEvent::Kind::kBeginAuto && InManual()) {
    return "begins an AUTO scope inside a MANUAL one; expected begin_manual, as the runtime does";
  }
  if (open_.size() >= kDeepest) {
    return fmt::format("nests deeper than {} scopes", kDeepest);
  }
  Open(kind == ScopeEvent::Kind::kBeginManual ? ScopeKind::kManual : ScopeKind::kAuto, before);
  return std::nullopt;
}

void ScopeTrack::Derive(ScopeKind kind, int depth, TaskId before) {
  const auto wanted = static_cast<std::size_t>(depth);
  const auto fits = [&] {
    if (kind == ScopeKind::kAuto) {
      return open_.size() <= wanted && !InManual();
    }
    return open_.size() < wanted || (open_.size() == wanted && InManual());
  };
  while (!empty() && !fits()) {
    Close(before);
  }
  while (open_.size() < wanted) {
    const bool manual = kind == ScopeKind::kManual && (open_.size() + 1 == wanted || InManual());
    Open(manual ? ScopeKind::kManual : ScopeKind::kAuto, before);
  }
}

std::size_t ScopeTrack::CloseAll(TaskId before) {
  const std::size_t left = open_.size();
  while (!empty()) {
    Close(before);
  }
  return left;
}

void ScopeTrack::Open(ScopeKind kind, TaskId before) {
  const auto id = static_cast<ScopeId>(program_.scopes.size());
  Scope scope;
  scope.kind = kind;
  scope.depth = static_cast<std::uint8_t>(open_.size() + 1);
  scope.parent = empty() ? kNoId : innermost();
  scope.first_task = before;
  scope.end_task = before;
  program_.scopes.push_back(scope);
  program_.scope_events.push_back(
      {before, kind == ScopeKind::kManual ? ScopeEvent::Kind::kBeginManual : ScopeEvent::Kind::kBeginAuto, id});
  open_.push_back(id);
}

void ScopeTrack::Close(TaskId before) {
  program_.scopes[innermost()].end_task = before;
  program_.scope_events.push_back({before, ScopeEvent::Kind::kEnd, innermost()});
  open_.pop_back();
}

}  // namespace npusched
