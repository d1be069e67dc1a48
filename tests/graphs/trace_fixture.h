// Submit traces as text, for tests: a small good one to change, and the recorded ones.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "graphs/submit_trace.h"

namespace npusched {

inline constexpr const char* kRecordedTraces[] = {
    "benchmark_bgemm_Bgemm64",     "dep_gen_chain_n64", "directed_02", "dummy_task_case4",
    "paged_attention_CaseVarSeq4", "random_05",         "random_09",   "vector_example",
};

inline std::filesystem::path RecordedTrace(const std::string& name) {
  return std::filesystem::path(NPUSCHED_SOURCE_DIR) / "tests/data/traces" / (name + ".json");
}

inline constexpr const char* kSmallTrace = R"({"schema": "npusched.submit_trace/1", "case": "small",
"buffers": [{"id": 7, "dtype": "FLOAT32", "shape": [4, 8], "size_bytes": 128, "creator_task": null}],
"scope_events": [[0, "begin_auto"], [2, "end"]],
"tasks": [
{"id": 0, "name": "write", "core": "aic", "block_num": 2, "scope": "auto", "explicit_deps": [],
 "args": [{"tag": "INOUT", "buffer": 7, "dtype": "FLOAT32", "shape": [4, 4], "start_offset": 4, "strides": [8, 1]}]},
{"id": 1, "name": "read", "core": "aiv", "block_num": 1, "scope": "auto", "explicit_deps": [0],
 "args": [{"tag": "INPUT", "buffer": 7, "dtype": "FLOAT32", "shape": [4, 8], "start_offset": 0, "strides": [8, 1]}]}]})";

// `text` with its first `from` replaced. REQUIRES: it occurs.
inline std::string Changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

inline SubmitTrace ParseGood(const std::string& text) {
  Result<SubmitTrace> trace = ParseSubmitTrace(text, "t.json");
  EXPECT_TRUE(trace.ok()) << (trace.ok() ? "" : trace.error().ToString());
  return trace.ok() ? *std::move(trace) : SubmitTrace{};
}

inline std::string ParseError(const std::string& text) {
  const Result<SubmitTrace> trace = ParseSubmitTrace(text, "t.json");
  EXPECT_FALSE(trace.ok());
  return trace.ok() ? "" : trace.error().ToString();
}

inline std::vector<EdgeRow> RowsOf(const Program& program) {
  InferenceOptions options;
  options.record_rows = true;
  Result<Inference> inferred = Infer(program, options);
  EXPECT_TRUE(inferred.ok()) << (inferred.ok() ? "" : inferred.error().ToString());
  return inferred.ok() ? std::move(inferred->rows) : std::vector<EdgeRow>{};
}

}  // namespace npusched
