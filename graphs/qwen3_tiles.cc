// The sizes of a qwen3_decode program: those of the model, and those of the tiles that a shape cuts it into.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "graphs/qwen3_reading.h"

namespace npusched {
namespace {

// Against absurd input: products of a few of these stay far inside 64 bits.
constexpr Range kSize{.min = 1, .max = 1 << 20};

using Field = std::int64_t Qwen3Sizes::*;

struct SizeKey {
  std::string_view name;
  Field field;
};

constexpr std::array<SizeKey, 10> kModelKeys = {{
    {"num_layers", &Qwen3Sizes::num_layers},
    {"hidden", &Qwen3Sizes::hidden},
    {"num_heads", &Qwen3Sizes::num_heads},
    {"num_kv_heads", &Qwen3Sizes::num_kv_heads},
    {"head_dim", &Qwen3Sizes::head_dim},
    {"kv_hidden", &Qwen3Sizes::kv_hidden},
    {"intermediate", &Qwen3Sizes::intermediate},
    {"vocab", &Qwen3Sizes::vocab},
    {"vocab_real", &Qwen3Sizes::vocab_real},
    {"max_seq", &Qwen3Sizes::max_seq},
}};

constexpr std::array<SizeKey, 13> kTileKeys = {{
    {"batch_tile", &Qwen3Sizes::batch_tile},
    {"input_proj_k", &Qwen3Sizes::input_proj_k},
    {"q_out", &Qwen3Sizes::q_out},
    {"kv_out", &Qwen3Sizes::kv_out},
    {"q_head_batch", &Qwen3Sizes::q_head_batch},
    {"q_head_pad", &Qwen3Sizes::q_head_pad},
    {"block_size", &Qwen3Sizes::block_size},
    {"k_chunk", &Qwen3Sizes::k_chunk},
    {"mlp_out_chunk", &Qwen3Sizes::mlp_out_chunk},
    {"down_out", &Qwen3Sizes::down_out},
    {"final_rms_k", &Qwen3Sizes::final_rms_k},
    {"lm_head_k", &Qwen3Sizes::lm_head_k},
    {"vocab_chunk", &Qwen3Sizes::vocab_chunk},
}};

// Only of the shapes and heads that name them. A null `otherwise`: the default of the field.
struct ShapeKey {
  std::string_view name;
  Field field;
  Field otherwise = nullptr;
};

constexpr std::array<ShapeKey, 26> kShapeKeys = {{
    {"copy_chunk", &Qwen3Sizes::copy_chunk, &Qwen3Sizes::k_chunk},
    {"proj_block", &Qwen3Sizes::proj_block},
    {"proj_split_k", &Qwen3Sizes::proj_split_k, &Qwen3Sizes::hidden},
    {"o_out", &Qwen3Sizes::o_out, &Qwen3Sizes::q_out},
    {"o_split_k", &Qwen3Sizes::o_split_k, &Qwen3Sizes::hidden},
    {"mlp_split_k", &Qwen3Sizes::mlp_split_k, &Qwen3Sizes::hidden},
    {"mlp_group", &Qwen3Sizes::mlp_group},
    {"down_k", &Qwen3Sizes::down_k, &Qwen3Sizes::mlp_out_chunk},
    {"down_split_k", &Qwen3Sizes::down_split_k, &Qwen3Sizes::intermediate},
    {"cast_out", &Qwen3Sizes::cast_out, &Qwen3Sizes::hidden},
    {"silu_block", &Qwen3Sizes::silu_block, &Qwen3Sizes::mlp_out_chunk},
    {"attn_pages", &Qwen3Sizes::attn_pages},
    {"gamma_blocks", &Qwen3Sizes::gamma_blocks},
    {"rope_blocks", &Qwen3Sizes::rope_blocks},
    {"attn_blocks", &Qwen3Sizes::attn_blocks},
    {"online_blocks", &Qwen3Sizes::online_blocks},
    {"out_waiting", &Qwen3Sizes::out_waiting},
    {"mlp_first", &Qwen3Sizes::mlp_first},
    {"matmul_stage", &Qwen3Sizes::matmul_stage},
    {"norm_stage", &Qwen3Sizes::norm_stage},
    {"post_norm_stage", &Qwen3Sizes::post_norm_stage},
    {"head_stage", &Qwen3Sizes::head_stage},
    {"silu_stage", &Qwen3Sizes::silu_stage},
    {"vocab_blocks", &Qwen3Sizes::vocab_blocks},
    {"vocab_cores", &Qwen3Sizes::vocab_cores},
    {"vocab_stage", &Qwen3Sizes::vocab_stage},
}};

struct Division {
  std::string_view tile;
  Field tile_field;
  std::string_view dimension;
  Field dimension_field;
};

constexpr std::array<Division, 22> kDivisions = {{
    {"input_proj_k", &Qwen3Sizes::input_proj_k, "model.hidden", &Qwen3Sizes::hidden},
    {"q_out", &Qwen3Sizes::q_out, "model.hidden", &Qwen3Sizes::hidden},
    {"kv_out", &Qwen3Sizes::kv_out, "model.kv_hidden", &Qwen3Sizes::kv_hidden},
    {"block_size", &Qwen3Sizes::block_size, "model.max_seq", &Qwen3Sizes::max_seq},
    {"k_chunk", &Qwen3Sizes::k_chunk, "model.hidden", &Qwen3Sizes::hidden},
    {"mlp_out_chunk", &Qwen3Sizes::mlp_out_chunk, "model.intermediate", &Qwen3Sizes::intermediate},
    {"down_out", &Qwen3Sizes::down_out, "model.hidden", &Qwen3Sizes::hidden},
    {"final_rms_k", &Qwen3Sizes::final_rms_k, "model.hidden", &Qwen3Sizes::hidden},
    {"lm_head_k", &Qwen3Sizes::lm_head_k, "model.hidden", &Qwen3Sizes::hidden},
    {"vocab_chunk", &Qwen3Sizes::vocab_chunk, "model.vocab", &Qwen3Sizes::vocab},
    {"copy_chunk", &Qwen3Sizes::copy_chunk, "model.hidden", &Qwen3Sizes::hidden},
    {"proj_split_k", &Qwen3Sizes::proj_split_k, "model.hidden", &Qwen3Sizes::hidden},
    {"input_proj_k", &Qwen3Sizes::input_proj_k, "tiles.proj_split_k", &Qwen3Sizes::proj_split_k},
    {"o_out", &Qwen3Sizes::o_out, "model.hidden", &Qwen3Sizes::hidden},
    {"o_split_k", &Qwen3Sizes::o_split_k, "model.hidden", &Qwen3Sizes::hidden},
    {"k_chunk", &Qwen3Sizes::k_chunk, "tiles.o_split_k", &Qwen3Sizes::o_split_k},
    {"mlp_split_k", &Qwen3Sizes::mlp_split_k, "model.hidden", &Qwen3Sizes::hidden},
    {"k_chunk", &Qwen3Sizes::k_chunk, "tiles.mlp_split_k", &Qwen3Sizes::mlp_split_k},
    {"down_split_k", &Qwen3Sizes::down_split_k, "model.intermediate", &Qwen3Sizes::intermediate},
    {"down_k", &Qwen3Sizes::down_k, "tiles.down_split_k", &Qwen3Sizes::down_split_k},
    {"cast_out", &Qwen3Sizes::cast_out, "model.hidden", &Qwen3Sizes::hidden},
    {"silu_block", &Qwen3Sizes::silu_block, "tiles.mlp_out_chunk", &Qwen3Sizes::mlp_out_chunk},
}};

std::string NearestDivisors(std::int64_t tile, std::int64_t dimension) {
  if (tile > dimension) return fmt::format("the nearest divisor is {}", dimension);
  std::int64_t below = tile;
  while (dimension % below != 0) --below;
  std::int64_t above = tile;
  while (dimension % above != 0) ++above;
  return fmt::format("the nearest divisors are {} and {}", below, above);
}

void CheckModel(const Qwen3Sizes& s, MapReader& read) {
  if (s.num_heads * s.head_dim != s.hidden) {
    read.Fail("hidden", fmt::format("expected num_heads x head_dim = {} x {} = {}, got {}", s.num_heads, s.head_dim,
                                    s.num_heads * s.head_dim, s.hidden));
  }
  if (s.num_kv_heads * s.head_dim != s.kv_hidden) {
    read.Fail("kv_hidden", fmt::format("expected num_kv_heads x head_dim = {} x {} = {}, got {}", s.num_kv_heads,
                                       s.head_dim, s.num_kv_heads * s.head_dim, s.kv_hidden));
  }
  if (s.num_kv_heads % 2 != 0) {
    read.Fail("num_kv_heads",
              fmt::format("expected an even number, attention takes KV heads in pairs; got {}", s.num_kv_heads));
  }
  if (s.head_dim % 2 != 0) {
    read.Fail("head_dim", fmt::format("expected an even number, RoPE rotates halves; got {}", s.head_dim));
  }
}

void CheckTiles(const Qwen3Options& options, const Qwen3Sizes& s, MapReader& read) {
  for (const Division& d : kDivisions) {
    const std::int64_t tile = s.*d.tile_field;
    const std::int64_t dimension = s.*d.dimension_field;
    if (dimension % tile == 0) continue;
    read.Fail(d.tile, fmt::format("{} does not divide {} = {}; {}", tile, d.dimension, dimension,
                                  NearestDivisors(tile, dimension)));
  }
  const bool split = options.shape >= Qwen3Shape::k449;  // whose tasks wait for those of the same columns
  if (split && s.down_split_k != s.mlp_out_chunk) {
    read.Fail("down_split_k", fmt::format("expected tiles.mlp_out_chunk = {}, a silu task's columns, got {}",
                                          s.mlp_out_chunk, s.down_split_k));
  }
  if (split && (s.mlp_split_k != s.cast_out || s.cast_out % s.o_out != 0)) {
    read.Fail("cast_out", fmt::format("expected tiles.mlp_split_k = {}, a multiple of tiles.o_out = {}, got {}",
                                      s.mlp_split_k, s.o_out, s.cast_out));
  }
  if (s.intermediate % (s.mlp_out_chunk * s.mlp_group) != 0) {
    read.Fail("mlp_group", fmt::format("{} blocks of tiles.mlp_out_chunk = {} do not divide model.intermediate = {}",
                                       s.mlp_group, s.mlp_out_chunk, s.intermediate));
  }
  if (s.gamma_blocks > 1 && s.hidden % s.gamma_blocks != 0) {
    read.Fail("gamma_blocks", fmt::format("expected a divisor of model.hidden = {}, got {}", s.hidden, s.gamma_blocks));
  }
  if (s.proj_block != 0 && (s.q_out % s.proj_block != 0 || s.kv_out % s.proj_block != 0)) {
    read.Fail("proj_block", fmt::format("expected a divisor of tiles.q_out = {} and tiles.kv_out = {}, got {}", s.q_out,
                                        s.kv_out, s.proj_block));
  }
  if (s.q_head_batch * s.num_kv_heads != s.num_heads) {
    read.Fail("q_head_batch", fmt::format("expected model.num_heads / model.num_kv_heads = {} / {}, got {}",
                                          s.num_heads, s.num_kv_heads, s.q_head_batch));
  }
  if (s.q_head_pad < s.q_head_batch) {
    read.Fail("q_head_pad", fmt::format("expected at least q_head_batch = {}, got {}", s.q_head_batch, s.q_head_pad));
  }
}

// The tiles of the shape and of the head over the model's, the program's over all of them.
ConfigNode MergedTiles(const ConfigNode& model, MapReader& program, const Qwen3Options& options) {
  ConfigNode tiles;
  tiles.where = model.where;
  if (const ConfigNode* base = model.Find("tiles"); base != nullptr) tiles = *base;
  const auto overlay = [&](std::string_view section, std::string_view name) {
    const ConfigNode* named = model.Find(section) == nullptr ? nullptr : model.Find(section)->Find(name);
    if (named == nullptr) {
      program.Fail("tiles", fmt::format("expected the tiles of '{}' under `{}` of the model's file", name, section));
    } else {
      Merge(tiles, *named);
    }
  };
  if (options.shape != Qwen3Shape::kBase) overlay("shapes", options.rules().name);
  if (options.lm_head_form != LmHeadForm::kBase) overlay("lm_heads", NameOf(options.lm_head_form));
  const ConfigNode* over = program.Child("tiles");
  if (over != nullptr && over->kind == NodeKind::kMap) {
    for (const ConfigNode::Entry& entry : over->entries) {
      const auto same = [&](const ShapeKey& key) { return key.name == entry.key; };
      if (std::ranges::any_of(kShapeKeys, same) && tiles.Find(entry.key) == nullptr) {
        program.Fail("tiles",
                     fmt::format("{}: neither shape {} nor its head has this tile", entry.key, options.rules().name));
      }
    }
  }
  if (over != nullptr) Merge(tiles, *over);
  return tiles;
}

void ReadTiles(MapReader& read, Qwen3Sizes* sizes) {
  for (const SizeKey& key : kTileKeys) read.Required(key.name, &(sizes->*key.field), kSize);
  for (const ShapeKey& key : kShapeKeys) {
    if (read.Has(key.name)) {
      read.Optional(key.name, &(sizes->*key.field), kSize);
    } else if (key.otherwise != nullptr) {
      sizes->*key.field = sizes->*key.otherwise;
    }
  }
}

}  // namespace

ConfigNode MergedMap(const ConfigNode& model, MapReader& program, std::string_view key) {
  ConfigNode merged;
  merged.where = model.where;
  if (const ConfigNode* base = model.Find(key); base != nullptr) merged = *base;
  if (const ConfigNode* over = program.Child(key); over != nullptr) Merge(merged, *over);
  return merged;
}

Status ReadSizes(const ConfigNode& model, MapReader& program, const Qwen3Options& options, Qwen3Sizes* sizes) {
  const ConfigNode model_map = MergedMap(model, program, "model");
  MapReader read_model(model_map, "program.model");
  for (const SizeKey& key : kModelKeys) read_model.Required(key.name, &(sizes->*key.field), kSize);
  read_model.Required("eps", &sizes->eps, Range{.min = 0, .max = 1});
  if (Status status = read_model.Finish(); !status.ok()) return status;
  CheckModel(*sizes, read_model);
  if (Status status = read_model.Finish(); !status.ok()) return status;

  ConfigNode tiles_map = MergedTiles(model, program, options);
  if (!program.status().ok()) return program.status();
  if (const ConfigNode* chunk = program.Child("vocab_chunk"); chunk != nullptr) {
    if (tiles_map.kind == NodeKind::kMap) tiles_map.At("vocab_chunk") = *chunk;
  }
  MapReader read_tiles(tiles_map, "program.tiles");
  ReadTiles(read_tiles, sizes);
  if (Status status = read_tiles.Finish(); !status.ok()) return status;
  CheckTiles(options, *sizes, read_tiles);
  return read_tiles.Finish();
}

}  // namespace npusched
