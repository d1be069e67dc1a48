// What every kernel of a program really reads and writes, arranged for race analysis.
//
// A place is a set of bytes of one storage that some argument touches (Arg::touched, else the region it
// passes); equal ones of one buffer share an id, those added to atomically apart from the others. Storages that nobody
// writes are left out: reads alone cannot race. Atomic adds of one type do not either, so their places do not meet.
//
//   AccessTable table(program);
//   for (const TrueAccess& access : table.Of(task))
//     for (std::uint32_t place : table.Meeting(access.place)) ...   // shares a byte with it, most often itself too
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "graphs/byte_box.h"
#include "graphs/overlap.h"
#include "graphs/program.h"
#include "graphs/region_index.h"

namespace npusched {

// By Arg::access, else by the tag. A NO_DEP argument that does not say is taken to read and write.
struct TrueUse {
  bool reads = false;
  bool writes = false;
  bool assumed = false;
};
TrueUse UseOf(const Arg& arg);

inline RegionId TouchedBy(const Arg& arg) { return arg.touched == kNoId ? arg.region : arg.touched; }

inline constexpr std::uint32_t kNoArg = kNoId;

// One place of one task, over all its arguments.
struct TrueAccess {
  std::uint32_t place = 0;
  std::uint32_t read_arg = kNoArg;  // the first that reads it
  std::uint32_t write_arg = kNoArg;
};

class AccessTable {
 public:
  // Keeps a reference to the program. Allocs, dummies and tasks predicated away touch nothing.
  explicit AccessTable(const Program& program);
  ~AccessTable();

  // By place, ascending.
  [[nodiscard]] std::span<const TrueAccess> Of(TaskId task) const {
    return {accesses_.data() + first_[task], accesses_.data() + first_[task + std::size_t{1}]};
  }
  [[nodiscard]] std::uint32_t places() const { return static_cast<std::uint32_t>(places_.size()); }
  // Ascending; valid until the next call. Two that are added to by the same type need no order, and so do not meet.
  const std::vector<std::uint32_t>& Meeting(std::uint32_t place);

 private:
  struct Storage;
  struct Place {
    std::uint32_t storage = 0;
    ByteBox box;
    std::optional<DType> adds;  // touched by atomic adds of that type alone
  };
  void FindPlaces(const std::vector<std::int64_t>& shifts, const std::vector<std::uint32_t>& storage_of);
  void Find(std::uint32_t place, std::vector<std::uint32_t>* meeting);
  [[nodiscard]] bool PlacesMeet(std::uint32_t a, std::uint32_t b) const;

  const Program& program_;
  std::vector<std::uint64_t> first_;
  std::vector<TrueAccess> accesses_;
  std::vector<Place> places_;
  std::vector<std::uint32_t> order_;  // places by storage
  std::vector<Storage> storages_;
  std::unique_ptr<FootprintTable> footprints_;  // by place
  std::vector<std::vector<std::uint32_t>> known_;
  std::vector<bool> is_known_;
  std::vector<std::uint32_t> scratch_;
  std::uint64_t kept_ = 0;  // entries of known_
};

}  // namespace npusched
