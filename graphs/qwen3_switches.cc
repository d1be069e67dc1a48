// The switches of a qwen3_decode program, and which of them a shape has.
#include <fmt/format.h>

#include <string>

#include "graphs/qwen3_reading.h"

namespace npusched {
namespace {

constexpr Range kLayers{.min = 0, .max = 1 << 12};

void ReadLayers(MapReader& read, const ShapeRules& rules, Qwen3Options* options) {
  using Loop = ShapeRules::Loop;
  options->layers = rules.loop == Loop::kAlone ? 1 : options->sizes.num_layers;
  options->layer_loop = rules.loop != Loop::kAlone;
  read.Optional("layers", &options->layers, kLayers);
  read.Optional("layer_loop", &options->layer_loop);
  if (options->layers == 0) return;
  if (options->layer_loop && rules.loop == Loop::kAlone) {
    read.Fail("layer_loop", fmt::format("expected false: shape {} is one layer by itself", rules.name));
  } else if (!options->layer_loop && rules.loop == Loop::kUnder) {
    read.Fail("layer_loop", fmt::format("expected true: shape {} stands under the layer loop", rules.name));
  } else if (options->standalone() && options->layers > 1) {
    read.Fail("layers", fmt::format("expected 1: shape {} without the layer loop is one layer by itself, got {}",
                                    rules.name, options->layers));
  }
}

void ReadEnds(MapReader& read, const ShapeRules& rules, Qwen3Options* options) {
  using CopyOut = ShapeRules::CopyOut;
  const bool head_alone = options->layers == 0;
  options->lm_head = rules.head.has_value() || head_alone;
  read.Optional("lm_head", &options->lm_head);
  if (options->lm_head && !rules.head.has_value() && !head_alone) {
    read.Fail("lm_head", fmt::format("expected false: shape {} has no LM head", rules.name));
  }
  const bool several = options->layers > 1;
  const bool chunk = rules.copy_out == CopyOut::kYes || (rules.copy_out == CopyOut::kSeveralLayers && several);
  options->copy_out = chunk && !options->lm_head && !head_alone;
  // Its default follows other keys, which a variant may change: it is not one to write out.
  if (read.Has("copy_out")) {
    read.Optional("copy_out", &options->copy_out);
  } else {
    read.Child("copy_out");
  }
  if (options->copy_out && (options->lm_head || options->standalone() || head_alone)) {
    read.Fail("copy_out", "expected false: only layers under the layer loop, without a head, end in a copy");
  } else if (!options->copy_out && rules.copy_out == CopyOut::kYes && !options->lm_head && !head_alone) {
    read.Fail("copy_out", fmt::format("expected true: shape {} without a head ends in a copy", rules.name));
  }
}

// Switches of the base shape; others have them fixed.
void ReadChoices(MapReader& read, const ShapeRules& rules, Qwen3Options* options) {
  int windows = static_cast<int>(rules.windows ? Windows::kOn : Windows::kOff);
  int rope = static_cast<int>(options->rope);
  int silu = static_cast<int>(options->silu);
  read.OptionalEnum("windows", {"off", "on", "on_with_silu"}, &windows);
  read.OptionalEnum("rope", {"inferred", "manual", "unfenced"}, &rope);
  read.OptionalEnum("silu", {"inferred", "manual", "unfenced"}, &silu);
  options->windows = static_cast<Windows>(windows);
  options->rope = static_cast<Fence>(rope);
  options->silu = static_cast<Fence>(silu);
  if (!rules.windows && options->windows != Windows::kOff) {
    read.Fail("windows", fmt::format("expected off: the compiler of shape {} passed no windows", rules.name));
  }
  if (!rules.fences && options->rope != Fence::kInferred) {
    read.Fail("rope", fmt::format("expected inferred: only shape base has this choice, not {}", rules.name));
  }
  if (!rules.fences && options->silu != Fence::kInferred) {
    read.Fail("silu", fmt::format("expected inferred: only shape base has this choice, not {}", rules.name));
  }
  if (rules.fences) {
    read.Optional("pipeline_stages", &options->pipeline_stages, Range{.min = 1, .max = 2});
  } else if (read.Has("pipeline_stages")) {
    read.Fail("pipeline_stages", fmt::format("only shape base has this choice; shape {} takes its stages from "
                                             "program.tiles",
                                             rules.name));
    read.Child("pipeline_stages");
  }
}

}  // namespace

void ReadShape(MapReader& read, Qwen3Options* options) {
  int shape = 0;
  read.OptionalEnum("shape",
                    {"base", "308_before", "308_after", "275_before", "275_after", "349", "360", "387", "420", "449",
                     "489", "head", "558_before", "558_after"},
                    &shape);
  options->shape = static_cast<Qwen3Shape>(shape);
  int form = static_cast<int>(options->rules().head.value_or(LmHeadForm::kBase));
  read.OptionalEnum("lm_head_form", {"base", "391_149", "391_297", "489"}, &form);
  options->lm_head_form = static_cast<LmHeadForm>(form);
}

void ReadSwitches(MapReader& read, Qwen3Options* options) {
  std::string ignored;
  read.Optional("kind", &ignored);
  read.Optional("model_config", &ignored);
  ReadLayers(read, options->rules(), options);
  ReadEnds(read, options->rules(), options);
  ReadChoices(read, options->rules(), options);
}

}  // namespace npusched
