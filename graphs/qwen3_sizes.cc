#include "graphs/qwen3_sizes.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/random.h"
#include "graphs/qwen3_reading.h"

namespace npusched {
namespace {

// Bounds against absurd input: products of a few of these stay far inside 64 bits.
constexpr Range kBatch{.min = 1, .max = 1 << 12};
constexpr double kMaxCacheBytes = 0x1p50;
constexpr std::int64_t kMaxTasks = 50'000'000;

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
                    std::vector<std::int64_t>* seq_lens, std::vector<std::int64_t>* slot_mapping) {
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
  const auto slots = static_cast<std::int64_t>(seq_lens->size()) * sizes.max_seq;
  read.Optional("slot_mapping", slot_mapping, Range{.min = 0, .max = static_cast<double>(slots - 1)});
  if (read.Has("slot_mapping") && slot_mapping->size() != seq_lens->size()) {
    read.Fail("slot_mapping", fmt::format("expected one slot for each of the {} sequences, got {}", seq_lens->size(),
                                          slot_mapping->size()));
  }
  return read.Finish();
}

// Before anything is emitted: an absurd size must not eat the memory first.
void CheckExtent(const Qwen3Options& o, MapReader& read) {
  const Qwen3Sizes& s = o.sizes;
  const double cache_bytes =
      static_cast<double>(o.layers) * static_cast<double>(o.batch()) * static_cast<double>(s.max_seq * s.kv_hidden * 2);
  const std::int64_t split_tasks = (s.hidden / s.q_out + 2 * (s.kv_hidden / s.kv_out)) * (s.hidden / s.proj_split_k) +
                                   2 * (s.hidden / s.o_out) * (s.hidden / s.o_split_k) +
                                   3 * (s.intermediate / s.mlp_out_chunk) * (s.hidden / s.mlp_split_k) +
                                   2 * (s.hidden / s.down_out) * (s.intermediate / s.down_split_k);
  const std::int64_t layer_tasks = o.batch() * (1 + 2 * s.num_kv_heads) + o.batch_tiles() * (3 + split_tasks);
  const std::int64_t head_tasks = o.lm_head ? o.batch_tiles() * (1 + 2 * (s.vocab / s.vocab_chunk)) : 0;
  const std::int64_t tasks = o.layers * layer_tasks + head_tasks;
  if (o.layers == 0 && !o.lm_head) {
    read.Fail("layers", "expected at least 1 layer, or lm_head: true; the program would be empty");
  } else if (cache_bytes > kMaxCacheBytes) {
    read.Fail("model", fmt::format("expected KV caches of at most {:.0f} GiB, got {:.0f}", kMaxCacheBytes / 0x1p30,
                                   cache_bytes / 0x1p30));
  } else if (tasks > kMaxTasks) {
    read.Fail("layers", fmt::format("expected a program of at most {} tasks, these sizes make {}", kMaxTasks, tasks));
  } else if (s.attn_pages != 0 && s.max_seq / s.block_size > s.attn_pages) {
    read.Fail("model", fmt::format("shape {} attends to at most {} pages, max_seq = {} makes {}", o.rules().name,
                                   s.attn_pages, s.max_seq, s.max_seq / s.block_size));
  } else if (o.batch_tiles() > 1 && !o.rules().row_tiles) {
    read.Fail("workload", fmt::format("shape {} takes at most batch_tile = {} sequences, got {}", o.rules().name,
                                      s.batch_tile, o.batch()));
  }
}

}  // namespace

Result<Qwen3Options> ReadQwen3Options(const ConfigNode& program, const ConfigNode& model) {
  Qwen3Options options;
  MapReader read_model(model, "");
  for (const std::string_view section : {"model", "tiles", "workload", "shapes", "lm_heads"}) read_model.Child(section);
  if (Status status = read_model.Finish(); !status.ok()) return status.error();

  MapReader read(program, "program");
  ReadShape(read, &options);
  if (!read.status().ok()) return read.status().error();
  if (Status status = ReadSizes(model, read, options, &options.sizes); !status.ok()) return status.error();
  ReadSwitches(read, &options);
  if (Status status = ReadWorkload(model, read, options.sizes, &options.seq_lens, &options.slot_mapping);
      !status.ok()) {
    return status.error();
  }
  if (Status status = read.Finish(); !status.ok()) return status.error();
  CheckExtent(options, read);
  if (Status status = read.Finish(); !status.ok()) return status.error();
  return options;
}

}  // namespace npusched
