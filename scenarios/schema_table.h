// Every key of a scenario file, its type and what it means: the table behind `npusched schema`.
#pragma once

#include <string_view>

namespace npusched {

struct SchemaRow {
  std::string_view map;   // which map of the file, see SchemaKeys()
  std::string_view key;   // '!' in front: required
  std::string_view type;  // a JSON Schema type, "enum a b c", "const x", or the name of a $defs entry with '#'
  std::string_view text;
};

inline constexpr SchemaRow kSchemaRows[] = {
    {"", "!schema", "const npusched.scenario/1", "The format of this file"},
    {"", "extends", "string", "Another scenario file, which this one is merged over"},
    {"", "!name", "#file_name", "Names the results folder and the report"},
    {"", "question", "string", "What the experiment should answer"},
    {"", "!program", "#program", "What is emitted"},
    {"", "!hardware", "#config", "configs/hardware/<name>.yaml, a path, or a map that may extend one"},
    {"", "!runtime", "#config", "configs/runtime/<name>.yaml, a path, or a map that may extend one"},
    {"", "variants", "#variants", "The first is the base of the comparison"},
    {"", "sweep", "#sweep", "Dotted keys and their lists of values: the cartesian product, crossed with the variants"},
    {"", "expect", "#expectations", "What the results must say; `run` exits with 1 when one fails"},
    {"", "races", "boolean", "Look for races in every run; not said: in programs of up to 100,000 tasks"},
    {"", "tool", "object", "Written into scenario.resolved.yaml: version of the tool, hash of the inputs"},

    {"variants", "!name", "#file_name", "Names the variant and its files"},
    {"variants", "set", "#changes",
     "Dotted keys and their values: program.silu, hardware.clusters, runtime.schedulers"},

    {"expect", "!metric", "string", "Dotted path into a variant of summary.json, such as kernels.silu.distinct_cores"},
    {"expect", "variant", "string", "The variant it holds for; all when absent"},
    {"expect", "of", "string", "Ratio: the variant above the line"},
    {"expect", "over", "string", "Ratio: the variant below the line"},
    {"expect", "point", "#point", "Only at this point of the sweep"},
    {"expect", "between", "#pair", "[low, high], both included"},
    {"expect", "equals", "#scalar", "Exactly this number, truth or text"},
    {"expect", "at_least", "#number", "This or more"},
    {"expect", "at_most", "#number", "This or less"},
    {"expect", "source", "string", "Where the expected value comes from"},

    {"qwen3_decode", "!kind", "const qwen3_decode", "The decode forward of a Qwen3 model"},
    {"qwen3_decode", "model_config", "#config", "configs/models/<name>.yaml or a path; qwen3_14b when absent"},
    {"qwen3_decode", "layers", "#number", "Decoder layers; 0 with lm_head is the head alone"},
    {"qwen3_decode", "lm_head", "boolean", "Whether the head follows the layers"},
    {"qwen3_decode", "layer_loop", "boolean", "Emitted under the sequential layer loop"},
    {"qwen3_decode", "windows", "enum off on on_with_silu", "Which writers pass their own window of a tensor"},
    {"qwen3_decode", "shape", "enum base 308_before 308_after 275_before 275_after 349 360 387 420 449 489 head",
     "The published shape of the layer"},
    {"qwen3_decode", "rope", "enum inferred manual unfenced", "Dependencies of rope_kv_cache"},
    {"qwen3_decode", "silu", "enum inferred manual unfenced", "Dependencies of silu's mlp_tile"},
    {"qwen3_decode", "pipeline_stages", "#number", "Stages of the K loops of down_proj and lm_head: 1 or 2"},
    {"qwen3_decode", "vocab_chunk", "#number", "Columns of an LM-head block; short for tiles.vocab_chunk"},
    {"qwen3_decode", "model", "#qwen3_decode.model", "Sizes of the model, over those of model_config"},
    {"qwen3_decode", "tiles", "#qwen3_decode.tiles", "Sizes of the tiles, over those of model_config"},
    {"qwen3_decode", "workload", "#qwen3_decode.workload", "The batch and its contexts"},

    {"qwen3_decode.model", "num_layers", "#number", "Layers of the model"},
    {"qwen3_decode.model", "hidden", "#number", "Hidden size"},
    {"qwen3_decode.model", "num_heads", "#number", "Query heads"},
    {"qwen3_decode.model", "num_kv_heads", "#number", "KV heads"},
    {"qwen3_decode.model", "head_dim", "#number", "Elements of a head"},
    {"qwen3_decode.model", "kv_hidden", "#number", "num_kv_heads x head_dim"},
    {"qwen3_decode.model", "intermediate", "#number", "Columns of the MLP"},
    {"qwen3_decode.model", "vocab", "#number", "Vocabulary, padded"},
    {"qwen3_decode.model", "vocab_real", "#number", "Vocabulary without the padding"},
    {"qwen3_decode.model", "max_seq", "#number", "Capacity of the cache in tokens"},
    {"qwen3_decode.model", "eps", "#number", "Of the RMS norms"},

    {"qwen3_decode.tiles", "batch_tile", "#number", "Rows of a tile"},
    {"qwen3_decode.tiles", "input_proj_k", "#number", "K step of the q, k and v projections"},
    {"qwen3_decode.tiles", "q_out", "#number", "Columns of a q_proj task"},
    {"qwen3_decode.tiles", "kv_out", "#number", "Columns of a k_proj or v_proj task"},
    {"qwen3_decode.tiles", "q_head_batch", "#number", "Query heads of a KV head"},
    {"qwen3_decode.tiles", "q_head_pad", "#number", "Rows those are padded to"},
    {"qwen3_decode.tiles", "block_size", "#number", "Tokens of a KV page"},
    {"qwen3_decode.tiles", "k_chunk", "#number", "K step of the other matmuls"},
    {"qwen3_decode.tiles", "mlp_out_chunk", "#number", "Columns of a gate, up or silu task"},
    {"qwen3_decode.tiles", "down_out", "#number", "Columns of a down_proj task"},
    {"qwen3_decode.tiles", "final_rms_k", "#number", "Step of the final norm"},
    {"qwen3_decode.tiles", "lm_head_k", "#number", "K step of the LM head"},
    {"qwen3_decode.tiles", "vocab_chunk", "#number", "Columns of an LM-head block"},

    {"qwen3_decode.workload", "batch", "#number", "Sequences"},
    {"qwen3_decode.workload", "seq_lens", "#contexts", "One context for all, a list, or {random: [lo, hi], seed: s}"},

    {"submit_trace", "!kind", "const submit_trace", "A task graph from a file"},
    {"submit_trace", "!path", "string", "The trace, .json or .json.gz, relative to this file"},

    {"synthetic", "!kind", "const synthetic", "A task graph of a known form"},
    {"synthetic", "!pattern", "enum chain fork_join layered random independent", "The form"},
    {"synthetic", "tasks", "#number", "chain, random, independent: how many"},
    {"synthetic", "width", "#number", "fork_join, layered: tasks side by side"},
    {"synthetic", "depth", "#number", "fork_join, layered: rounds"},
    {"synthetic", "degree", "#number", "layered, random: producers of a task"},
    {"synthetic", "edge_probability", "#number", "layered, random: of each possible producer, in place of degree"},
    {"synthetic", "seed", "#number", "Of everything random"},
    {"synthetic", "core", "enum aic aiv mixed", "Where the tasks run"},
    {"synthetic", "!duration_us", "#duration", "Of every task, or {random: [shortest, longest]}"},

    {"bgemm", "!kind", "const bgemm", "Blocked matrix products, added up in groups"},
    {"bgemm", "case", "string", "A named case of the file of model_config"},
    {"bgemm", "model_config", "#config", "configs/models/<name>.yaml or a path; classic when absent"},
    {"bgemm", "gemms", "#number", "Products in all"},
    {"bgemm", "tile", "#number", "Edge of a tile"},
    {"bgemm", "tiles", "#number", "Products of tiles in a task"},
    {"bgemm", "group", "#number", "Products that one result adds up"},

    {"alternating", "!kind", "const alternating", "Independent products and additions by turns"},
    {"alternating", "case", "string", "A named case of the file of model_config"},
    {"alternating", "model_config", "#config", "configs/models/<name>.yaml or a path; classic when absent"},
    {"alternating", "batch", "#number", "Elements of the batch"},
    {"alternating", "products", "#number", "Blocks of 128 x 128 multiplied, an element"},
    {"alternating", "additions", "#number", "Blocks of 128 x 128 added, an element"},
    {"alternating", "product_block", "#number", "Blocks of a MATMUL task"},
    {"alternating", "addition_block", "#number", "Blocks of an ADD task"},

    {"batch_paged_attention", "!kind", "const batch_paged_attention",
     "Paged attention, page by page for many requests"},
    {"batch_paged_attention", "case", "string", "A named case of the file of model_config"},
    {"batch_paged_attention", "model_config", "#config", "configs/models/<name>.yaml or a path; classic when absent"},
    {"batch_paged_attention", "batch", "#number", "Requests"},
    {"batch_paged_attention", "heads", "#number", "Query heads, over one KV head"},
    {"batch_paged_attention", "head_dim", "#number", "Elements of a head"},
    {"batch_paged_attention", "page", "#number", "Tokens of a page"},
    {"batch_paged_attention", "contexts", "#sizes", "Tokens of each request: one number or a list"},
    {"batch_paged_attention", "chunk", "#number", "Requests served together"},

    {"paged_attention_unroll", "!kind", "const paged_attention_unroll", "Paged attention, many pages of one request"},
    {"paged_attention_unroll", "case", "string", "A named case of the file of model_config"},
    {"paged_attention_unroll", "model_config", "#config", "configs/models/<name>.yaml or a path; classic when absent"},
    {"paged_attention_unroll", "batch", "#number", "Requests"},
    {"paged_attention_unroll", "heads", "#number", "Query heads, over one KV head"},
    {"paged_attention_unroll", "head_dim", "#number", "Elements of a head"},
    {"paged_attention_unroll", "page", "#number", "Tokens of a page"},
    {"paged_attention_unroll", "contexts", "#sizes", "Tokens of each request: one number or a list"},
    {"paged_attention_unroll", "pages_per_group", "#number", "Pages of a task"},
    {"paged_attention_unroll", "manual_scope", "boolean", "MANUAL scopes with explicit dependencies"},

    {"mix_chain", "!kind", "const mix_chain", "Four MIX tasks in a row"},
    {"mix_chain", "case", "string", "A named case of the file of model_config"},
    {"mix_chain", "model_config", "#config", "configs/models/<name>.yaml or a path; classic when absent"},
    {"mix_chain", "blocks", "#number", "Of each task"},
    {"mix_chain", "spin_us", "#number", "How long a block takes"},

    {"sync_start_stress", "!kind", "const sync_start_stress", "MIX and AIV tasks of all widths, plain and sync_start"},
    {"sync_start_stress", "case", "string", "A named case of the file of model_config"},
    {"sync_start_stress", "model_config", "#config", "configs/models/<name>.yaml or a path; classic when absent"},
    {"sync_start_stress", "clusters", "#number", "Widths are parts of it"},
    {"sync_start_stress", "rounds", "#number", "Of nine tasks"},
    {"sync_start_stress", "spin_us", "#number", "How long a block takes"},
    {"sync_start_stress", "chained", "boolean", "true: one after the other; false: no dependencies"},

    {"back_pressure", "!kind", "const back_pressure", "A long task that holds a ring, and short ones"},
    {"back_pressure", "case", "string", "A named case of the file of model_config"},
    {"back_pressure", "model_config", "#config", "configs/models/<name>.yaml or a path; classic when absent"},
    {"back_pressure", "tasks", "#number", "All of them"},
    {"back_pressure", "first_us", "#number", "How long the first takes"},
    {"back_pressure", "rest_us", "#number", "How long each other takes"},

    {"gemm", "!kind", "const gemm", "One matmul over many cores as a single kernel"},
    {"gemm", "!m", "#number", "Rows of A and C"},
    {"gemm", "!n", "#number", "Rows of B, columns of C"},
    {"gemm", "!k", "#number", "Columns of A and B"},
    {"gemm", "!cores", "array", "The grid of cores over C: [rows, columns]"},
    {"gemm", "!tile", "array", "A step of a core: [m, n, k]"},
    {"gemm", "stage", "#number", "Buffers of the K loop that take turns"},
};

}  // namespace npusched
