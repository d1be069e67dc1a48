#include "graphs/qwen3_split_parts.h"

#include <span>

#include "graphs/qwen3_fused_kernels.h"
#include "graphs/qwen3_split_kernels.h"

namespace npusched {
namespace {

constexpr DType kBf16 = DType::kBFloat16;
constexpr DType kFp32 = DType::kFloat32;

SplitKernels Declare(Builder& b, const Qwen3Sizes& s, DType carry) {
  const auto matmul = [&](const char* name, std::int64_t columns, std::int64_t depth, std::int64_t step) {
    return b.Kernel(SplitMatmulWork(name, s, columns, depth, step));
  };
  return {.out_proj = matmul("out_proj", s.o_out, s.o_split_k, s.k_chunk),
          .residual_rms_cast = b.Kernel(ResidualCastWork(s, carry)),
          .post_rms_reduce = b.Kernel(PostRmsReduceWork(s, carry)),
          .gate_proj = matmul("gate_proj", s.mlp_out_chunk, s.mlp_split_k, s.k_chunk),
          .up_proj = matmul("up_proj", s.mlp_out_chunk, s.mlp_split_k, s.k_chunk),
          .silu = b.Kernel(ScaledSiluWork(s)),
          .down_proj = matmul("down_proj", s.down_out, s.down_split_k, s.down_k)};
}

// How many of `count` things block `block` of `blocks` takes, which take them in turn.
std::int64_t Dealt(std::int64_t count, std::int64_t block, std::int64_t blocks) {
  return (count - block + blocks - 1) / blocks;
}

}  // namespace

SplitParts::SplitParts(DecodeWords& words, DType carry)
    : w_(words), s_(words.s), carry_(carry), kernels_(Declare(words.b, words.s, carry)) {}

void SplitParts::CreateTail(SplitTensors& t) {
  Builder& b = w_.b;
  t.attn_proj = b.Create("attn_proj", kFp32, {w_.rows, s_.hidden});
  t.mlp_norm_in = b.Create("mlp_norm_in", kBf16, {w_.rows, s_.hidden});
  t.post_norm_partial = b.Create("post_norm_partial", carry_, {w_.rows, s_.hidden});
  t.inv_rms_tile = b.Create("inv_rms_tile", kFp32, {w_.rows, 1});
  t.gate_acc = b.Create("gate_acc", kFp32, {w_.rows, s_.intermediate});
  t.up_acc = b.Create("up_acc", kFp32, {w_.rows, s_.intermediate});
  t.mlp_tile = b.Create("mlp_tile", kBf16, {w_.rows, s_.intermediate});
  t.down_acc = b.Create("down_acc", kFp32, {w_.rows, s_.hidden});
}

Submission SplitParts::Project(const Launch& kernel, const SplitTensors& t, const Tensor& weights, const Tensor& out,
                               std::int64_t k, std::int64_t column, std::int64_t columns) {
  const std::int64_t row = k == kAllOfDepth ? 0 : k * s_.proj_split_k;
  const std::int64_t depth = k == kAllOfDepth ? s_.hidden : s_.proj_split_k;
  Submission task = w_.b.Submit(kernel);
  Reads(task, t.normed, w_.Tile(t.normed, 0, row, depth));
  Reads(task, weights, w_.WeightBlock(weights, t.layer, s_.hidden, row, depth, column, columns));
  task.Accumulate(out).Touching(w_.Tile(out, 0, column, columns));
  return task;
}

Submission SplitParts::OutProj(const SplitTensors& t, std::int64_t n, std::int64_t k, std::int64_t count) {
  const std::int64_t first = k == kAllOfDepth ? 0 : k * s_.o_split_k;
  const std::int64_t depth = k == kAllOfDepth ? s_.hidden : s_.o_split_k;
  Submission task = w_.b.Submit(kernels_.out_proj);
  Reads(task, t.attn_out, w_.Tile(t.attn_out, 0, first, depth));
  Reads(task, w_.in.wo, w_.WeightBlock(w_.in.wo, t.layer, s_.hidden, first, depth, n * s_.o_out, count * s_.o_out));
  task.Accumulate(t.attn_proj).Touching(w_.Tile(t.attn_proj, 0, n * s_.o_out, count * s_.o_out));
  return task;
}

Submission SplitParts::Cast(const SplitTensors& t, std::int64_t k) {
  const auto window = [&](const Tensor& tensor) { return w_.Tile(tensor, 0, k * s_.cast_out, s_.cast_out); };
  Submission task = w_.b.Submit(kernels_.residual_rms_cast);
  Reads(task, t.attn_proj, window(t.attn_proj));
  Reads(task, t.current, window(t.current));
  Reads(task, w_.in.post_gamma, w_.b.Slice(w_.in.post_gamma, {t.layer, k * s_.cast_out}, {1, s_.cast_out}));
  task.Out(t.mlp_norm_in).Touching(window(t.mlp_norm_in));
  task.Out(t.post_norm_partial).Touching(window(t.post_norm_partial));
  return task;
}

Submission SplitParts::Reduce(const SplitTensors& t) {
  return w_.b.Submit(kernels_.post_rms_reduce).In(t.attn_proj, t.current).Out(t.inv_rms_tile);
}

Submission SplitParts::Expand(bool gate, const SplitTensors& t, std::int64_t n, std::int64_t k, std::int64_t count) {
  const Tensor& weights = gate ? w_.in.w_gate : w_.in.w_up;
  const Tensor& acc = gate ? t.gate_acc : t.up_acc;
  const std::int64_t column = n * s_.mlp_out_chunk;
  const std::int64_t columns = count * s_.mlp_out_chunk;
  const std::int64_t row = k * s_.mlp_split_k;
  Submission task = w_.b.Submit(gate ? kernels_.gate_proj : kernels_.up_proj);
  Reads(task, t.mlp_norm_in, w_.Tile(t.mlp_norm_in, 0, row, s_.mlp_split_k));
  Reads(task, weights, w_.WeightBlock(weights, t.layer, s_.hidden, row, s_.mlp_split_k, column, columns));
  task.Accumulate(acc).Touching(w_.Tile(acc, 0, column, columns));
  task.Blocks(static_cast<std::uint32_t>(count));
  return task;
}

Submission SplitParts::Silu(const SplitTensors& t, std::int64_t n) {
  const auto window = [&](const Tensor& tensor) { return w_.Tile(tensor, 0, n * s_.mlp_out_chunk, s_.mlp_out_chunk); };
  Submission task = w_.b.Submit(kernels_.silu).In(t.inv_rms_tile);
  Reads(task, t.gate_acc, window(t.gate_acc));
  Reads(task, t.up_acc, window(t.up_acc));
  task.Out(t.mlp_tile).Touching(window(t.mlp_tile));
  return task;
}

Submission SplitParts::Down(const SplitTensors& t, std::int64_t n, std::int64_t k) {
  const std::int64_t first = k * s_.down_split_k;
  Submission task = w_.b.Submit(kernels_.down_proj);
  Reads(task, t.mlp_tile, w_.Tile(t.mlp_tile, 0, first, s_.down_split_k));
  Reads(task, w_.in.w_down,
        w_.WeightBlock(w_.in.w_down, t.layer, s_.intermediate, first, s_.down_split_k, n * s_.down_out, s_.down_out));
  task.Accumulate(t.down_acc).Touching(w_.Tile(t.down_acc, 0, n * s_.down_out, s_.down_out));
  return task;
}

Submission SplitParts::Seed(const Launch& kernel, const Tensor& accumulator) {
  return w_.b.Submit(kernel).Out(accumulator);
}

Launch SplitParts::FusedAttention() {
  std::vector<KernelWork> blocks;
  for (std::int64_t block = 0; block < s_.attn_blocks; ++block) {
    blocks.push_back(
        FusedAttentionWork(s_, Dealt(w_.AllPages(), block, s_.attn_blocks) * s_.num_kv_heads, s_.q_head_batch,
                           {.q = 4, .k_cache = 5, .v_cache = 6, .pipe = 7, .oi = 10, .row_max = 9, .row_sum = 8}));
  }
  return w_.b.KernelOfBlocks(blocks);
}

Launch SplitParts::OnlineSoftmax() {
  std::vector<KernelWork> blocks;
  const std::int64_t heads = w_.o.batch() * s_.num_kv_heads;  // those of a sequence in a row
  for (std::int64_t block = 0; block < s_.online_blocks; ++block) {
    std::int64_t pages = 0;
    for (std::int64_t head = block; head < heads; head += s_.online_blocks) pages += w_.Pages(head / s_.num_kv_heads);
    blocks.push_back(OnlineWork(s_, pages, Dealt(heads, block, s_.online_blocks), s_.q_head_batch,
                                {.oi = 1, .row_max = 2, .row_sum = 3, .out = 4}));
  }
  return w_.b.KernelOfBlocks(blocks);
}

std::vector<std::vector<TaskId>> SplitParts::Tail(const SplitTensors& t, const Before& before) {
  std::vector<TaskId> out;
  for (std::int64_t n = 0; n < out_n(); ++n) {
    for (std::int64_t k = 0; k < out_k(); ++k) out.push_back(OutProj(t, n, k).Deps(before.out));
  }
  std::vector<TaskId> cast;
  const std::size_t columns = out.size() / static_cast<std::size_t>(casts());  // n-major: those of a cast
  for (std::int64_t k = 0; k < casts(); ++k) {
    const auto first = static_cast<std::size_t>(k) * columns;
    cast.push_back(Cast(t, k).Deps(std::span(out).subspan(first, columns)));
  }
  const TaskId reduce = Reduce(t).Deps(out);
  std::vector<std::vector<TaskId>> gate(mlp_n());
  std::vector<std::vector<TaskId>> up(mlp_n());
  for (std::int64_t n = 0; n < mlp_n(); ++n) {
    for (std::int64_t k = 0; k < mlp_k(); ++k) {
      gate[n].push_back(Expand(true, t, n, k).Dep(cast[k]).Dep(before.gate));
      up[n].push_back(Expand(false, t, n, k).Dep(cast[k]).Dep(before.up));
    }
  }
  std::vector<TaskId> silu;
  for (std::int64_t n = 0; n < mlp_n(); ++n) {
    silu.push_back(Silu(t, n).Dep(reduce).Deps(gate[n]).Deps(up[n]));
  }
  std::vector<std::vector<TaskId>> down(down_n());
  for (std::int64_t n = 0; n < down_n(); ++n) {
    for (std::int64_t k = 0; k < down_k(); ++k) {
      down[n].push_back(Down(t, n, k).Dep(before.down).Dep(silu[k]));
    }
  }
  return down;
}

}  // namespace npusched
