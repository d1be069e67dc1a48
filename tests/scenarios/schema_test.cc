#include "scenarios/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/read_recorder.h"
#include "graphs/classic.h"
#include "scenarios/program.h"
#include "scenarios/scenario.h"
#include "tests/scenarios/temp_folder.h"

namespace npusched {
namespace {

// The keys right below `prefix` that the readers ask for while `text` is loaded and, except for those of the root,
// emitted: the files of configs/ have roots of their own.
std::set<std::string> KeysRead(const std::string& text, const std::string& prefix) {
  const TempFolder folder;
  const ReadRecorder recorder;
  const Result<Scenario> scenario = LoadScenario(folder.Write("a.yaml", text), {});
  EXPECT_TRUE(scenario.ok()) << scenario.error().ToString();
  if (!prefix.empty()) {
    const Result<Case> one = CaseList::Open(*scenario)->Make(0);
    EXPECT_TRUE(one.ok()) << one.error().ToString();
    EXPECT_TRUE(EmitCase(*one).ok());
  }
  std::set<std::string> keys;
  for (const ReadKey& key : recorder.keys()) {
    if (key.path.starts_with(prefix) && key.path.find('.', prefix.size()) == std::string::npos) {
      keys.insert(key.path.substr(prefix.size()));
    }
  }
  return keys;
}

std::set<std::string> InSchema(std::string_view map) {
  const std::vector<std::string> keys = SchemaKeys(map);
  return {keys.begin(), keys.end()};
}

std::string With(const std::string& program) {
  return "schema: npusched.scenario/1\nname: s\nhardware: tiny\nruntime: tmr_2026_08\nvariants: [{name: a}]\n"
         "expect: [{metric: makespan_us, at_least: 0}]\nprogram: " +
         program + "\n";
}

const char* const kQwen = "{kind: qwen3_decode, layers: 1, lm_head: false}";

TEST(Schema, KnowsExactlyTheKeysThatTheLoaderReads) {
  std::set<std::string> root = KeysRead(With(kQwen), "");
  std::erase_if(root, [](const std::string& key) { return key.find('[') != std::string::npos; });
  root.insert("extends");  // merged away before the loader reads
  EXPECT_EQ(InSchema(""), root);
  EXPECT_EQ(InSchema("variants"), KeysRead(With(kQwen), "variants[0]."));
  EXPECT_EQ(InSchema("expect"), KeysRead(With(kQwen), "expect[0]."));
  EXPECT_EQ(InSchema("numeric"), KeysRead(With(kQwen), "numeric."));
}

TEST(Schema, KnowsExactlyTheSwitchesThatTheEmittersRead) {
  EXPECT_EQ(InSchema("qwen3_decode"), KeysRead(With(kQwen), "program."));
  EXPECT_EQ(InSchema("qwen3_decode.model"), KeysRead(With(kQwen), "program.model."));
  std::set<std::string> tiles;  // each shape and each form of the head has its own
  for (const char* choice : {"shape: 308_after", "shape: 275_after", "shape: 360", "shape: 489", "shape: head",
                             "shape: base, lm_head_form: 391_149", "shape: base, lm_head_form: 489"}) {
    tiles.merge(KeysRead(With(std::string("{kind: qwen3_decode, layers: 1, ") + choice + "}"), "program.tiles."));
  }
  EXPECT_EQ(InSchema("qwen3_decode.tiles"), tiles);
  EXPECT_EQ(InSchema("qwen3_decode.workload"), KeysRead(With(kQwen), "program.workload."));
  EXPECT_EQ(InSchema("synthetic"),
            KeysRead(With("{kind: synthetic, pattern: chain, tasks: 2, duration_us: 1}"), "program."));
  EXPECT_EQ(InSchema("gemm"),
            KeysRead(With("{kind: gemm, m: 256, n: 256, k: 256, cores: [1, 1], tile: [128, 256, 256]}"), "program."));
  EXPECT_EQ(InSchema("submit_trace"),
            KeysRead(With("{kind: submit_trace, path: " NPUSCHED_SOURCE_DIR "/tests/data/traces/vector_example.json}"),
                     "program."));
}

TEST(Schema, KnowsExactlyTheSizesOfTheClassicPrograms) {
  for (const std::string_view kind : ClassicKinds()) {
    const std::string program = "{kind: " + std::string(kind) + ", case: Case1}";
    EXPECT_EQ(InSchema(kind), KeysRead(With(program), "program."));
  }
}

TEST(Schema, EveryReferenceHasItsDefinition) {
  const nlohmann::ordered_json schema = ScenarioSchema();
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  const std::string text = schema.dump();
  const std::string mark = "\"#/$defs/";
  std::size_t references = 0;
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::size_t begin = at + mark.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_TRUE(schema["$defs"].contains(name)) << name;
    ++references;
  }
  EXPECT_GT(references, 40U);
}

}  // namespace
}  // namespace npusched
