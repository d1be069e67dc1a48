// Which of AIC and AIV a thread serves first in a dispatch pass.
#pragma once

#include <cstdint>

#include "graphs/program.h"
#include "hw_models/policies.h"

namespace npusched {

inline CoreShape FirstShape(ShapeOrder order, std::uint32_t thread) {
  const bool aiv_first = order == ShapeOrder::kAivFirst || (order == ShapeOrder::kThread1AivFirst && thread == 1);
  return aiv_first ? CoreShape::kAiv : CoreShape::kAic;
}

}  // namespace npusched
