// Result<T>: a value, or the error of a user's input with its place in a file.
//
//   Result<Machine> machine = LoadMachine(node);
//   if (!machine.ok()) return machine.error();
//   Use(*machine);
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace npusched {

// Where in a file. Lines and columns count from 1; 0 means the file has none
// (JSON files name a pointer such as "/tasks/3/core" instead).
struct Location {
  std::string file;
  int line = 0;
  int column = 0;
  std::string pointer;

  // "file:line:column", "file:/json/pointer" or "file".
  [[nodiscard]] std::string ToString() const;
};

// Decides the exit code of the command line.
enum class ErrorKind {
  kInput,        // exit 2: bad scenario, trace, config or argument
  kExpectation,  // exit 1: a regression, a failed expectation, a race, a mismatch
  kDeadlock,     // exit 4: the simulated runtime deadlocked or timed out
  kInterrupted,  // exit 130
  kInternal,     // exit 3: the tool found a mistake of its own
};

struct Error {
  ErrorKind kind = ErrorKind::kInput;
  Location where;
  std::string message;  // names the key, what was expected, the nearest known name

  // "file:line:column: message".
  [[nodiscard]] std::string ToString() const;
};

inline Error InputError(Location where, std::string message) {
  return {ErrorKind::kInput, std::move(where), std::move(message)};
}

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  [[nodiscard]] const Error& error() const {
    NPU_CHECK(!ok());
    return std::get<1>(state_);
  }
  T& operator*() & {
    NPU_CHECK(ok());
    return std::get<0>(state_);
  }
  const T& operator*() const& {
    NPU_CHECK(ok());
    return std::get<0>(state_);
  }
  T&& operator*() && {
    NPU_CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  T* operator->() { return &**this; }
  const T* operator->() const { return &**this; }

 private:
  std::variant<T, Error> state_;
};

// A Result without a value: default-constructed it is success.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  [[nodiscard]] const Error& error() const {
    NPU_CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace npusched
