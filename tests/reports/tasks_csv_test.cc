#include "reports/tasks_csv.h"

#include <gtest/gtest.h>

#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

TEST(TasksCsv, HasALineForEveryRowInOrderOfTaskAndOneForTasksWithoutACore) {
  const WrittenRun run = ParseRun(R"(
    machine 1 1
    task X alloc 0 0.5 0.5
    task A aic 0.5 1 1
    task M mix 1 2 14 after A by A
    row A AIC_0 2 3 13 13.5
    row M AIC_0 15 16 20 20.5
    row M AIV_1 15 16.000001 21 21.5
  )");
  std::string csv;
  AppendTasksCsv(run.input(), run.trace, csv);
  EXPECT_EQ(csv,
            "task,kernel,core,block,slot,submit_us,ready_us,dispatch_us,receive_us,start_us,end_us,finish_us,"
            "complete_us,released_by,thread\n"
            "0,X,,,,0.5,0.5,,,,,,0.5,,\n"
            "1,A,AIC_0,0,aic,1,1,2,2.001,3,13,13.5,13.5,,0\n"
            "2,M,AIC_0,0,aic,2,14,15,15.001,16,20,20.5,21.5,1,0\n"
            "2,M,AIV_1,0,aiv1,2,14,15,15.001,16.000001,21,21.5,21.5,1,0\n");
}

TEST(TasksCsv, QuotesKernelNames) {
  WrittenRun run = ParseRun("machine 1 1\n task A aic 0 1 1\n row A AIC_0 2 3 4 5");
  run.program.kernels[0].name = "a,b";
  std::string csv;
  AppendTasksCsv(run.input(), run.trace, csv);
  EXPECT_NE(csv.find("\n0,\"a,b\",AIC_0,"), std::string::npos);
}

}  // namespace
}  // namespace npusched
