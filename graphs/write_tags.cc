#include "graphs/write_tags.h"

#include <cstddef>

namespace npusched {

void WriteTags::OpenBody(bool sequential_loop) {
  const bool inside_sequential = !bodies_.empty() && bodies_.back().sequential;
  bodies_.push_back({.instance = instances_++, .sequential = sequential_loop || inside_sequential});
}

void WriteTags::AddBuffer() { histories_.push_back({.level = static_cast<std::uint32_t>(bodies_.size() - 1)}); }

ArgTag WriteTags::TagOfWrite(BufferId buffer) {
  bool rewritten = false;
  std::uint32_t previous = kNoId;
  std::uint32_t node = histories_[buffer].first;
  for (std::size_t level = histories_[buffer].level; level < bodies_.size(); ++level) {
    const Body& body = bodies_[level];
    if (node == kNoId) {
      node = static_cast<std::uint32_t>(writes_.size());
      writes_.emplace_back();
      (previous == kNoId ? histories_[buffer].first : writes_[previous].next) = node;
    }
    FirstWrite& write = writes_[node];
    if (write.instance == body.instance) {
      rewritten |= write.statement < body.statement;
    } else {
      write.instance = body.instance;
      write.statement = body.statement;
    }
    previous = node;
    node = write.next;
  }
  return rewritten || bodies_.back().sequential ? ArgTag::kInOut : ArgTag::kOutputExisting;
}

}  // namespace npusched
