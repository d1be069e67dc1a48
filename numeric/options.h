// What a scenario says under `numeric`: which numbers `npusched verify` computes with.
//
//   numeric: {seed: 7, reference: double}
#pragma once

#include <cstdint>

#include "base/config.h"
#include "base/result.h"
#include "numeric/reference.h"

namespace npusched {

struct NumericOptions {
  std::int64_t seed = 1;  // of all inputs
  Precision reference = Precision::kFloat;
};

// `node` may be null: the defaults. Errors: unknown keys, a seed out of range.
Result<NumericOptions> ReadNumericOptions(const ConfigNode& node);

}  // namespace npusched
