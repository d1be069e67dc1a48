#include "reports/deflate.h"

#include <zlib.h>

#include "base/check.h"

namespace npusched {

std::string Deflate(std::string_view bytes, DeflateFormat format) {
  const int window = format == DeflateFormat::kGzip ? 15 + 16 : 15;  // the largest; 16 more asks for gzip's header
  constexpr int kMemoryLevel = 9;
  z_stream stream{};
  NPU_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK);
  NPU_CHECK(bytes.size() < UINT32_MAX);  // gzip counts 32 bits, and a page could not hold it
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  std::string in(bytes);  // zlib's input is not const
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  NPU_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string ToBase64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8U | (j < bytes.size() ? static_cast<std::uint8_t>(bytes[j]) : 0U);
    }
    const std::size_t left = bytes.size() - i;
    out.push_back(kDigits[group >> 18U]);
    out.push_back(kDigits[group >> 12U & 63U]);
    out.push_back(left > 1 ? kDigits[group >> 6U & 63U] : '=');
    out.push_back(left > 2 ? kDigits[group & 63U] : '=');
  }
  return out;
}

}  // namespace npusched
