// Decides the tag of a written tensor from where the write stands, by the compiler's rule.
//
// A program is nested bodies (loop iterations, scopes) of statements; a loop is one statement of the
// body around it. A write is INOUT under a sequential loop, or when an earlier statement of any open
// body wrote the same buffer; otherwise OUTPUT_EXISTING. The builder reports statements and asks.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "graphs/program.h"

namespace npusched {

class WriteTags {
 public:
  void OpenBody(bool sequential_loop);
  void CloseBody() { bodies_.pop_back(); }
  void BeginStatement() { ++bodies_.back().statement; }
  // The next buffer id, created in the innermost body. REQUIRES: an open body.
  void AddBuffer();
  // The tag of a write by the current statement, which is remembered.
  ArgTag TagOfWrite(BufferId buffer);

 private:
  struct Body {
    std::uint32_t instance = 0;
    std::uint32_t statement = 0;  // the current one
    bool sequential = false;      // it or a body around it is a sequential loop's
  };
  // The first statement of one body that wrote a buffer. One node a nesting level, outermost first; a
  // node whose body has closed is taken over by the body now open at its level.
  struct FirstWrite {
    std::uint32_t instance = kNoId;
    std::uint32_t statement = 0;
    std::uint32_t next = kNoId;
  };
  struct History {
    std::uint32_t level = 0;  // of the body that created the buffer: no body outside can tell two writes apart
    std::uint32_t first = kNoId;
  };

  std::vector<Body> bodies_;
  std::uint32_t instances_ = 0;
  std::vector<History> histories_;  // by buffer
  std::vector<FirstWrite> writes_;
};

}  // namespace npusched
