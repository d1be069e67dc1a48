#include "sim/fingerprint.h"

#include <fmt/format.h>

#include <bit>

namespace npusched {
namespace {

// The word-by-word step and the final avalanche of XXH64 (Y. Collet, xxHash, the 8-byte tail round). Shifts and
// products of 64-bit words mean the same on every machine, whatever the order of its bytes.
class WordHash {
 public:
  void Add(std::int64_t word) {
    const std::uint64_t mixed = std::rotl(static_cast<std::uint64_t>(word) * kPrime2, 31) * kPrime1;
    value_ = std::rotl(value_ ^ mixed, 27) * kPrime1 + kPrime4;
  }
  [[nodiscard]] std::uint64_t value() const {
    std::uint64_t h = value_;
    h = (h ^ (h >> 33U)) * kPrime2;
    h = (h ^ (h >> 29U)) * kPrime3;
    return h ^ (h >> 32U);
  }

 private:
  static constexpr std::uint64_t kPrime1 = 0x9E37'79B1'85EB'CA87ULL;
  static constexpr std::uint64_t kPrime2 = 0xC2B2'AE3D'27D4'EB4FULL;
  static constexpr std::uint64_t kPrime3 = 0x1656'67B1'9E37'79F9ULL;
  static constexpr std::uint64_t kPrime4 = 0x85EB'CA77'C2B2'AE63ULL;
  static constexpr std::uint64_t kPrime5 = 0x27D4'EB2F'1656'67C5ULL;

  std::uint64_t value_ = kPrime5;
};

}  // namespace

std::string Fingerprint(const RunTrace& trace) {
  WordHash hash;
  hash.Add(static_cast<std::int64_t>(trace.tasks.size()));
  for (const TaskTimes& times : trace.tasks) {
    for (const Picoseconds t : {times.submit_begin, times.submit, times.ready, times.complete}) hash.Add(t);
  }
  hash.Add(static_cast<std::int64_t>(trace.rows.size()));
  for (const DispatchRow& row : trace.rows) {
    for (const std::int64_t n : {row.task, row.core, row.block}) hash.Add(n);
    hash.Add(std::int64_t{row.slot} | std::int64_t{row.pending} << 8 | std::int64_t{row.gated} << 9 |
             std::int64_t{row.held} << 10);
    for (const Picoseconds t : {row.dispatch, row.receive, row.start, row.end, row.finish}) hash.Add(t);
  }
  return fmt::format("{:016x}", hash.value());
}

}  // namespace npusched
