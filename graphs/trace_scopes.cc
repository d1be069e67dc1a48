#include "graphs/trace_scopes.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "graphs/trace_names.h"

namespace npusched {
namespace {

constexpr int kRings = 4;

}  // namespace

void TraceScopes::ReadEvents(const JsonAt& root, std::int64_t task_count) {
  end_ = static_cast<TaskId>(task_count);
  read_.Each(root, "scope_events", [&](const JsonAt& at) {
    if (read_.Length(at) != 2) {
      read_.Fail(at, "expected [task index, \"begin_auto\"|\"begin_manual\"|\"end\"]");
      return;
    }
    std::int64_t before = 0;
    const std::int64_t earliest = events_.empty() ? 0 : events_.back().before;
    read_.Int(JsonAt{&(*at.value)[0], &at, {}, 0}, &before, {earliest, task_count});
    int kind = 0;
    if (read_.Name(JsonAt{&(*at.value)[1], &at, {}, 1}, kScopeEventNames, &kind)) {
      events_.push_back({static_cast<TaskId>(before), static_cast<ScopeEvent::Kind>(kind)});
    }
  });
}

void TraceScopes::Apply(const JsonAt& root, TaskId task) {
  for (; next_event_ < events_.size() && events_[next_event_].before <= task && read_.ok(); ++next_event_) {
    const std::optional<std::string> wrong = track_.Apply(events_[next_event_].kind, events_[next_event_].before);
    if (wrong) {
      const JsonAt list{nullptr, &root, "scope_events"};
      read_.Fail(JsonAt{nullptr, &list, {}, next_event_}, *wrong);
    }
  }
}

void TraceScopes::Close(const JsonAt& root) {
  Apply(root, end_);
  const std::size_t left = track_.CloseAll(end_);
  if (left > 0 && !events_.empty()) {
    Warn(fmt::format("{} scopes are never ended; they end after the last task", left));
  }
}

void TraceScopes::ReadTask(const JsonAt& at, Task* task) {
  const auto id = static_cast<TaskId>(at.index);
  int kind = 0;
  read_.RequiredName(at, "scope", kScopeNames, &kind);
  std::int64_t depth = 0;
  read_.Optional(at, "depth", &depth, {1, ScopeTrack::kDeepest});
  task->manual_scope = kind == static_cast<int>(ScopeKind::kManual);
  if (events_.empty()) {
    // The runtime surrounds every program with an AUTO scope; a MANUAL one is then the second.
    track_.Derive(static_cast<ScopeKind>(kind), depth > 0 ? static_cast<int>(depth) : 1 + kind, id);
  } else {
    Apply(*at.parent->parent, id);
  }
  if (!read_.ok()) return;
  if (track_.empty()) {
    read_.Fail(at, "scope", "no scope is open here by scope_events; expected one around every task");
    return;
  }
  task->scope = track_.innermost();
  const Scope& scope = program_.scopes[task->scope];
  if (scope.kind != static_cast<ScopeKind>(kind) || (depth > 0 && scope.depth != depth)) {
    Warn(fmt::format("task {} says scope {} at depth {}, scope_events say {} at depth {}; the task's word holds", id,
                     kScopeNames.at(static_cast<std::size_t>(kind)), depth > 0 ? depth : scope.depth,
                     kScopeNames.at(static_cast<std::size_t>(scope.kind)), scope.depth));
  }
  const auto ring = std::min<std::int64_t>((depth > 0 ? depth : scope.depth) - 1, kRings - 1);
  task->ring = static_cast<std::uint8_t>(ring);
}

void TraceScopes::Warn(std::string text) {
  constexpr std::size_t kMostWarnings = 20;
  if (program_.warnings.size() < kMostWarnings) program_.warnings.push_back(std::move(text));
}

}  // namespace npusched
