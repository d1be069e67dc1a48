#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/config.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(std::string_view text) {
  const Result<ConfigNode> parsed = ParseYaml(text, "f.yaml");
  return parsed.ok() ? "ok" : parsed.error().ToString();
}

TEST(ParseYaml, NodesKnowTheirPlaceFromOne) {
  const Result<ConfigNode> root = ParseYaml("a: 1\nb:\n  - x\n  - {c: '2'}\n", "f.yaml");
  ASSERT_TRUE(root.ok()) << root.error().ToString();
  EXPECT_EQ(root->Find("a")->where.ToString(), "f.yaml:1:4");
  const ConfigNode& item = root->Find("b")->items[1];
  EXPECT_EQ(item.Find("c")->where.ToString(), "f.yaml:4:9");
  EXPECT_EQ(item.entries[0].where.ToString(), "f.yaml:4:6");
  EXPECT_TRUE(item.Find("c")->quoted);
  EXPECT_FALSE(root->Find("a")->quoted);
}

TEST(ParseYaml, JsonIsYamlToo) {
  const Result<ConfigNode> root = ParseYaml(R"({"a": [1, 2], "b": null})", "f.json");
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->Find("a")->items.size(), 2U);
  EXPECT_EQ(root->Find("b")->kind, NodeKind::kNull);
}

TEST(ParseYaml, ADuplicateKeyIsRefusedAtItsSecondPlace) {
  EXPECT_EQ(ErrorOf("a: 1\nb: 2\na: 3\n"), "f.yaml:3:1: expected each key once, got 'a' again (first in line 1)");
}

TEST(ParseYaml, WhatIsNotYamlIsRefusedWithItsPlace) {
  EXPECT_THAT(ErrorOf("a: [1, 2\nb: 3\n"), HasSubstr("f.yaml:2:"));
  EXPECT_THAT(ErrorOf("a: b: c\n"), HasSubstr("f.yaml:1:"));
  EXPECT_EQ(ErrorOf(""), "f.yaml:1:1: expected YAML, got an empty file");
  EXPECT_EQ(ErrorOf("# only a comment\n"), "f.yaml:1:1: expected YAML, got an empty file");
}

TEST(ParseYaml, SeveralDocumentsAreRefused) {
  EXPECT_THAT(ErrorOf("a: 1\n---\nb: 2\n"), HasSubstr("expected one YAML document"));
}

TEST(ParseYaml, AliasesCopyTheirAnchor) {
  const Result<ConfigNode> root = ParseYaml("a: &x {k: 1}\nb: *x\n", "f.yaml");
  ASSERT_TRUE(root.ok());
  EXPECT_EQ(root->Find("b")->Find("k")->scalar, "1");
}

TEST(ParseYaml, AnAnchorThatContainsItselfIsRefused) {
  EXPECT_THAT(ErrorOf("a: &x [1, *x]\n"), HasSubstr("f.yaml:1:"));
}

TEST(ParseYaml, NestedAliasesThatExplodeAreRefused) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    std::string aliases;
    for (int k = 0; k < 10; ++k) {
      aliases += fmt::format("*a{},", i - 1);
    }
    bomb += fmt::format("a{0}: &a{0} [{1}]\n", i, aliases);
  }
  EXPECT_THAT(ErrorOf(bomb), HasSubstr("expected at most 1000000 values"));
}

TEST(ParseYaml, SixtyFourLevelsPassAndSixtyFiveDoNot) {
  EXPECT_EQ(ErrorOf(std::string(64, '[') + std::string(64, ']')), "ok");
  EXPECT_THAT(ErrorOf(std::string(65, '[') + std::string(65, ']')), HasSubstr("expected at most 64 levels"));
}

TEST(ParseYaml, ForeignTagsAreRefused) { EXPECT_THAT(ErrorOf("a: !!python/object x\n"), HasSubstr("f.yaml:1:")); }

TEST(LoadYaml, AMissingFileIsAnErrorThatNamesIt) {
  const Result<ConfigNode> loaded = LoadYaml("/nonexistent/x.yaml");
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().ToString(), "/nonexistent/x.yaml:1:1: cannot open the file: No such file or directory");
}

TEST(EmitYaml, WhatIsWrittenReadsBackTheSame) {
  const std::string text = "a: 1\nb: \"007\"\nc: [x, ~, 2.50]\nd:\n  e: {f: true}\n  g: 'it: is'\nh: []\n";
  const Result<ConfigNode> once = ParseYaml(text, "f.yaml");
  ASSERT_TRUE(once.ok());
  const std::string written = EmitYaml(*once);
  const Result<ConfigNode> twice = ParseYaml(written, "g.yaml");
  ASSERT_TRUE(twice.ok()) << written;
  EXPECT_EQ(EmitYaml(*twice), written);
  EXPECT_EQ(twice->Find("b")->scalar, "007");
  EXPECT_TRUE(twice->Find("b")->quoted);
  EXPECT_EQ(twice->Find("c")->items[1].kind, NodeKind::kNull);
  EXPECT_EQ(twice->Find("c")->items[2].scalar, "2.50");
}

}  // namespace
}  // namespace npusched
