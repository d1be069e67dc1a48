#include "reports/table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace npusched {
namespace {

VariantSummary Variant(const std::string& name, double makespan_us, std::uint32_t silu_cores) {
  VariantSummary variant;
  variant.name = name;
  variant.tasks.total = 588;
  variant.edges.unique_pairs = 1739;
  variant.longest_chain_tasks = 101;
  variant.makespan = FromUs(makespan_us);
  variant.aic_utilisation_pct = 71.04;
  variant.aiv_utilisation_pct = 5.5;
  variant.overhead.has = variant.makespan / 10;
  variant.bounds[Bound::kAicWork] = variant.makespan / 2;
  variant.kernels = {{.name = "gate", .count = 68, .distinct_cores = 24, .peak_concurrency = 24},
                     {.name = "silu", .count = 68, .distinct_cores = silu_cores, .peak_concurrency = silu_cores}};
  return variant;
}

TEST(ComparisonTable, ComparesVariantsAndTheKernelsThatDiffer) {
  const ScenarioSummary summary{.scenario = "silu_fanout",
                                .variants = {Variant("inferred", 1240.5, 1), Variant("silu_manual", 992.4, 14)}};
  EXPECT_EQ(
      ComparisonTable(summary, {}),
      "silu_fanout (native)\n"
      "variant      makespan us  speed-up  bound by                tasks  pairs  chain  AIC %  AIV %  overhead %\n"
      "inferred         1240.50     1.00x  aic_work 620.2 us 50 %    588   1739    101   71.0    5.5        10.0\n"
      "silu_manual       992.40     1.25x  aic_work 496.2 us 50 %    588   1739    101   71.0    5.5        10.0\n"
      "\n"
      "cores used / most at once\n"
      "kernel  inferred  silu_manual\n"
      "silu       1 / 1      14 / 14\n");
}

TEST(ComparisonTable, ASingleVariantHasNoSecondTable) {
  const std::string table = ComparisonTable({.scenario = "tiny", .variants = {Variant("base", 10, 1)}}, {});
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3);
}

TEST(ComparisonTable, NamesTaskCountsWhenTheyDiffer) {
  ScenarioSummary summary{.scenario = "s", .variants = {Variant("a", 10, 1), Variant("b", 10, 1)}};
  summary.variants[1].kernels[1].count = 34;
  summary.variants[1].kernels.erase(summary.variants[1].kernels.begin());
  const std::string table = ComparisonTable(summary, {});
  EXPECT_NE(table.find("tasks on cores used / most at once\n"
                       "kernel              a            b\n"
                       "gate    68 on 24 / 24            -\n"
                       "silu      68 on 1 / 1  34 on 1 / 1\n"),
            std::string::npos)
      << table;
}

TEST(ComparisonTable, ASweepHasAColumnForEachKeyAndComparesAtTheSamePoint) {
  ScenarioSummary summary;
  summary.scenario = "sweep";
  for (const char* chunk : {"64", "512"}) {
    for (const auto& [name, us] : {std::pair("inferred", 40.0), std::pair("manual", 20.0)}) {
      summary.variants.push_back(Variant(name, chunk[0] == '6' ? us : us / 4, 1));
      summary.variants.back().point = {{"program.vocab_chunk", chunk}};
    }
  }
  EXPECT_EQ(
      ComparisonTable(summary, {}),
      "sweep (native)\n"
      "#  variant   vocab_chunk  makespan us  speed-up  bound by               tasks  pairs  chain  AIC %  AIV %  "
      "overhead %\n"
      "1  inferred           64        40.00     1.00x  aic_work 20.0 us 50 %    588   1739    101   71.0    5.5 "
      "       10.0\n"
      "2  manual             64        20.00     2.00x  aic_work 10.0 us 50 %    588   1739    101   71.0    5.5 "
      "       10.0\n"
      "3  inferred          512        10.00     1.00x  aic_work 5.0 us 50 %     588   1739    101   71.0    5.5 "
      "       10.0\n"
      "4  manual            512         5.00     2.00x  aic_work 2.5 us 50 %     588   1739    101   71.0    5.5 "
      "       10.0\n");
}

TEST(ComparisonTable, ASweepOfOneVariantComparesWithItsFirstPoint) {
  ScenarioSummary summary{.scenario = "sweep", .variants = {Variant("base", 40, 1), Variant("base", 10, 1)}};
  summary.variants[0].point = {{"program.vocab_chunk", "64"}};
  summary.variants[1].point = {{"program.vocab_chunk", "512"}};
  EXPECT_NE(ComparisonTable(summary, {}).find("4.00x"), std::string::npos);
}

TEST(ComparisonTable, TwelveVariantsAreNumberedAndStayNarrow) {
  ScenarioSummary summary;
  summary.scenario = "many";
  for (std::uint32_t i = 0; i < 12; ++i) {
    summary.variants.push_back(Variant("variant_with_a_name_" + std::to_string(i), 100 - i, i + 1));
  }
  const std::string table = ComparisonTable(summary, {});
  EXPECT_NE(table.find("kernel     #1     #2"), std::string::npos) << table;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 132U) << line;
}

TEST(ComparisonTable, NamesAStatusOnlyWhenOneFailed) {
  ScenarioSummary summary{.scenario = "s", .variants = {Variant("a", 10, 1), Variant("b", 0, 1)}};
  EXPECT_EQ(ComparisonTable(summary, {}).find("status"), std::string::npos);
  summary.variants[1].status = "deadlock 2";
  const std::string table = ComparisonTable(summary, {});
  EXPECT_NE(table.find("  status\n"), std::string::npos);
  EXPECT_NE(table.find("  deadlock 2\n"), std::string::npos);
}

TEST(ComparisonTable, HasColoursOnlyOnRequest) {
  const ScenarioSummary summary{.scenario = "s", .variants = {Variant("a", 10, 1)}};
  EXPECT_EQ(ComparisonTable(summary, {}).find('\x1b'), std::string::npos);
  EXPECT_NE(ComparisonTable(summary, {.color = true}).find('\x1b'), std::string::npos);
}

TEST(ComparisonTable, ADeadlockHasNoTimesAndStandsApartFromTheKernels) {
  ScenarioSummary summary{.scenario = "s", .variants = {Variant("a", 0, 0), Variant("b", 10, 2), Variant("c", 5, 2)}};
  summary.variants[0].status = "deadlock";
  summary.variants[0].deadlock.emplace().code = 3;
  const std::string table = ComparisonTable(summary, {});
  std::istringstream lines(table);
  std::string line;
  for (int i = 0; i < 3; ++i) std::getline(lines, line);
  EXPECT_EQ(line.substr(0, 37), "a                  -         -  -    ") << table;
  EXPECT_TRUE(line.ends_with("  -  deadlock 3")) << table;
  EXPECT_EQ(table.find("kernel"), std::string::npos) << table;
}

}  // namespace
}  // namespace npusched
