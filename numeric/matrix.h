// A dense row-major matrix of fp32 values: what a kernel works on between its loads and its stores.
#pragma once

#include <cstdint>
#include <vector>

namespace npusched {

struct Matrix {
  Matrix() = default;
  Matrix(std::int64_t row_count, std::int64_t column_count)
      : rows(row_count), columns(column_count), values(static_cast<std::size_t>(row_count * column_count)) {}

  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values = {};

  float* Row(std::int64_t row) { return values.data() + row * columns; }
  [[nodiscard]] const float* Row(std::int64_t row) const { return values.data() + row * columns; }
};

}  // namespace npusched
