#include "graphs/qwen3_sizes.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/random.h"

namespace npusched {
namespace {

// Bounds against absurd input: products of a few of these stay far inside 64 bits.
constexpr Range kSize{.min = 1, .max = 1 << 20};
constexpr Range kLayers{.min = 0, .max = 1 << 12};
constexpr Range kBatch{.min = 1, .max = 1 << 12};
constexpr double kMaxCacheBytes = 0x1p50;
constexpr std::int64_t kMaxTasks = 50'000'000;

struct SizeKey {
  std::string_view name;
  std::int64_t Qwen3Sizes::*field;
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

struct Division {
  std::string_view tile;
  std::int64_t Qwen3Sizes::*tile_field;
  std::string_view dimension;
  std::int64_t Qwen3Sizes::*dimension_field;
};

constexpr std::array<Division, 10> kDivisions = {{
    {"input_proj_k", &Qwen3Sizes::input_proj_k, "hidden", &Qwen3Sizes::hidden},
    {"q_out", &Qwen3Sizes::q_out, "hidden", &Qwen3Sizes::hidden},
    {"kv_out", &Qwen3Sizes::kv_out, "kv_hidden", &Qwen3Sizes::kv_hidden},
    {"block_size", &Qwen3Sizes::block_size, "max_seq", &Qwen3Sizes::max_seq},
    {"k_chunk", &Qwen3Sizes::k_chunk, "hidden", &Qwen3Sizes::hidden},
    {"mlp_out_chunk", &Qwen3Sizes::mlp_out_chunk, "intermediate", &Qwen3Sizes::intermediate},
    {"down_out", &Qwen3Sizes::down_out, "hidden", &Qwen3Sizes::hidden},
    {"final_rms_k", &Qwen3Sizes::final_rms_k, "hidden", &Qwen3Sizes::hidden},
    {"lm_head_k", &Qwen3Sizes::lm_head_k, "hidden", &Qwen3Sizes::hidden},
    {"vocab_chunk", &Qwen3Sizes::vocab_chunk, "vocab", &Qwen3Sizes::vocab},
}};

std::string NearestDivisors(std::int64_t tile, std::int64_t dimension) {
  if (tile > dimension) return fmt::format("the nearest divisor is {}", dimension);
  std::int64_t below = tile;
  while (dimension % below != 0) --below;
  std::int64_t above = tile;
  while (dimension % above != 0) ++above;
  return fmt::format("the nearest divisors are {} and {}", below, above);
}

ConfigNode MergedMap(const ConfigNode& model, MapReader& program, std::string_view key) {
  ConfigNode merged;
  merged.where = model.where;
  if (const ConfigNode* base = model.Find(key); base != nullptr) merged = *base;
  if (const ConfigNode* over = program.Child(key); over != nullptr) Merge(merged, *over);
  return merged;
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

void CheckTiles(const Qwen3Sizes& s, MapReader& read) {
  for (const Division& d : kDivisions) {
    const std::int64_t tile = s.*d.tile_field;
    const std::int64_t dimension = s.*d.dimension_field;
    if (dimension % tile == 0) continue;
    read.Fail(d.tile, fmt::format("{} does not divide model.{} = {}; {}", tile, d.dimension, dimension,
                                  NearestDivisors(tile, dimension)));
  }
  if (s.q_head_batch * s.num_kv_heads != s.num_heads) {
    read.Fail("q_head_batch", fmt::format("expected model.num_heads / model.num_kv_heads = {} / {}, got {}",
                                          s.num_heads, s.num_kv_heads, s.q_head_batch));
  }
  if (s.q_head_pad < s.q_head_batch) {
    read.Fail("q_head_pad", fmt::format("expected at least q_head_batch = {}, got {}", s.q_head_batch, s.q_head_pad));
  }
}

Status ReadSizes(const ConfigNode& model, MapReader& program, Qwen3Sizes* sizes) {
  const ConfigNode model_map = MergedMap(model, program, "model");
  MapReader read_model(model_map, "program.model");
  for (const SizeKey& key : kModelKeys) read_model.Required(key.name, &(sizes->*key.field), kSize);
  read_model.Required("eps", &sizes->eps, Range{.min = 0, .max = 1});
  if (Status status = read_model.Finish(); !status.ok()) return status;
  CheckModel(*sizes, read_model);
  if (Status status = read_model.Finish(); !status.ok()) return status;

  ConfigNode tiles_map = MergedMap(model, program, "tiles");
  if (const ConfigNode* chunk = program.Child("vocab_chunk"); chunk != nullptr) {
    if (tiles_map.kind == NodeKind::kMap) tiles_map.At("vocab_chunk") = *chunk;
  }
  MapReader read_tiles(tiles_map, "program.tiles");
  for (const SizeKey& key : kTileKeys) read_tiles.Required(key.name, &(sizes->*key.field), kSize);
  if (Status status = read_tiles.Finish(); !status.ok()) return status;
  CheckTiles(*sizes, read_tiles);
  return read_tiles.Finish();
}

// seq_lens: {random: [lo, hi], seed: s}
std::vector<std::int64_t> ReadRandomContexts(const ConfigNode& node, std::int64_t batch, Range range,
                                             MapReader& workload) {
  MapReader read(node, "program.workload.seq_lens");
  std::vector<std::int64_t> ends;
  std::int64_t seed = 0;
  read.Required("random", &ends, range);
  read.Optional("seed", &seed, Range{.min = 0, .max = 0x1p53});
  if (read.Has("random") && !ends.empty() && (ends.size() != 2 || ends[0] > ends[1])) {
    read.Fail("random", "expected [lowest, highest]");
  }
  const Status status = read.Finish();
  workload.Absorb(status);
  if (!status.ok()) return {};
  std::vector<std::int64_t> contexts;
  for (std::int64_t b = 0; b < batch; ++b) {
    contexts.push_back(
        RandomInRange(static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(b), ends[0], ends[1]));
  }
  return contexts;
}

Status ReadWorkload(const ConfigNode& model, MapReader& program, const Qwen3Sizes& sizes,
                    std::vector<std::int64_t>* seq_lens) {
  const ConfigNode* over = program.Child("workload");
  const bool batch_given = over != nullptr && over->Find("batch") != nullptr;
  const ConfigNode merged = MergedMap(model, program, "workload");
  MapReader read(merged, "program.workload");
  const Range range{.min = 1, .max = static_cast<double>(sizes.max_seq)};
  std::int64_t batch = 0;
  read.Required("batch", &batch, kBatch);
  const ConfigNode* contexts = read.Child("seq_lens");
  if (contexts != nullptr && contexts->kind == NodeKind::kList) {
    read.Optional("seq_lens", seq_lens, range);
    if (seq_lens->empty() || seq_lens->size() > static_cast<std::size_t>(kBatch.max)) {
      read.Fail("seq_lens", fmt::format("expected 1 to {} sequences, got {}", kBatch.max, contexts->items.size()));
    }
    if (batch_given && static_cast<std::int64_t>(seq_lens->size()) != batch) {
      read.Fail("seq_lens", fmt::format("expected one context for each of the {} sequences of program.workload.batch, "
                                        "got {}",
                                        batch, seq_lens->size()));
    }
  } else if (contexts != nullptr && contexts->kind == NodeKind::kMap && contexts->Find("value") == nullptr) {
    *seq_lens = ReadRandomContexts(*contexts, batch, range, read);
  } else {
    std::int64_t context = 0;
    read.Required("seq_lens", &context, range);
    seq_lens->assign(static_cast<std::size_t>(batch), context);
  }
  return read.Finish();
}

void ReadSwitches(MapReader& read, Qwen3Options* options) {
  std::string ignored;
  read.Optional("kind", &ignored);
  read.Optional("model_config", &ignored);
  read.Optional("layers", &options->layers, kLayers);
  read.Optional("lm_head", &options->lm_head);
  read.Optional("layer_loop", &options->layer_loop);
  read.Optional("pipeline_stages", &options->pipeline_stages, Range{.min = 1, .max = 2});
  int windows = static_cast<int>(options->windows);
  int rope = static_cast<int>(options->rope);
  int silu = static_cast<int>(options->silu);
  read.OptionalEnum("windows", {"off", "on", "on_with_silu"}, &windows);
  read.OptionalEnum("rope", {"inferred", "manual", "unfenced"}, &rope);
  read.OptionalEnum("silu", {"inferred", "manual", "unfenced"}, &silu);
  options->windows = static_cast<Windows>(windows);
  options->rope = static_cast<Fence>(rope);
  options->silu = static_cast<Fence>(silu);
  int shape = 0;
  read.OptionalEnum(
      "shape",
      {"base", "308_before", "308_after", "275_before", "275_after", "349", "360", "387", "420", "449", "489", "head"},
      &shape);
  if (shape != 0) read.Fail("shape", "only 'base' is available in this version");
}

// Before anything is emitted: an absurd size must not eat the memory first.
void CheckExtent(const Qwen3Options& o, MapReader& read) {
  const Qwen3Sizes& s = o.sizes;
  const double cache_bytes =
      static_cast<double>(o.layers) * static_cast<double>(o.batch()) * static_cast<double>(s.max_seq * s.kv_hidden * 2);
  const std::int64_t layer_tasks =
      o.batch() * (1 + 2 * s.num_kv_heads) +
      o.batch_tiles() * (3 + 3 * (s.hidden / s.q_out) + 2 * (s.kv_hidden / s.kv_out) +
                         3 * (s.intermediate / s.mlp_out_chunk) + 2 * (s.hidden / s.down_out));
  const std::int64_t head_tasks = o.lm_head ? o.batch_tiles() * (1 + 2 * (s.vocab / s.vocab_chunk)) : 0;
  const std::int64_t tasks = o.layers * layer_tasks + head_tasks;
  if (o.layers == 0 && !o.lm_head) {
    read.Fail("layers", "expected at least 1 layer, or lm_head: true; the program would be empty");
  } else if (cache_bytes > kMaxCacheBytes) {
    read.Fail("model", fmt::format("expected KV caches of at most {:.0f} GiB, got {:.0f}", kMaxCacheBytes / 0x1p30,
                                   cache_bytes / 0x1p30));
  } else if (tasks > kMaxTasks) {
    read.Fail("layers", fmt::format("expected a program of at most {} tasks, these sizes make {}", kMaxTasks, tasks));
  }
}

}  // namespace

Result<Qwen3Options> ReadQwen3Options(const ConfigNode& program, const ConfigNode& model) {
  Qwen3Options options;
  MapReader read_model(model, "");
  for (const std::string_view section : {"model", "tiles", "workload"}) read_model.Child(section);
  if (Status status = read_model.Finish(); !status.ok()) return status.error();

  MapReader read(program, "program");
  if (Status status = ReadSizes(model, read, &options.sizes); !status.ok()) return status.error();
  options.layers = options.sizes.num_layers;
  ReadSwitches(read, &options);
  if (Status status = ReadWorkload(model, read, options.sizes, &options.seq_lens); !status.ok()) {
    return status.error();
  }
  if (Status status = read.Finish(); !status.ok()) return status.error();
  CheckExtent(options, read);
  if (Status status = read.Finish(); !status.ok()) return status.error();
  return options;
}

}  // namespace npusched
