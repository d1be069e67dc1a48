// The shipped model file and one-line scenarios for the tests of the Qwen3 emitter.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/config.h"
#include "graphs/qwen3_decode.h"

namespace npusched {

inline const ConfigNode& Qwen3Model() {
  static const ConfigNode kModel = *LoadYaml(NPUSCHED_SOURCE_DIR "/configs/models/qwen3_14b.yaml");
  return kModel;
}

// The program of a scenario's `program:` map, written as YAML.
inline Program EmitText(const std::string& program) {
  Result<Program> result = EmitQwen3Decode(*ParseYaml(program, "test.yaml"), Qwen3Model());
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().ToString());
  return result.ok() ? *std::move(result) : Program{};
}

// Its error, empty when there is none.
inline std::string EmitError(const std::string& program) {
  const Result<Program> result = EmitQwen3Decode(*ParseYaml(program, "test.yaml"), Qwen3Model());
  return result.ok() ? "" : result.error().ToString();
}

// Tasks by kernel, allocs under "alloc_tensors".
inline std::map<std::string, int> CountByKernel(const Program& program) {
  std::map<std::string, int> counts;
  for (TaskId t = 0; t < program.tasks.size(); ++t) ++counts[program.KernelName(t)];
  return counts;
}

inline int Allocs(const Program& program) { return CountByKernel(program)["alloc_tensors"]; }
inline int Tasks(const Program& program) { return static_cast<int>(program.tasks.size()) - Allocs(program); }

}  // namespace npusched
