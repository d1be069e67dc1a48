#include "hw_models/runtime_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hw_models/small_machine.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

RuntimeConfig Tmr() {
  const Result<RuntimeConfig> config = ReadRuntimeConfig(Config("runtime/tmr_2026_08"));
  EXPECT_TRUE(config.ok()) << (config.ok() ? "" : config.error().ToString());
  return config.ok() ? *config : RuntimeConfig{};
}

std::string ErrorWith(const std::string& path, ConfigNode value) {
  ConfigNode node = Config("runtime/tmr_2026_08");
  value.where = {"my.yaml", 3, 7, ""};
  EXPECT_TRUE(SetPath(node, path, value).ok());
  const Result<RuntimeConfig> config = ReadRuntimeConfig(node);
  return config.ok() ? "ok" : config.error().ToString();
}
std::string ErrorWith(const std::string& path, const std::string& value) {
  return ErrorWith(path, ConfigNode::Scalar(value));
}

TEST(ReadRuntimeConfig, ReadsTimesInPicoseconds) {
  const RuntimeConfig config = Tmr();
  EXPECT_EQ(config.name, "tmr_2026_08");
  EXPECT_EQ(config.schedulers, 3);
  EXPECT_EQ(config.policies.pending_slots, PendingSlots::kPeerIdle);
  EXPECT_EQ(config.scheduler.poll_core, 100'000);
  EXPECT_EQ(config.submit.lookup_entry, 1'900);
  EXPECT_EQ(config.link.write_visible, 140'000);
}

TEST(ReadRuntimeConfig, SaysWhereAValueIsWrong) {
  EXPECT_EQ(ErrorWith("schedulers", "0"),
            "my.yaml:3:7: runtime.schedulers: expected an integer between 1 and 16, got '0'");
  EXPECT_THAT(ErrorWith("submit.insert_ns", "-1"), HasSubstr("runtime.submit.insert_ns"));
  EXPECT_EQ(ErrorWith("submit.insert_ns", "1e9"), "ok");
  EXPECT_EQ(ErrorWith("submit.insert_ns", "1.1e9"),
            "my.yaml:3:7: runtime.submit.insert_ns: expected at most one second");
  EXPECT_EQ(ErrorWith("scheduler.iteration_ns", "0.001"), "ok");
  EXPECT_THAT(ErrorWith("scheduler.iteration_ns", "0"), HasSubstr("expected at least 0.001"));
  EXPECT_THAT(ErrorWith("link.setup_ns", ConfigNode{}), HasSubstr("runtime.link.setup_ns: expected a value"));
  EXPECT_THAT(ErrorWith("link.set_up_ns", "1"), HasSubstr("did you mean 'setup_ns'?"));
}

TEST(ReadRuntimeConfig, PendingSlotsAreNamedOrSwitched) {
  EXPECT_EQ(ErrorWith("policies.pending_slots", "true"), "ok");
  EXPECT_EQ(ErrorWith("policies.pending_slots", "surplus_floor"), "ok");
  EXPECT_THAT(ErrorWith("policies.pending_slots", "surplus_flor"), HasSubstr("did you mean 'surplus_floor'?"));
  EXPECT_THAT(ErrorWith("policies.mix_admission", "gated"),
              HasSubstr("runtime.policies.mix_admission: expected one of"));
  EXPECT_THAT(ErrorWith("policies.mix_pendign", "true"), HasSubstr("did you mean 'mix_pending'?"));
}

TEST(ReadRuntimeConfig, AFloorNeedsItsNumber) {
  ConfigNode node = Config("runtime/tmr_2026_08");
  ASSERT_TRUE(SetPath(node, "policies.pending_slots", ConfigNode::Scalar("surplus_floor")).ok());
  EXPECT_EQ(ReadRuntimeConfig(node)->policies.pending_floor, 4U);
  ASSERT_TRUE(SetPath(node, "policies.pending_floor", ConfigNode::Scalar("0")).ok());
  const Result<RuntimeConfig> config = ReadRuntimeConfig(node);
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().ToString(), HasSubstr("expected a number of tasks: pending_slots is surplus_floor"));
}

TEST(ReadRuntimeConfig, RedundantEdgesAreNamedOrANumber) {
  EXPECT_EQ(ErrorWith("policies.drop_redundant_edges", "64"), "ok");
  EXPECT_EQ(ErrorWith("policies.drop_redundant_edges", "exact"), "ok");
  EXPECT_THAT(ErrorWith("policies.drop_redundant_edges", "exakt"), HasSubstr("did you mean 'exact'?"));
  EXPECT_THAT(ErrorWith("policies.drop_redundant_edges", "0"), HasSubstr("expected an integer between 1 and"));
}

TEST(ReadRuntimeConfig, CostFactorsAreAtLeastOneAndAtMostOneAThread) {
  const auto list = [](const std::vector<std::string>& texts) {
    ConfigNode node;
    node.kind = NodeKind::kList;
    for (const std::string& text : texts) node.items.push_back(ConfigNode::Scalar(text));
    return node;
  };
  EXPECT_EQ(ErrorWith("thread_cost_factor", list({"1", "1", "2.5"})), "ok");
  EXPECT_THAT(ErrorWith("thread_cost_factor", list({"0.9"})),
              HasSubstr("expected numbers between 1 and 100, got '0.9'"));
  EXPECT_THAT(ErrorWith("thread_cost_factor", list({"1", "1", "1", "1"})), HasSubstr("expected at most 3 numbers"));
}

TEST(CostsOfThread, ScaleWhatIsNotARegisterAccess) {
  RuntimeConfig config = Tmr();
  config.thread_cost_factor = {1, 2};
  EXPECT_EQ(CostsOfThread(config, 0).complete_edge, config.scheduler.complete_edge);
  EXPECT_EQ(CostsOfThread(config, 1).complete_edge, 2 * config.scheduler.complete_edge);
  EXPECT_EQ(CostsOfThread(config, 1).iteration, 2 * config.scheduler.iteration);
  EXPECT_EQ(CostsOfThread(config, 1).poll_core, config.scheduler.poll_core);
  EXPECT_EQ(CostsOfThread(config, 2).complete_edge, config.scheduler.complete_edge);
}

TEST(ColdStart, JitterIsDrawnFromItsSeed) {
  LinkCosts link;
  EXPECT_EQ(ColdStart(link, 3), 0);
  link.start_jitter = 1000;
  const Picoseconds first = ColdStart(link, 3);
  EXPECT_EQ(ColdStart(link, 3), first);
  bool differs = false;
  for (CoreId core = 0; core < 72; ++core) {
    EXPECT_GE(ColdStart(link, core), 0);
    EXPECT_LE(ColdStart(link, core), 1000);
    LinkCosts other = link;
    other.start_jitter_seed = 1;
    differs = differs || ColdStart(other, core) != ColdStart(link, core);
  }
  EXPECT_TRUE(differs);
}

// 65 page steps of paged attention (QK, SF, PV, UP) after an ALLOC: the run whose submits were published to take
// 0.874 us each, its user code apart. docs/cost_model.md has the derivation of the steps.
TEST(SubmitCosts, GiveThePublishedAverageOfAPagedAttentionRun) {
  struct Counts {
    int tensors, lookups, entries, inserts, producers, allocates;
  };
  const SubmitCosts cost = Tmr().submit;
  const auto price = [&](const Counts& c) {
    return cost.slot + cost.sync + cost.finalize + c.tensors * cost.payload_tensor + c.lookups * cost.lookup +
           c.entries * cost.lookup_entry + c.inserts * cost.insert + c.producers * cost.fanin_edge +
           c.allocates * cost.heap;
  };
  const Picoseconds alloc = price({3, 0, 0, 0, 0, 1}) + cost.scope_end;
  const Picoseconds step = price({4, 3, 0, 0, 0, 1}) + price({5, 2, 0, 0, 1, 1}) + price({4, 3, 0, 0, 1, 1}) +
                           price({7, 6, 3, 3, 4, 0}) + cost.scope_end;
  const double average = ToUs(alloc + 65 * step) / (1 + 4 * 65);
  EXPECT_NEAR(average, 0.874, 0.05 * 0.874);
}

}  // namespace
}  // namespace npusched
