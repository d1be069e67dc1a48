#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config.h"

namespace npusched {
namespace {

using ::testing::HasSubstr;

// Reads `n` (an integer from 1 to 100), `rate` (a number) and `mode` (off or on) of `text`.
struct Fields {
  std::int64_t n = 7;
  double rate = 0.5;
  int mode = 0;
};

Status Read(std::string_view text, Fields* out) {
  const Result<ConfigNode> root = ParseYaml(text, "f.yaml");
  EXPECT_TRUE(root.ok()) << root.error().ToString();
  MapReader read(*root, "m");
  read.Optional("n", &out->n, {.min = 1, .max = 100});
  read.Optional("rate", &out->rate);
  read.OptionalEnum("mode", {"off", "on"}, &out->mode);
  return read.Finish();
}

std::string ErrorOf(std::string_view text) {
  Fields fields;
  const Status status = Read(text, &fields);
  return status.ok() ? "ok" : status.error().ToString();
}

TEST(MapReader, AbsentAndNullKeepTheDefault) {
  Fields fields;
  ASSERT_TRUE(Read("{n: ~}", &fields).ok());
  EXPECT_EQ(fields.n, 7);
  EXPECT_EQ(fields.rate, 0.5);
}

TEST(MapReader, IntegersKeepToTheirRangeOnBothSides) {
  EXPECT_EQ(ErrorOf("{n: 1}"), "ok");
  EXPECT_EQ(ErrorOf("{n: 100}"), "ok");
  EXPECT_EQ(ErrorOf("{n: 0}"), "f.yaml:1:5: m.n: expected an integer between 1 and 100, got '0'");
  EXPECT_EQ(ErrorOf("{n: 101}"), "f.yaml:1:5: m.n: expected an integer between 1 and 100, got '101'");
  EXPECT_THAT(ErrorOf("{n: 1152921504606846976}"), HasSubstr("between 1 and 100, got '1152921504606846976'"));
  EXPECT_THAT(ErrorOf("{n: 99999999999999999999999}"), HasSubstr("between 1 and 100"));
}

TEST(MapReader, WholeNumbersOfAnySpellingAreIntegers) {
  Fields fields;
  ASSERT_TRUE(Read("{n: 5e1}", &fields).ok());
  EXPECT_EQ(fields.n, 50);
  EXPECT_THAT(ErrorOf("{n: 1.5}"), HasSubstr("expected an integer"));
  EXPECT_THAT(ErrorOf("{n: \"5\"}"), HasSubstr("expected an integer"));
  EXPECT_THAT(ErrorOf("{n: 5x}"), HasSubstr("expected an integer"));
}

TEST(MapReader, NumbersAreFinite) {
  for (const char* bad : {"nan", ".nan", "inf", "-inf", "1e999", "x"}) {
    EXPECT_THAT(ErrorOf(std::string("{rate: ") + bad + "}"), HasSubstr("m.rate: expected a number, finite")) << bad;
  }
}

TEST(MapReader, ListsAndMapsAreNotScalars) {
  EXPECT_THAT(ErrorOf("{n: [1]}"), HasSubstr("got a list"));
  EXPECT_THAT(ErrorOf("{mode: {a: 1}}"), HasSubstr("expected one of off, on, got a map"));
  EXPECT_EQ(ErrorOf("[1, 2]"), "f.yaml:1:1: m: expected a map, got a list");
}

TEST(MapReader, ABadNameShowsTheNearest) {
  EXPECT_EQ(ErrorOf("{mode: onn}"), "f.yaml:1:8: m.mode: expected one of off, on, got 'onn'; did you mean 'on'?");
  EXPECT_EQ(ErrorOf("{n: 1,\n raet: 2}"),
            "f.yaml:2:2: m.raet: unknown key, expected one of n, rate, mode; did you mean 'rate'?");
}

TEST(MapReader, ANumberMayCarryItsSource) {
  Fields fields;
  ASSERT_TRUE(Read("{n: {value: 9, range: [5, 10], source: data sheet}}", &fields).ok());
  EXPECT_EQ(fields.n, 9);
  EXPECT_THAT(ErrorOf("{n: {source: x}}"), HasSubstr("m.n.value: expected a value, but the key is missing"));
  EXPECT_THAT(ErrorOf("{n: {value: 9, sauce: x}}"), HasSubstr("did you mean 'source'?"));
  EXPECT_THAT(ErrorOf("{n: {value: 9, range: [10, 5]}}"), HasSubstr("expected two numbers [low, high]"));
}

TEST(MapReader, AValueOutsideItsPublishedRangeNeedsAReason) {
  EXPECT_EQ(ErrorOf("{n: {value: 10, range: [5, 10]}}"), "ok");
  EXPECT_EQ(ErrorOf("{n: {value: 11, range: [5, 10]}}"),
            "f.yaml:1:13: m.n.value: expected a number within its range [5, 10], or a 'reason' beside it, got '11'");
  EXPECT_EQ(ErrorOf("{n: {value: 11, range: [5, 10], reason: fitted}}"), "ok");
}

TEST(MapReader, AMissingKeyIsNamedUnlessItIsMisspelled) {
  const auto error_of = [](std::string_view text) {
    const Result<ConfigNode> root = ParseYaml(text, "f.yaml");
    MapReader read(*root, "m");
    std::int64_t clusters = 0;
    read.Required("clusters", &clusters);
    return read.Finish().error().ToString();
  };
  EXPECT_EQ(error_of("{}"), "f.yaml:1:1: m.clusters: expected a value, but the key is missing");
  EXPECT_THAT(error_of("{clutsers: 3}"), HasSubstr("did you mean 'clusters'?"));
}

TEST(MapReader, AMissingKeyOfAnAbsentMapStillHasAPlace) {
  const Result<ConfigNode> root = ParseYaml("{a: 1}", "f.yaml");
  MapReader read(*root, "m");
  MapReader inner(read.ChildMap("memory"), "m.memory");
  std::int64_t bytes = 0;
  inner.Required("bytes", &bytes);
  EXPECT_EQ(inner.Finish().error().ToString(), "f.yaml:1:1: m.memory.bytes: expected a value, but the key is missing");
}

TEST(MapReader, TimesAreNeverNegative) {
  const auto read_time = [](std::string_view text, Picoseconds* out) {
    const Result<ConfigNode> root = ParseYaml(text, "f.yaml");
    MapReader read(*root, "");
    read.OptionalTime("poll_ns", out);
    return read.Finish();
  };
  Picoseconds poll = 5;
  EXPECT_TRUE(read_time("{poll_ns: 0}", &poll).ok());
  EXPECT_EQ(poll, 0);
  EXPECT_TRUE(read_time("{poll_ns: 0.0015}", &poll).ok());
  EXPECT_EQ(poll, 2);
  for (const char* bad : {"-1", "-0.001", ".nan", "1e300"}) {
    EXPECT_FALSE(read_time(std::string("{poll_ns: ") + bad + "}", &poll).ok()) << bad;
  }
}

TEST(MapReader, NarrowIntegersKeepToTheirType) {
  const Result<ConfigNode> root = ParseYaml("{a: 4294967295, b: 4294967296}", "f.yaml");
  MapReader read(*root, "");
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  EXPECT_TRUE(read.Optional("a", &a));
  EXPECT_FALSE(read.Optional("b", &b));
  EXPECT_EQ(a, 4294967295U);
  EXPECT_THAT(read.Finish().error().ToString(), HasSubstr("b: expected an integer between 0 and 4294967295"));
}

TEST(MapReader, ListsOfIntegersNameTheBadItem) {
  const Result<ConfigNode> root = ParseYaml("{seq_lens: [1, 0, 2]}", "f.yaml");
  MapReader read(*root, "w");
  std::vector<std::int64_t> values;
  EXPECT_FALSE(read.Optional("seq_lens", &values, {.min = 1}));
  EXPECT_THAT(read.Finish().error().ToString(), HasSubstr("f.yaml:1:16: w.seq_lens[1]: expected an integer"));
}

TEST(MapReader, TheFirstErrorIsKept) {
  EXPECT_THAT(ErrorOf("{mode: x, n: 0}"), HasSubstr("m.n"));  // in reading order
}

}  // namespace
}  // namespace npusched
