#include "base/atomic_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "base/interrupt.h"

namespace npusched {
namespace {

struct Close {
  void operator()(std::FILE* file) const { (void)std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

// Line 1, column 1: a message about a whole file reads like any other.
Error FileError(const std::filesystem::path& path, std::string_view what, int code) {
  return InputError({path.string(), 1, 1, ""}, fmt::format("{}: {}", what, std::generic_category().message(code)));
}

}  // namespace

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  const Uninterrupted guard;
  std::error_code ec;
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), ec);
    if (ec) {
      return FileError(path, "cannot make the folder", ec.value());
    }
  }
  // Hidden and named after the process, so that two runs never write the same temporary file.
  std::filesystem::path temporary = path;
  temporary.replace_filename(fmt::format(".{}.{}.tmp", path.filename().string(), ::getpid()));
  std::FILE* raw = std::fopen(temporary.c_str(), "wb");
  if (raw == nullptr) {
    return FileError(path, "cannot write the file", errno);
  }
  bool written = std::fwrite(content.data(), 1, content.size(), raw) == content.size();
  written = (std::fclose(raw) == 0) && written;
  if (!written) {
    const int code = errno;
    std::filesystem::remove(temporary, ec);
    return FileError(path, "cannot write the file", code);
  }
  std::filesystem::rename(temporary, path, ec);
  if (ec) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    return FileError(path, "cannot write the file", ec.value());
  }
  return {};
}

Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t limit) {
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec)) {
    return FileError(path, "cannot open the file", EISDIR);
  }
  const File file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    return FileError(path, "cannot open the file", errno);
  }
  std::string text;
  constexpr std::size_t kChunk = 1U << 16U;
  for (;;) {
    const std::size_t before = text.size();
    text.resize(before + kChunk);
    const std::size_t got = std::fread(text.data() + before, 1, kChunk, file.get());
    text.resize(before + got);
    if (text.size() > limit) {
      return InputError({path.string(), 1, 1, ""}, fmt::format("expected a file of at most {} bytes", limit));
    }
    if (got < kChunk) {
      break;
    }
  }
  if (std::ferror(file.get()) != 0) {
    return FileError(path, "cannot read the file", errno);
  }
  return text;
}

}  // namespace npusched
