// Typed access to a JSON document whose errors name a JSON pointer.
//
// A JsonAt is a value and the way to it, kept on the stack; only an error spells the pointer out.
// JsonFields keeps the first error, so that reading stays flat:
//
//   JsonFields read("trace.json");
//   const JsonAt root{&document};
//   read.Each(root, "tasks", [&](const JsonAt& task) { read.Required(task, "name", &name); });
//   if (Status s = read.status(); !s.ok()) return s.error();
//   // trace.json:/tasks/3/core: expected one of aic, aiv, mix; got "aix"; did you mean "aiv"?
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace npusched {

// Reads a file, through gzip when it is compressed.
Result<std::string> ReadTextFile(const std::filesystem::path& path);
// Writes it under a temporary name and renames; compressed when the name ends in .gz.
Status WriteTextFile(const std::filesystem::path& path, std::string_view text);

// A syntax error names its line and column.
Result<nlohmann::json> ParseJson(std::string_view text, const std::string& file);

struct JsonAt {
  const nlohmann::json* value = nullptr;
  const JsonAt* parent = nullptr;  // outlives this
  std::string_view key{};          // in the parent; empty: `index` is
  std::size_t index = 0;

  [[nodiscard]] std::string Pointer() const;
};

struct IntRange {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

class JsonFields {
 public:
  explicit JsonFields(std::string file) : file_(std::move(file)) {}

  // The member `key`; its value is null when absent or null. An error when `map` is no object.
  JsonAt Member(const JsonAt& map, std::string_view key);

  // Each leaves `*out` alone and returns false when the member is absent or null, and on an error.
  // A 64-bit integer may also be a decimal string.
  bool Optional(const JsonAt& map, std::string_view key, std::int64_t* out, IntRange range = {});
  bool Optional(const JsonAt& map, std::string_view key, std::uint64_t* out);
  bool Optional(const JsonAt& map, std::string_view key, double* out);
  bool Optional(const JsonAt& map, std::string_view key, bool* out);
  bool Optional(const JsonAt& map, std::string_view key, std::string* out);
  // `*out` becomes the position in `names`.
  bool OptionalName(const JsonAt& map, std::string_view key, std::span<const std::string_view> names, int* out) {
    const JsonAt at = Member(map, key);
    return !at.value->is_null() && Name(at, names, out);
  }

  template <typename... Args>
  bool Required(const JsonAt& map, std::string_view key, Args&&... args) {
    return Has(map, key) && Optional(map, key, std::forward<Args>(args)...);
  }
  bool RequiredName(const JsonAt& map, std::string_view key, std::span<const std::string_view> names, int* out) {
    return Has(map, key) && OptionalName(map, key, names, out);
  }

  bool Int(const JsonAt& at, std::int64_t* out, IntRange range = {});
  bool Name(const JsonAt& at, std::span<const std::string_view> names, int* out);

  // Calls `visit(JsonAt)` for the items of a list member until the first error; absent is empty.
  template <typename Visit>
  void Each(const JsonAt& map, std::string_view key, Visit&& visit) {
    const JsonAt list = Member(map, key);
    for (std::size_t i = 0; i < Length(list) && ok(); ++i) {
      visit(JsonAt{&(*list.value)[i], &list, {}, i});
    }
  }
  // Items of a list, 0 when absent; an error when it is no list.
  std::size_t Length(const JsonAt& list);

  void Fail(const JsonAt& at, std::string_view message);
  void Fail(const JsonAt& map, std::string_view key, std::string_view message);
  [[nodiscard]] bool ok() const { return status_.ok(); }
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  bool Has(const JsonAt& map, std::string_view key);
  bool Expect(const JsonAt& at, bool good, std::string_view expected);

  std::string file_;
  Status status_;
};

}  // namespace npusched
