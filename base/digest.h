// A stable hash of bytes, the same on every machine: names the inputs of a result.
//
//   Digest digest;
//   digest.Add(scenario_text);
//   digest.Add(hardware_text);
//   resolved["inputs"] = digest.Hex();   // 16 hexadecimal digits
//
// FNV-1a of 64 bits: it tells two inputs apart, it does not protect against forgery.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace npusched {

class Digest {
 public:
  // Adds one part; its length counts too, so ("ab", "c") differs from ("a", "bc").
  void Add(std::string_view bytes);
  [[nodiscard]] std::uint64_t value() const { return value_; }
  [[nodiscard]] std::string Hex() const;

 private:
  void AddByte(std::uint8_t byte);

  std::uint64_t value_ = 0xCBF2'9CE4'8422'2325ULL;  // FNV offset basis
};

}  // namespace npusched
