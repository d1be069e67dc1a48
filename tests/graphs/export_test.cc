#include "graphs/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "graphs/capture_kernels.h"
#include "graphs/json_fields.h"
#include "graphs/task_ids.h"
#include "tests/graphs/tiny_program.h"
#include "tests/graphs/trace_fixture.h"

namespace npusched {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// An alloc, a writer that overlaps it, and a reader with every kind of edge.
Program Example() {
  return TinyProgram(R"(
    make alloc: OUTPUT x[0:16]
    w aic:      INOUT x[0:8]
    r:          INPUT x[4:12], NO_DEP y[0:4] <- w
  )");
}

std::string Export(const Program& program, GraphFormat format) {
  const Result<Inference> inferred = Infer(program, {.record_rows = true});
  EXPECT_TRUE(inferred.ok());
  return ExportGraph(program, *inferred, format);
}

TEST(Export, JsonHasTasksEdgesAndCounts) {
  const auto graph = nlohmann::json::parse(Export(Example(), GraphFormat::kJson));
  EXPECT_EQ(graph["tasks"].size(), 3U);
  EXPECT_EQ(graph["tasks"][1]["core"], "aic");
  EXPECT_EQ(graph["edges"].size(), 3U);
  EXPECT_EQ(graph["edges"][2]["reasons"], "explicit+tensormap");
  EXPECT_EQ(graph["edge_counts"]["unique_pairs"], 1);
  EXPECT_EQ(graph["longest_chain_tasks"], 2);
}

TEST(Export, DotNamesTasksAndReasons) {
  const std::string dot = Export(Example(), GraphFormat::kDot);
  EXPECT_THAT(dot, HasSubstr("digraph"));
  EXPECT_THAT(dot, HasSubstr("1 [label=\"1 w\", shape=box]"));
  EXPECT_THAT(dot, HasSubstr("0->1  [label=\"creator\", style=dashed]"));
  EXPECT_THAT(dot, HasSubstr("1->2  [label=\"explicit+tensormap\"]"));
}

TEST(Export, DotAndJsonQuoteAwkwardNames) {
  Program program = Example();
  program.kernels[1].name = "a\"b\\c";
  EXPECT_THAT(Export(program, GraphFormat::kDot), HasSubstr(R"(label="1 a\"b\\c")"));
  EXPECT_EQ(nlohmann::json::parse(Export(program, GraphFormat::kJson))["tasks"][1]["name"], "a\"b\\c");
  program.kernels[1].name = "<&>";
  EXPECT_THAT(Export(program, GraphFormat::kGraphml), HasSubstr("&lt;&amp;&gt;"));
}

TEST(Export, GraphmlHasNodesEdgesAndTheirData) {
  const std::string xml = Export(Example(), GraphFormat::kGraphml);
  EXPECT_THAT(xml, HasSubstr("<graphml"));
  EXPECT_THAT(xml, HasSubstr("<node id=\"n2\">"));
  EXPECT_THAT(xml, HasSubstr("source=\"n1\" target=\"n2\""));
  EXPECT_THAT(xml, HasSubstr("explicit+tensormap"));
  EXPECT_THAT(xml, HasSubstr(">aic<"));
}

TEST(ExportDeps, LeavesOutAllocsButNamesThemInEdges) {
  const auto deps = nlohmann::json::parse(Export(Example(), GraphFormat::kDeps));
  ASSERT_EQ(deps["tasks"].size(), 2U);
  EXPECT_EQ(deps["tasks"][0]["task_id"], "1");
  EXPECT_EQ(deps["edges"][0]["pred"], "0");
  EXPECT_EQ(deps["edges"][0]["source"], "creator");
  EXPECT_FALSE(deps["edges"][0].contains("overlap"));
}

TEST(ExportDeps, ATensormapRowHasBothGeometries) {
  const auto deps = nlohmann::json::parse(Export(Example(), GraphFormat::kDeps));
  const auto& edges = deps["edges"];
  ASSERT_EQ(edges.size(), 4U);  // make->w creator; w->r explicit; make->r creator; w->r tensormap
  EXPECT_EQ(edges[1]["arg"], -1);
  EXPECT_FALSE(edges[1].contains("tensor_id"));
  EXPECT_EQ(edges[3]["overlap"], "other");
  EXPECT_EQ(edges[3]["flags"], nlohmann::json({"wait"}));
  EXPECT_EQ(edges[3]["consumer_start_offset"], "4");
  EXPECT_EQ(edges[3]["producer_start_offset"], "0");
  EXPECT_EQ(edges[3]["producer_shape"], nlohmann::json({8}));
  EXPECT_FALSE(edges[3].contains("producer_dtype"));
}

TEST(ExportDeps, TensorsAreDistinctAddressesAndVersionsWithTheirHash) {
  Program program = Example();
  program.buffers[0].address = 4294967296;
  const auto deps = nlohmann::json::parse(Export(program, GraphFormat::kDeps));
  ASSERT_EQ(deps["tensors"].size(), 2U);  // x and y; the OUTPUT argument counts for none
  EXPECT_EQ(deps["tensors"][0]["buffer_addr"], "4294967296");
  EXPECT_EQ(deps["tensors"][0]["buffer_numel"], "1024");
  EXPECT_EQ(deps["tensors"][0]["tensor_id"], deps["tasks"][0]["args"][0]["tensor_id"]);
  EXPECT_NE(deps["tensors"][0]["tensor_id"], deps["tensors"][1]["tensor_id"]);
  EXPECT_NE(deps["tensors"][0]["buffer_addr"], deps["tensors"][1]["buffer_addr"]);
}

TEST(ExportDeps, AnArgumentOfNoDepIsAnInputThatSaysSo) {
  const auto deps = nlohmann::json::parse(Export(Example(), GraphFormat::kDeps));
  const auto& arg = deps["tasks"][1]["args"][1];
  EXPECT_EQ(arg["type"], "INPUT");
  EXPECT_EQ(arg["simulator"]["tag"], "NO_DEP");
}

TEST(NumberKernels, KeepsStatedIdsUnlessOneHasTwoNames) {
  Program program = TinyProgram("a: OUTPUT x[0:8]\nb: INPUT x[0:8]\n");
  for (Kernel& kernel : program.kernels) std::ranges::fill(kernel.ids, 7);
  EXPECT_EQ(NumberKernels(program).names.size(), 2U);
  program.kernels[0].ids[kSlotAiv0] = 9;
  EXPECT_EQ(NumberKernels(program).names.at(9), "a");
  EXPECT_EQ(NumberKernels(program).names.at(7), "b");
}

TEST(ExportDeps, AnOutputHasNoTensorYet) {
  const Program program = TinyProgram("make: OUTPUT x[0:8]\n");
  const auto deps = nlohmann::json::parse(Export(program, GraphFormat::kDeps));
  EXPECT_EQ(deps["tasks"][0]["args"][0], nlohmann::json({{"idx", 0}, {"type", "OUTPUT"}}));
  EXPECT_TRUE(deps["tensors"].empty());
}

// The recorded traces carry the runtime's own task ids.
TEST(TaskIds, CountWithinTheRing) {
  const SubmitTrace trace = ParseGood(Changed(kSmallTrace, R"("scope_events": [[0, "begin_auto"], [2, "end"]],)",
                                              R"("scope_events": [[0, "begin_auto"], [1, "begin_auto"]],)"));
  EXPECT_THAT(RuntimeTaskIds(trace.program), ElementsAre(0, 4294967296));
  EXPECT_EQ(DisplayName(7), "t7");
  EXPECT_EQ(DisplayName(4294967299), "r1t3");
}

class RecordedIds : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordedIds, AreThoseOfTheTrace) {
  const Result<std::string> text = ReadTextFile(RecordedTrace(GetParam()));
  ASSERT_TRUE(text.ok());
  const auto document = nlohmann::json::parse(*text);
  const std::vector<std::uint64_t> ids = RuntimeTaskIds(ParseGood(*text).program);
  for (std::size_t t = 0; t < ids.size(); ++t) {
    EXPECT_EQ(std::to_string(ids[t]), document["tasks"][t]["task_id"]) << "task " << t;
  }
}
INSTANTIATE_TEST_SUITE_P(Traces, RecordedIds, ::testing::ValuesIn(kRecordedTraces),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace npusched
