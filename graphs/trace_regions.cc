#include "graphs/trace_regions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace npusched {
namespace {

std::span<const std::string_view> DTypeNames() {
  constexpr std::size_t kCount = static_cast<std::size_t>(DType::kFp4E2M1) + 1;
  static const std::array<std::string_view, kCount> kNames = [] {
    std::array<std::string_view, kCount> by_dtype;
    for (std::size_t i = 0; i < kCount; ++i) {
      by_dtype[i] = NameOf(static_cast<DType>(i));
    }
    return by_dtype;
  }();
  return kNames;
}

DType ReadDType(JsonFields& read, const JsonAt& at) {
  int position = 0;
  read.RequiredName(at, "dtype", DTypeNames(), &position);
  return static_cast<DType>(position);
}

// The count of entries; 0 after an error.
std::uint8_t ReadSizes(JsonFields& read, const JsonAt& map, std::string_view key,
                       std::array<std::int64_t, kMaxRank>* sizes) {
  const JsonAt list = read.Member(map, key);
  const std::size_t count = read.Length(list);
  if (count < 1 || count > kMaxRank) {
    read.Fail(list, fmt::format("expected a list of 1 to {} sizes", kMaxRank));
    return 0;
  }
  for (std::size_t d = 0; d < count; ++d) {
    read.Int(JsonAt{&(*list.value)[d], &list, {}, d}, &(*sizes)[d], {0, kMostElements});
  }
  return read.ok() ? static_cast<std::uint8_t>(count) : std::uint8_t{0};
}

// True when the bounds of the region and the count of its elements are in range.
bool InRange(const Region& region) {
  std::int64_t end = region.start_offset;
  std::int64_t elements = 1;
  bool overflows = false;
  for (std::size_t d = 0; d < region.rank; ++d) {
    std::int64_t span = 0;
    overflows |= __builtin_mul_overflow(region.shape[d], region.strides[d], &span);
    overflows |= __builtin_add_overflow(end, span, &end);
    overflows |= __builtin_mul_overflow(elements, std::max<std::int64_t>(region.shape[d], 1), &elements);
  }
  return !overflows && end <= kMostElements && elements <= kMostElements;
}

void CheckRange(JsonFields& read, const JsonAt& at, const Region& region) {
  if (const std::string wrong = read.ok() ? WhatIsWrong(region) : ""; !wrong.empty()) read.Fail(at, "shape", wrong);
}

}  // namespace

void SetRowMajor(Region& region) {
  std::int64_t stride = 1;
  for (std::size_t d = region.rank; d-- > 0;) {
    region.strides[d] = stride;
    if (__builtin_mul_overflow(stride, std::max<std::int64_t>(region.shape[d], 1), &stride)) {
      stride = kMostElements;  // out of range, as WhatIsWrong says
    }
  }
}

std::string WhatIsWrong(const Region& region) {
  return InRange(region) ? "" : fmt::format("spans too many elements; expected at most {}", kMostElements);
}

int StrideOfZero(const Region& region) {
  const auto* const shape_end = region.shape.begin() + region.rank;
  if (std::find(region.shape.begin(), shape_end, 0) != shape_end) return -1;
  const auto* const strides_end = region.strides.begin() + region.rank;
  const auto* const zero = std::find(region.strides.begin(), strides_end, 0);
  return zero == strides_end ? -1 : static_cast<int>(zero - region.strides.begin());
}

Region ReadWholeRegion(JsonFields& read, const JsonAt& at) {
  Region region;
  region.dtype = ReadDType(read, at);
  region.rank = ReadSizes(read, at, "shape", &region.shape);
  SetRowMajor(region);
  CheckRange(read, at, region);
  return region;
}

Region ReadRegion(JsonFields& read, const JsonAt& at) {
  Region region;
  region.dtype = ReadDType(read, at);
  region.rank = ReadSizes(read, at, "shape", &region.shape);
  const std::size_t strides = ReadSizes(read, at, "strides", &region.strides);
  if (read.ok() && region.rank != strides) {
    read.Fail(at, "strides", fmt::format("expected {} entries, as shape has; got {}", region.rank, strides));
  }
  read.Required(at, "start_offset", &region.start_offset, IntRange{0, kMostElements});
  CheckRange(read, at, region);
  if (const int zero = read.ok() ? StrideOfZero(region) : -1; zero >= 0) {
    const JsonAt list{nullptr, &at, "strides"};
    read.Fail(JsonAt{nullptr, &list, {}, static_cast<std::size_t>(zero)}, "expected a stride of at least 1; got 0");
  }
  return region;
}

}  // namespace npusched
