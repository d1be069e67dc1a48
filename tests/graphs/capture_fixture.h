// A folder with the small capture of tests/data, to be damaged.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "graphs/capture.h"
#include "graphs/json_fields.h"

namespace npusched {

inline constexpr const char* kDeps = "deps.json";
inline constexpr const char* kRecords = "chip_swimlane_records.json";
inline constexpr const char* kNames = "name_map_small.json";

class SmallCapture {
 public:
  SmallCapture() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            ("npusched_capture_" + std::string(test->name()).substr(0, 60) + "_" + std::to_string(::getpid()));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
    for (const char* file : {kDeps, kRecords, kNames}) {
      std::filesystem::copy_file(std::filesystem::path(NPUSCHED_SOURCE_DIR) / "tests/data/captures/small" / file,
                                 path_ / file);
    }
  }
  ~SmallCapture() { std::filesystem::remove_all(path_); }
  SmallCapture(const SmallCapture&) = delete;
  SmallCapture& operator=(const SmallCapture&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string Text(const std::string& file) const { return *ReadTextFile(path_ / file); }
  void Write(const std::string& file, std::string_view text) const {
    EXPECT_TRUE(WriteTextFile(path_ / file, text).ok());
  }
  void Remove(const std::string& file) const { std::filesystem::remove(path_ / file); }
  // Replaces the first `from` of a file. REQUIRES: it occurs.
  void Change(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = Text(file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    Write(file, text.replace(at, from.size(), to));
  }
  [[nodiscard]] Capture Read() const {
    Result<Capture> capture = ReadCapture(path_);
    EXPECT_TRUE(capture.ok()) << (capture.ok() ? "" : capture.error().ToString());
    return capture.ok() ? *std::move(capture) : Capture{};
  }
  // Without the folder; empty when there is none.
  [[nodiscard]] std::string Error() const {
    const Result<Capture> capture = ReadCapture(path_);
    if (capture.ok()) return "";
    const std::string text = capture.error().ToString();
    return text.starts_with(path_.string()) ? text.substr(path_.string().size()) : text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace npusched
