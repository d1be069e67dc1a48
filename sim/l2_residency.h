// Which activations are in L2: whole buffers, least recently used ones leave first, a part at a time.
//
//   L2Residency l2(machine.l2_bytes, sizes);   // sizes by BufferId
//   l2.Missing(b)                              // bytes of it that a reader would fetch from HBM now
//   l2.Use(b)                                  // a kernel reads or writes it: all of it that fits is there
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/ids.h"

namespace npusched {

class L2Residency {
 public:
  L2Residency(std::int64_t capacity, std::vector<std::int64_t> sizes)
      : capacity_(capacity), sizes_(std::move(sizes)), lines_(sizes_.size()) {}

  [[nodiscard]] std::int64_t SizeOf(BufferId buffer) const { return sizes_[buffer]; }
  [[nodiscard]] std::int64_t Missing(BufferId buffer) const { return sizes_[buffer] - lines_[buffer].resident; }

  void Use(BufferId buffer) {
    if (newest_ == buffer && Missing(buffer) == 0) return;
    Unlink(buffer);
    Line& line = lines_[buffer];
    const std::int64_t size = std::min(sizes_[buffer], capacity_);
    used_ += size - line.resident;
    line.resident = size;
    LinkNewest(buffer);
    while (used_ > capacity_) Evict(used_ - capacity_);
  }

 private:
  struct Line {
    std::int64_t resident = 0;
    BufferId older = kNoId;
    BufferId newer = kNoId;
    bool linked = false;
  };

  // The oldest buffer gives up to `bytes`. It is never the newest: that one alone fits.
  void Evict(std::int64_t bytes) {
    const BufferId oldest = oldest_;
    Line& line = lines_[oldest];
    const std::int64_t gone = std::min(bytes, line.resident);
    line.resident -= gone;
    used_ -= gone;
    if (line.resident == 0) Unlink(oldest);
  }

  void LinkNewest(BufferId buffer) {
    Line& line = lines_[buffer];
    line.older = newest_;
    line.newer = kNoId;
    line.linked = true;
    (newest_ == kNoId ? oldest_ : lines_[newest_].newer) = buffer;
    newest_ = buffer;
  }

  void Unlink(BufferId buffer) {
    Line& line = lines_[buffer];
    if (!line.linked) return;
    (line.older == kNoId ? oldest_ : lines_[line.older].newer) = line.newer;
    (line.newer == kNoId ? newest_ : lines_[line.newer].older) = line.older;
    line.linked = false;
  }

  std::int64_t capacity_;
  std::int64_t used_ = 0;
  std::vector<std::int64_t> sizes_;
  std::vector<Line> lines_;
  BufferId newest_ = kNoId;
  BufferId oldest_ = kNoId;
};

}  // namespace npusched
