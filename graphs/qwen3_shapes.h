// The published shapes of the decode layer, and what may be chosen with each.
//
//   const ShapeRules& rules = RulesOf(Qwen3Shape::k489);   // rules.name == "489", rules.fences == false
//
// A shape is the layer as one commit of its source emits it; docs/programs.md tells them apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace npusched {

// In the order of the `shape` key's values; from k449 on matmuls are split along their depth.
enum class Qwen3Shape : std::uint8_t {
  kBase,
  k308Before,
  k308After,
  k275Before,
  k275After,
  k349,
  k360,
  k387,
  k420,
  k449,
  k489,
  kHead,
  k558Before,
  k558After,
};

// In the order of the `lm_head_form` key's values.
enum class LmHeadForm : std::uint8_t { kBase, k391x149, k391x297, k489 };

struct ShapeRules {
  enum class Loop : std::uint8_t { kEither, kUnder, kAlone };
  enum class CopyOut : std::uint8_t { kNo, kSeveralLayers, kYes };

  std::string_view name;
  bool windows = false;                           // its compiler had the window pass
  bool fences = false;                            // rope, silu and pipeline_stages can be chosen
  Loop loop = Loop::kEither;                      // whether it stands under the layer loop
  bool standalone = false;                        // without the loop: one layer, from the program's input to its output
  CopyOut copy_out = CopyOut::kNo;                // by default, where no head follows
  bool row_tiles = false;                         // takes batches above batch_tile
  std::optional<LmHeadForm> head = std::nullopt;  // its own; none: it has no head
};

const ShapeRules& RulesOf(Qwen3Shape shape);
std::string_view NameOf(LmHeadForm form);

}  // namespace npusched
