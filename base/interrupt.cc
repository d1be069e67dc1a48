#include "base/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace npusched {
namespace {

std::atomic<int> exit_code{0};
std::atomic<int> guards{0};
std::atomic<bool> pending{false};

void OnSignal(int) {
  pending = true;
  if (guards == 0) {
    ::_exit(exit_code);
  }
}

}  // namespace

void ExitOnInterrupt(int code) {
  exit_code = code;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

Uninterrupted::Uninterrupted() {
  // Once a signal came no further write begins: this thread waits for the last guard to end the process.
  ++guards;
  while (pending) {
    if (--guards == 0) {
      ::_exit(exit_code);
    }
    ::pause();
    ++guards;
  }
}

Uninterrupted::~Uninterrupted() {
  if (--guards == 0 && pending) {
    ::_exit(exit_code);
  }
}

}  // namespace npusched
