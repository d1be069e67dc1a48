// Follows the scopes of a submit trace while its tasks are read: from recorded events, or, where a
// trace has none, from the scope kind and depth that each task states.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "graphs/program.h"

namespace npusched {

class ScopeTrack {
 public:
  // Fills `scopes` and `scope_events` of `program`.
  explicit ScopeTrack(Program* program) : program_(*program) {}

  // Applies one event before task `before`. What is wrong with it, if anything.
  std::optional<std::string> Apply(ScopeEvent::Kind kind, TaskId before);

  // Makes the innermost scope one of `kind` at `depth`, closing and opening as few as that takes.
  void Derive(ScopeKind kind, int depth, TaskId before);

  // Ends what is still open; how many that were.
  std::size_t CloseAll(TaskId before);

  [[nodiscard]] bool empty() const { return open_.empty(); }
  // REQUIRES: not empty.
  [[nodiscard]] ScopeId innermost() const { return open_.back(); }

  static constexpr int kDeepest = 255;

 private:
  void Open(ScopeKind kind, TaskId before);
  void Close(TaskId before);
  [[nodiscard]] bool InManual() const { return !empty() && program_.scopes[innermost()].kind == ScopeKind::kManual; }

  Program& program_;
  std::vector<ScopeId> open_;
};

}  // namespace npusched
