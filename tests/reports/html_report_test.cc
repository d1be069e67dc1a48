#include "reports/html_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <map>
#include <numeric>

#include "reports/columns.h"
#include "reports/deflate.h"
#include "reports/html_page.h"
#include "tests/reports/run_fixture.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr std::string_view kRun = R"(
  machine 1 2
  task A aic 0 1 1
  task B aiv 1 2 14 after A by A
  row A AIC_0 2 3 13 13.5
  row B AIV_1 15 16 26 26.5
  phase 1 complete 13.5 14
)";

std::string FromBase64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.find('='))) {
    bits = bits << 6U | static_cast<std::uint32_t>(kDigits.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> static_cast<unsigned>(count) & 0xFFU));
  }
  return out;
}

std::string Gunzip(std::string bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(1U << 20U, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

// As the page's script reads them.
std::map<std::string, std::vector<std::int64_t>> Unpack(const Json& directory, std::string_view base64) {
  const std::string bytes = Gunzip(FromBase64(base64));
  std::map<std::string, std::vector<std::int64_t>> columns;
  std::size_t at = 0;
  for (const Json& entry : directory) {
    std::int64_t before = 0;
    for (std::int64_t i = 0; i < entry[1]; ++i) {
      std::uint64_t value = 0;
      unsigned shift = 0;
      do {
        value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes[at]) & 0x7FU) << shift;
        shift += 7;
      } while ((static_cast<std::uint8_t>(bytes[at++]) & 0x80U) != 0);
      const auto number = static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
      columns[entry[0]].push_back(before + number);
      if (entry[2] == 1) before += number;
    }
  }
  EXPECT_EQ(at, bytes.size());
  return columns;
}

HtmlRun Take(const WrittenRun& run) {
  return TakeHtmlRun("base", run.input(), run.trace, Attribute(run.input(), run.trace));
}

ScenarioSummary SummaryOf(const WrittenRun& run) {
  ScenarioSummary summary{.scenario = "written", .engine = "native", .variants = {Summarize(run.input(), run.trace)}};
  summary.variants[0].name = "base";
  return summary;
}

// The content of the script element with this id.
std::string ScriptOf(const std::string& page, const std::string& id) {
  const std::size_t from = page.find('>', page.find("id=\"" + id + "\"")) + 1;
  return page.substr(from, page.find("</script>", from) - from);
}

TEST(ColumnPack, NumbersOfAnySizeAndSignComeBack) {
  const std::vector<std::int64_t> numbers = {0, -1, 1, 63, 64, -64, -65, INT64_MAX / 2, -INT64_MAX / 2, 0, 0};
  ColumnPack pack;
  pack.Column("plain");
  for (const std::int64_t n : numbers) pack.Add(n);
  pack.Column("none");
  pack.Sequence("sequence");
  for (const std::int64_t n : numbers) pack.Add(n);
  auto columns = Unpack(pack.Directory(), pack.Base64());
  EXPECT_EQ(columns["plain"], numbers);
  EXPECT_TRUE(columns["none"].empty());
  EXPECT_EQ(columns["sequence"], numbers);
}

TEST(Deflate, Base64PadsToFours) {
  EXPECT_EQ(ToBase64(""), "");
  EXPECT_EQ(ToBase64("M"), "TQ==");
  EXPECT_EQ(ToBase64("Ma"), "TWE=");
  EXPECT_EQ(ToBase64("Man"), "TWFu");
  EXPECT_EQ(ToBase64("\xff\xfe\xfd\xfc"), "//79/A==");
}

TEST(HtmlRun, HoldsEveryTimeOfEveryTask) {
  const WrittenRun run = ParseRun(kRun);
  const HtmlRun taken = Take(run);
  auto columns = Unpack(taken.meta["columns"], taken.columns);
  EXPECT_THAT(columns["row.task"], ElementsAre(0, 1));
  EXPECT_THAT(columns["row.core"], ElementsAre(0, 2));
  EXPECT_THAT(columns["row.dispatch"], ElementsAre(Us(2), Us(15)));
  EXPECT_THAT(columns["row.length"], ElementsAre(Us(10), Us(10)));
  EXPECT_THAT(columns["row.unseen"], ElementsAre(Us(0.5), Us(0.5)));
  EXPECT_THAT(columns["row.wait"], ElementsAre(2, 1));  // the queue, then a producer
  EXPECT_THAT(columns["task.submit_begin"], ElementsAre(0, Us(1)));
  EXPECT_THAT(columns["task.ready_wait"], ElementsAre(0, Us(12)));
  EXPECT_THAT(columns["task.released_by_before"], ElementsAre(0, 1));
  EXPECT_THAT(columns["edge.count"], ElementsAre(0, 1));
  EXPECT_THAT(columns["edge.producer_before"], ElementsAre(1));
  EXPECT_THAT(columns["phase.thread"], ElementsAre(1));
  EXPECT_EQ(taken.meta["last_end_ps"], Us(26));
  const auto& chain = columns["chain.length"];
  EXPECT_EQ(std::accumulate(chain.begin(), chain.end(), std::int64_t{0}), run.trace.makespan());
}

