#include "base/atomic_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

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

OutputFile::OutputFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code ec;
  if (path_.has_parent_path()) {
    std::filesystem::create_directories(path_.parent_path(), ec);
    if (ec) {
      Fail("cannot make the folder", ec.value());
      return;
    }
  }
  // Hidden and named after the process, so that two runs never write the same temporary file.
  temporary_ = path_;
  temporary_.replace_filename(fmt::format(".{}.{}.tmp", path_.filename().string(), ::getpid()));
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (file_ == nullptr) Fail("cannot write the file", errno);
}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  (void)std::fclose(file_);
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

void OutputFile::Write(std::string_view text) {
  if (status_.ok() && std::fwrite(text.data(), 1, text.size(), file_) != text.size()) {
    Fail("cannot write the file", errno);
  }
}

Status OutputFile::Commit() {
  if (!status_.ok()) return status_;
  const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
  std::error_code ec;
  if (!closed) {
    Fail("cannot write the file", errno);
  } else {
    std::filesystem::rename(temporary_, path_, ec);
    if (ec) Fail("cannot write the file", ec.value());
  }
  if (!status_.ok()) std::filesystem::remove(temporary_, ec);
  return status_;
}

void OutputFile::Fail(std::string_view what, int code) { status_ = FileError(path_, what, code); }

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  OutputFile file(path);
  file.Write(content);
  return file.Commit();
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

Status ReadPieces(const std::filesystem::path& path, const TextSink& sink) {
  std::error_code ec;
  if (std::filesystem::is_directory(path, ec)) {
    return FileError(path, "cannot open the file", EISDIR);
  }
  const File file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    return FileError(path, "cannot open the file", errno);
  }
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::string piece(kPiece, '\0');
  for (std::size_t got = kPiece; got == kPiece;) {
    got = std::fread(piece.data(), 1, kPiece, file.get());
    if (got > 0) sink(std::string_view(piece).substr(0, got));
  }
  return std::ferror(file.get()) != 0 ? FileError(path, "cannot read the file", errno) : Status();
}

}  // namespace npusched
