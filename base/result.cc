#include "base/result.h"

#include <fmt/format.h>

namespace npusched {

std::string Location::ToString() const {
  if (line > 0) {
    return fmt::format("{}:{}:{}", file, line, column);
  }
  if (!pointer.empty()) {
    return fmt::format("{}:{}", file, pointer);
  }
  return file;
}

std::string Error::ToString() const {
  const std::string place = where.ToString();
  return place.empty() ? message : place + ": " + message;
}

}  // namespace npusched
