#include "base/read_recorder.h"

#include <algorithm>

namespace npusched {
namespace {

thread_local ReadRecorder* current = nullptr;

}  // namespace

ReadRecorder::ReadRecorder() {
  NPU_CHECK(current == nullptr);
  current = this;
}

ReadRecorder::~ReadRecorder() { current = nullptr; }

ReadRecorder* ReadRecorder::Current() { return current; }

void ReadRecorder::Add(ReadKey key) {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const ReadKey& k) { return k.path == key.path; });
  if (found == keys_.end()) {
    keys_.push_back(std::move(key));
  } else if (found->value.kind == NodeKind::kNull && !found->present) {
    found->value = std::move(key.value);  // the key itself was seen first, its default now
  }
}

}  // namespace npusched
