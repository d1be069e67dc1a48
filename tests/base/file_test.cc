#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/atomic_file.h"
#include "base/digest.h"

namespace npusched {
namespace {

namespace fs = std::filesystem;

class AtomicFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("npusched_file_test_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(AtomicFile, ReplacesTheFileAndLeavesNothingElse) {
  const fs::path path = folder_ / "deep" / "a.json";
  ASSERT_TRUE(WriteFileAtomically(path, "one").ok());
  ASSERT_TRUE(WriteFileAtomically(path, "two").ok());
  EXPECT_EQ(*ReadFile(path, 100), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "deep"), fs::directory_iterator{}), 1);
}

TEST_F(AtomicFile, AFolderThatCannotBeMadeIsAnError) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", "x").ok());
  EXPECT_FALSE(WriteFileAtomically(folder_ / "a" / "b", "x").ok());
  EXPECT_FALSE(WriteFileAtomically(folder_, "x").ok());
}

TEST_F(AtomicFile, WrittenInPiecesItAppearsWithCommit) {
  const fs::path path = folder_ / "pieces";
  {
    OutputFile file(path);
    file.Write("one ");
    file.sink()("two");
    EXPECT_FALSE(fs::exists(path));
    ASSERT_TRUE(file.Commit().ok());
    EXPECT_EQ(*ReadFile(path, 100), "one two");
  }
  { OutputFile(path).Write("three"); }  // not committed
  EXPECT_EQ(*ReadFile(path, 100), "one two");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator{}), 1);
}

TEST_F(AtomicFile, ReadingKeepsToTheLimit) {
  ASSERT_TRUE(WriteFileAtomically(folder_ / "a", "12345").ok());
  EXPECT_TRUE(ReadFile(folder_ / "a", 5).ok());
  EXPECT_FALSE(ReadFile(folder_ / "a", 4).ok());
  EXPECT_FALSE(ReadFile(folder_, 4).ok());
}

TEST(Digest, DependsOnEveryByteAndOnWherePartsEnd) {
  const auto hash = [](std::initializer_list<std::string_view> parts) {
    Digest digest;
    for (const std::string_view part : parts) {
      digest.Add(part);
    }
    return digest.Hex();
  };
  EXPECT_EQ(hash({"ab", "c"}), hash({"ab", "c"}));
  EXPECT_NE(hash({"ab", "c"}), hash({"a", "bc"}));
  EXPECT_NE(hash({"ab"}), hash({"aB"}));
  EXPECT_EQ(hash({}), "cbf29ce484222325");
}

}  // namespace
}  // namespace npusched
