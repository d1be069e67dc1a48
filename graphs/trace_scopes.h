// The scopes of a submit trace: from its `scope_events`, or, where it has none, from what each task states. What the
// two contradict each other in is a warning of the program.
//
//   TraceScopes scopes(read, program);
//   scopes.ReadEvents(root, tasks);
//   scopes.ReadTask(JsonAt{...}, &task);   // of each task in order: task.scope, task.ring, task.manual_scope
//   scopes.Close(root);
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "graphs/json_fields.h"
#include "graphs/program.h"
#include "graphs/scope_track.h"

namespace npusched {

class TraceScopes {
 public:
  // Leaves its errors in `read`; both outlive this.
  TraceScopes(JsonFields& read, Program& program) : read_(read), program_(program), track_(&program) {}

  void ReadEvents(const JsonAt& root, std::int64_t task_count);
  // `scope` and `depth`.
  void ReadTask(const JsonAt& at, Task* task);
  // After the last task.
  void Close(const JsonAt& root);

 private:
  struct TimedEvent {
    TaskId before = 0;
    ScopeEvent::Kind kind = ScopeEvent::Kind::kEnd;
  };

  // The events that come before `task`; `root` stands for the trace in messages.
  void Apply(const JsonAt& root, TaskId task);
  void Warn(std::string text);

  JsonFields& read_;
  Program& program_;
  ScopeTrack track_;
  TaskId end_ = 0;  // behind the last task
  std::vector<TimedEvent> events_;
  std::size_t next_event_ = 0;
};

}  // namespace npusched
