// Reads the dtype, shape, strides and offset of a submit trace's buffers and arguments. Each function
// leaves its errors in `read`; what passes is small enough that arithmetic on it cannot overflow.
#pragma once

#include <cstdint>
#include <string>

#include "graphs/json_fields.h"
#include "graphs/tensor.h"

namespace npusched {

inline constexpr std::int64_t kMostElements = std::int64_t{1} << 60;

// Row after row from the start of the buffer.
void SetRowMajor(Region& region);
// Why arithmetic on the region might overflow; empty when it cannot.
std::string WhatIsWrong(const Region& region);
// The dimension whose stride of 0 means nothing, -1 when there is none. The row-major strides of a shape with an empty
// dimension are 0 in front of it; no others are.
int StrideOfZero(const Region& region);

// `dtype`, `shape`: the whole of a buffer, row after row from its start.
Region ReadWholeRegion(JsonFields& read, const JsonAt& at);

// `dtype`, `shape`, `strides`, `start_offset`: what an argument covers.
Region ReadRegion(JsonFields& read, const JsonAt& at);

}  // namespace npusched
