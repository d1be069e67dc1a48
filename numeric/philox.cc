#include "numeric/philox.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "numeric/bf16.h"

// The body is written once and compiled for the vector units a processor may have.
#if defined(__x86_64__) && defined(__GNUC__)
#define NPUSCHED_X86 1
#endif

namespace npusched {
namespace {

constexpr std::uint32_t kMultiplier0 = 0xD251'1F53U;
constexpr std::uint32_t kMultiplier1 = 0xCD9E'8D57U;
constexpr std::uint32_t kWeyl0 = 0x9E37'79B9U;
constexpr std::uint32_t kWeyl1 = 0xBB67'AE85U;
constexpr int kRounds = 10;
constexpr int kLanes = 32;  // more than g++ unrolls: its vectorizer has to see a loop, which is six times faster
constexpr int kGroup = 4 * kLanes;

// One round of one counter. The halves of the products change places.
[[gnu::always_inline]] inline void Round(std::uint32_t& x0, std::uint32_t& x1, std::uint32_t& x2, std::uint32_t& x3,
                                         std::uint32_t k0, std::uint32_t k1) {
  const std::uint64_t p0 = std::uint64_t{kMultiplier0} * x0;
  const std::uint64_t p1 = std::uint64_t{kMultiplier1} * x2;
  x0 = static_cast<std::uint32_t>(p1 >> 32U) ^ x1 ^ k0;
  x1 = static_cast<std::uint32_t>(p1);
  x2 = static_cast<std::uint32_t>(p0 >> 32U) ^ x3 ^ k1;
  x3 = static_cast<std::uint32_t>(p0);
}

// Never NaN, so bfloat16 needs no test for it.
[[gnu::always_inline]] inline float Scaled(std::uint32_t word, const Uniform& uniform) {
  const float unit = static_cast<float>(static_cast<std::int32_t>(word >> 8U)) * 0x1p-24F;
  const float value = (unit - uniform.center) * uniform.scale;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16U) & 1U)) & 0xFFFF'0000U;
  return std::bit_cast<float>(uniform.bf16 ? rounded : bits);
}

[[gnu::always_inline]] inline void FillGroupsBody(const RandomStream& stream, const Uniform& u, std::uint64_t group,
                                                  std::int64_t groups, float* out) {
  const Uniform uniform = u;  // out might be the caller's
  for (std::int64_t g = 0; g < groups; ++g, out += kGroup) {
    const std::uint64_t counter = (group + static_cast<std::uint64_t>(g)) * kLanes;
    std::uint32_t x0[kLanes], x1[kLanes], x2[kLanes], x3[kLanes];
    for (int l = 0; l < kLanes; ++l) {
      x0[l] = static_cast<std::uint32_t>(counter) + static_cast<std::uint32_t>(l);
      x1[l] = static_cast<std::uint32_t>(counter >> 32U);
      x2[l] = stream.id;
      x3[l] = 0;
    }
    auto k0 = static_cast<std::uint32_t>(stream.seed);
    auto k1 = static_cast<std::uint32_t>(stream.seed >> 32U);
    for (int round = 0; round < kRounds; ++round, k0 += kWeyl0, k1 += kWeyl1) {
      for (int l = 0; l < kLanes; ++l) Round(x0[l], x1[l], x2[l], x3[l], k0, k1);
    }
    for (int l = 0; l < kLanes; ++l) out[l] = Scaled(x0[l], uniform);
    for (int l = 0; l < kLanes; ++l) out[kLanes + l] = Scaled(x1[l], uniform);
    for (int l = 0; l < kLanes; ++l) out[2 * kLanes + l] = Scaled(x2[l], uniform);
    for (int l = 0; l < kLanes; ++l) out[3 * kLanes + l] = Scaled(x3[l], uniform);
  }
}

using FillGroups = void (*)(const RandomStream&, const Uniform&, std::uint64_t, std::int64_t, float*);

void FillGroupsPlain(const RandomStream& stream, const Uniform& uniform, std::uint64_t group, std::int64_t groups,
                     float* out) {
  FillGroupsBody(stream, uniform, group, groups, out);
}

#if defined(NPUSCHED_X86)
[[gnu::target("avx2")]] void FillGroupsAvx2(const RandomStream& stream, const Uniform& uniform, std::uint64_t group,
                                            std::int64_t groups, float* out) {
  FillGroupsBody(stream, uniform, group, groups, out);
}

[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl")]] void FillGroupsAvx512(const RandomStream& stream,
                                                                            const Uniform& uniform, std::uint64_t group,
                                                                            std::int64_t groups, float* out) {
  FillGroupsBody(stream, uniform, group, groups, out);
}
#endif

FillGroups Fastest() {
#if defined(NPUSCHED_X86)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return FillGroupsAvx512;
  }
  if (__builtin_cpu_supports("avx2")) return FillGroupsAvx2;
#endif
  return FillGroupsPlain;
}

}  // namespace

std::array<std::uint32_t, 4> Philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  auto [x0, x1, x2, x3] = counter;
  for (int round = 0; round < kRounds; ++round) {
    Round(x0, x1, x2, x3, key[0], key[1]);
    key = {key[0] + kWeyl0, key[1] + kWeyl1};
  }
  return {x0, x1, x2, x3};
}

void FillUniform(const RandomStream& stream, const Uniform& uniform, std::int64_t first, std::int64_t count,
                 float* out) {
  static const FillGroups kFill = Fastest();
  // The groups that the range covers in part go through a buffer.
  const auto partial = [&](std::int64_t begin, std::int64_t end) {
    float group[kGroup];
    kFill(stream, uniform, static_cast<std::uint64_t>(begin / kGroup), 1, group);
    std::copy(group + begin % kGroup, group + begin % kGroup + (end - begin), out);
    out += end - begin;
  };
  const std::int64_t end = first + count;
  if (first % kGroup != 0) {
    const std::int64_t stop = std::min(end, (first / kGroup + 1) * kGroup);
    partial(first, stop);
    first = stop;
  }
  const std::int64_t groups = (end - first) / kGroup;
  if (groups > 0) {
    kFill(stream, uniform, static_cast<std::uint64_t>(first / kGroup), groups, out);
    first += groups * kGroup;
    out += groups * kGroup;
  }
  if (first < end) partial(first, end);
}

}  // namespace npusched
