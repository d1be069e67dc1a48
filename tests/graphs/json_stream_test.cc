#include "graphs/json_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace npusched {
namespace {

using ::testing::HasSubstr;

class JsonStreams : public ::testing::Test {
 protected:
  // A file with this text.
  std::filesystem::path Write(std::string_view text, const std::string& name = "s.json") {
    auto path = std::filesystem::temp_directory_path() / ("npusched_json_stream_" + std::to_string(::getpid())) / name;
    EXPECT_TRUE(WriteTextFile(path, text).ok());
    return path;
  }
  // Sums what lists of numbers hold, lists of lists too; the error, if any, without its folder.
  std::string Sum(const std::filesystem::path& path, std::int64_t* sum) {
    JsonStream in(path);
    for (std::string key; in.NextMember(&key);) {
      if (key == "skip") continue;
      if (!in.EnterList()) break;
      while (in.NextItem()) {
        if (key == "nested") {
          if (!in.EnterList()) break;
          while (in.NextItem()) Add(in, sum);
        } else {
          Add(in, sum);
        }
      }
    }
    const std::string text = in.ok() ? "" : in.status().error().ToString();
    return text.substr(text.rfind("s.json") == std::string::npos ? 0 : text.find("s.json"));
  }

 private:
  static void Add(JsonStream& in, std::int64_t* sum) {
    std::int64_t value = 0;
    if (in.Int(in.Value(), &value, {0, 1000})) *sum += value;
  }
};

TEST_F(JsonStreams, WalksListsAndPassesOverWhatNobodyReads) {
  std::int64_t sum = 0;
  const auto path =
      Write(R"({"skip": {"a": ["}", "\"]"]}, "flat": [1, "2", 3.0], "nested": [[4], [], [5, 6]], "none": []} )");
  EXPECT_EQ(Sum(path, &sum), "");
  EXPECT_EQ(sum, 21);
}

TEST_F(JsonStreams, ReadsAcrossPiecesAndThroughGzip) {
  std::string text = "{\"skip\": \"" + std::string(3'000'000, 'x') + "\", \"flat\": [";
  for (int i = 0; i < 400'000; ++i) text += i == 0 ? "1" : ",\n1";
  std::int64_t sum = 0;
  EXPECT_EQ(Sum(Write(text + "]}"), &sum), "");
  EXPECT_EQ(Sum(Write(text + "]}", "s.json.gz"), &sum), "");
  EXPECT_EQ(sum, 800'000);
}

TEST_F(JsonStreams, ErrorsNameThePointer) {
  std::int64_t sum = 0;
  EXPECT_EQ(Sum(Write(R"({"flat": [1, -2]})"), &sum), "s.json:/flat/1: expected an integer in 0..1000; got -2");
  EXPECT_EQ(Sum(Write(R"({"nested": [[1], [2, 0.5]]})"), &sum),
            "s.json:/nested/1/1: expected an integer in 0..1000; got 0.5");
  EXPECT_EQ(Sum(Write(R"({"flat": {}})"), &sum), "s.json:/flat: expected a list (byte 9)");
}

TEST_F(JsonStreams, WhatIsNoJsonSaysWhere) {
  std::int64_t sum = 0;
  for (const char* text :
       {"", "garbage", "[]", "{", "{\"flat\"", "{\"flat\": [1", "{\"flat\": [1 2]}", "{\"flat\": [1]",
        "{\"flat\": [1]} x", "{\"flat\": [tru]}", "{\"flat\": [\"1]}", "{\"skip\": [[[", "{flat: 1}"}) {
    EXPECT_THAT(Sum(Write(text), &sum), ::testing::StartsWith("s.json:/")) << text;
  }
  EXPECT_THAT(Sum(Write("{\"flat\": [1, 2"), &sum), HasSubstr("the file ends"));
  EXPECT_THAT(Sum(Write(std::string(100, '\0')), &sum), HasSubstr("expected an object"));
}

TEST_F(JsonStreams, ALongValueIsRefusedBeforeItFillsTheMemory) {
  std::int64_t sum = 0;
  std::string text = "{\"flat\": [\"";
  text.resize(70'000'000, 'x');
  const auto path = Write(text + "\"]}");
  EXPECT_EQ(Sum(path, &sum), "s.json:/flat/0: is longer than 64 MiB; expected a row of a capture");
}

// Whatever fills a file, one error comes of it and no more of it is in memory than a piece.
TEST_F(JsonStreams, GarbageOfAnyLengthIsOneErrorInLittleMemory) {
  constexpr std::size_t kMegabytes = 160;
  const auto peak = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
  };
  const auto before = peak();
  for (const std::string start : {"", "{\"skip\": \"", "{\"skip\": [", "{\"", "\n \n"}) {
    const std::filesystem::path path = Write(start);
    {
      std::ofstream file(path, std::ios::binary | std::ios::app);
      const std::string piece(std::size_t{1} << 20, start.ends_with('\n') ? ' ' : start.ends_with('[') ? '7' : '~');
      for (std::size_t i = 0; i < kMegabytes; ++i) file << piece;
    }
    std::int64_t sum = 0;
    const std::string error = Sum(path, &sum);
    EXPECT_THAT(error, ::testing::StartsWith("s.json:/")) << start;
    EXPECT_LT(error.size(), 200U) << start;
    EXPECT_THAT(error, ::testing::Not(HasSubstr("\n")));
    std::filesystem::remove(path);
  }
  EXPECT_LT(peak() - before, 32);
}

TEST_F(JsonStreams, MembersAreTyped) {
  const auto path = Write(R"({"row": {"id": "18446744073709551615", "name": "wiat", "flag": true, "none": null}})");
  JsonStream in(path);
  std::string key;
  ASSERT_TRUE(in.NextMember(&key));
  const StreamAt row = in.Value();
  std::uint64_t id = 0;
  bool flag = false;
  int choice = 0;
  EXPECT_TRUE(in.Required(row, "id", &id));
  EXPECT_EQ(id, 18446744073709551615U);
  EXPECT_TRUE(in.Required(row, "flag", &flag));
  EXPECT_FALSE(in.Optional(row, "none", &flag));
  constexpr std::array<std::string_view, 2> kNames = {"wait", "retain"};
  EXPECT_FALSE(in.RequiredName(row, "name", kNames, &choice));
  EXPECT_THAT(in.status().error().ToString(),
              HasSubstr("/row/name: expected one of wait, retain; got \"wiat\"; did you mean"));
}

}  // namespace
}  // namespace npusched
