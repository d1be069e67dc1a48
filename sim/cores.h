// The cores as hardware: they see a register write, set up, run the kernel, and take the next one by themselves.
//
// Scheduler threads publish rows here and later read what is visible; they never learn more than a
// register would tell. Each core holds at most two published rows: the one it executes and the next.
//
//   cores.Publish(row, duration);                   // rows[row].dispatch is set
//   while (cores.NextTime() <= now) cores.Step();   // starts and ends happen
//   if (cores.SeenFinished(row) <= now) ...         // what a poll at `now` reads
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "hw_models/machine.h"
#include "hw_models/runtime_config.h"
#include "sim/agenda.h"
#include "sim/kernel_traffic.h"
#include "sim/shared_memory.h"
#include "sim/trace.h"

namespace npusched {

using RowId = std::uint32_t;
inline constexpr RowId kNoRow = 0xFFFF'FFFFU;

class Cores {
 public:
  // `link` and `rows` outlive the object; `rows` may grow. With `traffic` the memories are shared: it tells what
  // each kernel asks of them.
  Cores(const Machine& machine, const LinkCosts& link, std::vector<DispatchRow>& rows,
        KernelTraffic* traffic = nullptr);

  // A thread writes `row` to its core's register at rows[row].dispatch; its kernel takes `duration` unless the
  // memories are shared. The core takes a gated row like any other, then waits for its doorbell.
  // REQUIRES: the core holds at most one row.
  void Publish(RowId row, Picoseconds duration, bool gated);
  // The doorbell of a gated row is written at `now`.
  void Ring(RowId row, Picoseconds now);

  // The next start or end of any kernel or its traffic, kNever when none is due; ties take the lowest core.
  [[nodiscard]] Picoseconds NextTime() const { return agenda_.NextTime(); }
  // Lets that core start its kernel or end what ends now, and returns it.
  CoreId Step();
  // The kernel that core `id` executes ends now; the core takes its next row. Step calls it when the time has come,
  // scripted tests when they like.
  void Finish(CoreId id, Picoseconds now);

  // The row that `core` executes or is setting up for; kNoRow when it has none.
  [[nodiscard]] RowId Executing(CoreId core) const { return cores_[core].executing; }
  // When a poll can first see that the core took the row, or finished it; kNever while unknown.
  [[nodiscard]] Picoseconds SeenStarted(RowId row) const { return Seen(rows_[row].receive); }
  [[nodiscard]] Picoseconds SeenFinished(RowId row) const { return Seen(rows_[row].end); }

 private:
  struct Core {
    RowId executing = kNoRow;
    RowId next = kNoRow;
    Picoseconds duration = 0;       // of executing, undisturbed
    Picoseconds next_duration = 0;  // of next
    Picoseconds bell = 0;           // when executing may start; kNever: gated
    Picoseconds next_bell = 0;
    bool running = false;   // the kernel has started
    bool warm = false;      // it ran one before
    Picoseconds looks = 0;  // at its register, after the last kernel
  };

  void SetStart(CoreId id);
  void StartKernel(CoreId id, Picoseconds now);
  void FollowMemory();
  [[nodiscard]] Picoseconds Seen(Picoseconds t) const { return t == kNever ? kNever : t + link_.finish_visible; }

  const LinkCosts& link_;
  std::vector<DispatchRow>& rows_;
  std::vector<Core> cores_;
  KernelTraffic* traffic_;
  std::optional<SharedMemory> memory_;  // with traffic_
  Agenda agenda_;                       // by core
};

}  // namespace npusched
