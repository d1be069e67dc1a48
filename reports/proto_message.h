// The wire format of protocol buffers, as much of it as a writer of one format needs: varints, fixed64, bytes.
//
//   ProtoMessage event;
//   event.Varint(9, 1).Bytes(23, "silu");       // field 9 = 1, field 23 = "silu"
//   packet.Bytes(11, event.bytes());            // a message within a message
//
// A library would bring generated code and a run-time dependency for three functions; the tests decode with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace npusched {

class ProtoMessage {
 public:
  ProtoMessage& Varint(std::uint32_t field, std::uint64_t value) {
    Append(std::uint64_t{field} << 3U);
    Append(value);
    return *this;
  }
  ProtoMessage& Fixed64(std::uint32_t field, std::uint64_t value) {
    Append(std::uint64_t{field} << 3U | 1U);
    for (unsigned shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(value >> shift & 0xFFU));
    return *this;
  }
  // A string, or a message.
  ProtoMessage& Bytes(std::uint32_t field, std::string_view bytes) {
    Append(std::uint64_t{field} << 3U | 2U);
    Append(bytes.size());
    bytes_ += bytes;
    return *this;
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  void Append(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) bytes_.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
};

}  // namespace npusched
