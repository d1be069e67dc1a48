#include "graphs/tensor.h"

#include <cstddef>

namespace npusched {
namespace {

struct DTypeRow {
  std::string_view name;
  int bytes;
};

// By the value of DType.
constexpr std::array<DTypeRow, 15> kDTypes = {{
    {"FLOAT32", 4},
    {"FLOAT16", 2},
    {"BFLOAT16", 2},
    {"INT8", 1},
    {"UINT8", 1},
    {"INT16", 2},
    {"UINT16", 2},
    {"INT32", 4},
    {"UINT32", 4},
    {"INT64", 8},
    {"UINT64", 8},
    {"BOOL", 1},
    {"FP8E4M3FN", 1},
    {"FP8E8M0", 1},
    {"FP4E2M1", 1},
}};
static_assert(kDTypes.size() == static_cast<std::size_t>(DType::kFp4E2M1) + 1);

}  // namespace

int SizeOf(DType dtype) { return kDTypes.at(static_cast<std::size_t>(dtype)).bytes; }

std::string_view NameOf(DType dtype) { return kDTypes.at(static_cast<std::size_t>(dtype)).name; }

std::optional<DType> DTypeFromName(std::string_view name) {
  for (std::size_t i = 0; i < kDTypes.size(); ++i) {
    if (kDTypes.at(i).name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::int64_t Region::Extent() const {
  std::int64_t last = 0;
  for (std::uint8_t d = 0; d < rank; ++d) {
    if (shape.at(d) == 0) return 0;
    last += (shape.at(d) - 1) * strides.at(d);
  }
  return last + 1;
}

std::int64_t Region::Elements() const {
  std::int64_t elements = 1;
  for (std::uint8_t d = 0; d < rank; ++d) elements *= shape.at(d);
  return elements;
}

}  // namespace npusched
