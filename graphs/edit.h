// Changes to an emitted program: what if this buffer were manual, that kernel split in two, its tasks half as long?
//
// Stands between emitter and inference, so that edges follow by the rules. A scenario states edits in its variants;
// docs/captures.md has the words and two worked examples.
//
//   edit:
//     - {manual: {buffer: mlp_tile}}
//     - {add_deps: {from: silu, to: down_proj*, through: mlp_tile}}
//
//   Result<std::vector<Edit>> edits = ReadEdits(node);
//   if (Status s = ApplyEdits(*edits, price, &program); !s.ok()) return s.error();
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "graphs/program.h"

namespace npusched {

enum class EditKind : std::uint8_t { kTag, kManual, kAddDeps, kDropDeps, kDuration, kBlocks, kMerge, kSplit };

// Names are patterns: '*' stands for any text, '?' for any letter. Only the fields of its kind are set.
struct Edit {
  EditKind kind = EditKind::kTag;
  Location where;
  std::string kernel;
  std::int64_t arg = -1;          // tag: which one; manual: which one's buffers
  ArgTag tag = ArgTag::kInput;    // tag: what it becomes
  std::string buffer;             // manual: buffers by name
  std::string from;               // deps: producers
  std::string to;                 // deps: consumers
  std::string through;            // add_deps: only pairs whose regions of such a buffer overlap
  bool last = false;              // add_deps: only the last producer before each consumer
  double scale = 1;               // duration: factor
  Picoseconds duration = -1;      // duration: every row lasts this; -1: scaled
  std::uint32_t count = 0;        // blocks: of each task; merge: tasks into one; split: one into so many
  std::vector<std::int64_t> cut;  // split: arguments of which each part takes its share; empty: those written
};

// A list of maps with one key each. Errors: an unknown one, a value out of range.
Result<std::vector<Edit>> ReadEdits(const ConfigNode& list, const std::string& path);

// How long one block of a work lasts on a core of the slot.
using PriceOf = std::function<Picoseconds(WorkId work, int slot)>;

// One after the other, in order. Errors name the edit: a pattern that nothing matches, a merge around a task that
// depends on one of those merged, an argument that a kernel does not have.
Status ApplyEdits(const std::vector<Edit>& edits, const PriceOf& price, Program* program);

}  // namespace npusched
