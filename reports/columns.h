// Columns of integers as text that a page can hold: variable-length numbers, gzip, base64.
//
//   ColumnPack pack;
//   pack.Column("row.start");
//   for (const DispatchRow& row : rows) pack.Add(row.start - row.receive);
//   pack.Sequence("row.dispatch");                 // each number as its difference to the one before
//   pack.Directory();                              // [["row.start", 765, 0], ["row.dispatch", 765, 1]]
//   pack.Base64();                                 // unpacked: the numbers of all columns one after another
//
// A number is zigzag-coded (0, -1, 1, -2, ... become 0, 1, 2, 3, ...) and written 7 bits a byte, lowest first, the
// high bit set on all bytes but the last. docs/formats/report.md describes the whole for readers.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace npusched {

class ColumnPack {
 public:
  void Column(std::string_view name) { Open(name, false); }
  void Sequence(std::string_view name) { Open(name, true); }
  // REQUIRES: a column is open.
  void Add(std::int64_t value);

  // A list of [name, count, 1 for a sequence].
  [[nodiscard]] const nlohmann::ordered_json& Directory() const { return directory_; }
  [[nodiscard]] std::string Base64() const;

 private:
  void Open(std::string_view name, bool sequence);

  nlohmann::ordered_json directory_ = nlohmann::ordered_json::array();
  std::string bytes_;
  std::int64_t before_ = 0;
  bool sequence_ = false;
};

}  // namespace npusched
