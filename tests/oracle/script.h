// A script: a function that acts, waits, and goes on where it stopped; the oracle's threads are written as such.
//
//   Script Poll(Agent& me) {
//     co_await Until(me, me.now() + 100);   // others act in between
//     co_await Complete(me, task);          // a script within a script
//   }
//
// An agent has one script and at most one time to go on. Whoever is due first goes on; the oracle's loop is a linear
// scan over the agents, and the agents are in the order in which they act at equal times.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

#include "base/time.h"

namespace npusched::oracle {

class Script {
 public:
  struct promise_type {
    std::coroutine_handle<> caller = std::noop_coroutine();

    Script get_return_object() { return Script(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct BackToCaller {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
        return ended.promise().caller;
      }
      void await_resume() noexcept {}
    };
    BackToCaller final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };

  Script(Script&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  Script& operator=(Script&&) = delete;
  ~Script() {
    if (handle_) handle_.destroy();
  }

  [[nodiscard]] std::coroutine_handle<> handle() const { return handle_; }

  // co_await script: runs it to its end, then goes on.
  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
    handle_.promise().caller = caller;
    return handle_;
  }
  void await_resume() {}

 private:
  explicit Script(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

// Whoever acts: when it goes on, and where.
struct Agent {
  Picoseconds due = 0;
  std::coroutine_handle<> at;
};

// co_await Until(agent, time).
struct Until {
  Agent& agent;
  Picoseconds time;

  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> here) {
    agent.due = time;
    agent.at = here;
  }
  void await_resume() {}
};

}  // namespace npusched::oracle
