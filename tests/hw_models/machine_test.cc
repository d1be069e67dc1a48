#include "hw_models/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hw_models/small_machine.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

// The message about `tiny` with one value changed (null: taken away), or "ok".
std::string ErrorWith(const std::string& path, ConfigNode value) {
  ConfigNode node = Config("hardware/tiny");
  value.where = {"my.yaml", 3, 7, ""};
  EXPECT_TRUE(SetPath(node, path, value).ok());
  const Result<Machine> machine = ReadMachine(node);
  return machine.ok() ? "ok" : machine.error().ToString();
}
std::string ErrorWith(const std::string& path, const std::string& value) {
  return ErrorWith(path, ConfigNode::Scalar(value));
}

TEST(ReadMachine, ReadsTheA2a3InBytesAndSeconds) {
  const Machine m = ConfiguredMachine("ascend_a2a3");
  EXPECT_EQ(m.name, "ascend_a2a3");
  EXPECT_EQ(m.aic_count(), 24);
  EXPECT_EQ(m.aiv_count(), 48);
  EXPECT_EQ(m.clock_mhz, 1850);
  EXPECT_EQ(m.hbm_bytes_per_s, 1144e9);
  EXPECT_EQ(m.short_row_penalty, 0.2);
  EXPECT_EQ(m.ub_bytes, 196608 - 8192);
  EXPECT_EQ(m.vector[static_cast<std::size_t>(VectorOp::kDiv)].per_repeat, 4.03);
  EXPECT_EQ(m.vector[static_cast<std::size_t>(VectorOp::kFill)].head, 24);
  EXPECT_TRUE(m.sharing);
}

TEST(ReadMachine, ReadsTheOthersToo) {
  EXPECT_EQ(ConfiguredMachine("ascend_a5").clusters, 36);
  EXPECT_EQ(ConfiguredMachine("tiny").clusters, 2);
}

TEST(ReadMachine, SaysWhereAValueIsWrong) {
  EXPECT_EQ(ErrorWith("clusters", "0"),
            "my.yaml:3:7: hardware.clusters: expected an integer between 1 and 4096, got '0'");
  EXPECT_EQ(ErrorWith("clusters", "4096"), "ok");
  EXPECT_THAT(ErrorWith("clusters", "4097"), HasSubstr("got '4097'"));
  EXPECT_THAT(ErrorWith("clock_mhz", "nan"), HasSubstr("hardware.clock_mhz"));
  EXPECT_THAT(ErrorWith("memory.hbm_gb_per_s", "0"), HasSubstr("hardware.memory.hbm_gb_per_s"));
  EXPECT_THAT(ErrorWith("paths.gm_to_l1_bytes_per_cycle", "-1"), HasSubstr("hardware.paths.gm_to_l1_bytes_per_cycle"));
  EXPECT_THAT(ErrorWith("memory.short_row_penalty_pct", "100"), HasSubstr("between 0 and 99"));
  EXPECT_THAT(ErrorWith("memory.line_waste_pct", "101"), HasSubstr("between 0 and 100"));
  EXPECT_THAT(ErrorWith("scalar.table_read_cycles", "-1"), HasSubstr("hardware.scalar.table_read_cycles"));
  EXPECT_THAT(ErrorWith("memory.sharing", "maybe"), HasSubstr("true or false"));
  EXPECT_THAT(ErrorWith("schema", "npusched.runtime/1"), HasSubstr("npusched.hardware/1"));
}

TEST(ReadMachine, NamesTheNearestKeyOfAMisspelledOne) {
  EXPECT_THAT(ErrorWith("memory.hbm_gb_per_sec", "100"), HasSubstr("did you mean 'hbm_gb_per_s'?"));
  EXPECT_THAT(ErrorWith("vector.ops.divide.head_cycles", "1"), HasSubstr("hardware.vector.ops.divide: unknown key"));
}

TEST(ReadMachine, NeedsEveryKey) {
  EXPECT_THAT(ErrorWith("buffers.l0c_bytes", ConfigNode{}), HasSubstr("hardware.buffers.l0c_bytes: expected a value"));
  EXPECT_THAT(ErrorWith("vector.ops.exp", ConfigNode{}), HasSubstr("hardware.vector.ops.exp.per_repeat_cycles"));
}

TEST(ReadMachine, TheReservedPartOfUbLeavesSomething) {
  EXPECT_EQ(ErrorWith("buffers.ub_reserved_bytes", "196607"), "ok");
  EXPECT_EQ(ErrorWith("buffers.ub_reserved_bytes", "196608"),
            "my.yaml:3:7: hardware.buffers.ub_reserved_bytes: expected less than ub_bytes");
}

TEST(ReadMachine, SharingIsATruth) { EXPECT_EQ(ErrorWith("memory.sharing", "true"), "ok"); }

}  // namespace
}  // namespace npusched
