// Files that are either whole or absent: written under a temporary name, then renamed.
//
//   if (Status s = WriteFileAtomically(folder / "summary.json", text); !s.ok()) return s;
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/interrupt.h"
#include "base/result.h"

namespace npusched {

// Takes text piece by piece; what writes a long file needs no memory for all of it.
using TextSink = std::function<void(std::string_view)>;

// The file piece by piece: it appears with Commit, and not at all without.
//
//   OutputFile file(folder / "deps.json");
//   WriteDeps(program, rows, file.sink());
//   if (Status s = file.Commit(); !s.ok()) return s;
class OutputFile {
 public:
  // Makes the folder when it is missing. Whatever fails is told by Commit.
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void Write(std::string_view text);
  [[nodiscard]] TextSink sink() {
    return [this](std::string_view text) { Write(text); };
  }
  // Errors name the file and what the system said.
  Status Commit();

 private:
  void Fail(std::string_view what, int code);

  Uninterrupted guard_;
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::FILE* file_ = nullptr;
  Status status_;
};

// The same in one piece.
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

// The whole file. `limit` bytes at most, so a device file does not fill the memory.
Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t limit);

// The same in pieces of one size, for files that need not be in memory.
Status ReadPieces(const std::filesystem::path& path, const TextSink& sink);

}  // namespace npusched
