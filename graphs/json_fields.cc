#include "graphs/json_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <system_error>

#include "base/atomic_file.h"
#include "base/check.h"
#include "base/config.h"

namespace npusched {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;
constexpr std::size_t kLongestFile = std::size_t{8} << 30;  // a few bytes of gzip can hold any number of zeros
constexpr std::size_t kLongestQuote = 60;

using GzFile = std::unique_ptr<gzFile_s, decltype(&gzclose)>;

Error FileError(const std::filesystem::path& path, std::string message) {
  Location where;
  where.file = path.string();
  return InputError(std::move(where), std::move(message));
}

// A value as a message shows it.
std::string Quote(const nlohmann::json& value) {
  if (value.is_structured()) {
    return value.is_array() ? "a list" : "an object";
  }
  std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > kLongestQuote) {
    text = text.substr(0, kLongestQuote) + "...";
  }
  return text;
}

template <typename Integer>
bool ParseDecimal(const std::string& text, Integer* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

bool AsInteger(const nlohmann::json& value, std::int64_t* out) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    *out = static_cast<std::int64_t>(number);
    return number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  }
  if (value.is_number_integer()) {
    *out = value.get<std::int64_t>();
    return true;
  }
  if (value.is_number_float()) {
    const double number = value.get<double>();
    constexpr double kExact = 9007199254740992.0;  // 2^53: from there doubles skip integers
    if (std::trunc(number) != number || std::abs(number) > kExact) {
      return false;
    }
    *out = static_cast<std::int64_t>(number);
    return true;
  }
  return value.is_string() && ParseDecimal(value.get_ref<const std::string&>(), out);
}

std::string Expected(IntRange range) {
  const IntRange all;
  if (range.min == all.min && range.max == all.max) {
    return "an integer";
  }
  if (range.max == all.max) {
    return fmt::format("an integer of at least {}", range.min);
  }
  return fmt::format("an integer in {}..{}", range.min, range.max);
}

// A gzip file without name or time, so that equal texts give equal bytes.
std::string Compress(std::string_view text) {
  constexpr int kGzip = 15 + 16;  // the largest window, with gzip's header
  constexpr int kMemory = 8;
  z_stream stream{};
  NPU_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemory, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed;
  std::size_t done = 0;
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data() + done));  // NOLINT: zlib's type
      stream.avail_in = static_cast<unsigned>(std::min(text.size() - done, kChunk));
      done += stream.avail_in;
    }
    const std::size_t size = packed.size();
    packed.resize(size + kChunk);
    stream.next_out = reinterpret_cast<Bytef*>(packed.data() + size);  // NOLINT: zlib's type
    stream.avail_out = kChunk;
    state = deflate(&stream, done == text.size() ? Z_FINISH : Z_NO_FLUSH);
    packed.resize(packed.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return packed;
}

}  // namespace

Result<std::string> ReadTextFile(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return FileError(path, "is a directory; expected a file");
  }
  const GzFile file(gzopen(path.c_str(), "rb"), &gzclose);
  if (!file) {
    return FileError(path, "cannot be opened");
  }
  gzbuffer(file.get(), kChunk);
  std::string text;
  std::size_t size = 0;
  for (;;) {
    text.resize(size + std::max(kChunk, size));
    const auto room = static_cast<unsigned>(std::min(text.size() - size, kChunk));
    const int got = gzread(file.get(), text.data() + size, room);
    if (got <= 0) {
      int code = Z_OK;
      const char* message = gzerror(file.get(), &code);
      if (got < 0 || code == Z_BUF_ERROR) {
        return FileError(path, fmt::format("cannot be read: {}", message));
      }
      break;
    }
    size += static_cast<std::size_t>(got);
    if (size > kLongestFile) {
      return FileError(path, "is longer than 8 GiB");
    }
  }
  text.resize(size);
  return text;
}

Status WriteTextFile(const std::filesystem::path& path, std::string_view text) {
  return path.extension() == ".gz" ? WriteFileAtomically(path, Compress(text)) : WriteFileAtomically(path, text);
}

Result<nlohmann::json> ParseJson(std::string_view text, const std::string& file) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const std::string_view before = text.substr(0, std::min(error.byte == 0 ? 0 : error.byte - 1, text.size()));
    Location where;
    where.file = file;
    where.line = 1 + static_cast<int>(std::ranges::count(before, '\n'));
    where.column = static_cast<int>(before.size() - (before.rfind('\n') + 1)) + 1;
    // The library's text is "[json.exception...] parse error at ...: what is wrong".
    std::string what = error.what();
    if (const std::size_t colon = what.find(": "); colon != std::string::npos) {
      what.erase(0, colon + 2);
    }
    return InputError(std::move(where), "is no JSON: " + what);
  } catch (const nlohmann::json::exception& error) {
    return FileError(file, fmt::format("is no JSON: {}", error.what()));
  }
}

