// Rounds of MIX and AIV tasks of all widths, plain and sync_start, of hw-native-sys/simpler. Chained, every task
// updates one buffer and cohorts never meet; not chained, they fight for the die and the drains show.
#include "graphs/builder.h"
#include "graphs/classic.h"
#include "graphs/classic_case.h"

namespace npusched {
namespace {

struct StressSizes {
  std::int64_t clusters = 0;  // widths are parts of it
  std::int64_t rounds = 0;
  Picoseconds spin = 0;
  bool chained = true;
};

struct Cohort {
  const char* name;
  CoreShape core;
  int tasks;
  int part;  // its blocks are clusters / part
  bool sync;
};
constexpr Cohort kRound[] = {{"mix", CoreShape::kMix, 4, 6, false},
                             {"mix_sync", CoreShape::kMix, 2, 2, true},
                             {"aiv_sync", CoreShape::kAiv, 2, 3, true},
                             {"aiv", CoreShape::kAiv, 1, 6, false}};

Program Emit(const StressSizes& s) {
  Builder b("sync_start_stress");
  const Tensor token = b.External("token", DType::kFloat32, {1024});
  for (std::int64_t round = 0; round < s.rounds; ++round) {
    for (const Cohort& cohort : kRound) {
      const Launch kernel = b.Kernel(cohort.name, cohort.core);
      for (int i = 0; i < cohort.tasks; ++i) {
        Submission task = b.Submit(kernel).Blocks(static_cast<std::uint32_t>(s.clusters / cohort.part)).Lasting(s.spin);
        if (cohort.sync) task.SyncStart();
        s.chained ? task.InOut(token) : task.NoDepOut(token);
      }
    }
  }
  return b.Finish();
}

}  // namespace

Result<Program> EmitSyncStartStress(const ConfigNode& program, const ConfigNode& cases) {
  StressSizes sizes;
  CaseReader read("sync_start_stress", program, cases);
  read.Size("clusters", &sizes.clusters);
  read.Size("rounds", &sizes.rounds);
  read.Time("spin_us", &sizes.spin);
  read.Switch("chained", &sizes.chained);
  read.CheckTasks(9 * static_cast<double>(sizes.rounds));
  if (read.ok() && sizes.clusters % 6 != 0) read.Fail("clusters", "expected a multiple of 6");
  if (Status status = read.Finish(); !status.ok()) return status.error();
  return Emit(sizes);
}

}  // namespace npusched
