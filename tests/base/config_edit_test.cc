#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config.h"

namespace npusched {
namespace {

ConfigNode Parse(std::string_view text) {
  Result<ConfigNode> parsed = ParseYaml(text, "f.yaml");
  EXPECT_TRUE(parsed.ok()) << parsed.error().ToString();
  return *parsed;
}

TEST(Merge, MapsMergeKeyByKeyAndListsAreReplaced) {
  ConfigNode base = Parse("{a: {x: 1, y: 2}, l: [1, 2]}");
  Merge(base, Parse("{a: {y: 3, z: 4}, l: [9], n: 5}"));
  EXPECT_EQ(EmitYaml(base), EmitYaml(Parse("{a: {x: 1, y: 3, z: 4}, l: [9], n: 5}")));
}

TEST(SetPath, MakesMapsOnTheWay) {
  ConfigNode root = Parse("{a: 1}");
  ASSERT_TRUE(SetPath(root, "b.c.d", ConfigNode::Scalar("2")).ok());
  EXPECT_EQ(root.Find("b")->Find("c")->Find("d")->scalar, "2");
}

TEST(SetPath, APlainValueReplacesANumberWithItsSource) {
  ConfigNode root = Parse("{clusters: {value: 24, range: [20, 24], source: data sheet}}");
  ASSERT_TRUE(SetPath(root, "clusters", ConfigNode::Scalar("48")).ok());
  EXPECT_EQ(root.Find("clusters")->kind, NodeKind::kScalar);
  EXPECT_EQ(root.Find("clusters")->scalar, "48");
}

TEST(SetPath, APathThroughAValueIsRefusedAtTheValue) {
  ConfigNode root = Parse("{a: 1}");
  const Status status = SetPath(root, "a.b", ConfigNode::Scalar("2", {"--set", 1, 5, ""}));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().ToString(),
            "--set:1:5: a.b: expected a path into maps, but what stands before 'b' is a value");
  EXPECT_FALSE(SetPath(root, "", ConfigNode::Scalar("2")).ok());
  EXPECT_FALSE(SetPath(root, "x..y", ConfigNode::Scalar("2")).ok());
}

TEST(ParseOverride, TheValueIsYaml) {
  const auto parsed = ParseOverride("program.workload.seq_lens={random: [1, 128], seed: 3}");
  ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
  EXPECT_EQ(parsed->first, "program.workload.seq_lens");
  EXPECT_EQ(parsed->second.Find("seed")->scalar, "3");
  EXPECT_EQ(parsed->second.where.ToString(), "--set:1:27");
}

TEST(ParseOverride, AnythingWithoutAKeyAndAnEqualsSignIsRefused) {
  EXPECT_FALSE(ParseOverride("program.layers").ok());
  EXPECT_FALSE(ParseOverride("=3").ok());
  EXPECT_FALSE(ParseOverride("a=[1").ok());
  EXPECT_TRUE(ParseOverride("a=").ok());
}

TEST(NearestName, FindsSlipsAndNothingFarAway) {
  const std::vector<std::string> known = {"layers", "lm_head", "vocab_chunk", "rope"};
  EXPECT_EQ(NearestName("layer", known), "layers");
  EXPECT_EQ(NearestName("lyaers", known), "layers");
  EXPECT_EQ(NearestName("LM-Head", known), "lm_head");
  EXPECT_EQ(NearestName("vocab", known), "vocab_chunk");
  EXPECT_EQ(NearestName("temperature", known), "");
  EXPECT_EQ(NearestName("x", known), "");
}

}  // namespace
}  // namespace npusched
