// Reads the sizes of a classic program: the program's own keys, and for the rest its named case.
//
//   CaseReader read("bgemm", program, cases);          // program: {kind: bgemm, case: Case1, tiles: 8}
//   read.Size("tiles", &sizes.tiles);
//   read.AtMost(2 * sizes.gemms);                      // tasks, so that a slip does not fill the memory
//   if (Status s = read.Finish(); !s.ok()) return s.error();
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/result.h"
#include "base/time.h"

namespace npusched {

class CaseReader {
 public:
  // Both outlive the reader. `cases` maps kinds to cases to sizes.
  CaseReader(std::string_view kind, const ConfigNode& program, const ConfigNode& cases);

  void Size(std::string_view key, std::int64_t* out, std::int64_t most = kMostSize);
  // One number for each of `count`, or a list of as many.
  void Sizes(std::string_view key, std::int64_t count, std::vector<std::int64_t>* out);
  // In microseconds.
  void Time(std::string_view key, Picoseconds* out);
  // Optional: `out` keeps its value when neither says it.
  void Switch(std::string_view key, bool* out);
  void Fail(std::string_view key, const std::string& message) { own_.Fail(key, message); }
  void CheckTasks(double tasks);
  [[nodiscard]] bool ok() const { return own_.status().ok() && (!case_ || case_->status().ok()); }
  Status Finish();

 private:
  static constexpr std::int64_t kMostSize = 1 << 20;

  // Who says the key; the program is told when nobody does.
  MapReader& Source(std::string_view key, bool required);

  MapReader own_;
  std::optional<MapReader> case_;
};

}  // namespace npusched
