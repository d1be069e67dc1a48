#include "base/read_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace npusched {
namespace {

TEST(ReadRecorder, KnowsEveryKeyAndTheDefaultsOfAbsentOnes) {
  const Result<ConfigNode> root = ParseYaml("{layers: 2, model: {hidden: {value: 3, source: s}}}", "f.yaml");
  ReadRecorder recorder;
  MapReader read(*root, "program");
  std::int64_t layers = 40;
  std::int64_t stages = 1;
  bool head = true;
  int rope = 1;
  double eps = 0.5;
  Picoseconds poll = 1500;
  std::int64_t hidden = 0;
  read.Optional("layers", &layers);
  read.Optional("stages", &stages);
  read.Optional("lm_head", &head);
  read.OptionalEnum("rope", {"inferred", "manual"}, &rope);
  read.Optional("eps", &eps);
  read.OptionalTime("poll_ns", &poll);
  MapReader model(read.ChildMap("model"), "program.model");
  model.Required("hidden", &hidden);
  std::string keys;
  for (const ReadKey& key : recorder.keys()) {
    keys += key.path + (key.present ? "" : "=" + key.value.scalar) + " ";
  }
  EXPECT_EQ(keys,
            "program.layers program.stages=1 program.lm_head=true program.rope=manual program.eps=0.5 "
            "program.poll_ns=1.5 program.model program.model.hidden ");
}

TEST(ReadRecorder, ReadingWithoutOneWorksTheSame) {
  EXPECT_EQ(ReadRecorder::Current(), nullptr);
  { const ReadRecorder recorder; }
  EXPECT_EQ(ReadRecorder::Current(), nullptr);
}

}  // namespace
}  // namespace npusched
