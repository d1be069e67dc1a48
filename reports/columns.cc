#include "reports/columns.h"

#include "base/check.h"
#include "reports/deflate.h"

namespace npusched {

void ColumnPack::Open(std::string_view name, bool sequence) {
  directory_.push_back({name, 0, sequence ? 1 : 0});
  sequence_ = sequence;
  before_ = 0;
}

void ColumnPack::Add(std::int64_t value) {
  NPU_CHECK(!directory_.empty());
  auto& count = directory_.back()[1].get_ref<std::int64_t&>();
  ++count;
  const std::int64_t written = sequence_ ? value - before_ : value;
  before_ = value;
  auto rest = (static_cast<std::uint64_t>(written) << 1U) ^ static_cast<std::uint64_t>(written >> 63);
  while (rest >= 0x80) {
    bytes_.push_back(static_cast<char>((rest & 0x7FU) | 0x80U));
    rest >>= 7U;
  }
  bytes_.push_back(static_cast<char>(rest));
}

std::string ColumnPack::Base64() const { return ToBase64(Deflate(bytes_, DeflateFormat::kGzip)); }

}  // namespace npusched
