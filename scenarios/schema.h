// The JSON Schema (draft 2020-12) of a scenario file, for editors and other tools.
//
// Built from one table of keys; a test holds the table against the keys that the readers ask for.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace npusched {

nlohmann::ordered_json ScenarioSchema();

// The keys of one map of a scenario: "" is the root, then "variants", "expect", and by kind of program
// "qwen3_decode", "qwen3_decode.model", "qwen3_decode.tiles", "qwen3_decode.workload", "submit_trace", "synthetic",
// "gemm".
std::vector<std::string> SchemaKeys(std::string_view map);

}  // namespace npusched
