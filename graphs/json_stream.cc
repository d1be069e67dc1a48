#include "graphs/json_stream.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/config.h"

namespace npusched {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;
constexpr std::size_t kLongestValue = std::size_t{64} << 20;
constexpr std::size_t kLongestKey = 1024;
constexpr std::size_t kLongestQuote = 60;

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

gzFile File(void* handle) { return static_cast<gzFile>(handle); }

std::string PointerOf(const StreamAt& at) {
  if (at.parent == nullptr) return {};
  return fmt::format("{}/{}", PointerOf(*at.parent), at.key.empty() ? std::to_string(at.index) : std::string(at.key));
}

std::string Shortened(std::string text) {
  if (text.size() > kLongestQuote) text = text.substr(0, kLongestQuote) + "...";
  return text;
}

// A value as a message shows it.
std::string Quote(const StreamAt& at) {
  if (!at.present()) return "nothing";
  if (at.value->is_array()) return "a list";
  if (at.value->is_object()) return "an object";
  return Shortened(simdjson::minify(*at.value));
}

template <typename Integer>
bool ParseDecimal(std::string_view text, Integer* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

bool AsInteger(const simdjson::dom::element& value, std::int64_t* out) {
  std::string_view text;
  double number = 0;
  if (value.get_int64().get(*out) == simdjson::SUCCESS) return true;
  if (value.get_string().get(text) == simdjson::SUCCESS) return ParseDecimal(text, out);
  constexpr double kExact = 9007199254740992.0;  // 2^53: from there doubles skip integers
  if (!value.is_double() || value.get_double().get(number) != simdjson::SUCCESS) return false;
  if (std::trunc(number) != number || std::abs(number) > kExact) return false;
  *out = static_cast<std::int64_t>(number);
  return true;
}

std::string Expected(IntRange range) {
  const IntRange all;
  if (range.min == all.min && range.max == all.max) return "an integer";
  if (range.max == all.max) return fmt::format("an integer of at least {}", range.min);
  return fmt::format("an integer in {}..{}", range.min, range.max);
}

}  // namespace

JsonStream::JsonStream(const std::filesystem::path& file) : file_(file.string()), buffer_(kChunk) {
  std::error_code ec;
  if (!std::filesystem::is_directory(file, ec)) gz_ = gzopen(file.c_str(), "rb");
  if (gz_ == nullptr) {
    status_ = InputError({file_, 0, 0, ""}, "cannot be opened");
    return;
  }
  gzbuffer(File(gz_), static_cast<unsigned>(kChunk));
}

JsonStream::~JsonStream() {
  if (gz_ != nullptr) gzclose(File(gz_));
}

// -- the walk

bool JsonStream::NextMember(std::string* key) {
  if (!started_) {
    started_ = true;
    if (!ok() || !EnterMap()) return false;
  }
  if (!ok() || levels_.empty() || levels_.back().list || !PassPending()) return false;
  Level& level = levels_.back();
  if (Peek() == '}') {
    Advance();
    levels_.pop_back();
    if (levels_.empty() && Peek() != -1) Syntax("more text after the end of the object");
    return false;
  }
  if (!std::exchange(level.first, false) && !Token(',', "',' or '}'")) return false;
  level.key.clear();
  if (Peek() != '"') {
    Syntax(Peek() == -1 ? "the file ends here" : "expected the name of a member");
    return false;
  }
  if (!ScanString(&level.key) || !Token(':', "':'")) return false;
  level.pending = true;
  *key = level.key;
  return true;
}

bool JsonStream::EnterMap() { return Enter(/*list=*/false); }
bool JsonStream::EnterList() { return Enter(/*list=*/true); }

bool JsonStream::Enter(bool list) {
  if (!ok()) return false;
  const int next = Peek();
  if (next != (list ? '[' : '{')) {
    const std::string what = list ? "a list" : "an object";
    next == -1 ? Syntax("the file ends here") : Fail(fmt::format("expected {} (byte {})", what, passed_ + at_));
    return false;
  }
  Advance();
  if (!levels_.empty()) levels_.back().pending = false;
  levels_.emplace_back();
  levels_.back().list = list;
  return true;
}

bool JsonStream::NextItem() {
  if (!ok() || levels_.empty() || !levels_.back().list || !PassPending()) return false;
  Level& level = levels_.back();
  if (Peek() == ']') {
    Advance();
    levels_.pop_back();
    return false;
  }
  if (std::exchange(level.first, false)) {
    level.index = 0;
  } else if (Token(',', "',' or ']'")) {
    ++level.index;
  } else {
    return false;
  }
  level.pending = true;
  return true;
}

StreamAt JsonStream::Value() {
  element_.clear();
  if (!ok() || !ScanValue(/*keep=*/true)) return {};
  levels_.back().pending = false;
  const std::size_t size = element_.size();
  element_.resize(size + simdjson::SIMDJSON_PADDING);
  simdjson::dom::element value;
  if (const auto error = parser_.parse(element_.data(), size, false).get(value); error != simdjson::SUCCESS) {
    Fail(fmt::format("is no JSON: {}", simdjson::error_message(error)));
    return {};
  }
  return value.is_null() ? StreamAt{} : StreamAt{value};
}

bool JsonStream::PassPending() {
  if (!levels_.back().pending) return ok();
  levels_.back().pending = false;
  return ScanValue(/*keep=*/false);
}

std::string JsonStream::Pointer() const {
  std::string pointer;
  for (const Level& level : levels_) {
    if (!level.list) {
      if (!level.key.empty()) pointer += "/" + Shortened(level.key);
    } else if (!level.first) {
      pointer += fmt::format("/{}", level.index);
    }
  }
  return pointer.empty() ? "/" : pointer;
}

// -- bytes

bool JsonStream::Fill() {
  passed_ += end_;
  at_ = end_ = 0;
  const int got = gzread(File(gz_), buffer_.data(), static_cast<unsigned>(buffer_.size()));
  int code = Z_OK;
  const char* message = got <= 0 ? gzerror(File(gz_), &code) : "";
  if (got < 0 || code == Z_BUF_ERROR) {
    if (ok()) status_ = InputError({file_, 0, 0, Pointer()}, fmt::format("cannot be read: {}", message));
    return false;
  }
  end_ = static_cast<std::size_t>(got);
  return got > 0;
}

int JsonStream::Peek() {
  for (;;) {
    while (at_ < end_ && IsSpace(buffer_[at_])) ++at_;
    if (at_ < end_) return static_cast<unsigned char>(buffer_[at_]);
    if (!ok() || !Fill()) return -1;
  }
}

bool JsonStream::Token(char expected, std::string_view what) {
  const int next = Peek();
  if (next == static_cast<unsigned char>(expected)) {
    Advance();
    return true;
  }
  Syntax(next == -1 ? "the file ends here" : fmt::format("expected {}", what));
  return false;
}

bool JsonStream::ScanString(std::string* out) {
  Advance();
  for (bool escaped = false;; ++at_) {
    if (at_ == end_ && !Fill()) {
      Syntax("the file ends inside a text");
      return false;
    }
    const char c = buffer_[at_];
    if (!escaped && c == '"') break;
    escaped = !escaped && c == '\\';
    if (out->size() < kLongestKey) out->push_back(c);
  }
  Advance();
  return true;
}

bool JsonStream::ScanValue(bool keep) {
  if (Peek() == -1) {
    Syntax("the file ends here");
    return false;
  }
  std::size_t depth = 0;
  bool text = false;
  bool escaped = false;
  std::size_t from = at_;
  const auto take = [&] {
    if (keep) element_.append(buffer_.data() + from, at_ - from);
  };
  for (;;) {
    if (at_ == end_) {
      take();
      from = 0;
      if (element_.size() > kLongestValue) {
        Fail(fmt::format("is longer than {} MiB; expected a row of a capture", kLongestValue >> 20U));
        return false;
      }
      if (Fill()) continue;
      if (depth == 0 && !text) return ok();  // what follows will be missing
      Syntax("the file ends inside this value");
      return false;
    }
    const char c = buffer_[at_];
    if (text) {
      text = escaped || c != '"';
      escaped = !escaped && c == '\\';
    } else if (c == '"') {
      text = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']' || c == ',') {
      if (depth == 0) break;
      if (c != ',') --depth;
    }
    ++at_;
  }
  take();
  return true;
}

// -- typed access

StreamAt JsonStream::Member(const StreamAt& map, std::string_view key) {
  StreamAt at{std::nullopt, &map, key, 0};
  simdjson::dom::object object;
  if (!ok() || !Expect(map, map.present() && map.value->get_object().get(object) == simdjson::SUCCESS, "an object")) {
    return at;
  }
  simdjson::dom::element value;
  if (object.at_key(key).get(value) == simdjson::SUCCESS && !value.is_null()) at.value = value;
  return at;
}

bool JsonStream::Optional(const StreamAt& map, std::string_view key, std::int64_t* out, IntRange range) {
  const StreamAt at = Member(map, key);
  return at.present() && Int(at, out, range);
}

bool JsonStream::Optional(const StreamAt& map, std::string_view key, std::uint64_t* out) {
  const StreamAt at = Member(map, key);
  return at.present() && Unsigned(at, out);
}

bool JsonStream::Optional(const StreamAt& map, std::string_view key, bool* out) {
  const StreamAt at = Member(map, key);
  return at.present() && Expect(at, at.value->get_bool().get(*out) == simdjson::SUCCESS, "true or false");
}

bool JsonStream::Optional(const StreamAt& map, std::string_view key, std::string* out) {
  const StreamAt at = Member(map, key);
  std::string_view text;
  if (!at.present() || !Expect(at, at.value->get_string().get(text) == simdjson::SUCCESS, "a text")) return false;
  *out = text;
  return true;
}

bool JsonStream::OptionalName(const StreamAt& map, std::string_view key, std::span<const std::string_view> names,
                              int* out) {
  const StreamAt at = Member(map, key);
  if (!at.present()) return false;
  std::string_view text;
  const bool is_text = at.value->get_string().get(text) == simdjson::SUCCESS;
  const auto found = is_text ? std::ranges::find(names, text) : names.end();
  if (found != names.end()) {
    *out = static_cast<int>(found - names.begin());
    return true;
  }
  std::string message = fmt::format("expected one of {}; got {}", fmt::join(names, ", "), Quote(at));
  const std::string near = NearestName(text, {names.begin(), names.end()});
  Fail(at, near.empty() ? message : fmt::format("{}; did you mean \"{}\"?", message, near));
  return false;
}

bool JsonStream::Int(const StreamAt& at, std::int64_t* out, IntRange range) {
  std::int64_t number = 0;
  const bool good = at.present() && AsInteger(*at.value, &number) && number >= range.min && number <= range.max;
  if (!Expect(at, good, good ? "" : Expected(range))) return false;
  *out = number;
  return true;
}

bool JsonStream::Unsigned(const StreamAt& at, std::uint64_t* out) {
  std::string_view text;
  std::uint64_t number = 0;
  bool good = at.present() && at.value->get_uint64().get(number) == simdjson::SUCCESS;
  if (!good && at.present() && at.value->get_string().get(text) == simdjson::SUCCESS)
    good = ParseDecimal(text, &number);
  if (!Expect(at, good, "an integer of at least 0")) return false;
  *out = number;
  return true;
}

std::size_t JsonStream::Ints(const StreamAt& at, std::span<std::int64_t> out, IntRange range) {
  std::size_t count = 0;
  Each(at, [&](const StreamAt& item) {
    if (count == out.size()) {
      Fail(at, fmt::format("expected at most {} entries", out.size()));
    } else if (Int(item, &out[count], range)) {
      ++count;
    }
  });
  return count;
}

bool JsonStream::Has(const StreamAt& map, std::string_view key) {
  const StreamAt at = Member(map, key);
  if (ok() && !at.present()) Fail(at, "is missing");
  return ok();
}

bool JsonStream::Expect(const StreamAt& at, bool good, std::string_view expected) {
  if (!good) Fail(at, fmt::format("expected {}; got {}", expected, Quote(at)));
  return good;
}

// -- errors

void JsonStream::Fail(const StreamAt& at, std::string_view message) {
  if (!ok()) return;
  std::string pointer = Pointer() == "/" ? PointerOf(at) : Pointer() + PointerOf(at);
  status_ = InputError({file_, 0, 0, pointer.empty() ? "/" : std::move(pointer)}, std::string(message));
}

void JsonStream::Fail(std::string_view message) { Fail(StreamAt{}, message); }

void JsonStream::Syntax(std::string_view what) { Fail(fmt::format("is no JSON: {} (byte {})", what, passed_ + at_)); }

}  // namespace npusched
