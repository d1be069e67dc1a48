#include "numeric/options.h"

namespace npusched {

Result<NumericOptions> ReadNumericOptions(const ConfigNode& node) {
  NumericOptions options;
  MapReader read(node, "numeric");
  read.Optional("seed", &options.seed, Range{.min = 0, .max = 0x1p53});
  int reference = static_cast<int>(options.reference);
  read.OptionalEnum("reference", {"float", "double"}, &reference);
  options.reference = static_cast<Precision>(reference);
  if (Status s = read.Finish(); !s.ok()) return s.error();
  return options;
}

}  // namespace npusched
