// bfloat16: the upper half of a float, rounded to nearest, ties to even, as the cores store it.
//
//   std::uint16_t stored = ToBf16(1.00390625F);   // halfway: 0x3F80, the even one
//   float loaded = FromBf16(stored);              // 1.0F
#pragma once

#include <bit>
#include <cstdint>

namespace npusched {

inline std::uint16_t ToBf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  constexpr std::uint32_t kAbsolute = 0x7FFF'FFFFU;
  constexpr std::uint32_t kInfinity = 0x7F80'0000U;
  constexpr std::uint32_t kQuietBit = 0x0040'0000U;
  if ((bits & kAbsolute) > kInfinity) return static_cast<std::uint16_t>((bits | kQuietBit) >> 16U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

inline float FromBf16(std::uint16_t stored) { return std::bit_cast<float>(static_cast<std::uint32_t>(stored) << 16U); }

inline float RoundToBf16(float value) { return FromBf16(ToBf16(value)); }

}  // namespace npusched
