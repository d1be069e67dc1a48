// Tensors as the runtime sees them: element types and the region of a buffer that an argument covers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace npusched {

enum class DType : std::uint8_t {
  kFloat32,
  kFloat16,
  kBFloat16,
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kUint64,
  kBool,
  kFp8E4M3,
  kFp8E8M0,
  kFp4E2M1,
};

int SizeOf(DType dtype);               // bytes of an element (FP4 counts as 1, as its storage does)
std::string_view NameOf(DType dtype);  // "FLOAT32", "BFLOAT16", ...
std::optional<DType> DTypeFromName(std::string_view name);

inline constexpr int kMaxRank = 5;

// A strided box of elements: offset + sum(coordinate[d] * strides[d]), all in elements of `dtype`.
struct Region {
  std::int64_t start_offset = 0;
  std::array<std::int64_t, kMaxRank> shape{};    // [0, rank)
  std::array<std::int64_t, kMaxRank> strides{};  // [0, rank)
  std::uint8_t rank = 0;
  DType dtype = DType::kFloat32;

  friend bool operator==(const Region&, const Region&) = default;

  // One past the last element touched, relative to start_offset; 0 when a dimension is 0.
  [[nodiscard]] std::int64_t Extent() const;
  [[nodiscard]] std::int64_t Elements() const;
};

}  // namespace npusched
