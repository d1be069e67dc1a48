#include "reports/text.h"

#include <gtest/gtest.h>

#include "reports/text_grid.h"

namespace npusched {
namespace {

std::string UsText(Picoseconds t) {
  std::string out;
  AppendUs(out, t);
  return out;
}

TEST(Text, MicrosecondsKeepEveryPicosecond) {
  EXPECT_EQ(UsText(0), "0");
  EXPECT_EQ(UsText(1), "0.000001");
  EXPECT_EQ(UsText(999'999), "0.999999");
  EXPECT_EQ(UsText(1'000'000), "1");
  EXPECT_EQ(UsText(12'500'000), "12.5");
  EXPECT_EQ(UsText(-1'500'000), "-1.5");
  EXPECT_EQ(UsText(INT64_MAX), "9223372036854.775807");
  EXPECT_EQ(UsText(INT64_MIN), "-9223372036854.775808");
}

TEST(Text, NearestMicrosecondsRoundTrip) {
  for (const Picoseconds t : {Picoseconds{1}, Picoseconds{123'456'789'123'457}, Picoseconds{3}}) {
    EXPECT_EQ(FromUs(NearestUs(t)), t);
  }
}

TEST(Text, CoresAreNumberedWithinTheirType) {
  Machine machine;
  machine.clusters = 24;
  EXPECT_EQ(CoreName(machine, 23), "AIC_23");
  EXPECT_EQ(CoreName(machine, 24), "AIV_0");
  EXPECT_EQ(CoreName(machine, 71), "AIV_47");
}

TEST(Text, JsonStringsEscapeAndReplaceWhatIsNoUtf8) {
  EXPECT_EQ(JsonString("a\"b\n"), R"("a\"b\n")");
  EXPECT_EQ(JsonString("\xff"), "\"\xEF\xBF\xBD\"");
}

TEST(Text, CsvFieldsAreQuotedOnlyWhenTheyHaveTo) {
  EXPECT_EQ(CsvField("silu"), "silu");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("a\"b"), "\"a\"\"b\"");
}

TEST(TextGrid, AlignsByShownCharacters) {
  TextGrid grid({{"name", false}, {"us", true}});
  grid.Add({"µ", "10"});
  grid.Add({"longer", "5"});
  EXPECT_EQ(grid.Print(/*color=*/false),
            "name    us\n"
            "µ       10\n"
            "longer   5\n");
  EXPECT_EQ(grid.Print(/*color=*/true).substr(0, 16), "\x1b[1mname    us\x1b[");
}

}  // namespace
}  // namespace npusched
