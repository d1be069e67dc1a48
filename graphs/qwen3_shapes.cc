#include "graphs/qwen3_shapes.h"

#include <array>
#include <cstddef>

namespace npusched {
namespace {

using Loop = ShapeRules::Loop;
using CopyOut = ShapeRules::CopyOut;

// By the value of Qwen3Shape.
constexpr std::array<ShapeRules, 14> kRules = {{
    {.name = "base", .windows = true, .fences = true, .row_tiles = true, .head = LmHeadForm::kBase},
    {.name = "308_before", .loop = Loop::kAlone, .standalone = true, .row_tiles = true},
    {.name = "308_after", .loop = Loop::kAlone, .standalone = true, .row_tiles = true},
    {.name = "275_before", .copy_out = CopyOut::kSeveralLayers},
    {.name = "275_after", .copy_out = CopyOut::kSeveralLayers},
    {.name = "349", .windows = true, .row_tiles = true, .head = LmHeadForm::kBase},
    {.name = "360", .row_tiles = true, .head = LmHeadForm::kBase},
    {.name = "387", .head = LmHeadForm::kBase},
    {.name = "420", .head = LmHeadForm::kBase},
    {.name = "449", .standalone = true, .copy_out = CopyOut::kSeveralLayers, .head = LmHeadForm::k489},
    {.name = "489", .standalone = true, .head = LmHeadForm::k489},
    {.name = "head", .loop = Loop::kUnder, .copy_out = CopyOut::kYes, .head = LmHeadForm::k489},
    {.name = "558_before", .loop = Loop::kUnder, .copy_out = CopyOut::kYes},
    {.name = "558_after", .loop = Loop::kUnder, .copy_out = CopyOut::kYes},
}};
static_assert(kRules.size() == static_cast<std::size_t>(Qwen3Shape::k558After) + 1);

constexpr std::array<std::string_view, 4> kForms = {"base", "391_149", "391_297", "489"};

}  // namespace

const ShapeRules& RulesOf(Qwen3Shape shape) { return kRules.at(static_cast<std::size_t>(shape)); }

std::string_view NameOf(LmHeadForm form) { return kForms.at(static_cast<std::size_t>(form)); }

}  // namespace npusched