TEST(HtmlReport, HoldsTheSummaryAndTheColumns) {
  const WrittenRun run = ParseRun(kRun);
  const std::vector<HtmlRun> runs = {Take(run)};
  const std::string page = HtmlReport({.question = "Why?"}, SummaryOf(run), runs);
  const Json report = Json::parse(ScriptOf(page, "report"));
  EXPECT_EQ(report["variants"][0]["summary"]["tasks"]["total"], 2);
  EXPECT_EQ(report["variants"][0]["run"]["kernels"], (Json{"A", "B"}));
  EXPECT_EQ(ScriptOf(page, "columns-0"), runs[0].columns);
  EXPECT_THAT(page, HasSubstr("<h1>Why?</h1>"));
  EXPECT_THAT(page, HasSubstr(std::string(kPageScript.substr(0, 200))));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
}

TEST(HtmlReport, NamesCannotBreakThePage) {
  WrittenRun run = ParseRun(kRun);
  run.program.kernels[0].name = "</script><b>\xff";
  const std::vector<HtmlRun> runs = {Take(run)};
  const std::string page = HtmlReport({.question = "a < b & \"c\"?"}, SummaryOf(run), runs);
  EXPECT_EQ(Json::parse(ScriptOf(page, "report"))["variants"][0]["run"]["kernels"][0], "</script><b>\xEF\xBF\xBD");
  EXPECT_THAT(page, HasSubstr("<h1>a &lt; b &amp; &quot;c&quot;?</h1>"));
}

TEST(HtmlReport, DrawsTheFirstRunsAndListsAll) {
  const WrittenRun run = ParseRun(kRun);
  ScenarioSummary summary = SummaryOf(run);
  summary.variants.resize(kMostDrawnRuns + 1, summary.variants[0]);
  const std::vector<HtmlRun> runs(summary.variants.size(), Take(run));
  const Json report = Json::parse(ScriptOf(HtmlReport({}, summary, runs), "report"));
  EXPECT_TRUE(report["variants"][kMostDrawnRuns - 1].contains("run"));
  EXPECT_FALSE(report["variants"][kMostDrawnRuns].contains("run"));
  EXPECT_EQ(report["variants"].size(), kMostDrawnRuns + 1);
}

TEST(HtmlReport, ARunThatDidNotEndIsListedAndTheOthersKeepTheirPlace) {
  const WrittenRun run = ParseRun(kRun);
  ScenarioSummary summary = SummaryOf(run);
  summary.variants.resize(3, summary.variants[0]);
  summary.variants[1].status = "deadlock";
  const std::vector<HtmlRun> runs = {Take(run), HtmlRun{}, Take(run)};
  const std::string page = HtmlReport({}, summary, runs);
  const Json report = Json::parse(ScriptOf(page, "report"));
  EXPECT_FALSE(report["variants"][1].contains("run"));
  EXPECT_TRUE(report["variants"][2].contains("run"));
  EXPECT_THAT(page, Not(HasSubstr("id=\"columns-1\"")));
  EXPECT_EQ(ScriptOf(page, "columns-2"), runs[2].columns);
}

TEST(HtmlReport, NeedsNothingFromOutside) {
  for (const std::string_view part : {kPageTemplate, kPageStyle}) {
    EXPECT_THAT(std::string(part), Not(HasSubstr("http:")));
    EXPECT_THAT(std::string(part), Not(HasSubstr("https:")));
    EXPECT_THAT(std::string(part), Not(HasSubstr("@import")));
  }
  EXPECT_THAT(std::string(kPageScript), Not(HasSubstr("</script")));
  EXPECT_THAT(std::string(kPageTemplate), HasSubstr("default-src 'none'"));
}

}  // namespace
}  // namespace npusched
