#include "base/digest.h"

#include <fmt/format.h>

namespace npusched {

void Digest::AddByte(std::uint8_t byte) {
  constexpr std::uint64_t kPrime = 0x100'0000'01B3ULL;
  value_ = (value_ ^ byte) * kPrime;
}

void Digest::Add(std::string_view bytes) {
  for (int shift = 0; shift < 64; shift += 8) {
    AddByte(static_cast<std::uint8_t>(static_cast<std::uint64_t>(bytes.size()) >> shift));
  }
  for (const char c : bytes) {
    AddByte(static_cast<std::uint8_t>(c));
  }
}

std::string Digest::Hex() const { return fmt::format("{:016x}", value_); }

}  // namespace npusched
