// Philox4x32-10, a counter-based generator: element i of a stream needs no other, so a weight matrix is
// made tile by tile, in any order, by any number of threads, with the same bits on every machine.
//
//   FillUniform({.seed = 1, .id = 7}, {.center = 0.5F, .scale = 0.1F}, first, count, out);  // (U - 0.5) * 0.1
//
// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
#pragma once

#include <array>
#include <cstdint>

namespace npusched {

// The four words of one counter under one key.
std::array<std::uint32_t, 4> Philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

struct RandomStream {
  std::uint64_t seed = 0;  // the key
  std::uint32_t id = 0;    // one a tensor
};

// (U - center) * scale with U uniform in [0, 1), a multiple of 2^-24.
struct Uniform {
  float center = 0;
  float scale = 1;
  bool bf16 = false;  // rounded to bfloat16
};

// Words go to elements in groups of 128, which 32 counters serve: element i takes word (i / 32) % 4 of counter
// {32 * (i / 128) + i % 32 in two words, id, 0}. So lanes fill a group without a shuffle, and wider or narrower
// vectors yield the same elements.
void FillUniform(const RandomStream& stream, const Uniform& uniform, std::int64_t first, std::int64_t count,
                 float* out);

}  // namespace npusched