std::string JsonAt::Pointer() const {
  if (parent == nullptr) {
    return {};
  }
  return fmt::format("{}/{}", parent->Pointer(), key.empty() ? std::to_string(index) : std::string(key));
}

JsonAt JsonFields::Member(const JsonAt& map, std::string_view key) {
  static const nlohmann::json kNull;
  if (!Expect(map, map.value->is_object(), "an object")) {
    return {&kNull, &map, key};
  }
  const auto member = map.value->find(key);
  return {member == map.value->end() ? &kNull : &*member, &map, key};
}

bool JsonFields::Optional(const JsonAt& map, std::string_view key, std::int64_t* out, IntRange range) {
  const JsonAt at = Member(map, key);
  return !at.value->is_null() && Int(at, out, range);
}

bool JsonFields::Int(const JsonAt& at, std::int64_t* out, IntRange range) {
  std::int64_t number = 0;
  const bool good = AsInteger(*at.value, &number) && number >= range.min && number <= range.max;
  if (!Expect(at, good, good ? "" : Expected(range))) {
    return false;
  }
  *out = number;
  return true;
}

bool JsonFields::Optional(const JsonAt& map, std::string_view key, std::uint64_t* out) {
  const JsonAt at = Member(map, key);
  if (at.value->is_null()) {
    return false;
  }
  const bool text = at.value->is_string() && ParseDecimal(at.value->get_ref<const std::string&>(), out);
  if (!Expect(at, text || at.value->is_number_unsigned(), "an integer of at least 0")) {
    return false;
  }
  if (!text) {
    *out = at.value->get<std::uint64_t>();
  }
  return true;
}

bool JsonFields::Optional(const JsonAt& map, std::string_view key, double* out) {
  const JsonAt at = Member(map, key);
  if (at.value->is_null() || !Expect(at, at.value->is_number(), "a number")) {
    return false;
  }
  *out = at.value->get<double>();
  return true;
}

bool JsonFields::Optional(const JsonAt& map, std::string_view key, bool* out) {
  const JsonAt at = Member(map, key);
  if (at.value->is_null() || !Expect(at, at.value->is_boolean(), "true or false")) {
    return false;
  }
  *out = at.value->get<bool>();
  return true;
}

bool JsonFields::Optional(const JsonAt& map, std::string_view key, std::string* out) {
  const JsonAt at = Member(map, key);
  if (at.value->is_null() || !Expect(at, at.value->is_string(), "a text")) {
    return false;
  }
  *out = at.value->get_ref<const std::string&>();
  return true;
}

bool JsonFields::Name(const JsonAt& at, std::span<const std::string_view> names, int* out) {
  const std::string_view text = at.value->is_string() ? at.value->get_ref<const std::string&>() : std::string_view();
  const auto found = at.value->is_string() ? std::ranges::find(names, text) : names.end();
  if (found != names.end()) {
    *out = static_cast<int>(found - names.begin());
    return true;
  }
  std::string message = fmt::format("expected one of {}; got {}", fmt::join(names, ", "), Quote(*at.value));
  const std::string near = NearestName(text, {names.begin(), names.end()});
  Fail(at, near.empty() ? message : fmt::format("{}; did you mean \"{}\"?", message, near));
  return false;
}

std::size_t JsonFields::Length(const JsonAt& list) {
  if (list.value->is_null() || !Expect(list, list.value->is_array(), "a list")) {
    return 0;
  }
  return list.value->size();
}

void JsonFields::Fail(const JsonAt& at, std::string_view message) {
  if (ok()) {
    Location where;
    where.file = file_;
    where.pointer = at.Pointer().empty() ? "/" : at.Pointer();
    status_ = InputError(std::move(where), std::string(message));
  }
}

void JsonFields::Fail(const JsonAt& map, std::string_view key, std::string_view message) {
  Fail(JsonAt{nullptr, &map, key}, message);
}

bool JsonFields::Has(const JsonAt& map, std::string_view key) {
  const JsonAt at = Member(map, key);
  if (ok() && at.value->is_null()) {
    Fail(at, "is missing");
  }
  return ok();
}

bool JsonFields::Expect(const JsonAt& at, bool good, std::string_view expected) {
  if (!good) {
    Fail(at, fmt::format("expected {}; got {}", expected, Quote(*at.value)));
  }
  return good;
}

}  // namespace npusched
