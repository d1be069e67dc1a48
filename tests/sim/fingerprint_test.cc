#include "sim/fingerprint.h"

#include <gtest/gtest.h>

namespace npusched {
namespace {

RunTrace Small() {
  RunTrace trace;
  trace.tasks.resize(2);
  trace.tasks[1] = {.submit_begin = 1, .submit = 2, .ready = 3, .complete = 9};
  trace.rows.resize(1);
  trace.rows[0] = {.task = 1, .core = 2, .dispatch = 4, .receive = 5, .start = 6, .end = 7, .finish = 8};
  return trace;
}

TEST(FingerprintTest, IsTheSameOnEveryMachineAndInEveryBuild) {
  EXPECT_EQ(Fingerprint({}), "50bebf6edbd6cf00");
  EXPECT_EQ(Fingerprint(Small()), "5c69bc4094ec730c");
}

TEST(FingerprintTest, EveryTimeCounts) {
  const std::string before = Fingerprint(Small());
  RunTrace trace = Small();
  for (Picoseconds* time : {&trace.tasks[0].submit_begin, &trace.tasks[1].submit, &trace.tasks[1].ready,
                            &trace.tasks[1].complete, &trace.rows[0].dispatch, &trace.rows[0].receive,
                            &trace.rows[0].start, &trace.rows[0].end, &trace.rows[0].finish}) {
    ++*time;
    EXPECT_NE(Fingerprint(trace), before);
    --*time;
  }
  EXPECT_EQ(Fingerprint(trace), before);
}

TEST(FingerprintTest, CoreBlockAndSlotCount) {
  const std::string before = Fingerprint(Small());
  RunTrace trace = Small();
  trace.rows[0].core = 1;
  EXPECT_NE(Fingerprint(trace), before);
  trace = Small();
  trace.rows[0].block = 1;
  EXPECT_NE(Fingerprint(trace), before);
  trace = Small();
  trace.rows[0].slot = 2;
  EXPECT_NE(Fingerprint(trace), before);
}

TEST(FingerprintTest, WhatOneEngineTellsOfItselfDoesNot) {
  RunTrace trace = Small();
  trace.phases.push_back({.begin = 1, .end = 2});
  trace.scheduler_busy.push_back(7);
  EXPECT_EQ(Fingerprint(trace), Fingerprint(Small()));
}

}  // namespace
}  // namespace npusched
