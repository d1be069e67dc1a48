// Files that are either whole or absent: written under a temporary name, then renamed.
//
//   if (Status s = WriteFileAtomically(folder / "summary.json", text); !s.ok()) return s;
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace npusched {

// Makes the folder when it is missing. Errors name the file and what the system said.
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

// The whole file. `limit` bytes at most, so a device file does not fill the memory.
Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t limit);

}  // namespace npusched
