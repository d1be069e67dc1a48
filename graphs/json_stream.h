// A JSON file of any length, read value by value: only the value under way is in memory.
//
// For captures, whose lists have millions of rows. The walk through the outer levels is a pull; what it stops at is
// parsed as a whole and read like a JsonAt, with errors that name a JSON pointer. Reads gzip, too.
//
//   JsonStream in("deps.json");
//   for (std::string key; in.NextMember(&key);) {
//     if (key != "tasks") continue;                          // passed over
//     in.EnterList();
//     while (in.NextItem()) {
//       const StreamAt task = in.Value();
//       in.Required(task, "task_id", &id);
//     }
//   }
//   if (!in.ok()) return in.status().error();                // deps.json:/tasks/3/task_id: is missing
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "graphs/json_fields.h"

namespace npusched {

// A value of the document part under way, and the way to it. Valid until the stream moves.
struct StreamAt {
  std::optional<simdjson::dom::element> value;  // nothing: absent or null
  const StreamAt* parent = nullptr;             // outlives this
  std::string_view key{};                       // in the parent; empty: `index` is
  std::size_t index = 0;

  [[nodiscard]] bool present() const { return value.has_value(); }
};

class JsonStream {
 public:
  explicit JsonStream(const std::filesystem::path& file);
  ~JsonStream();
  JsonStream(const JsonStream&) = delete;
  JsonStream& operator=(const JsonStream&) = delete;

  // The next member of the innermost object entered, the document at first; at its end the object is left. What the
  // last member held is passed over when nobody read it.
  bool NextMember(std::string* key);
  // The current value is an object, to be walked member by member; false, with an error, when it is none.
  bool EnterMap();
  // The current value is a list, to be walked item by item; false, with an error, when it is none.
  bool EnterList();
  // The next item of the innermost list entered; at its end that list is left.
  bool NextItem();
  // The current value as a whole. Errors: no JSON, or more than 64 MiB of it.
  StreamAt Value();

  // As in JsonFields: each leaves `*out` alone and returns false when the member is absent or null, and on an error.
  // An integer may be a decimal text, or a number without fraction.
  StreamAt Member(const StreamAt& map, std::string_view key);
  bool Optional(const StreamAt& map, std::string_view key, std::int64_t* out, IntRange range = {});
  bool Optional(const StreamAt& map, std::string_view key, std::uint64_t* out);
  bool Optional(const StreamAt& map, std::string_view key, bool* out);
  bool Optional(const StreamAt& map, std::string_view key, std::string* out);
  bool OptionalName(const StreamAt& map, std::string_view key, std::span<const std::string_view> names, int* out);
  template <typename... Args>
  bool Required(const StreamAt& map, std::string_view key, Args&&... args) {
    return Has(map, key) && Optional(map, key, std::forward<Args>(args)...);
  }
  bool RequiredName(const StreamAt& map, std::string_view key, std::span<const std::string_view> names, int* out) {
    return Has(map, key) && OptionalName(map, key, names, out);
  }
  bool Int(const StreamAt& at, std::int64_t* out, IntRange range = {});
  bool Unsigned(const StreamAt& at, std::uint64_t* out);
  // The text at hand; empty when it is none.
  static std::string_view TextOf(const StreamAt& at) {
    std::string_view text;
    return at.present() && at.value->get_string().get(text) == simdjson::SUCCESS ? text : std::string_view();
  }
  // A list of integers in `range`, as many as there are, at most `out.size()`; how many. Errors: more.
  std::size_t Ints(const StreamAt& at, std::span<std::int64_t> out, IntRange range = {});
  // Calls `visit(StreamAt)` for the items of a list until the first error; absent is empty.
  template <typename Visit>
  void Each(const StreamAt& list, Visit&& visit) {
    if (!ok() || !list.present()) return;
    simdjson::dom::array items;
    if (!Expect(list, list.value->get_array().get(items) == simdjson::SUCCESS, "a list")) return;
    std::size_t index = 0;
    for (const simdjson::dom::element item : items) {
      visit(StreamAt{item, &list, {}, index++});
      if (!ok()) return;
    }
  }

  void Fail(const StreamAt& at, std::string_view message);
  void Fail(const StreamAt& map, std::string_view key, std::string_view message) {
    Fail(StreamAt{std::nullopt, &map, key, 0}, message);
  }
  // At the value that the walk stands at.
  void Fail(std::string_view message);
  bool Has(const StreamAt& map, std::string_view key);
  bool Expect(const StreamAt& at, bool good, std::string_view expected);
  [[nodiscard]] bool ok() const { return status_.ok(); }
  [[nodiscard]] const Status& status() const { return status_; }
  // "/tasks/3": where the walk stands.
  [[nodiscard]] std::string Pointer() const;

 private:
  struct Level {
    std::string key{};      // of a member; lists inside lists have none
    std::size_t index = 0;  // of the item under way
    bool list = false;      // an item of a list, else a member
    bool first = true;      // nothing of it has been read
    bool pending = false;   // the value at hand has not been read
  };

  bool Fill();
  int Peek();  // the next byte, white space passed over; -1 at the end of the file
  void Advance() { ++at_; }
  bool Token(char expected, std::string_view what);
  bool Enter(bool list);
  bool ScanString(std::string* out);
  bool ScanValue(bool keep);  // past the value at hand; its text into element_ when it is kept
  bool PassPending();
  void Syntax(std::string_view what);

  std::string file_;
  void* gz_ = nullptr;  // gzFile
  std::vector<char> buffer_;
  std::size_t at_ = 0;        // in buffer_
  std::size_t end_ = 0;       // of what buffer_ holds
  std::uint64_t passed_ = 0;  // bytes of the file before buffer_
  bool started_ = false;
  std::vector<Level> levels_;
  std::string element_;
  simdjson::dom::parser parser_;
  Status status_;
};

}  // namespace npusched
