// Mixed kernels of the decode program: a matmul whose product crosses a pipe to the two vector cores of its
// cluster, which finish it, half of the rows each.
//
//   const Launch out = b.Kernel(OutProjMixWork("out_proj", sizes));   // core: MIX, three slots
#pragma once

#include <cstdint>
#include <string>

#include "graphs/kernel_work.h"
#include "graphs/qwen3_sizes.h"

namespace npusched {

// Of the buffer in global memory between cube and vector cores, for each block: two tiles of 16 x 256.
inline constexpr std::int64_t kPipeFloats = 8192;

// The rows of a tile that one of two vector cores takes.
inline std::int64_t HalfRows(std::int64_t rows) { return (rows + 1) / 2; }

// args: attn_out, wo, current, pipe -> resid1.
KernelWork OutProjMixWork(std::string name, const Qwen3Sizes& s);
// args: mlp_tile, w_down, resid1, pipe -> next.
KernelWork DownProjMixWork(const Qwen3Sizes& s);
// Both products in one K loop. args: post_norm, w_gate, w_up, pipe -> mlp_tile.
KernelWork GateUpSiluWork(const Qwen3Sizes& s);

}  // namespace npusched
