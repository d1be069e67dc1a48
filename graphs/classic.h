// The classic programs of the runtime's own repository: small loops whose graphs are known by heart.
//
//   Result<Program> program = EmitClassic("bgemm", *scenario.Find("program"),
//   *LoadYaml("configs/models/classic.yaml"));
//
// Each is a program kind and a file of its own, graphs/classic_<kind>.cc; docs/programs.md has their counts. Sizes
// come from a named case of the file, each of which the program may set itself. Errors: an unknown case, a missing
// or unknown size, one out of range.
#pragma once

#include <span>
#include <string_view>

#include "base/config.h"
#include "base/result.h"
#include "graphs/program.h"

namespace npusched {

// The names of the kinds.
std::span<const std::string_view> ClassicKinds();
// REQUIRES: one of ClassicKinds().
Result<Program> EmitClassic(std::string_view kind, const ConfigNode& program, const ConfigNode& cases);

// Products of square tiles, K of which a group adds up.
Result<Program> EmitBgemm(const ConfigNode& program, const ConfigNode& cases);
// Independent products and additions by turns: what the submit rate allows.
Result<Program> EmitAlternating(const ConfigNode& program, const ConfigNode& cases);
// Attention over a paged cache: page by page for a chunk of requests at once, or for each request in groups of
// pages, with inferred or with hand-written dependencies.
Result<Program> EmitBatchPagedAttention(const ConfigNode& program, const ConfigNode& cases);
Result<Program> EmitPagedAttentionUnroll(const ConfigNode& program, const ConfigNode& cases);
// MIX tasks of many blocks, one after the other.
Result<Program> EmitMixChain(const ConfigNode& program, const ConfigNode& cases);
// MIX and AIV tasks of all widths, plain and sync_start.
Result<Program> EmitSyncStartStress(const ConfigNode& program, const ConfigNode& cases);
// A long task and many short ones, each in a scope of its own: the long one holds the ring.
Result<Program> EmitBackPressure(const ConfigNode& program, const ConfigNode& cases);

}  // namespace npusched
