// Ctrl-C without half-written files: SIGINT and SIGTERM end the process at once, except while a
// file is being written; then as soon as that file has its name.
//
//   ExitOnInterrupt(130);            // once, in main
//   {
//     const Uninterrupted guard;     // around one write
//     WriteAndRename();
//   }
#pragma once

namespace npusched {

void ExitOnInterrupt(int exit_code);

// Any number of threads may hold one; the last to let go ends the process when a signal came.
class Uninterrupted {
 public:
  Uninterrupted();
  ~Uninterrupted();
  Uninterrupted(const Uninterrupted&) = delete;
  Uninterrupted& operator=(const Uninterrupted&) = delete;
};

}  // namespace npusched
