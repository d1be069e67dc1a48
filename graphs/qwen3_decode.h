// Emits the decode forward of Qwen3-14B as its orchestration program submits it.
//
//   Result<Program> program = EmitQwen3Decode(*scenario.Find("program"), *LoadYaml("configs/models/qwen3_14b.yaml"));
//
// copy_hidden, then the layers, then the head. With no layers the head reads the hidden states as they
// come. docs/programs.md has the counts and the switches.
#pragma once

#include "base/config.h"
#include "base/result.h"
#include "graphs/program.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// Errors: those of ReadQwen3Options.
Result<Program> EmitQwen3Decode(const ConfigNode& program, const ConfigNode& model);

// REQUIRES: options that ReadQwen3Options could have returned.
Program EmitQwen3Decode(const Qwen3Options& options);

}  // namespace npusched
