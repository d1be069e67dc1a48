// NPU_CHECK guards our own invariants; a user's mistake is a Result, never a check.
#pragma once

namespace npusched {

// Prints the broken condition with its place and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace npusched

#define NPU_CHECK(condition)                                   \
  do {                                                         \
    if (!(condition)) {                                        \
      ::npusched::CheckFailed(#condition, __FILE__, __LINE__); \
    }                                                          \
  } while (false)
