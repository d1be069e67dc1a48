// Who may park work in pending slots, and which clusters take a MIX block: each policy on both sides of its edge.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/engine.h"
#include "tests/sim/rig.h"

namespace npusched::testing {
namespace {

void ExpectPlays(const std::string& script) { EXPECT_EQ(Rig::Play(script), Rig::Tidy(script)); }

TEST(PendingSlotsTest, NeverParksNothing) {
  ExpectPlays(R"(c1 s1 pending=never
    submit AIC A B
    T0: A>AIC0
    ack
    T0: -
    end A
    T0: B>AIC0)");
}

TEST(PendingSlotsTest, SurplusParksWhatIdleCoresCannotTake) {
  ExpectPlays(R"(c2 s2 pending=surplus
    submit AIC A
    T0: A>AIC0
    ack
    T0: -
    submit AIC X
    T0: -
    submit AIC Y
    T0: X>>AIC0
    T1: Y>AIC1)");
}

TEST(PendingSlotsTest, SurplusIsAllWhenNoCoreIsIdle) {
  ExpectPlays(R"(c2 s2 pending=surplus
    submit AIC A B
    T0: A>AIC0
    T1: B>AIC1
    ack
    T0: -
    submit AIC X
    T0: X>>AIC0)");
}

TEST(PendingSlotsTest, SurplusLeavesAsManyAsAreIdle) {
  ExpectPlays(R"(c3 s3 pending=surplus
    submit AIV V W
    T0: V>AIV0.0 W>AIV0.1
    ack
    T0: -
    submit AIV A B C D
    T0: -
    submit AIV E
    T0: A>>AIV0.0
    T1: B>AIV1.0 C>AIV1.1
    T2: D>AIV2.0 E>AIV2.1)");
}

TEST(PendingSlotsTest, AFloorParksThoughAPeerIsIdle) {
  ExpectPlays(R"(c3 s3 floor=1
    submit AIV V W
    T0: V>AIV0.0 W>AIV0.1
    ack
    T0: -
    submit AIV A B
    T0: A>>AIV0.0
    T1: B>AIV1.0)");
  ExpectPlays(R"(c3 s3 floor=2
    submit AIV V W
    T0: V>AIV0.0 W>AIV0.1
    ack
    T0: -
    submit AIV A B C
    T0: A>>AIV0.0 B>>AIV0.1
    T1: C>AIV1.0)");
}

TEST(PendingSlotsTest, AFloorBelowTheSurplusChangesNothing) {
  ExpectPlays(R"(c2 s2 floor=1
    submit AIV V W
    T0: V>AIV0.0 W>AIV0.1
    ack
    T0: -
    submit AIV A B C D
    T0: A>>AIV0.0 B>>AIV0.1
    T1: C>AIV1.0 D>AIV1.1)");
}

TEST(PendingSlotsTest, IdleClustersCountForMixWork) {
  ExpectPlays(R"(c2 s2 pending=surplus
    submit MIX L
    T0: L>AIC0 L>AIV0.0 L>AIV0.1
    ack
    T0: -
    submit MIX M
    T0: -
    submit MIX N
    T0: N>>AIC0 N>>AIV0.0 N>>AIV0.1
    T1: M>AIC1 M>AIV1.0 M>AIV1.1)");
}

TEST(MixPendingTest, OffMixWaitsForIdleCores) {
  ExpectPlays(R"(c1 s1 mix_pending=false
    submit MIX L
    T0: L>AIC0 L>AIV0.0 L>AIV0.1
    ack
    T0: -
    submit MIX M on aic+aiv0
    T0: -
    end L@AIC0
    T0: -
    end L@AIV0.0
    T0: M>AIC0 M>AIV0.0)");
}

TEST(MixPendingTest, OffOtherWorkStillParks) {
  ExpectPlays(R"(c1 s1 mix_pending=false
    submit AIC A B
    T0: A>AIC0
    ack
    T0: B>>AIC0)");
}

TEST(MixPendingTest, OffMixIsStagedOnIdleCoresOnly) {
  ExpectPlays(R"(c1 s1 mix_pending=false
    submit AIC P early
    submit MIX M after P
    T0: P>AIC0
    ack
    T0: -)");
  ExpectPlays(R"(c2 s1 mix_pending=false
    submit AIC P early
    submit MIX M after P
    T0: P>AIC0 M~>AIC1 M~>AIV1.0 M~>AIV1.1)");
}

TEST(MixAdmissionTest, UniformWaitsBesideIdleCores) {
  ExpectPlays(R"(c1 s1 mix=uniform
    submit AIV V
    T0: V>AIV0.0
    ack
    T0: -
    submit MIX M
    T0: -
    end V
    T0: M>AIC0 M>AIV0.0 M>AIV0.1)");
}

TEST(MixAdmissionTest, UniformParksWhereAllAreBusy) {
  ExpectPlays(R"(c1 s1 mix=uniform
    submit AIV V
    submit AIC A
    T0: A>AIC0 V>AIV0.0
    ack
    T0: -
    submit MIX M
    T0: -
    submit MIX N on aic+aiv0
    T0: N>>AIC0 N>>AIV0.0)");
}

TEST(MixAdmissionTest, GatedSplitHoldsIdleCoresUntilTheBusyOnesAreFree) {
  ExpectPlays(R"(c1 s1 mix=gated_split
    submit AIV V
    submit AIC A
    T0: A>AIC0 V>AIV0.0
    ack
    T0: -
    submit MIX M
    submit AIV W
    T0: M~>>AIC0 M~>>AIV0.0 M~>AIV0.1
    T0: -
    end A
    T0: -
    end V
    T0: W>>AIV0.1
    ack
    end M
    T0: -)");
}

TEST(MixAdmissionTest, GatedSplitHoldsNothingWhereAllAreAlike) {
  ExpectPlays(R"(c1 s1 mix=gated_split
    submit AIC A
    submit AIV V W
    T0: A>AIC0 V>AIV0.0 W>AIV0.1
    ack
    T0: -
    submit MIX M
    T0: M>>AIC0 M>>AIV0.0 M>>AIV0.1)");
  ExpectPlays(R"(c1 s1 mix=gated_split
    submit MIX M
    T0: M>AIC0 M>AIV0.0 M>AIV0.1)");
}

TEST(MixAdmissionTest, AHeldBlockIsNotLaunched) {
  // Its consumer may be staged only when all cores of the block start.
  ExpectPlays(R"(c2 s1 mix=gated_split mix_pending=true
    submit AIV V blocks 4
    T0: V.0>AIV0.0 V.1>AIV0.1 V.2>AIV1.0 V.3>AIV1.1
    ack
    T0: -
    submit MIX M early on aic+aiv0
    submit AIC C after M
    T0: M~>AIC0 M~>>AIV0.0
    ack
    T0: -
    end V.0
    T0: C~>AIC1)");
}

// One cluster, nothing costs anything: V runs until 10 us on AIV 0; from 1 us on M (2 us on each core) and X (3 us on
// the cube core) are ready.
struct Starts {
  Picoseconds aic = 0;
  Picoseconds aiv0 = 0;
  Picoseconds aiv1 = 0;
  Picoseconds cube = 0;
};

Starts StartsWith(MixAdmission admission, bool mix_first = true) {
  const TinyProgram tiny("AIV V 10us\nAIC P 1us\nMIX M after P 2us\nAIC X after P 3us");
  Machine machine;
  machine.clusters = 1;
  RuntimeConfig runtime = FreeRuntime(1);
  runtime.policies.mix_admission = admission;
  runtime.policies.mix_first = mix_first;
  const RunTrace trace = *RunNative({tiny.program, tiny.inference, machine, runtime, {}});
  Starts starts;
  for (const DispatchRow& row : trace.rows) {
    if (row.task == tiny.ids.at("X")) starts.cube = row.start;
    if (row.task != tiny.ids.at("M")) continue;
    (row.slot == kSlotAic ? starts.aic : row.slot == kSlotAiv0 ? starts.aiv0 : starts.aiv1) = row.start;
  }
  return starts;
}

TEST(MixAdmissionTest, PerCoreStartsEachPartWhenItsCoreIsFree) {
  const Starts starts = StartsWith(MixAdmission::kPerCore);
  EXPECT_EQ(starts.aic, kPsPerUs);
  EXPECT_EQ(starts.aiv0, 10 * kPsPerUs);
  EXPECT_EQ(starts.aiv1, kPsPerUs);
  EXPECT_EQ(starts.cube, 3 * kPsPerUs);
}

TEST(MixAdmissionTest, UniformStartsAllPartsTogetherAndHoldsBackOthersMeanwhile) {
  const Starts starts = StartsWith(MixAdmission::kUniform);
  EXPECT_EQ(starts.aic, 10 * kPsPerUs);
  EXPECT_EQ(starts.aiv0, 10 * kPsPerUs);
  EXPECT_EQ(starts.aiv1, 10 * kPsPerUs);
  EXPECT_EQ(starts.cube, 12 * kPsPerUs);
}

TEST(MixAdmissionTest, UniformLetsOthersHaveTheIdleCoresWhereMixIsNotFirst) {
  const Starts starts = StartsWith(MixAdmission::kUniform, /*mix_first=*/false);
  EXPECT_EQ(starts.cube, kPsPerUs);
  EXPECT_EQ(starts.aic, 10 * kPsPerUs);
  EXPECT_EQ(starts.aiv0, 10 * kPsPerUs);
  EXPECT_EQ(starts.aiv1, 10 * kPsPerUs);
}

TEST(MixAdmissionTest, GatedSplitStartsAllPartsTogether) {
  const Starts starts = StartsWith(MixAdmission::kGatedSplit);
  EXPECT_EQ(starts.aic, 10 * kPsPerUs);
  EXPECT_EQ(starts.aiv0, 10 * kPsPerUs);
  EXPECT_EQ(starts.aiv1, 10 * kPsPerUs);
  EXPECT_EQ(starts.cube, 12 * kPsPerUs);
}

}  // namespace
}  // namespace npusched::testing
