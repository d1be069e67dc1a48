// Order and placement of dispatch, as observed on the real scheduler with scripted cores.
#include <gtest/gtest.h>

#include "tests/sim/rig.h"

namespace npusched::testing {
namespace {

void ExpectPlays(const std::string& script) { EXPECT_EQ(Rig::Play(script), Rig::Tidy(script)); }

TEST(ConformanceTest, EachThreadPopsAsManyAsItHasFreeCores) {
  ExpectPlays(R"(c6 s3
    submit AIC A B C D E
    T0: A>AIC0 B>AIC3
    T1: C>AIC1 D>AIC4
    T2: E>AIC2)");
}

TEST(ConformanceTest, ThreadOneTakesVectorWorkFirst) {
  ExpectPlays(R"(c2 s2
    submit AIC A B
    submit AIV C D E F
    T0: A>AIC0 C>AIV0.0 D>AIV0.1
    T1: E>AIV1.0 F>AIV1.1 B>AIC1)");
}

TEST(ConformanceTest, ConsumersBecomeReadyNewestFirst) {
  ExpectPlays(R"(c2 s1
    submit AIC A B
    submit AIV C1 C2 C3 after A
    submit AIV D1 after B
    submit AIC D2 after B
    T0: A>AIC0 B>AIC1
    ack
    T0: -
    end A B
    T0: D2>AIC0 C3>AIV0.0 C2>AIV0.1 C1>AIV1.0 D1>AIV1.1)");
}

TEST(ConformanceTest, TheRestOfAnSpmdTaskGoesToTheTail) {
  ExpectPlays(R"(c1 s1
    submit AIV S blocks 3
    submit AIV U W Y
    T0: S.0>AIV0.0 S.1>AIV0.1
    ack
    T0: W>>AIV0.0 Y>>AIV0.1
    T0: -
    end S.0 S.1
    T0: S.2>>AIV0.0 U>>AIV0.1)");
}

TEST(ConformanceTest, AnEndIsIgnoredUntilThePendingTaskIsSeenStarted) {
  ExpectPlays(R"(c1 s1
    submit AIC A B C
    submit AIV X after A
    T0: A>AIC0
    T0: -
    ack
    T0: B>>AIC0
    finish A
    T0: -
    ack
    T0: X>AIV0.0 C>>AIC0)");
}

TEST(ConformanceTest, PendingSlotsWaitWhileAPeerHasAnIdleCore) {
  ExpectPlays(R"(c2 s2
    submit AIC A
    T0: A>AIC0
    ack
    T0: -
    submit AIC X
    T0: -
    T1: X>AIC1
    ack
    T1: -
    submit AIC Y
    T0: Y>>AIC0)");
}

TEST(ConformanceTest, MixWorkHoldsBackTheRestOfThePass) {
  ExpectPlays(R"(c2 s1
    submit AIV V
    T0: V>AIV0.0
    ack
    T0: -
    submit MIX M1 M2
    submit AIC X
    submit AIV Y
    T0: M1>AIC1 M1>AIV1.0 M1>AIV1.1 M2>AIC0 M2>>AIV0.0 M2>AIV0.1
    T0: -
    ack
    T0: X>>AIC0 Y>>AIV0.1)");
}

TEST(ConformanceTest, MixWaitsForAClosedPendingSlot) {
  ExpectPlays(R"(c2 s1
    submit AIV V
    T0: V>AIV0.0
    submit MIX M1 M2
    submit AIC X
    submit AIV Y
    T0: M1>AIC1 M1>AIV1.0 M1>AIV1.1
    ack
    T0: M2>AIC0 M2>>AIV0.0 M2>AIV0.1)");
}

TEST(ConformanceTest, MixEntriesBehindOvertakeUnplacedOnes) {
  ExpectPlays(R"(c2 s1
    submit AIV V
    T0: V>AIV0.0
    submit MIX M0 blocks 3
    submit MIX M1
    submit MIX M2 on aic+aiv1
    T0: M0.0>AIC1 M0.0>AIV1.0 M0.0>AIV1.1 M2>AIC0 M2>AIV0.1
    ack
    T0: M0.1>>AIC0 M0.1>>AIV0.0 M0.1>>AIV0.1 M0.2>>AIC1 M0.2>>AIV1.0 M0.2>>AIV1.1)");
}

TEST(ConformanceTest, MixSubSlotsFinishApartAndRetireTogether) {
  ExpectPlays(R"(c1 s1
    submit MIX M
    submit AIV N after M
    submit AIC X
    T0: M>AIC0 M>AIV0.0 M>AIV0.1
    ack
    end M@AIC0
    T0: X>AIC0
    end M@AIV0.0
    T0: -
    end M@AIV0.1
    T0: N>AIV0.0)");
}

TEST(ConformanceTest, DummiesAreServedBeforeDispatch) {
  ExpectPlays(R"(c1 s1
    submit DUMMY D1
    submit DUMMY D2 after D1
    submit AIC A after D2
    submit AIV B after D1
    T0: B>AIV0.0
    T0: A>AIC0)");
}

TEST(ConformanceTest, AtMostEightDummiesAnIteration) {
  ExpectPlays(R"(c1 s1
    submit DUMMY D1 D2 D3 D4 D5 D6 D7 D8 D9 D10
    submit AIC A after D1 D2 D3 D4 D5 D6 D7 D8 D9 D10
    T0: -
    T0: A>AIC0)");
}

TEST(ConformanceTest, SyncStartComesFirst) {
  ExpectPlays(R"(c2 s1
    submit MIX M
    submit AIV S blocks 2 sync
    submit AIC X
    T0: S.0>AIV0.0 S.1>AIV0.1 M>AIC1 M>AIV1.0 M>AIV1.1 X>AIC0)");
}

TEST(ConformanceTest, SyncStartThatNeedsTwoThreadsDrainsTheDie) {
  ExpectPlays(R"(c4 s2
    submit MIX S blocks 3 sync
    submit MIX M
    submit AIV V
    T0: -
    T0: -
    T1: S.0>AIC0 S.0>AIV0.0 S.0>AIV0.1 S.1>AIC2 S.1>AIV2.0 S.1>AIV2.1 S.2>AIC1 S.2>AIV1.0 S.2>AIV1.1
    T0: -
    T1: M>AIC3 M>AIV3.0 M>AIV3.1)");
}

TEST(ConformanceTest, SyncStartThatFitsOneThreadNeedsNoDrain) {
  ExpectPlays(R"(c4 s2
    submit MIX S blocks 2 sync
    T0: S.0>AIC0 S.0>AIV0.0 S.0>AIV0.1 S.1>AIC2 S.1>AIV2.0 S.1>AIV2.1)");
}

TEST(ConformanceTest, AShortDrainOnlyPolls) {
  ExpectPlays(R"(c2 s1
    submit AIC A
    T0: A>AIC0
    ack
    T0: -
    submit MIX S blocks 2 sync
    submit AIV V
    T0: -
    T0: -
    end A
    T0: S.0>AIC0 S.0>AIV0.0 S.0>AIV0.1 S.1>AIC1 S.1>AIV1.0 S.1>AIV1.1)");
}

TEST(ConformanceTest, AConsumerIsStagedBehindADoorbell) {
  ExpectPlays(R"(c2 s1
    submit AIC P early
    submit AIV C after P
    submit AIV D after C
    T0: P>AIC0 C~>AIV0.0
    ack
    T0: -
    end P
    T0: -
    T0: -
    ack
    end C
    T0: D>AIV0.0)");
}

TEST(ConformanceTest, AFlaggedConsumerLetsItsOwnBeStagedAtTheDoorbell) {
  ExpectPlays(R"(c2 s1
    submit AIC P early
    submit AIV C early after P
    submit AIV D after C
    T0: P>AIC0 C~>AIV0.0
    ack
    end P
    T0: D~>AIV0.1)");
}

TEST(ConformanceTest, AnAllocDoesNotHinderEarlyDispatchAndAnUnflaggedProducerDoes) {
  ExpectPlays(R"(c2 s1
    submit ALLOC N
    submit AIC P early
    submit AIV C after P N
    T0: P>AIC0 C~>AIV0.0)");
  ExpectPlays(R"(c2 s1
    submit AIV Q
    T0: Q>AIV0.0
    ack
    end Q
    T0: -
    submit AIC P early
    submit AIV C after P Q
    T0: P>AIC0
    T0: -)");
}

TEST(ConformanceTest, NothingIsStagedWhileReadyWorkWaits) {
  ExpectPlays(R"(c1 s1
    submit AIC P early
    submit AIC Z
    submit AIV C after P
    T0: P>AIC0
    ack
    T0: Z>>AIC0 C~>AIV0.0)");
}

TEST(ConformanceTest, SyncStartStagedEarlyStartsWhenEveryCoreIsThere) {
  ExpectPlays(R"(c2 s1
    submit AIC P early
    T0: P>AIC0
    ack
    T0: -
    submit MIX S blocks 2 sync after P
    T0: S.0~>>AIC0 S.0~>AIV0.0 S.0~>AIV0.1 S.1~>AIC1 S.1~>AIV1.0 S.1~>AIV1.1
    end P
    T0: -
    ack
    end S.0 S.1
    T0: -
    T0: -
    head 2)");
}

TEST(ConformanceTest, RetainedProducersLeaveWhenIdleThreadsReleaseTheirConsumers) {
  ExpectPlays(R"(c2 s1
    submit AIC A B
    submit AIV C after A
    submit AIV D after B
    T0: A>AIC0 B>AIC1
    ack
    end A B
    T0: C>AIV0.0 D>AIV0.1
    ack
    end C D
    T0: -
    head 0
    T0: -
    head 4)");
}

}  // namespace
}  // namespace npusched::testing
