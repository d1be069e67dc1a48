// Any bytes are a config tree that can be written out, or an error with a message.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const npusched::Result<npusched::ConfigNode> tree = npusched::ParseYaml(text, "fuzz.yaml");
  if (!tree.ok()) {
    NPU_CHECK(!tree.error().message.empty());
    return 0;
  }
  NPU_CHECK(!npusched::EmitYaml(*tree).empty());
  return 0;
}
