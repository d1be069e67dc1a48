// The neighbours of the observed examples of conformance_test.cc: one step to each side of every edge.
#include <gtest/gtest.h>

#include "sim/engine.h"
#include "tests/sim/rig.h"

namespace npusched::testing {
namespace {

void ExpectPlays(const std::string& script) { EXPECT_EQ(Rig::Play(script), Rig::Tidy(script)); }

// -- what a thread pops, and in which order

TEST(ConformanceNeighbours, ATaskMoreThanCoresWaitsForAnAcknowledgement) {
  ExpectPlays(R"(c5 s3
    submit AIC A B C D E F
    T0: A>AIC0 B>AIC3
    T1: C>AIC1 D>AIC4
    T2: E>AIC2
    T0: -
    ack
    T0: F>>AIC0)");
}

TEST(ConformanceNeighbours, FewerTasksThanCoresLeaveThePeersIdle) {
  ExpectPlays(R"(c6 s3
    submit AIC A B C
    T1: A>AIC1 B>AIC4
    T0: C>AIC0
    T2: -)");
}

TEST(ConformanceNeighbours, OnlyThreadOneTakesVectorWorkFirst) {
  ExpectPlays(R"(c3 s3
    submit AIC A B C
    submit AIV D E F G H I
    T2: A>AIC2 D>AIV2.0 E>AIV2.1
    T1: F>AIV1.0 G>AIV1.1 B>AIC1
    T0: C>AIC0 H>AIV0.0 I>AIV0.1)");
}

TEST(ConformanceNeighbours, TheScanCompletesInOrderOfCores) {
  ExpectPlays(R"(c2 s1
    submit AIC A B
    submit AIV C1 C2 after A
    submit AIV D1 D2 after B
    T0: A>AIC0 B>AIC1
    ack
    end B
    T0: D2>AIV0.0 D1>AIV0.1
    end A
    T0: C2>AIV1.0 C1>AIV1.1)");
}

TEST(ConformanceNeighbours, ATaskOfAllFreeCoresSendsTheOtherOfItsBatchToTheTail) {
  ExpectPlays(R"(c1 s1
    submit AIV S blocks 2
    submit AIV U W Y
    T0: S.0>AIV0.0 S.1>AIV0.1
    ack
    T0: W>>AIV0.0 Y>>AIV0.1
    end S.0 S.1
    T0: U>>AIV0.0)");
}

TEST(ConformanceNeighbours, ATaskOfOneBlockLetsTheNextHaveTheOtherCore) {
  ExpectPlays(R"(c1 s1
    submit AIV S U W Y
    T0: S>AIV0.0 U>AIV0.1
    ack
    T0: W>>AIV0.0 Y>>AIV0.1)");
}

TEST(ConformanceNeighbours, ALongRestGoesAroundTheQueue) {
  ExpectPlays(R"(c1 s1
    submit AIV S blocks 4
    submit AIV U W
    T0: S.0>AIV0.0 S.1>AIV0.1
    ack
    T0: W>>AIV0.0 S.2>>AIV0.1
    end S.0 S.1
    T0: U>>AIV0.0 S.3>>AIV0.1)");
}

TEST(ConformanceNeighbours, TheRestStandsBeforeTheUnplacedOfItsBatch) {
  ExpectPlays(R"(c1 s1
    submit AIV S blocks 3
    submit AIV U
    T0: S.0>AIV0.0 S.1>AIV0.1
    ack
    T0: S.2>>AIV0.0 U>>AIV0.1)");
}

// -- polls and acknowledgements

TEST(ConformanceNeighbours, AFinishWithNothingPendingIsSeenWithoutAnAcknowledgement) {
  ExpectPlays(R"(c1 s1
    submit AIC A
    submit AIV X after A
    T0: A>AIC0
    end A
    T0: X>AIV0.0)");
}

TEST(ConformanceNeighbours, WhenBothAreSeenFinishedThePendingOneCompletesFirst) {
  ExpectPlays(R"(c1 s1
    submit AIC A B
    submit AIV X after A
    submit AIV Y after B
    T0: A>AIC0
    ack
    T0: B>>AIC0
    end A
    end B
    T0: Y>AIV0.0 X>AIV0.1)");
}

TEST(ConformanceNeighbours, APromotedTaskThatIsSeenStartedOpensTheSlot) {
  ExpectPlays(R"(c1 s1
    submit AIC A B C D
    T0: A>AIC0
    ack
    T0: B>>AIC0
    T0: -
    end A
    T0: C>>AIC0
    T0: -
    end B
    T0: D>>AIC0)");
}

// -- peers

TEST(ConformanceNeighbours, APeerThatRunsSomethingIsNotIdleThoughNotAcknowledged) {
  ExpectPlays(R"(c2 s2
    submit AIC A B
    T0: A>AIC0
    ack
    T0: -
    T1: B>AIC1
    submit AIC Y
    T1: -
    T0: Y>>AIC0)");
}

TEST(ConformanceNeighbours, OneIdleVectorCoreOfAPeerIsEnough) {
  ExpectPlays(R"(c2 s2
    submit AIV A B C
    T0: A>AIV0.0 B>AIV0.1
    T1: C>AIV1.0
    ack
    T0: -
    submit AIV X
    T0: -
    T1: X>AIV1.1
    submit AIV Y
    T0: Y>>AIV0.0)");
}

TEST(ConformanceNeighbours, AClusterWithABusyVectorCoreIsNotIdleForMix) {
  ExpectPlays(R"(c2 s2
    submit MIX L
    T0: L>AIC0 L>AIV0.0 L>AIV0.1
    ack
    T0: -
    submit AIV V
    T1: V>AIV1.0
    submit MIX M
    T0: M>>AIC0 M>>AIV0.0 M>>AIV0.1)");
  ExpectPlays(R"(c2 s2
    submit MIX L
    T0: L>AIC0 L>AIV0.0 L>AIV0.1
    ack
    T0: -
    submit MIX M
    T0: -
    T1: M>AIC1 M>AIV1.0 M>AIV1.1)");
}

// -- MIX

TEST(ConformanceNeighbours, OnlyTheCoresThatAMixTaskUsesCount) {
  ExpectPlays(R"(c1 s1
    submit AIV V
    T0: V>AIV0.0
    submit MIX M on aic+aiv1
    submit AIV Y
    T0: M>AIC0 M>AIV0.1
    ack
    T0: Y>>AIV0.0)");
  ExpectPlays(R"(c1 s1
    submit AIV V
    T0: V>AIV0.0
    submit MIX M on aic+aiv0
    T0: -)");
}

TEST(ConformanceNeighbours, MixOfOneCore) {
  ExpectPlays(R"(c1 s1
    submit MIX M on aic
    submit AIV V
    T0: M>AIC0 V>AIV0.0)");
  ExpectPlays(R"(c1 s1
    submit AIC A
    T0: A>AIC0
    submit MIX M on aic
    T0: -
    ack
    T0: M>>AIC0)");
}

TEST(ConformanceNeighbours, TwoVectorCoresWithoutTheCubeAreMix) {
  ExpectPlays(R"(c1 s1
    submit AIC A
    submit MIX M on aiv0+aiv1
    T0: M>AIV0.0 M>AIV0.1 A>AIC0)");
}

TEST(ConformanceNeighbours, PlacedMixHoldsNothingBack) {
  ExpectPlays(R"(c2 s1
    submit AIV V
    T0: V>AIV0.0
    ack
    T0: -
    submit MIX M1
    submit AIC X
    submit AIV Y
    T0: M1>AIC1 M1>AIV1.0 M1>AIV1.1 X>AIC0 Y>AIV0.1)");
}

TEST(ConformanceNeighbours, AThreadLooksAtAsManyMixEntriesAsItHasClusters) {
  // Two clusters: the first round of the pass stops before M2, the second finds it.
  ExpectPlays(R"(c2 s1
    submit AIV V
    T0: V>AIV0.0
    submit MIX M0 M1
    submit MIX M2 on aic+aiv1
    T0: M0>AIC1 M0>AIV1.0 M0>AIV1.1 M2>AIC0 M2>AIV0.1)");
}

TEST(ConformanceNeighbours, WithOneClusterAPlaceableMixTaskMayWaitForARotationThatNeverComes) {
  // The idle phase always meets M1, for which not all cores are idle; the pending phase M2, for which all are.
  ExpectPlays(R"(c1 s1
    submit AIV V
    T0: V>AIV0.0
    submit MIX M1
    submit MIX M2 on aic+aiv1
    T0: -
    T0: -
    T0: -
    ack
    T0: -
    end V
    T0: M1>AIC0 M1>AIV0.0 M1>AIV0.1)");
}

TEST(ConformanceNeighbours, AMixSubSlotIsFreeAsSoonAsItEnds) {
  ExpectPlays(R"(c1 s1
    submit MIX M
    submit AIV N after M
    submit AIV Y
    T0: M>AIC0 M>AIV0.0 M>AIV0.1
    ack
    end M@AIV0.1
    T0: Y>AIV0.1
    end M@AIC0
    T0: -
    end M@AIV0.0
    T0: N>AIV0.0)");
}

// -- dummies

TEST(ConformanceNeighbours, EightDummiesAreOneIterationAndNineAreTwo) {
  ExpectPlays(R"(c1 s1
    submit DUMMY D1 D2 D3 D4 D5 D6 D7 D8
    submit AIC A after D1 D2 D3 D4 D5 D6 D7 D8
    T0: A>AIC0)");
  ExpectPlays(R"(c1 s1
    submit DUMMY D1 D2 D3 D4 D5 D6 D7 D8 D9
    submit AIC A after D1 D2 D3 D4 D5 D6 D7 D8 D9
    T0: -
    T0: A>AIC0)");
}

TEST(ConformanceNeighbours, ADummyBehindACoreTaskIsServedWhereThatCompletes) {
  ExpectPlays(R"(c1 s1
    submit AIC A
    submit DUMMY D after A
    submit AIV B after D
    T0: A>AIC0
    ack
    end A
    T0: B>AIV0.0)");
}

// -- sync_start

TEST(ConformanceNeighbours, ASingleBlockIsNeverSync) {
  ExpectPlays(R"(c1 s1
    submit MIX M
    submit AIV S blocks 1 sync
    T0: M>AIC0 M>AIV0.0 M>AIV0.1
    ack
    T0: S>>AIV0.0)");
}

TEST(ConformanceNeighbours, SyncNeverTakesPendingSlots) {
  ExpectPlays(R"(c1 s1
    submit AIV V
    T0: V>AIV0.0
    ack
    T0: -
    submit AIV S blocks 2 sync
    submit AIC X
    T0: -
    T0: -
    end V
    T0: S.0>AIV0.0 S.1>AIV0.1
    T0: X>AIC0)");
}

TEST(ConformanceNeighbours, TwoSyncTasksDrainOneAfterTheOther) {
  ExpectPlays(R"(c2 s2
    submit MIX S R blocks 2 sync
    T0: -
    T0: -
    T1: S.0>AIC0 S.0>AIV0.0 S.0>AIV0.1 S.1>AIC1 S.1>AIV1.0 S.1>AIV1.1
    ack
    T0: -
    T0: -
    T1: -
    end S.0 S.1
    T0: -
    T1: R.0>AIC0 R.0>AIV0.0 R.0>AIV0.1 R.1>AIC1 R.1>AIV1.0 R.1>AIV1.1)");
}

TEST(ConformanceNeighbours, AThreadWithTooFewIdleCoresOfItsOwnDrainsThoughAPeerHasThem) {
  // Three vector cores are idle, one of them with thread 0.
  ExpectPlays(R"(c2 s2
    submit AIV V
    T0: V>AIV0.0
    ack
    T0: -
    submit AIV S blocks 2 sync
    T0: -
    T1: -
    T0: S.0>AIV0.1 S.1>AIV1.0)");
  ExpectPlays(R"(c2 s2
    submit AIV V
    T0: V>AIV0.0
    ack
    T0: -
    submit AIV S blocks 2 sync
    T1: S.0>AIV1.0 S.1>AIV1.1)");
}

// -- early dispatch

TEST(ConformanceNeighbours, ACandidateTakesAPendingSlotWhereNoCoreIsIdle) {
  ExpectPlays(R"(c1 s1
    submit AIV V W
    T0: V>AIV0.0 W>AIV0.1
    ack
    T0: -
    submit AIC P early
    submit AIV C after P
    T0: P>AIC0 C~>>AIV0.0)");
  ExpectPlays(R"(c1 s1
    submit AIV V W
    T0: V>AIV0.0 W>AIV0.1
    submit AIC P early
    submit AIV C after P
    T0: P>AIC0
    ack
    T0: C~>>AIV0.0)");
}

TEST(ConformanceNeighbours, BlocksThatWereNotStagedComeFromTheReadyQueue) {
  ExpectPlays(R"(c1 s1
    submit AIC P early
    submit AIV C blocks 3 after P
    T0: P>AIC0 C.0~>AIV0.0 C.1~>AIV0.1
    ack
    end P
    T0: C.2>>AIV0.0)");
}

TEST(ConformanceNeighbours, OneUnflaggedProducerOfTwoDisqualifies) {
  ExpectPlays(R"(c2 s1
    submit AIC P early
    submit AIC Q
    submit AIV C after P Q
    T0: P>AIC0 Q>AIC1
    T0: -)");
  ExpectPlays(R"(c2 s1
    submit AIC P Q early
    submit AIV C after P Q
    T0: P>AIC0 Q>AIC1 C~>AIV0.0)");
}

TEST(ConformanceNeighbours, ACompleteFlaggedProducerDoesNotHinder) {
  ExpectPlays(R"(c2 s1
    submit AIV Q early
    T0: Q>AIV0.0
    ack
    end Q
    T0: -
    submit AIC P early
    submit AIV C after P Q
    T0: P>AIC0 C~>AIV0.0)");
}

TEST(ConformanceNeighbours, AProducerThatWaitsItselfIsNotLaunched) {
  // Q is flagged, too, but only staged: what waits for it is staged when its doorbell rings.
  ExpectPlays(R"(c2 s1
    submit AIC P early
    submit AIV Q early after P
    submit AIV C after P Q
    T0: P>AIC0 Q~>AIV0.0
    T0: -
    ack
    end P
    T0: C~>AIV0.1)");
}

TEST(ConformanceNeighbours, AnUnfinishedDummyIsNeverLaunched) {
  ExpectPlays(R"(c2 s1
    submit AIC P early
    submit DUMMY D early after P
    submit AIV C after P D
    T0: P>AIC0
    ack
    T0: -
    end P
    T0: C>AIV0.0)");
}

TEST(ConformanceNeighbours, ACompleteFlaggedDummyAndAnAllocDoNotHinder) {
  ExpectPlays(R"(c2 s1
    submit DUMMY D early
    T0: -
    submit ALLOC N
    submit AIC P early
    submit AIV C after P D N
    T0: P>AIC0 C~>AIV0.0)");
  ExpectPlays(R"(c2 s1
    submit DUMMY D
    T0: -
    submit ALLOC N
    submit AIC P early
    submit AIV C after P D N
    T0: P>AIC0
    T0: -)");
}

TEST(ConformanceNeighbours, AProducerWithBlocksLeftIsNotLaunched) {
  ExpectPlays(R"(c1 s1
    submit AIV P early blocks 3
    submit AIC C after P
    T0: P.0>AIV0.0 P.1>AIV0.1
    ack
    T0: P.2>>AIV0.0 C~>AIC0)");
}

// -- early sync_start

TEST(ConformanceNeighbours, SyncStagedEarlyWaitsForItsLastCoreThoughItsProducerEnded) {
  // S starts when both are over: its producer and what runs on the other cube core.
  for (const auto& [producer, other] : {std::pair{5, 20}, std::pair{20, 5}}) {
    const TinyProgram tiny("AIC P early " + std::to_string(producer) + "us\nAIC A " + std::to_string(other) +
                           "us\nMIX S blocks 2 sync after P 1us");
    Machine machine;
    machine.clusters = 2;
    const RuntimeConfig runtime = FreeRuntime(1);
    const RunTrace trace = *RunNative({tiny.program, tiny.inference, machine, runtime, {}});
    int rows = 0;
    for (const DispatchRow& row : trace.rows) {
      if (row.task != tiny.ids.at("S")) continue;
      ++rows;
      EXPECT_TRUE(row.gated);
      EXPECT_EQ(row.start, 20 * kPsPerUs);
    }
    EXPECT_EQ(rows, 6);
  }
}

TEST(ConformanceNeighbours, SyncThatDoesNotFitIsNotStagedInParts) {
  ExpectPlays(R"(c2 s1
    submit AIC P early
    submit AIC A
    T0: P>AIC0 A>AIC1
    submit MIX S blocks 2 sync after P
    T0: -
    ack
    T0: S.0~>>AIC0 S.0~>AIV0.0 S.0~>AIV0.1 S.1~>>AIC1 S.1~>AIV1.0 S.1~>AIV1.1)");
}

// -- releases

TEST(ConformanceNeighbours, ATaskLeavesOnlyBehindThoseOlderThanIt) {
  ExpectPlays(R"(c2 s1
    submit AIC A B
    T0: A>AIC0 B>AIC1
    ack
    end B
    T0: -
    T0: -
    head 0
    end A
    T0: -
    T0: -
    head 2)");
}

TEST(ConformanceNeighbours, WhatAConsumerRetainsLeavesWithTheConsumersRelease) {
  ExpectPlays(R"(c2 s1
    submit AIC A
    submit AIV C after A
    T0: A>AIC0
    ack
    end A
    T0: C>AIV0.0
    T0: -
    head 0
    ack
    end C
    T0: -
    head 0
    T0: -
    head 2)");
}

}  // namespace
}  // namespace npusched::testing
