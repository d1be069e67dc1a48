// Deflated bytes, and bytes as text: how the report and the Perfetto trace keep small.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace npusched {

enum class DeflateFormat : std::uint8_t { kZlib, kGzip };  // gzip without a name and a time: same bytes in, same out

// REQUIRES: fewer than 2^32 bytes.
std::string Deflate(std::string_view bytes, DeflateFormat format);

std::string ToBase64(std::string_view bytes);

}  // namespace npusched
