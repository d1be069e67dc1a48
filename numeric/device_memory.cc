#include "numeric/device_memory.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "numeric/bf16.h"

namespace npusched {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Calls run(first element, row) for every row along the last dimension.
template <typename Run>
void ForEachRow(const Region& region, const Run& run) {
  NPU_CHECK(region.rank > 0);
  const int last = region.rank - 1;
  NPU_CHECK(region.strides.at(last) == 1 || region.shape.at(last) == 1);
  if (region.Elements() == 0) return;
  std::array<std::int64_t, kMaxRank> at{};
  for (std::int64_t row = 0;; ++row) {
    std::int64_t first = region.start_offset;
    for (int d = 0; d < last; ++d) first += at.at(d) * region.strides.at(d);
    run(first, row);
    int d = last - 1;
    while (d >= 0 && ++at.at(d) == region.shape.at(d)) at.at(d--) = 0;
    if (d < 0) return;
  }
}

std::int64_t Columns(const Region& region) { return region.shape.at(region.rank - 1); }

}  // namespace

DeviceMemory::DeviceMemory(const Program& program, const Inputs& inputs)
    : inputs_(inputs), contents_(program.buffers.size()) {
  for (BufferId id = 0; id < contents_.size(); ++id) {
    const Buffer& buffer = program.buffers[id];
    const Region& whole = program.regions[buffer.whole];
    contents_[id].elements = whole.Elements();
    contents_[id].dtype = whole.dtype;
    if (buffer.creator == kNoTask && buffer.name != kNoId)
      contents_[id].input = inputs.Find(program.names[buffer.name]);
  }
}

void DeviceMemory::LoadRun(BufferId buffer, std::int64_t first, std::int64_t count, float* out) const {
  const Contents& from = contents_[buffer];
  NPU_CHECK(first >= 0 && first + count <= from.elements);
  if (from.input == nullptr) {
    if (!from.fp32.empty()) {
      std::copy_n(from.fp32.data() + first, count, out);
    } else if (!from.bf16.empty()) {
      std::transform(from.bf16.data() + first, from.bf16.data() + first + count, out, FromBf16);
    } else {
      std::fill_n(out, count, kNaN);
    }
    return;
  }
  inputs_.Fill(*from.input, first, count, out);
  if (from.written.empty()) return;
  auto run = from.written.upper_bound(first);
  if (run != from.written.begin()) --run;
  for (; run != from.written.end() && run->first < first + count; ++run) {
    const std::int64_t begin = std::max(first, run->first);
    const std::int64_t end = std::min(first + count, run->first + static_cast<std::int64_t>(run->second.size()));
    if (begin < end) std::copy_n(run->second.data() + (begin - run->first), end - begin, out + (begin - first));
  }
}

Matrix DeviceMemory::Load(BufferId buffer, const Region& region) const {
  const std::int64_t columns = Columns(region);
  Matrix values(columns == 0 ? 0 : region.Elements() / columns, columns);
  ForEachRow(region, [&](std::int64_t first, std::int64_t row) { LoadRun(buffer, first, columns, values.Row(row)); });
  return values;
}

void DeviceMemory::StoreRun(Contents& contents, std::int64_t first, std::int64_t count, const float* values) {
  NPU_CHECK(first >= 0 && first + count <= contents.elements);
  const bool bf16 = contents.dtype == DType::kBFloat16;
  if (contents.input != nullptr) {
    // Rows of a cache: the same run each time, never a part of another.
    std::vector<float>& run = contents.written[first];
    NPU_CHECK(run.empty() || static_cast<std::int64_t>(run.size()) == count);
    run.assign(values, values + count);
    if (bf16) std::transform(run.begin(), run.end(), run.begin(), RoundToBf16);
  } else if (bf16) {
    if (contents.bf16.empty()) contents.bf16.assign(static_cast<std::size_t>(contents.elements), ToBf16(kNaN));
    std::transform(values, values + count, contents.bf16.data() + first, ToBf16);
  } else {
    if (contents.fp32.empty()) contents.fp32.assign(static_cast<std::size_t>(contents.elements), kNaN);
    std::copy_n(values, count, contents.fp32.data() + first);
  }
}

void DeviceMemory::Store(BufferId buffer, const Region& region, const Matrix& values) {
  NPU_CHECK(values.columns == Columns(region) && values.rows * values.columns == region.Elements());
  ForEachRow(region, [&](std::int64_t first, std::int64_t row) {
    StoreRun(contents_[buffer], first, values.columns, values.Row(row));
  });
}

void DeviceMemory::Release(BufferId buffer) {
  // `= {}` would keep the capacity.
  contents_[buffer].fp32 = std::vector<float>();
  contents_[buffer].bf16 = std::vector<std::uint16_t>();
}

std::size_t DeviceMemory::HeapBytes() const {
  std::size_t bytes = 0;
  for (const Contents& c : contents_)
    bytes += c.fp32.capacity() * sizeof(float) + c.bf16.capacity() * sizeof(std::uint16_t);
  return bytes;
}

}  // namespace npusched
