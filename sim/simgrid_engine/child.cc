// Runs a simulation in a child process and brings its trace back through a pipe.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <type_traits>

#include "sim/simgrid_engine.h"
#include "sim/simgrid_engine/engine.h"

namespace npusched {
namespace {

// Both ends are the same program: rows travel as they lie in memory.
class Writer {
 public:
  explicit Writer(int file) : file_(file) {}

  template <typename T>
  void Put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    PutBytes(&value, sizeof value);
  }
  template <typename T>
  void PutAll(const std::vector<T>& values) {
    Put(values.size());
    PutBytes(values.data(), values.size() * sizeof(T));
  }
  void PutText(const std::string& text) { PutAll(std::vector<char>(text.begin(), text.end())); }

 private:
  void PutBytes(const void* data, std::size_t size) const {
    const auto* from = static_cast<const char*>(data);
    while (size > 0) {
      const ssize_t written = ::write(file_, from, size);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) ::_exit(1);  // nobody reads any more
      from += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  int file_;
};

class Reader {
 public:
  explicit Reader(int file) : file_(file) {}

  template <typename T>
  T Get() {
    T value{};
    GetBytes(&value, sizeof value);
    return value;
  }
  template <typename T>
  std::vector<T> GetAll() {
    std::vector<T> values(ok_ ? Get<std::size_t>() : 0);
    GetBytes(values.data(), values.size() * sizeof(T));
    return values;
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  void GetBytes(void* data, std::size_t size) {
    auto* to = static_cast<char*>(data);
    while (ok_ && size > 0) {
      const ssize_t got = ::read(file_, to, size);
      if (got < 0 && errno == EINTR) continue;
      ok_ = got > 0;
      if (!ok_) return;
      to += got;
      size -= static_cast<std::size_t>(got);
    }
  }
  int file_;
  bool ok_ = true;
};

void Send(const Result<RunTrace>& outcome, int file) {
  Writer out(file);
  out.Put(outcome.ok());
  if (!outcome.ok()) return out.PutText(outcome.error().message);
  out.PutAll(outcome->tasks);
  out.PutAll(outcome->rows);
  out.PutAll(outcome->phases);
  out.PutAll(outcome->ring_waits);
  out.PutAll(outcome->ring_samples);
  out.PutAll(outcome->scheduler_busy);
  out.Put(outcome->waits);
  for (const Picoseconds t : {outcome->first_start, outcome->last_end, outcome->orchestrator_busy}) out.Put(t);
}

Error Lost() {
  Error error;
  error.kind = ErrorKind::kInternal;
  error.message = "the SimGrid engine ended without a result";
  return error;
}

Result<RunTrace> Receive(int file) {
  Reader in(file);
  const bool well = in.Get<bool>();
  if (in.ok() && !well) {
    const std::vector<char> text = in.GetAll<char>();
    Error error;
    error.kind = ErrorKind::kDeadlock;
    error.message.assign(text.begin(), text.end());
    return in.ok() ? error : Lost();
  }
  RunTrace trace;
  trace.tasks = in.GetAll<TaskTimes>();
  trace.rows = in.GetAll<DispatchRow>();
  trace.phases = in.GetAll<PhaseRecord>();
  trace.ring_waits = in.GetAll<RingWait>();
  trace.ring_samples = in.GetAll<RingSample>();
  trace.scheduler_busy = in.GetAll<Picoseconds>();
  trace.waits = in.Get<WaitCounts>();
  for (Picoseconds* t : {&trace.first_start, &trace.last_end, &trace.orchestrator_busy}) *t = in.Get<Picoseconds>();
  if (!in.ok()) return Lost();
  return trace;
}

}  // namespace

bool HasSimGrid() { return true; }

Result<RunTrace> RunSimGrid(const RunInput& input) {
  int ends[2];
  if (::pipe(ends) != 0) return Lost();
  (void)std::fflush(nullptr);  // else the child may print again what is buffered
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    simgrid_engine::Simulate(input, [&](const Result<RunTrace>& outcome) {
      Send(outcome, ends[1]);
      ::_exit(0);  // no destructors: SimGrid's actors are still on their stacks
    });
    ::_exit(1);  // every actor waits for another
  }
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    return Lost();
  }
  Result<RunTrace> outcome = Receive(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return outcome;
}

}  // namespace npusched
